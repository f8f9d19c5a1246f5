import type { DeadEvent } from '@sluice/client';
import { usePages } from '../../api/use-pages.ts';
import { CodeBlock } from '../../ui/copy.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Facts } from '../../ui/figures.tsx';
import { Section, Stack } from '../../ui/page.tsx';
import { Empty } from '../../ui/state.tsx';
import { Time } from '../../ui/time.tsx';
import { listDeadEvents } from './webhooks-queries.ts';

const COLUMNS: readonly Column<DeadEvent>[] = [
  { id: 'at', header: 'Time', cell: ({ at }) => <Time at={at} />, value: ({ at }) => at },
  {
    id: 'event',
    header: 'Event',
    cell: ({ event }) => <strong>{event ?? 'Unreadable'}</strong>,
    value: ({ event }) => event,
  },
  {
    id: 'body',
    header: 'Body',
    grow: true,
    from: 'tablet',
    cell: ({ body }) => <code>{body}</code>,
    value: ({ body }) => body,
  },
];

const indented = (body: string): string => {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
};

interface DeadEventsProps {
  open: string | undefined;
  onOpen: (id: string | undefined) => void;
}

/** What was to be told and never reached a list of deliveries, since the database could not take it for days. */
export function DeadEvents({ open, onOpen }: DeadEventsProps) {
  const { table } = usePages(['webhooks', 'dead-events'], listDeadEvents);
  const event = table.rows?.find(({ id }) => id === open);
  return (
    <Section
      title="Events that nobody was told"
      about="They came while deliveries could not be planned, for so long that the queue gave them up."
      flush
    >
      <DataTable
        label="Dead events"
        columns={COLUMNS}
        rowId={({ id }) => id}
        onOpen={({ id }) => onOpen(id)}
        open_id={open ?? null}
        empty={<Empty title="None">Every event was planned for whom it concerns.</Empty>}
        {...table}
      />
      <Dialog
        shape="side"
        open={event !== undefined}
        onOpenChange={() => onOpen(undefined)}
        title={event?.event ?? 'Unreadable event'}
      >
        {event !== undefined && (
          <Stack>
            <Facts
              rows={[
                ['Time', <Time key="at" at={event.at} />],
                ['Id', <code key="id">{event.id}</code>],
              ]}
            />
            <CodeBlock code={indented(event.body)} label="the body of the event" wrap />
          </Stack>
        )}
      </Dialog>
    </Section>
  );
}
