import type { Anomaly, ClosedMonth } from '@sluice/client';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { usePages } from '../../api/use-pages.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { formatCount, formatDateTime, formatName } from '../../ui/format.ts';
import { Section } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { Time } from '../../ui/time.tsx';
import { useNames } from '../overview/usage-queries.ts';
import { listAnomalies, type Money, useStatements } from './spend-queries.ts';

/** Hours in which a key or project spent far more than it is used to. */
export function Anomalies({ money }: { money: Money }) {
  const names = useNames();
  const { table } = usePages(['anomalies'], listAnomalies);
  const columns = useMemo(
    (): readonly Column<Anomaly>[] => [
      {
        id: 'hour',
        header: 'Hour',
        cell: ({ hour }) => <Time at={hour} />,
        value: ({ hour }) => hour,
      },
      {
        id: 'scope',
        header: 'Of',
        grow: true,
        cell: ({ scope, scope_id }) => (
          <>
            {formatName(scope)}{' '}
            {scope === 'key' ? (
              <Link to="/keys/$id" params={{ id: scope_id }}>
                {names.get(scope_id) ?? scope_id}
              </Link>
            ) : (
              (names.get(scope_id) ?? scope_id)
            )}
          </>
        ),
        value: ({ scope_id }) => names.get(scope_id) ?? scope_id,
      },
      {
        id: 'spent',
        header: 'Spent',
        align: 'end',
        cell: ({ spent_usd }) => money.format(spent_usd),
        value: ({ spent_usd }) => spent_usd / money.rate,
      },
      {
        id: 'expected',
        header: 'Usual',
        align: 'end',
        from: 'tablet',
        cell: ({ expected_usd }) => money.format(expected_usd),
        value: ({ expected_usd }) => expected_usd / money.rate,
      },
      {
        id: 'basis',
        header: 'Compared with',
        from: 'desktop',
        cell: ({ basis }) => formatName(basis),
        value: ({ basis }) => basis,
      },
    ],
    [names, money],
  );
  return (
    <Section flush>
      <DataTable
        label="Anomalies"
        columns={columns}
        rowId={({ id }) => id}
        empty={
          <Empty title="No unusual spend">
            An hour that costs far more than a key or project is used to is listed here, and told to webhooks.
          </Empty>
        }
        {...table}
      />
    </Section>
  );
}

/** Closed months, each as a page to print and as CSV. */
export function Statements({ money }: { money: Money }) {
  const { data, error, refetch } = useStatements();
  const columns = useMemo(
    (): readonly Column<ClosedMonth>[] => [
      {
        id: 'month',
        header: 'Month',
        grow: true,
        cell: ({ month, closed_at }) => (
          <strong title={`Closed ${formatDateTime(closed_at)}`}>{month}</strong>
        ),
        value: ({ month }) => month,
      },
      {
        id: 'requests',
        header: 'Requests',
        align: 'end',
        from: 'tablet',
        cell: ({ requests }) => formatCount(requests),
        value: ({ requests }) => requests,
      },
      {
        id: 'cost',
        header: 'Providers',
        align: 'end',
        from: 'tablet',
        cell: ({ cost_usd }) => money.format(cost_usd),
        value: ({ cost_usd }) => cost_usd / money.rate,
      },
      {
        id: 'total',
        header: 'Total',
        align: 'end',
        cell: ({ total_usd }) => money.format(total_usd),
        value: ({ total_usd }) => total_usd / money.rate,
      },
      { id: 'open', header: 'Open', cell: ({ month }) => <StatementLinks month={month} /> },
    ],
    [money],
  );
  const now = new Date().toISOString().slice(0, 7);
  return (
    <>
      <Section title={`This month, ${now}`} about="Preliminary until the month is closed.">
        <StatementLinks month={now} />
      </Section>
      <Section flush>
        <DataTable
          label="Statements"
          columns={columns}
          rows={data}
          rowId={({ month }) => month}
          error={error}
          onRetry={() => void refetch()}
          sortable
          empty={<Empty title="No month was closed yet">A month is closed some days after it ended.</Empty>}
        />
      </Section>
    </>
  );
}

const StatementLinks = ({ month }: { month: string }) => (
  <>
    <a href={`/admin/v1/statements/${month}?format=html`} target="_blank" rel="noreferrer">
      Page to print<span className="visually-hidden"> of {month}</span>
    </a>
    {' · '}
    <a href={`/admin/v1/statements/${month}?format=csv`} download>
      CSV<span className="visually-hidden"> of {month}</span>
    </a>
  </>
);
