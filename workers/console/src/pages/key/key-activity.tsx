import type { TraceSummary } from '@sluice/client';
import { Link, useNavigate } from '@tanstack/react-router';
import { usePages } from '../../api/use-pages.ts';
import { Badge } from '../../ui/badge.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { formatDuration, formatMoney } from '../../ui/format.ts';
import { Section } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { Time } from '../../ui/time.tsx';
import { listKeyTraces } from './key-queries.ts';

const COLUMNS: readonly Column<TraceSummary>[] = [
  {
    id: 'at',
    header: 'Time',
    cell: ({ timestamp, request_id }) => (
      <Link to="/requests/$id" params={{ id: request_id }}>
        <Time at={timestamp} />
      </Link>
    ),
    value: ({ timestamp }) => timestamp,
  },
  {
    id: 'model',
    header: 'Model',
    grow: true,
    cell: ({ model, model_requested }) => model ?? model_requested,
    value: ({ model, model_requested }) => model ?? model_requested,
  },
  {
    id: 'status',
    header: 'Status',
    cell: ({ status, error_code }) => (
      <span title={error_code ?? undefined}>
        <Badge tone={status < 400 ? 'good' : status < 500 ? 'warn' : 'bad'}>{status}</Badge>
      </span>
    ),
    value: ({ status }) => status,
  },
  {
    id: 'user',
    header: 'User',
    from: 'desktop',
    cell: ({ user_id }) => user_id ?? '–',
    value: ({ user_id }) => user_id,
  },
  {
    id: 'latency',
    header: 'Duration',
    align: 'end',
    from: 'tablet',
    cell: ({ latency_ms }) => formatDuration(latency_ms),
    value: ({ latency_ms }) => latency_ms,
  },
  {
    id: 'cost',
    header: 'Cost',
    align: 'end',
    cell: ({ cost_usd }) => formatMoney(cost_usd),
    value: ({ cost_usd }) => cost_usd,
  },
];

/** What this key sent last. */
export function KeyActivity({ id }: { id: string }) {
  const navigate = useNavigate();
  const { table } = usePages(['traces', 'key', id], (cursor) => listKeyTraces(id, cursor), {
    refetch_ms: 10_000,
  });
  return (
    <Section
      flush
      title="Recent requests"
      actions={
        <Link to="/requests" search={{ key_id: id }}>
          Search them all
        </Link>
      }
    >
      <DataTable
        label="Requests of this key"
        columns={COLUMNS}
        rowId={({ request_id }) => request_id}
        onOpen={({ request_id }) => void navigate({ to: '/requests/$id', params: { id: request_id } })}
        empty={
          <Empty title="No request yet">Requests with this key show here some seconds after they end.</Empty>
        }
        {...table}
      />
    </Section>
  );
}
