import type { EventType, GatewayEvent } from '@sluice/contract';
import { deliveryId, renderEvent } from '@sluice/core/webhooks/event-payload';
import { migrated } from './migrate.ts';
import { createTenant } from './tenant.ts';

/**
 * Plans one delivery for each endpoint that wants the event. An event that is told again changes nothing.
 * @returns every endpoint that wants it, new or not: whoever died between planning and waking is made up for.
 */
export async function fanOut(db: D1Database, event: GatewayEvent, now_ms: number): Promise<string[]> {
  const tenant = createTenant(db, event.organization_id);
  const { results } = await migrated(db, () =>
    tenant
      .prepare('SELECT id, events, keys FROM webhooks WHERE organization_id = ?1 AND enabled = 1')
      .all<{ id: string; events: string; keys: string }>(),
  );
  const webhook_ids = results.filter((row) => wants(row, event)).map(({ id }) => id);
  if (webhook_ids.length === 0) return [];
  const rows = await Promise.all(
    webhook_ids.map(async (webhook_id) => ({ id: await deliveryId(event, webhook_id), webhook_id })),
  );
  await tenant
    .prepare(
      'INSERT OR IGNORE INTO webhook_deliveries ' +
        '(organization_id, id, webhook_id, event_type, payload, state, attempts, next_at_ms, at_ms) ' +
        "SELECT ?1, value ->> 'id', value ->> 'webhook_id', ?3, ?4, 'pending', 0, ?5, ?5 FROM json_each(?2)",
      JSON.stringify(rows),
      event.type,
      renderEvent(event),
      now_ms,
    )
    .run();
  return webhook_ids;
}

function wants(row: { events: string; keys: string }, { type, data }: GatewayEvent): boolean {
  const events = JSON.parse(row.events) as EventType[];
  const keys = JSON.parse(row.keys) as unknown[];
  return (
    (events.length === 0 || events.includes(type)) && (keys.length === 0 || keys.includes(data['key_id']))
  );
}
