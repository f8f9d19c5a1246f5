import type { Webhook, WebhookWithSecret } from '@sluice/client';
import { createLazyRoute } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useMay } from '../../api/may.ts';
import { Button } from '../../ui/button.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { SecretDialog } from '../../ui/secret-dialog.tsx';
import { Empty } from '../../ui/state.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { Time } from '../../ui/time.tsx';
import { DeadEvents } from './dead-events.tsx';
import { describeEvents, FORMAT_NAMES } from './event-words.ts';
import { WebhookForm } from './webhook-form.tsx';
import { stateWordOf, WebhookState } from './webhook-state.tsx';
import { useWebhooks } from './webhooks-queries.ts';

export const lazyRoute = createLazyRoute('/webhooks')({ component: WebhooksPage });

const COLUMNS: readonly Column<Webhook>[] = [
  {
    id: 'name',
    header: 'Name',
    cell: ({ name }) => <strong>{name}</strong>,
    value: ({ name }) => name,
  },
  {
    id: 'state',
    header: 'State',
    cell: (webhook) => <WebhookState webhook={webhook} />,
    value: stateWordOf,
  },
  {
    id: 'url',
    header: 'Address',
    grow: true,
    from: 'desktop',
    cell: ({ url }) => <code>{url}</code>,
    value: ({ url }) => url,
  },
  {
    id: 'events',
    header: 'Events',
    from: 'tablet',
    cell: ({ events }) => <span title={events.join(', ')}>{describeEvents(events)}</span>,
    value: ({ events }) => (events.length === 0 ? 'all' : events.join(' ')),
  },
  {
    id: 'format',
    header: 'Form',
    from: 'tablet',
    cell: ({ format }) => FORMAT_NAMES[format],
    value: ({ format }) => format,
  },
  {
    id: 'created',
    header: 'Made',
    from: 'desktop',
    cell: ({ created_at }) => <Time at={created_at} ago />,
    value: ({ created_at }) => created_at,
  },
];

function WebhooksPage() {
  const search = lazyRoute.useSearch();
  const navigate = lazyRoute.useNavigate();
  const may_create = useMay()('POST /admin/v1/webhooks');
  const webhooks = useWebhooks();
  const [created, setCreated] = useState<WebhookWithSecret | null>(null);
  const change = (patch: typeof search) =>
    void navigate({ search: (before: typeof search) => ({ ...before, ...patch }), replace: true });
  const show = (id: string) => void navigate({ to: '/webhooks/$id', params: { id } });
  const create = (
    <Button
      look="primary"
      icon={<Plus aria-hidden="true" />}
      disabled={!may_create}
      onClick={() => change({ new: '1' })}
    >
      New webhook
    </Button>
  );
  return (
    <Page
      title="Webhooks"
      about="Who is told when a budget runs out, a provider fails or a guard acts."
      actions={create}
    >
      <Tabs
        label="Parts of webhooks"
        value={search.tab === 'dead' ? 'dead' : 'endpoints'}
        onChange={(tab) => change({ tab: tab === 'dead' ? 'dead' : undefined, open: undefined })}
        tabs={[
          {
            value: 'endpoints',
            label: 'Endpoints',
            ...(webhooks.data === undefined ? {} : { count: webhooks.data.length }),
            content: (
              <Section flush>
                <DataTable
                  label="Webhooks"
                  columns={COLUMNS}
                  rows={webhooks.data}
                  rowId={({ id }) => id}
                  sortable
                  onOpen={({ id }) => show(id)}
                  error={webhooks.error}
                  onRetry={() => void webhooks.refetch()}
                  empty={
                    <Empty title="Nobody is told yet" action={may_create ? create : undefined}>
                      A service of yours, or a channel of Slack, Discord or Teams, hears of events here.
                    </Empty>
                  }
                />
              </Section>
            ),
          },
          {
            value: 'dead',
            label: 'Dead events',
            content: <DeadEvents open={search.open} onOpen={(open) => change({ open })} />,
          },
        ]}
      />
      <WebhookForm
        webhook={null}
        open={search.new !== undefined && may_create}
        onOpenChange={(open) => !open && change({ new: undefined })}
        onCreated={setCreated}
      />
      <SecretDialog
        title="The webhook's secret"
        about="Verify with it that a call comes from this gateway, by any library of Standard Webhooks."
        secret={created?.secret ?? null}
        onClose={() => {
          if (created !== null) show(created.id);
          setCreated(null);
        }}
      />
    </Page>
  );
}
