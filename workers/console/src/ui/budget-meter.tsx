import type { Budget, KeyBudget } from '@sluice/client';
import { Meter } from './figures.tsx';
import { formatMoney } from './format.ts';

type AnyBudget = Pick<
  KeyBudget | Budget,
  'window' | 'currency' | 'limit_amount' | 'limit_usd' | 'spent_usd' | 'held_usd'
>;

const WINDOW_WORDS = {
  per_request: 'per request',
  daily: 'a day',
  weekly: 'a week',
  monthly: 'a month',
  total: 'in all',
} as const;

/** "$250.00 a month", as its owner wrote it. */
export const budgetWords = ({ window, currency, limit_amount }: AnyBudget): string =>
  `${formatMoney(limit_amount, currency)} ${WINDOW_WORDS[window]}`;

/** What of a budget is spent, held by requests in flight, and left. Without figures, what it allows. */
export function BudgetMeter({ budget, short = false }: { budget: AnyBudget; short?: boolean }) {
  if (budget.spent_usd === null) return <span>{budgetWords(budget)}</span>;
  return (
    <Meter
      label={budgetWords(budget)}
      limit={budget.limit_usd}
      format={formatMoney}
      short={short}
      parts={[
        { name: 'spent', value: budget.spent_usd, tone: 'spent' },
        { name: 'held', value: budget.held_usd ?? 0, tone: 'held' },
      ]}
    />
  );
}
