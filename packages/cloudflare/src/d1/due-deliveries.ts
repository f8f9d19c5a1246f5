import type { DeliveryRecord, WebhookRecord, WebhookResult } from '@sluice/contract';
import { nextAttemptAt } from '@sluice/core/webhooks/delivery-schedule';
import { auditStatement } from './audit.ts';
import { migrated } from './migrate.ts';
import { createTenant } from './tenant.ts';
import { DELIVERY_SHOWN, type DeliveryRow, deliveryOf } from './webhook-rows.ts';

export interface EndpointName {
  organization_id: string;
  webhook_id: string;
}

/** What is due at an endpoint, longest waiting first. */
export async function listDue(
  db: D1Database,
  { organization_id, webhook_id }: EndpointName,
  now_ms: number,
  limit: number,
): Promise<DeliveryRecord[]> {
  const { results } = await migrated(db, () =>
    createTenant(db, organization_id)
      .prepare(
        `SELECT ${DELIVERY_SHOWN} FROM webhook_deliveries WHERE organization_id = ?1 AND webhook_id = ?2 ` +
          'AND next_at_ms <= ?3 ORDER BY next_at_ms LIMIT ?4',
        webhook_id,
        now_ms,
        limit,
      )
      .all<DeliveryRow>(),
  );
  return results.map(deliveryOf);
}

/** When the endpoint is due next; `null` = nothing is planned. */
export async function findNextDue(
  db: D1Database,
  { organization_id, webhook_id }: EndpointName,
): Promise<number | null> {
  const row = await createTenant(db, organization_id)
    .prepare(
      'SELECT min(next_at_ms) AS at_ms FROM webhook_deliveries ' +
        'WHERE organization_id = ?1 AND webhook_id = ?2 AND next_at_ms IS NOT NULL',
      webhook_id,
    )
    .first<{ at_ms: number | null }>();
  return row?.at_ms ?? null;
}

/** Writes down what attempts came to and when the next ones are. A delivery that was replayed meanwhile stays so. */
export async function noteResults(
  db: D1Database,
  { organization_id, webhook_id }: EndpointName,
  results: { delivery: DeliveryRecord; result: WebhookResult; random: number }[],
  now_ms: number,
): Promise<void> {
  const tenant = createTenant(db, organization_id);
  await db.batch(
    results.map(({ delivery, result, random }) => {
      const attempts = delivery.attempts + 1;
      const next_at_ms = result.ok ? null : nextAttemptAt(attempts, now_ms, result.retry_after_ms, random);
      const state = result.ok ? 'delivered' : next_at_ms === null ? 'dead' : 'failed';
      return tenant.prepare(
        'UPDATE webhook_deliveries SET state = ?4, attempts = ?5, next_at_ms = ?6, last_status = ?7, ' +
          'last_error = ?8, last_duration_ms = ?9, delivered_at_ms = ?10 ' +
          'WHERE organization_id = ?1 AND webhook_id = ?2 AND id = ?3 AND next_at_ms = ?11',
        webhook_id,
        delivery.id,
        state,
        attempts,
        next_at_ms,
        result.status,
        result.error,
        result.duration_ms,
        result.ok ? now_ms : null,
        delivery.next_at_ms,
      );
    }),
  );
}

/** Its receiver said that it is gone for good. What waits stays, and goes should an administrator enable it again. */
export async function disableGone(
  db: D1Database,
  webhook: WebhookRecord,
  audit_id: string,
  now_ms: number,
): Promise<void> {
  const { organization_id, id } = webhook;
  const reason = 'Its receiver answered 410 Gone.';
  const tenant = createTenant(db, organization_id);
  const audit = {
    id: audit_id,
    at_ms: now_ms,
    actor: 'system',
    action: 'webhook.disable',
    target_type: 'webhook' as const,
    target_id: id,
    before: { enabled: true },
    after: { enabled: false, disabled_reason: reason },
  };
  await db.batch([
    auditStatement(tenant, audit, {
      from: 'FROM webhooks WHERE organization_id = ?1 AND id = ?9 AND enabled = 1',
      values: [id],
    }),
    tenant.prepare(
      'UPDATE webhooks SET enabled = 0, disabled_reason = ?3, version = version + 1, updated_at_ms = ?4 ' +
        'WHERE organization_id = ?1 AND id = ?2 AND enabled = 1',
      id,
      reason,
      now_ms,
    ),
  ]);
}

/**
 * Endpoints whose work is overdue: their sender died before it could plan its next turn. Of every organization, since
 * this is the deployment's own work; only names are read.
 */
export async function listOverdue(db: D1Database, before_ms: number, limit: number): Promise<EndpointName[]> {
  const { results } = await migrated(db, () =>
    db
      .prepare(
        'SELECT organization_id, id AS webhook_id FROM webhooks WHERE enabled = 1 AND EXISTS ' +
          '(SELECT 1 FROM webhook_deliveries WHERE webhook_id = webhooks.id AND next_at_ms < ?1) LIMIT ?2',
      )
      .bind(before_ms, limit)
      .all<EndpointName>(),
  );
  return results;
}
