import type { EndpointName } from '../d1/due-deliveries.ts';
import { fanOut } from '../d1/fan-out.ts';
import { migrated } from '../d1/migrate.ts';
import { parseEventMessage } from './event-message.ts';

export interface EventConsumerPorts {
  DB: D1Database;
  /** `sluice-events-dlq` */
  EVENTS_DEAD: { send(body: unknown): Promise<unknown> };
  wake: (endpoint: EndpointName) => Promise<void>;
  now_ms: () => number;
}

const RETRY_SECONDS_MAX = 600;

/**
 * Plans the deliveries of a batch of events, then wakes each endpoint once. A message is acknowledged when its
 * deliveries are in D1 and their senders know; otherwise it comes again and plans nothing twice. What cannot be read
 * goes to the dead queue; it would fail for ever otherwise.
 */
export async function consumeEvents(batch: MessageBatch<unknown>, ports: EventConsumerPorts): Promise<void> {
  const planned: { message: Message<unknown>; endpoints: string[] }[] = [];
  const endpoint_of = new Map<string, EndpointName>();
  for (const message of batch.messages) {
    try {
      const event = parseEventMessage(message.body);
      if (event === null) {
        await ports.EVENTS_DEAD.send(message.body);
        message.ack();
        continue;
      }
      const webhook_ids = await fanOut(ports.DB, event, ports.now_ms());
      planned.push({ message, endpoints: webhook_ids });
      for (const webhook_id of webhook_ids)
        endpoint_of.set(webhook_id, { organization_id: event.organization_id, webhook_id });
    } catch (error) {
      retry(message, error);
    }
  }
  const asleep = new Map<string, unknown>();
  await Promise.all(
    [...endpoint_of].map(([webhook_id, endpoint]) =>
      ports.wake(endpoint).catch((error: unknown) => asleep.set(webhook_id, error)),
    ),
  );
  for (const { message, endpoints } of planned) {
    const missed = endpoints.find((webhook_id) => asleep.has(webhook_id));
    if (missed === undefined) message.ack();
    else retry(message, asleep.get(missed));
  }
}

function retry(message: Message<unknown>, error: unknown): void {
  const delay_seconds = Math.min(RETRY_SECONDS_MAX, 5 * 2 ** Math.min(10, message.attempts));
  console.error(
    JSON.stringify({
      event: 'event_not_planned',
      message_id: message.id,
      attempts: message.attempts,
      delay_seconds,
      error: error instanceof Error ? error.message : typeof error,
    }),
  );
  message.retry({ delaySeconds: delay_seconds });
}

/** Keeps what could not be told where administrators see it. A queue alone would forget it after days. */
export async function keepDeadEvents(
  batch: MessageBatch<unknown>,
  ports: Pick<EventConsumerPorts, 'DB' | 'now_ms'>,
): Promise<void> {
  for (const message of batch.messages) {
    try {
      const event = parseEventMessage(message.body);
      const body = typeof message.body === 'string' ? message.body : JSON.stringify(message.body);
      await migrated(ports.DB, () =>
        ports.DB.prepare(
          'INSERT OR IGNORE INTO dead_events (organization_id, id, event_type, body, at_ms) VALUES (?1, ?2, ?3, ?4, ?5)',
        )
          .bind(event?.organization_id ?? '', message.id, event?.type ?? '', body ?? '', ports.now_ms())
          .run(),
      );
      console.error(
        JSON.stringify({
          event: 'event_dead',
          message_id: message.id,
          organization_id: event?.organization_id ?? null,
          type: event?.type ?? null,
        }),
      );
      message.ack();
    } catch (error) {
      retry(message, error);
    }
  }
}
