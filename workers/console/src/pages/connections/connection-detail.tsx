import type { ConnectionTest } from '@sluice/client';
import { useState } from 'react';
import { useMay } from '../../api/may.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { CopyText } from '../../ui/copy.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { FormError } from '../../ui/dialog.tsx';
import { Facts } from '../../ui/figures.tsx';
import { formatDuration, formatName, formatShare } from '../../ui/format.ts';
import { Notice } from '../../ui/notice.tsx';
import { Stack, Toolbar } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { Time } from '../../ui/time.tsx';
import { toast, toastError } from '../../ui/toast.tsx';
import { BreakerHistory } from './breaker-history.tsx';
import { BREAKERS, type ConnectionRow, type Target } from './connection-rows.ts';
import { TestResult } from './connection-test.tsx';
import { changeConnection, testConnection, useConnectionsChanged } from './connections-queries.ts';

interface ConnectionDetailProps {
  row: ConnectionRow;
  onEdit: () => void;
  onDelete: () => void;
}

/** Everything about one connection, and what can be done with it. */
export function ConnectionDetail({ row, onEdit, onDelete }: ConnectionDetailProps) {
  const { stored } = row;
  return (
    <Stack>
      {stored === null ? (
        <Notice>
          The environment of the deployment brings this connection. Connect{' '}
          {row.provider?.name ?? 'the provider'} with a credential of yours to change anything here.
        </Notice>
      ) : (
        <Actions row={row} onEdit={onEdit} onDelete={onDelete} />
      )}
      <Facts
        rows={[
          ['Provider', row.provider?.name ?? row.provider_id],
          ['Id', <CopyText key="id" text={row.id} />],
          stored && ['Credential', stored.credential_hint ?? 'too short to show any of it'],
          ['Address', stored?.base_url ?? row.host ?? row.provider?.base_url ?? '–'],
          ['Region', row.region ?? '–'],
          ...Object.entries(stored?.settings ?? {}).map(([name, value]): [string, string] => [
            formatName(name),
            value,
          ]),
          ['Models', row.models === null ? 'all of the catalogue' : row.models.join(', ')],
          ['Weight', row.weight],
          stored && ['Health check', checkWords(stored.health_check)],
          stored && ['Private network', stored.private_allowed ? 'allowed' : 'not allowed'],
          row.cooled_until_ms === null
            ? null
            : ['Rests until', <Time key="rests" at={row.cooled_until_ms} />],
          ['Under way', row.in_flight],
          stored && ['Changed', <Time key="changed" at={stored.updated_at} />],
        ]}
      />
      <h3>Targets with traffic lately</h3>
      <DataTable
        label={`Targets of ${row.name}`}
        columns={TARGETS}
        rows={row.targets}
        rowId={({ model }) => model}
        sortable
        empty={
          <Empty title="No traffic lately">
            Each model that is asked here shows its breaker and its speed.
          </Empty>
        }
      />
      <h3>Breaker history</h3>
      <BreakerHistory connection_id={row.id} nameOf={() => row.name} />
    </Stack>
  );
}

type HealthCheck = NonNullable<ConnectionRow['stored']>['health_check'];

const checkWords = (check: HealthCheck): string =>
  check === null ? 'by traffic alone' : `${check.path ?? `greets ${check.model}`} every ${check.every_s} s`;

function Actions({ row, onEdit, onDelete }: ConnectionDetailProps) {
  const may = useMay();
  const changed = useConnectionsChanged();
  const [result, setResult] = useState<ConnectionTest | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const { stored } = row;
  if (stored === null) return null;
  const test = async () => {
    setBusy(true);
    setError(null);
    try {
      setResult(await testConnection(stored.id, {}));
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  const turn = async (enabled: boolean, is_undo = false) => {
    try {
      const after = await changeConnection(stored, { enabled });
      await changed();
      const undo = { label: 'Undo', onSelect: () => void changeBack(after, !enabled) };
      toast(`${stored.name} is ${enabled ? 'enabled' : 'disabled'}`, is_undo ? {} : { action: undo });
    } catch (thrown) {
      toastError(thrown);
    }
  };
  const changeBack = async (from: typeof stored, enabled: boolean) => {
    try {
      await changeConnection(from, { enabled });
      await changed();
    } catch (thrown) {
      toastError(thrown);
    }
  };
  const may_change = may('PATCH /admin/v1/connections/:id');
  return (
    <>
      <Toolbar label="Actions">
        <Button
          busy={busy}
          disabled={!may('POST /admin/v1/connections/:id/test')}
          onClick={() => void test()}
        >
          Test
        </Button>
        <Button disabled={!may_change} onClick={onEdit}>
          Change
        </Button>
        <Button disabled={!may_change} onClick={() => void turn(!stored.enabled)}>
          {stored.enabled ? 'Disable' : 'Enable'}
        </Button>
        <Button look="danger" disabled={!may('DELETE /admin/v1/connections/:id')} onClick={onDelete}>
          Delete
        </Button>
      </Toolbar>
      {error !== null && <FormError error={error} />}
      {result !== null && <TestResult result={result} />}
    </>
  );
}

const TARGETS: readonly Column<Target>[] = [
  {
    id: 'model',
    header: 'Model',
    grow: true,
    cell: ({ model }) => <code>{model}</code>,
    value: ({ model }) => model,
  },
  {
    id: 'breaker',
    header: 'Breaker',
    cell: ({ health }) => (
      <span title={BREAKERS[health.breaker].why}>
        <Badge tone={BREAKERS[health.breaker].tone} dot>
          {BREAKERS[health.breaker].word}
        </Badge>
      </span>
    ),
    value: ({ health }) => health.breaker,
  },
  {
    id: 'errors',
    header: 'Errors',
    align: 'end',
    cell: ({ health }) => formatShare(health.error_ratio),
    value: ({ health }) => health.error_ratio,
  },
  {
    id: 'ttft',
    header: 'First token',
    align: 'end',
    cell: ({ health }) => formatDuration(health.ttft_ms_p50),
    value: ({ health }) => health.ttft_ms_p50,
  },
];
