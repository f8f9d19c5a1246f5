import type { Budget } from '@sluice/client';
import { BudgetMeter } from '../../ui/budget-meter.tsx';

export const BudgetCell = ({ budget }: { budget: Budget | undefined }) =>
  budget === undefined ? <>–</> : <BudgetMeter budget={budget} short />;
