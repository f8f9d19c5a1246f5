import type { BreakerChange } from '@sluice/client';
import { useQuery } from '@tanstack/react-query';
import { Badge } from '../../ui/badge.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Empty } from '../../ui/state.tsx';
import { Time } from '../../ui/time.tsx';
import { BREAKERS } from './connection-rows.ts';
import { historyQuery } from './connections-queries.ts';

interface BreakerHistoryProps {
  /** Of this connection only; absent = of all. */
  connection_id?: string;
  /** Name of a connection by its id. */
  nameOf: (id: string) => string;
}

/** When targets were kept out, tried and let back in. */
export function BreakerHistory({ connection_id, nameOf }: BreakerHistoryProps) {
  const query = useQuery(historyQuery);
  const rows = query.data?.filter(
    (one) => connection_id === undefined || one.connection_id === connection_id,
  );
  const columns: Column<BreakerChange>[] = [
    { id: 'at', header: 'Time', cell: ({ at }) => <Time at={at} />, value: ({ at }) => at },
    {
      id: 'breaker',
      header: 'Breaker',
      cell: ({ breaker }) => (
        <Badge tone={BREAKERS[breaker].tone} dot>
          {BREAKERS[breaker].word}
        </Badge>
      ),
      value: ({ breaker }) => breaker,
    },
    ...(connection_id === undefined
      ? [
          {
            id: 'connection',
            header: 'Connection',
            cell: ({ connection_id: id }: BreakerChange) => nameOf(id),
            value: ({ connection_id: id }: BreakerChange) => nameOf(id),
          },
        ]
      : []),
    {
      id: 'model',
      header: 'Model',
      grow: true,
      cell: ({ model }) => <code>{model}</code>,
      value: ({ model }) => model,
    },
    {
      id: 'retry',
      header: 'Tried again',
      from: 'tablet',
      cell: ({ retry_at }) => <Time at={retry_at} />,
      value: ({ retry_at }) => retry_at,
    },
  ];
  return (
    <DataTable
      label={connection_id === undefined ? 'Breaker history' : 'Breaker history of the connection'}
      columns={columns}
      rows={rows}
      rowId={({ at, connection_id: id, model, breaker }) => `${at} ${id} ${model} ${breaker}`}
      error={query.error}
      onRetry={() => void query.refetch()}
      empty={
        <Empty title="No breaker has opened">
          One that fails too often is kept out for some seconds, then tried again. Here is when.
        </Empty>
      }
    />
  );
}
