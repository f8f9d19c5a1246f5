import type { OrganizationConfig } from '@sluice/contract';
import { forgetAudit } from '../d1/audit-chain.ts';
import { migrated } from '../d1/migrate.ts';
import { parseOrganizationConfig } from '../d1/organization-config.ts';
import { createTenant } from '../d1/tenant.ts';
import { forgetContent, forgetTraces } from './forget-traces.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Deleted at once, so that no statement keeps the database from others for long. */
const ROWS_PER_BATCH = 1_000;
/** Their words are one bound value, whose size D1 bounds. */
const CONTENT_ROWS_PER_BATCH = 250;
/**
 * Of one run: D1 takes 1,000 queries of one invocation on the paid plan and 50 on the free one, where a backlog ends the
 * run early in an error and the next one goes on (developers.cloudflare.com/d1/platform/limits, read 2026-11-21).
 */
const STATEMENTS_MAX = 400;

/** What is deleted by its time alone. */
const BY_TIME = {
  feedback: 'FROM feedback WHERE organization_id = ?1 AND at_ms < ?2',
  // As its index stands: deliveries go with their webhook, so none is missed.
  webhook_deliveries:
    'FROM webhook_deliveries WHERE organization_id = ?1 AND at_ms < ?2 ' +
    'AND webhook_id IN (SELECT id FROM webhooks WHERE organization_id = ?1)',
  dead_events: 'FROM dead_events WHERE organization_id = ?1 AND at_ms < ?2',
  usage_hourly: 'FROM usage_hourly WHERE organization_id = ?1 AND hour_ms < ?2',
  anomalies: 'FROM anomalies WHERE organization_id = ?1 AND hour_ms < ?2',
  reconciliations: 'FROM reconciliations WHERE organization_id = ?1 AND at_ms < ?2',
} as const;

/** For the test that each is found by an index. */
export const RETENTION_QUERIES: readonly string[] = Object.values(BY_TIME).map(
  (from) => `SELECT rowid ${from} LIMIT ${ROWS_PER_BATCH}`,
);

/** One kind of thing of one organization that is kept no longer. */
interface Job {
  /** Of one batch. */
  statements: number;
  rows_max: number;
  /** @returns rows deleted; fewer than `rows_max` = none is left. */
  run(): Promise<number>;
}

/**
 * Deletes what each organization no longer wants kept, a batch at a time, in turns: one with a huge backlog keeps
 * nobody waiting, and what is left when the statements of this run are used up is for the next runs. Whose turn is
 * first changes with the hour. For the scheduled handler.
 * @returns rows deleted.
 */
export async function cleanUp(
  db: D1Database,
  now_ms: number,
  statements_max = STATEMENTS_MAX,
): Promise<number> {
  const { results } = await migrated(db, () =>
    db.prepare('SELECT id, settings FROM organizations ORDER BY id').all<{ id: string; settings: string }>(),
  );
  const jobs = results.flatMap(({ id, settings }) =>
    jobsOf(db, id, parseOrganizationConfig(settings), now_ms),
  );
  const first = jobs.length === 0 ? 0 : (Math.floor(now_ms / HOUR_MS) * JOBS_STEP) % jobs.length;
  const waiting = [...jobs.slice(first), ...jobs.slice(0, first)];
  let deleted = 0;
  let statements = 1;
  for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
    statements += job.statements;
    if (statements > statements_max) break;
    const rows = await job.run();
    deleted += rows;
    if (rows >= job.rows_max) waiting.push(job);
  }
  return deleted;
}

/** No divisor of what the number of jobs may be for long, so that every job comes first some time. */
const JOBS_STEP = 101;

function jobsOf(db: D1Database, id: string, config: OrganizationConfig, now_ms: number): Job[] {
  const before = (days: number): number => now_ms - days * DAY_MS;
  const { trace_retention_days, content_retention_days, history_retention_days } = config;
  const content_days = Math.min(content_retention_days ?? trace_retention_days, trace_retention_days);
  const byTime = (table: keyof typeof BY_TIME, days: number): Job => ({
    statements: 1,
    rows_max: ROWS_PER_BATCH,
    run: () => deleteBatch(db, id, table, before(days)),
  });
  const batch = (
    statements: number,
    forget: (db: D1Database, id: string, before_ms: number, rows_max: number) => Promise<number>,
    days: number,
    rows_max = ROWS_PER_BATCH,
  ): Job => ({ statements, rows_max, run: () => forget(db, id, before(days), rows_max) });
  return [
    batch(2, forgetTraces, trace_retention_days),
    batch(3, forgetContent, content_days, CONTENT_ROWS_PER_BATCH),
    batch(5, forgetAudit, config.audit_retention_days),
    byTime('feedback', trace_retention_days),
    byTime('webhook_deliveries', config.delivery_retention_days),
    byTime('dead_events', config.delivery_retention_days),
    ...(history_retention_days === null ? [] : HISTORY.map((table) => byTime(table, history_retention_days))),
  ];
}

const HISTORY = ['usage_hourly', 'anomalies', 'reconciliations'] as const;

async function deleteBatch(
  db: D1Database,
  organization_id: string,
  table: keyof typeof BY_TIME,
  before_ms: number,
): Promise<number> {
  const { meta } = await createTenant(db, organization_id)
    .prepare(
      `DELETE FROM ${table} WHERE rowid IN (SELECT rowid ${BY_TIME[table]} LIMIT ${ROWS_PER_BATCH})`,
      before_ms,
    )
    .run();
  return meta.changes;
}
