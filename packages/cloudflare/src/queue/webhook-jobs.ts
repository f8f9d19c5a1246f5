import type { EventPort, GatewayEvent } from '@sluice/contract';
import { type EndpointName, listOverdue } from '../d1/due-deliveries.ts';
import { migrated } from '../d1/migrate.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const OVERDUE_MS = 60_000;
const ENDPOINTS_MAX = 500;
/** How long before a key expires it is told of. */
const NOTICES = [
  { before_ms: 7 * DAY_MS, name: '7d' },
  { before_ms: DAY_MS, name: '1d' },
];
/** A job that was missed a few times is made up for; what is told twice is delivered once. */
const LOOK_BACK_MS = 6 * HOUR_MS;
const KEYS_MAX = 1_000;

/** Wakes the senders of endpoints whose work is overdue. @returns how many. */
export async function wakeOverdue(
  db: D1Database,
  wake: (endpoint: EndpointName) => Promise<void>,
  now_ms: number,
): Promise<number> {
  const endpoints = await listOverdue(db, now_ms - OVERDUE_MS, ENDPOINTS_MAX);
  await Promise.all(endpoints.map(wake));
  return endpoints.length;
}

interface ExpiringRow {
  organization_id: string;
  key_id: string;
  name: string;
  expires_at_ms: number;
}

/**
 * `key.expiring`, a week and a day before. Of every organization, since this is the deployment's own work.
 * @returns events told.
 */
export async function tellExpiringKeys(db: D1Database, events: EventPort, now_ms: number): Promise<number> {
  const told: GatewayEvent[] = [];
  for (const { before_ms, name } of NOTICES) {
    const { results } = await migrated(db, () =>
      db
        .prepare(
          'SELECT organization_id, key_id, name, expires_at_ms FROM keys ' +
            "WHERE expires_at_ms > ?1 AND expires_at_ms <= ?2 AND state <> 'revoked' LIMIT ?3",
        )
        .bind(now_ms + before_ms - LOOK_BACK_MS, now_ms + before_ms, KEYS_MAX)
        .all<ExpiringRow>(),
    );
    for (const row of results)
      told.push({
        type: 'key.expiring',
        organization_id: row.organization_id,
        occurred_at_ms: now_ms,
        once: `expiring/${row.key_id}/${row.expires_at_ms}/${name}`,
        data: {
          key_id: row.key_id,
          name: row.name,
          expires_at: new Date(row.expires_at_ms).toISOString(),
          notice: name,
        },
      });
  }
  if (told.length > 0) await events.emit(told);
  return told.length;
}
