import type { Connection } from '@sluice/client';
import { useQuery } from '@tanstack/react-query';
import { createLazyRoute } from '@tanstack/react-router';
import { Plug, Plus } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useMay } from '../../api/may.ts';
import { connectionsQuery, providersQuery } from '../../api/use-model-names.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Confirm, Dialog } from '../../ui/dialog.tsx';
import { formatDuration, formatShare } from '../../ui/format.ts';
import { Page, Section } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { toast } from '../../ui/toast.tsx';
import { BreakerHistory } from './breaker-history.tsx';
import { ConnectionDetail } from './connection-detail.tsx';
import { ConnectionForm } from './connection-form.tsx';
import { type ConnectionRow, connectionRows, stateOf, worst } from './connection-rows.ts';
import { deleteConnection, healthQuery, useConnectionsChanged } from './connections-queries.ts';

export const lazyRoute = createLazyRoute('/connections')({ component: ConnectionsPage });

function ConnectionsPage() {
  const search = lazyRoute.useSearch();
  const navigate = lazyRoute.useNavigate();
  const may = useMay();
  const connections = useQuery(connectionsQuery);
  const providers = useQuery(providersQuery);
  const health = useQuery(healthQuery);
  const [edited, setEdited] = useState<Connection | null>(null);
  const [deleted, setDeleted] = useState<Connection | null>(null);
  const changed = useConnectionsChanged();
  const rows = useMemo(
    () =>
      connections.data === undefined || providers.data === undefined
        ? undefined
        : connectionRows(connections.data, providers.data, health.data),
    [connections.data, providers.data, health.data],
  );
  const row = rows?.find(({ id }) => id === search.open);
  const change = (patch: typeof search) =>
    void navigate({ search: (before: typeof search) => ({ ...before, ...patch }), replace: true });
  const nameOf = (id: string): string => rows?.find((one) => one.id === id)?.name ?? id;
  const connect = may('POST /admin/v1/connections') && (
    <Button look="primary" icon={<Plus aria-hidden="true" />} onClick={() => change({ new: 'any' })}>
      Connect a provider
    </Button>
  );
  return (
    <Page
      title="Providers"
      about="Whom requests go to, with which credential, and how each of them is doing now."
      actions={connect}
    >
      <Section flush>
        <DataTable
          label="Connections"
          columns={COLUMNS}
          rows={rows}
          rowId={({ id }) => id}
          onOpen={({ id }) => change({ open: id })}
          open_id={search.open ?? null}
          error={connections.error ?? providers.error}
          onRetry={() => void Promise.all([connections.refetch(), providers.refetch()])}
          sortable
          empty={
            <Empty title="No provider is connected" icon={<Plug aria-hidden="true" />} action={connect}>
              Connect one with a credential of yours, and requests can be answered.
            </Empty>
          }
        />
      </Section>
      <Section
        title="Breaker history"
        about="When a model of a connection was kept out, tried, and let back in."
        flush
      >
        <BreakerHistory nameOf={nameOf} />
      </Section>
      <Dialog
        shape="side"
        open={row !== undefined && edited === null && deleted === null}
        onOpenChange={() => change({ open: undefined })}
        title={row?.name ?? ''}
        about={row && stateOf(row).why}
      >
        {row !== undefined && (
          <ConnectionDetail
            key={row.id}
            row={row}
            onEdit={() => setEdited(row.stored)}
            onDelete={() => setDeleted(row.stored)}
          />
        )}
      </Dialog>
      {(search.new !== undefined || edited !== null) && providers.data !== undefined && (
        <ConnectionForm
          open
          onOpenChange={() => {
            setEdited(null);
            change({ new: undefined });
          }}
          providers={providers.data}
          connection={edited}
          provider_id={providers.data.find(({ id }) => id === search.new)?.id}
        />
      )}
      <Confirm
        open={deleted !== null}
        onOpenChange={() => setDeleted(null)}
        title="Delete this connection?"
        submit="Delete connection"
        name={deleted?.name ?? ''}
        onConfirm={async () => {
          if (deleted === null) return;
          await deleteConnection(deleted);
          change({ open: undefined });
          await changed();
          toast(`${deleted.name} is deleted`);
        }}
      >
        Requests go there no longer, and its credential is gone for good. What was recorded of its requests
        stays.
      </Confirm>
    </Page>
  );
}

const COLUMNS: readonly Column<ConnectionRow>[] = [
  {
    id: 'name',
    header: 'Connection',
    grow: true,
    cell: ({ name, stored }) => (
      <>
        <strong>{name}</strong> {stored === null && <Badge>environment</Badge>}
      </>
    ),
    value: ({ name }) => name,
  },
  {
    id: 'state',
    header: 'State',
    cell: (row) => {
      const { tone, word, why } = stateOf(row);
      return (
        <span title={why}>
          <Badge tone={tone} dot>
            {word}
          </Badge>
        </span>
      );
    },
    value: (row) => stateOf(row).word,
  },
  {
    id: 'provider',
    header: 'Provider',
    from: 'tablet',
    cell: ({ provider, provider_id }) => provider?.name ?? provider_id,
    value: ({ provider_id }) => provider_id,
  },
  {
    id: 'errors',
    header: 'Errors',
    align: 'end',
    from: 'tablet',
    cell: (row) => formatShare(worst(row, ({ error_ratio }) => error_ratio)),
    value: (row) => worst(row, ({ error_ratio }) => error_ratio),
  },
  {
    id: 'ttft',
    header: 'First token',
    align: 'end',
    from: 'tablet',
    cell: (row) => formatDuration(worst(row, ({ ttft_ms_p50 }) => ttft_ms_p50)),
    value: (row) => worst(row, ({ ttft_ms_p50 }) => ttft_ms_p50),
  },
  {
    id: 'latency',
    header: 'Latency',
    align: 'end',
    from: 'desktop',
    cell: (row) => formatDuration(worst(row, ({ latency_ms_p50 }) => latency_ms_p50)),
    value: (row) => worst(row, ({ latency_ms_p50 }) => latency_ms_p50),
  },
  {
    id: 'in_flight',
    header: 'Under way',
    align: 'end',
    from: 'desktop',
    cell: ({ in_flight }) => in_flight,
    value: ({ in_flight }) => in_flight,
  },
  {
    id: 'region',
    header: 'Region',
    from: 'desktop',
    cell: ({ region }) => region ?? '–',
    value: ({ region }) => region,
  },
  {
    id: 'weight',
    header: 'Weight',
    align: 'end',
    from: 'desktop',
    cell: ({ weight }) => weight,
    value: ({ weight }) => weight,
  },
];
