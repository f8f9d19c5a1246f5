import type { Budget } from '@sluice/client';
import { Wallet } from 'lucide-react';
import { type ReactNode, useMemo, useState } from 'react';
import { Badge } from '../../ui/badge.tsx';
import { BudgetMeter, budgetWords } from '../../ui/budget-meter.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Section } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { Time } from '../../ui/time.tsx';
import { useProjects } from '../keys/keys-queries.ts';
import { BudgetDialog } from './budget-dialog.tsx';
import { useBudgets } from './projects-queries.ts';

const EACH = {
  organization: 'The organization',
  project: 'Each project',
  user: 'Each user',
  model: 'Each model',
  session: 'Each session',
} as const;
const ONE = {
  organization: '',
  project: 'Project',
  user: 'User',
  model: 'Model',
  session: 'Session',
} as const;

/** Whom a budget is about. @param projects names by id. */
export const aboutWhom = (
  { scope, subject }: Pick<Budget, 'scope' | 'subject'>,
  projects: ReadonlyMap<string, string>,
): string => (subject === null ? EACH[scope] : `${ONE[scope]} ${projects.get(subject) ?? subject}`);

export const useProjectNames = (): ReadonlyMap<string, string> => {
  const { data } = useProjects();
  return useMemo(() => new Map(data?.map(({ id, name }) => [id, name])), [data]);
};

/** All budgets that keys share. */
export function BudgetsTab({ action }: { action: ReactNode }) {
  const budgets = useBudgets();
  const projects = useProjectNames();
  const [open_id, setOpen] = useState<string | null>(null);
  const columns = useMemo(
    (): readonly Column<Budget>[] => [
      {
        id: 'for',
        header: 'For',
        grow: true,
        cell: (budget) => (
          <span title={budget.name ?? undefined}>
            <strong>{aboutWhom(budget, projects)}</strong>
            {budget.name ? ` · ${budget.name}` : ''}
          </span>
        ),
        value: (budget) => aboutWhom(budget, projects),
      },
      { id: 'limit', header: 'Limit', cell: budgetWords, value: ({ limit_usd }) => limit_usd },
      {
        id: 'used',
        header: 'Used now',
        from: 'tablet',
        cell: (budget) =>
          budget.spent_usd === null ? (
            budget.window === 'per_request' ? (
              '–'
            ) : (
              'each one’s own'
            )
          ) : (
            <BudgetMeter budget={budget} short />
          ),
        value: ({ spent_usd }) => spent_usd,
      },
      {
        id: 'kind',
        header: 'Over it',
        from: 'tablet',
        cell: ({ hard }) => (hard ? 'refused' : <Badge tone="info">only alerts</Badge>),
        value: ({ hard }) => (hard ? 'refused' : 'only alerts'),
      },
      {
        id: 'anew',
        header: 'Starts anew',
        from: 'desktop',
        cell: ({ resets_at }) => <Time at={resets_at} ago />,
        value: ({ resets_at }) => resets_at,
      },
    ],
    [projects],
  );
  const open = budgets.data?.find(({ id }) => id === open_id);
  return (
    <Section flush>
      <DataTable
        label="Shared budgets"
        columns={columns}
        rows={budgets.data}
        rowId={({ id }) => id}
        onOpen={({ id }) => setOpen(id)}
        open_id={open_id}
        error={budgets.error}
        onRetry={() => void budgets.refetch()}
        sortable
        empty={
          <Empty title="No shared budgets" icon={<Wallet aria-hidden="true" />} action={action}>
            A budget of the organization, a project, each user, model or session holds over all keys together,
            exact to the request.
          </Empty>
        }
      />
      <BudgetDialog budget={open} onClose={() => setOpen(null)} />
    </Section>
  );
}
