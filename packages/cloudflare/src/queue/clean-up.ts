import { forgetAudit } from '../d1/audit-chain.ts';
import { migrated } from '../d1/migrate.ts';
import { parseOrganizationConfig } from '../d1/organization-config.ts';
import { createTenant } from '../d1/tenant.ts';
import { forgetContent, forgetTraces } from './forget-traces.ts';

const DAY_MS = 86_400_000;
/** The whole schedule takes three days; after a month nobody replays a message. */
const DELIVERY_DAYS = 30;
/** Deleted at once, so that no statement keeps the database from others for long; the next run goes on. */
const ROWS_PER_STATEMENT = 1_000;
const STATEMENTS_MAX = 20;

/** Deletes what each organization no longer wants kept. For the scheduled handler. @returns rows deleted. */
export async function cleanUp(db: D1Database, now_ms: number): Promise<number> {
  const { results } = await migrated(db, () =>
    db.prepare('SELECT id, settings FROM organizations').all<{ id: string; settings: string }>(),
  );
  let deleted = 0;
  for (const { id, settings } of results) {
    const { trace_retention_days, content_retention_days, audit_retention_days } =
      parseOrganizationConfig(settings);
    const kept_ms = now_ms - trace_retention_days * DAY_MS;
    deleted += await forgetTraces(db, id, kept_ms);
    deleted += await deleteBefore(db, id, 'feedback', kept_ms);
    const content_days = Math.min(content_retention_days ?? trace_retention_days, trace_retention_days);
    deleted += await forgetContent(db, id, now_ms - content_days * DAY_MS);
    deleted += await forgetOldAudit(db, id, now_ms - audit_retention_days * DAY_MS);
    deleted += await deleteBefore(db, id, 'webhook_deliveries', now_ms - DELIVERY_DAYS * DAY_MS);
    deleted += await deleteBefore(db, id, 'dead_events', now_ms - DELIVERY_DAYS * DAY_MS);
  }
  return deleted;
}

async function forgetOldAudit(db: D1Database, organization_id: string, before_ms: number): Promise<number> {
  let deleted = 0;
  for (let statement = 0; statement < STATEMENTS_MAX; statement++) {
    const rows = await forgetAudit(db, organization_id, before_ms, ROWS_PER_STATEMENT);
    deleted += rows;
    if (rows < ROWS_PER_STATEMENT) break;
  }
  return deleted;
}

async function deleteBefore(
  db: D1Database,
  organization_id: string,
  table: 'feedback' | 'webhook_deliveries' | 'dead_events',
  before_ms: number,
): Promise<number> {
  const tenant = createTenant(db, organization_id);
  let deleted = 0;
  for (let statement = 0; statement < STATEMENTS_MAX; statement++) {
    const { meta } = await tenant
      .prepare(
        `DELETE FROM ${table} WHERE rowid IN ` +
          `(SELECT rowid FROM ${table} WHERE organization_id = ?1 AND at_ms < ?2 LIMIT ${ROWS_PER_STATEMENT})`,
        before_ms,
      )
      .run();
    deleted += meta.changes;
    if (meta.changes < ROWS_PER_STATEMENT) break;
  }
  return deleted;
}
