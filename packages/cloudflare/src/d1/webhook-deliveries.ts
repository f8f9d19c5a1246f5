import type { AuditEntry, DeadEvent, DeliveryFilter, DeliveryRecord, ListPosition } from '@sluice/contract';
import { auditStatement } from './audit.ts';
import { migrated } from './migrate.ts';
import { createTenant } from './tenant.ts';
import { DELIVERY_SHOWN, type DeliveryRow, deliveryOf } from './webhook-rows.ts';

export async function listDeliveries(
  db: D1Database,
  organization_id: string,
  webhook_id: string,
  filter: DeliveryFilter,
  limit: number,
  after: ListPosition | null,
): Promise<DeliveryRecord[]> {
  const { results } = await migrated(db, () =>
    createTenant(db, organization_id)
      .prepare(
        `SELECT ${DELIVERY_SHOWN} FROM webhook_deliveries WHERE organization_id = ?1 AND webhook_id = ?2 ` +
          'AND (at_ms, id) < (?3, ?4) AND (?5 IS NULL OR state = ?5) AND (?6 IS NULL OR event_type = ?6) ' +
          'ORDER BY at_ms DESC, id DESC LIMIT ?7',
        webhook_id,
        after?.at_ms ?? Number.MAX_SAFE_INTEGER,
        after?.id ?? '',
        filter.state,
        filter.event_type,
        limit,
      )
      .all<DeliveryRow>(),
  );
  return results.map(deliveryOf);
}

/** The whole schedule from now on, under the same id. @returns `null` when there is no such delivery. */
export async function replayDelivery(
  db: D1Database,
  organization_id: string,
  webhook_id: string,
  id: string,
  now_ms: number,
  audit: AuditEntry,
): Promise<DeliveryRecord | null> {
  const tenant = createTenant(db, organization_id);
  const found = 'FROM webhook_deliveries WHERE organization_id = ?1 AND webhook_id = ?9 AND id = ?10';
  const [, changed] = await migrated(db, () =>
    db.batch<DeliveryRow>([
      auditStatement(tenant, audit, { from: found, values: [webhook_id, id] }),
      tenant.prepare(
        "UPDATE webhook_deliveries SET state = 'pending', attempts = 0, next_at_ms = ?4, delivered_at_ms = NULL " +
          `WHERE organization_id = ?1 AND webhook_id = ?2 AND id = ?3 RETURNING ${DELIVERY_SHOWN}`,
        webhook_id,
        id,
        now_ms,
      ),
    ]),
  );
  const row = changed?.results[0];
  return row === undefined ? null : deliveryOf(row);
}

export async function listDeadEvents(
  db: D1Database,
  organization_id: string,
  limit: number,
  after: ListPosition | null,
): Promise<DeadEvent[]> {
  const { results } = await migrated(db, () =>
    createTenant(db, organization_id)
      .prepare(
        'SELECT id, event_type, body, at_ms FROM dead_events WHERE organization_id = ?1 AND (at_ms, id) < (?2, ?3) ' +
          'ORDER BY at_ms DESC, id DESC LIMIT ?4',
        after?.at_ms ?? Number.MAX_SAFE_INTEGER,
        after?.id ?? '',
        limit,
      )
      .all<DeadEvent>(),
  );
  return results;
}
