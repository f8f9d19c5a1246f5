import type { Delivery, Webhook } from '@sluice/client';
import { usePages } from '../../api/use-pages.ts';
import { Badge } from '../../ui/badge.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Select } from '../../ui/field.tsx';
import { formatDuration } from '../../ui/format.ts';
import { Section, Toolbar } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { Segments } from '../../ui/tabs.tsx';
import { Time } from '../../ui/time.tsx';
import { EVENT_TYPES, STATES } from '../webhooks/event-words.ts';
import { listDeliveries } from '../webhooks/webhooks-queries.ts';
import { DeliveryDialog } from './delivery-dialog.tsx';

/** A delivery goes through its states while somebody looks. */
const REFETCH_MS = 5_000;

const COLUMNS: readonly Column<Delivery>[] = [
  {
    id: 'at',
    header: 'Time',
    cell: ({ created_at }) => <Time at={created_at} />,
    value: ({ created_at }) => created_at,
  },
  {
    id: 'state',
    header: 'State',
    cell: ({ state }) => <Badge tone={STATES[state].tone}>{STATES[state].label}</Badge>,
    value: ({ state }) => state,
  },
  {
    id: 'event',
    header: 'Event',
    grow: true,
    cell: ({ event }) => event,
    value: ({ event }) => event,
  },
  {
    id: 'attempts',
    header: 'Attempts',
    align: 'end',
    from: 'tablet',
    cell: ({ attempts }) => attempts,
    value: ({ attempts }) => attempts,
  },
  {
    id: 'status',
    header: 'Last status',
    align: 'end',
    from: 'tablet',
    cell: ({ last_status }) => last_status ?? '–',
    value: ({ last_status }) => last_status,
  },
  {
    id: 'took',
    header: 'Took',
    align: 'end',
    from: 'desktop',
    cell: ({ last_duration_ms }) => formatDuration(last_duration_ms),
    value: ({ last_duration_ms }) => last_duration_ms,
  },
  {
    id: 'next',
    header: 'Next attempt',
    from: 'desktop',
    cell: ({ next_attempt_at }) => <Time at={next_attempt_at} ago />,
    value: ({ next_attempt_at }) => next_attempt_at,
  },
];

interface Search {
  state?: string | undefined;
  event?: string | undefined;
  open?: string | undefined;
}

interface DeliveriesProps {
  webhook: Webhook;
  search: Search;
  onChange: (patch: Search) => void;
}

/** What this endpoint was told, newest first. */
export function Deliveries({ webhook, search, onChange }: DeliveriesProps) {
  const filter = { state: search.state, event: search.event };
  const { table } = usePages(
    ['webhooks', 'deliveries', webhook.id, filter],
    (cursor) => listDeliveries(webhook.id, filter, cursor),
    { refetch_ms: REFETCH_MS },
  );
  const opened = table.rows?.find(({ id }) => id === search.open);
  return (
    <>
      <Toolbar label="Filters of deliveries">
        <Segments
          label="State of deliveries"
          value={search.state ?? 'all'}
          onChange={(state) => onChange({ state: state === 'all' ? undefined : state })}
          options={[
            { value: 'all', label: 'All' },
            { value: 'delivered', label: 'Delivered' },
            { value: 'pending', label: 'Waiting' },
            { value: 'failed', label: 'Failed' },
            { value: 'dead', label: 'Given up' },
          ]}
        />
        <Select
          aria-label="Event"
          placeholder="All events"
          value={search.event ?? ''}
          options={EVENT_TYPES.map((value) => ({ value, label: value }))}
          onChange={({ target }) => onChange({ event: target.value || undefined })}
        />
      </Toolbar>
      <Section title="Deliveries" flush>
        <DataTable
          label="Deliveries"
          columns={COLUMNS}
          {...table}
          rowId={({ id }) => id}
          onOpen={({ id }) => onChange({ open: id })}
          open_id={search.open ?? null}
          empty={
            <Empty title="No deliveries">
              {search.state === undefined && search.event === undefined
                ? 'It will be told when something happens. Tests are not listed.'
                : 'None that these filters let through.'}
            </Empty>
          }
        />
      </Section>
      <DeliveryDialog webhook={webhook} delivery={opened} onClose={() => onChange({ open: undefined })} />
    </>
  );
}
