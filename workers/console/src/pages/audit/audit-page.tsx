import { createLazyRoute } from '@tanstack/react-router';
import { Download, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { usePages } from '../../api/use-pages.ts';
import { Button } from '../../ui/button.tsx';
import { CopyText } from '../../ui/copy.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { SearchInput } from '../../ui/field.tsx';
import { Facts } from '../../ui/figures.tsx';
import { DiffView } from '../../ui/json-view.tsx';
import { Menu } from '../../ui/menu.tsx';
import { Page, Section, Stack, Toolbar } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { Time } from '../../ui/time.tsx';
import { RangePicker, useRange } from '../../ui/time-range.tsx';
import { toast, toastError } from '../../ui/toast.tsx';
import { type AuditEntry, auditExportUrl, listAudit, verifyAudit } from './audit-queries.ts';

export const lazyRoute = createLazyRoute('/audit')({ component: AuditPage });

const COLUMNS: readonly Column<AuditEntry>[] = [
  {
    id: 'at',
    header: 'Time',
    cell: ({ timestamp }) => <Time at={timestamp} />,
    value: ({ timestamp }) => timestamp,
  },
  {
    id: 'action',
    header: 'Action',
    cell: ({ action }) => <strong>{action}</strong>,
    value: ({ action }) => action,
  },
  {
    id: 'target',
    header: 'Target',
    grow: true,
    cell: ({ target_type, target_id }) => (
      <>
        {target_type} <code>{target_id}</code>
      </>
    ),
    value: ({ target_type, target_id }) => `${target_type} ${target_id}`,
  },
  {
    id: 'actor',
    header: 'By',
    from: 'tablet',
    cell: ({ actor }) => <code>{actor}</code>,
    value: ({ actor }) => actor,
  },
  {
    id: 'sequence',
    header: 'No.',
    align: 'end',
    from: 'desktop',
    cell: ({ sequence }) => sequence,
    value: ({ sequence }) => sequence,
  },
];

function AuditPage() {
  const search = lazyRoute.useSearch();
  const navigate = lazyRoute.useNavigate();
  const range = useRange(search, '30d');
  const wanted = { range, action: search.action, actor: search.actor };
  const { table } = usePages(['audit', wanted], (cursor) => listAudit(wanted, cursor));
  const entry = table.rows?.find(({ id }) => id === search.open);
  const change = (patch: typeof search) =>
    void navigate({ search: (before: typeof search) => ({ ...before, ...patch }), replace: true });
  return (
    <Page
      title="Audit log"
      about="Every change and every refused sign-in. Each entry carries the hash of the one before it, so that a removed one shows."
      actions={
        <>
          <Verify />
          <Menu
            trigger={<Button icon={<Download aria-hidden="true" />}>Export</Button>}
            items={(['csv', 'json'] as const).map((format) => ({
              label: format.toUpperCase(),
              onSelect: () => location.assign(auditExportUrl(wanted, format)),
            }))}
          />
        </>
      }
    >
      <Toolbar label="Filters">
        <RangePicker
          search={search}
          standard="30d"
          onChange={(next) => change({ range: undefined, from: undefined, to: undefined, ...next })}
        />
        <SearchInput
          label="Action, e.g. key.create"
          value={search.action}
          onChange={(action) => change({ action })}
        />
        <SearchInput label="By, e.g. admin:…" value={search.actor} onChange={(actor) => change({ actor })} />
      </Toolbar>
      <Section flush>
        <DataTable
          label="Audit log"
          tall
          columns={COLUMNS}
          rowId={({ id }) => id}
          onOpen={({ id }) => change({ open: id })}
          open_id={search.open ?? null}
          empty={
            <Empty title="Nothing was changed in this time">
              Choose a longer range, or take a filter away.
            </Empty>
          }
          {...table}
        />
      </Section>
      <Dialog
        shape="side"
        open={entry !== undefined}
        onOpenChange={() => change({ open: undefined })}
        title={entry?.action ?? ''}
      >
        {entry !== undefined && <Entry entry={entry} />}
      </Dialog>
    </Page>
  );
}

function Verify() {
  const [busy, setBusy] = useState(false);
  const verify = async () => {
    setBusy(true);
    try {
      const { ok, problem } = await verifyAudit();
      toast(
        ok ? 'The chain is whole' : 'The chain is broken',
        ok ? {} : { description: JSON.stringify(problem) },
      );
    } catch (error) {
      toastError(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button icon={<ShieldCheck aria-hidden="true" />} busy={busy} onClick={() => void verify()}>
      Verify the chain
    </Button>
  );
}

function Entry({ entry }: { entry: AuditEntry }) {
  return (
    <Stack>
      <Facts
        rows={[
          ['Time', <Time key="at" at={entry.timestamp} />],
          ['By', <CopyText key="by" text={entry.actor} />],
          ['Target', entry.target_type],
          ['Target id', <CopyText key="id" text={entry.target_id} />],
          ['Number', entry.sequence],
          ['Hash', <CopyText key="hash" text={entry.hash} shown={`${entry.hash.slice(0, 16)}…`} />],
        ]}
      />
      <h3>What changed</h3>
      <DiffView before={entry.before} after={entry.after} />
    </Stack>
  );
}
