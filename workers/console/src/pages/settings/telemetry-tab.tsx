import type { Exporter } from '@sluice/client';
import { Ellipsis, Pause, Pencil, Play, Plus, Send, Trash2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useMay } from '../../api/may.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Confirm } from '../../ui/dialog.tsx';
import { formatDuration, formatShare } from '../../ui/format.ts';
import { Menu } from '../../ui/menu.tsx';
import { Section } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { toast, toastError } from '../../ui/toast.tsx';
import { ExporterForm } from './exporter-form.tsx';
import { useExporterChanges, useExporters } from './settings-queries.ts';

function State({ exporter: { enabled, last_error } }: { exporter: Exporter }) {
  if (!enabled) return <Badge dot>Paused</Badge>;
  if (last_error !== null)
    return (
      <span title={last_error}>
        <Badge tone="bad" dot>
          Failing
        </Badge>
      </span>
    );
  return (
    <Badge tone="good" dot>
      Active
    </Badge>
  );
}

interface RowActions {
  onTest: (exporter: Exporter) => void;
  onEdit: (exporter: Exporter) => void;
  onTurn: (exporter: Exporter) => void;
  onRemove: (exporter: Exporter) => void;
}

const columnsWith = (
  actions: RowActions,
  may_test: boolean,
  may_change: boolean,
): readonly Column<Exporter>[] => [
  {
    id: 'name',
    header: 'Name',
    cell: ({ name }) => <strong>{name}</strong>,
    value: ({ name }) => name,
  },
  {
    id: 'state',
    header: 'State',
    cell: (exporter) => <State exporter={exporter} />,
    value: ({ enabled, last_error }) => (!enabled ? 'paused' : last_error === null ? 'active' : 'failing'),
  },
  {
    id: 'endpoint',
    header: 'Endpoint',
    grow: true,
    from: 'desktop',
    cell: ({ endpoint }) => <code>{endpoint}</code>,
    value: ({ endpoint }) => endpoint,
  },
  {
    id: 'signals',
    header: 'Sends',
    from: 'tablet',
    cell: ({ signals }) => signals.join(', '),
    value: ({ signals }) => signals.join(' '),
  },
  {
    id: 'sample',
    header: 'Share',
    align: 'end',
    from: 'tablet',
    cell: ({ sample_ratio }) => formatShare(sample_ratio),
    value: ({ sample_ratio }) => sample_ratio,
  },
  ...(may_test || may_change
    ? [
        {
          id: 'do',
          header: '',
          align: 'end' as const,
          cell: (exporter: Exporter) => (
            <Menu
              trigger={
                <IconButton
                  size="small"
                  label={`What to do with ${exporter.name}`}
                  icon={<Ellipsis aria-hidden="true" />}
                />
              }
              items={[
                {
                  label: 'Send a test',
                  icon: <Send aria-hidden="true" />,
                  disabled: !may_test,
                  onSelect: () => actions.onTest(exporter),
                },
                {
                  label: 'Edit …',
                  icon: <Pencil aria-hidden="true" />,
                  disabled: !may_change,
                  onSelect: () => actions.onEdit(exporter),
                },
                {
                  label: exporter.enabled ? 'Pause' : 'Resume',
                  icon: exporter.enabled ? <Pause aria-hidden="true" /> : <Play aria-hidden="true" />,
                  disabled: !may_change,
                  onSelect: () => actions.onTurn(exporter),
                },
                null,
                {
                  label: 'Delete …',
                  icon: <Trash2 aria-hidden="true" />,
                  danger: true,
                  disabled: !may_change,
                  onSelect: () => actions.onRemove(exporter),
                },
              ]}
            />
          ),
        },
      ]
    : []),
];

/** Where traces and metrics are sent as OpenTelemetry. */
export function TelemetryTab() {
  const may = useMay();
  const exporters = useExporters();
  const changes = useExporterChanges();
  const [edited, setEdited] = useState<Exporter | 'new' | null>(null);
  const [removing, setRemoving] = useState<Exporter | null>(null);
  const may_test = may('POST /admin/v1/telemetry/:id/test');
  const may_change = may('PATCH /admin/v1/telemetry/:id');
  const test = async ({ id, name }: Exporter) => {
    try {
      const { ok, status, error, duration_ms } = await changes.test(id);
      const answered = status === null ? 'no answer' : `status ${status}`;
      toast(ok ? `${name} took the test` : `${name} did not take the test`, {
        description: `${answered} after ${formatDuration(duration_ms)}${error === null ? '' : `: ${error}`}`,
      });
    } catch (error) {
      toastError(error);
    }
  };
  const turn = async (exporter: Exporter) => {
    try {
      const after = await changes.change(exporter, { enabled: !exporter.enabled });
      toast(after.enabled ? `${after.name} is sent to again` : `${after.name} is paused`, {
        action: { label: 'Undo', onSelect: () => void turn(after) },
      });
    } catch (error) {
      toastError(error);
    }
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is done needs nothing of a render
  const columns = useMemo(
    () =>
      columnsWith(
        {
          onTest: (exporter) => void test(exporter),
          onEdit: setEdited,
          onTurn: (exporter) => void turn(exporter),
          onRemove: setRemoving,
        },
        may_test,
        may_change,
      ),
    [may_test, may_change],
  );
  const add = may_change ? (
    <Button icon={<Plus aria-hidden="true" />} onClick={() => setEdited('new')}>
      Add a receiver
    </Button>
  ) : undefined;
  return (
    <Section
      title="OpenTelemetry receivers"
      about="Each gets spans of every request and metrics, by the GenAI conventions. Requests never wait for it."
      actions={add}
      flush
    >
      <DataTable
        label="Telemetry receivers"
        columns={columns}
        rows={exporters.data}
        rowId={({ id }) => id}
        {...(may_change ? { onOpen: setEdited } : {})}
        error={exporters.error}
        onRetry={() => void exporters.refetch()}
        empty={
          <Empty title="Nothing is exported">
            Langfuse, Grafana Cloud, Honeycomb or any collector that speaks OTLP.
          </Empty>
        }
      />
      <ExporterForm
        key={edited === null || edited === 'new' ? 'new' : edited.id}
        exporter={edited === 'new' ? null : edited}
        open={edited !== null}
        onClose={() => setEdited(null)}
      />
      <Confirm
        open={removing !== null}
        onOpenChange={() => setRemoving(null)}
        title={`Delete ${removing?.name ?? ''}?`}
        submit="Delete receiver"
        onConfirm={async () => {
          if (removing !== null) await changes.remove(removing.id);
          toast('The receiver is deleted');
        }}
      >
        Nothing is sent there any more, and its headers are forgotten: to have it back, they have to be given
        anew.
      </Confirm>
    </Section>
  );
}
