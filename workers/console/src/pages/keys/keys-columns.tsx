import type { Key, UsageRow } from '@sluice/client';
import { Link } from '@tanstack/react-router';
import { BudgetMeter } from '../../ui/budget-meter.tsx';
import type { Column } from '../../ui/data-table.tsx';
import { formatCount, formatMoney } from '../../ui/format.ts';
import { Time } from '../../ui/time.tsx';
import { KeyStateBadge, stateOf } from './key-state.tsx';

/** @param spend of the last 30 days by key; `undefined` = not known. */
export const keyColumns = (spend: ReadonlyMap<string, UsageRow> | undefined): readonly Column<Key>[] => [
  {
    id: 'name',
    header: 'Name',
    grow: true,
    cell: ({ id, name }) => (
      <Link to="/keys/$id" params={{ id }} title={name}>
        {name}
      </Link>
    ),
    value: ({ name }) => name,
  },
  {
    id: 'state',
    header: 'State',
    cell: (key) => <KeyStateBadge of={key} />,
    value: stateOf,
  },
  {
    id: 'project',
    header: 'Project',
    from: 'tablet',
    cell: ({ project, project_id }) =>
      project_id === null ? (
        '–'
      ) : (
        <Link to="/projects" search={{ open: project_id }}>
          {project}
        </Link>
      ),
    value: ({ project }) => project,
  },
  {
    id: 'models',
    header: 'Models',
    from: 'desktop',
    cell: ({ model_allowlist: models }) => <span title={models.join(', ')}>{modelWords(models)}</span>,
    value: ({ model_allowlist }) => model_allowlist.join(' ') || 'all',
  },
  {
    id: 'budget',
    header: 'Budget',
    cell: ({ budgets }) => {
      const tightest = tightestOf(budgets);
      return tightest === null ? '–' : <BudgetMeter budget={tightest} short />;
    },
    value: ({ budgets }) => tightestOf(budgets)?.remaining_usd ?? null,
  },
  {
    id: 'spent',
    header: 'Spent, 30 days',
    align: 'end',
    from: 'tablet',
    cell: ({ id }) => {
      const row = spend?.get(id);
      return (
        <span title={row === undefined ? undefined : `${formatCount(row.requests)} requests`}>
          {spend === undefined ? '–' : formatMoney(row?.total_usd ?? 0)}
        </span>
      );
    },
    value: ({ id }) => (spend === undefined ? null : (spend.get(id)?.total_usd ?? 0)),
  },
  {
    id: 'used',
    header: 'Last used',
    from: 'tablet',
    cell: ({ last_used_at }) => (last_used_at === null ? 'never' : <Time at={last_used_at} ago />),
    value: ({ last_used_at }) => last_used_at,
  },
  {
    id: 'expires',
    header: 'Expires',
    from: 'desktop',
    cell: ({ expires_at }) => (expires_at === null ? 'never' : <Time at={expires_at} ago />),
    value: ({ expires_at }) => expires_at,
  },
];

/** The budget that will refuse first. */
const tightestOf = (budgets: Key['budgets']): Key['budgets'][number] | null =>
  budgets.reduce<Key['budgets'][number] | null>(
    (tightest, budget) => (tightest === null || shareOf(budget) > shareOf(tightest) ? budget : tightest),
    null,
  );

const shareOf = ({ spent_usd, held_usd, limit_usd }: Key['budgets'][number]): number =>
  limit_usd === 0 ? 1 : ((spent_usd ?? 0) + (held_usd ?? 0)) / limit_usd;

const modelWords = (models: readonly string[]): string =>
  models.length === 0 ? 'all' : models.length === 1 ? (models[0] ?? '') : `${models.length} patterns`;
