import type { Activity, ActivityReport, Percentiles } from '@sluice/contract';
import { migrated } from './migrate.ts';
import { createTenant } from './tenant.ts';
import { TRACES } from './usage-sql.ts';

const PERCENTS = [50, 90, 95, 99] as const;
const DURATIONS = ['latency', 'ttft'] as const;

type Row = Record<string, number | null>;

/** The nearest rank, rounded up: with a hundred values, the 95th percentile is the 95th of them. */
const percentiles = DURATIONS.flatMap((name) =>
  PERCENTS.map(
    (percent) =>
      `max(CASE WHEN ${name}_rank = (${name}_count * ${percent} + 99) / 100 THEN ${name} END) AS ${name}_${percent}`,
  ),
).join(', ');

const ranks = DURATIONS.map(
  (name) =>
    `row_number() OVER (PARTITION BY step ORDER BY ${name} NULLS LAST) AS ${name}_rank, ` +
    `count(${name}) OVER (PARTITION BY step) AS ${name}_count`,
).join(', ');

const SQL =
  'WITH asked AS (SELECT CAST((u.at_ms - ?2) / ?4 AS INTEGER) AS step, u.at_ms, u.cost_usd_nanos, ' +
  // As the sums count errors, so that the two agree.
  `(u.status >= 400 OR u.record ->> '$.ending' IN ('truncated', 'failed')) AS failed, ` +
  'u.latency_ms AS whole_ms, ' +
  `round(u.record ->> '$.ttft_ms') AS first_ms FROM ${TRACES.table} AS u ` +
  'WHERE u.organization_id = ?1 AND u.at_ms >= ?2 AND u.at_ms < ?3 ORDER BY u.at_ms DESC LIMIT ?5), ' +
  'measured AS (SELECT *, CASE WHEN failed THEN NULL ELSE whole_ms END AS latency, ' +
  'CASE WHEN failed THEN NULL ELSE first_ms END AS ttft FROM asked), ' +
  `ranked AS (SELECT *, ${ranks} FROM measured) ` +
  'SELECT step, count(*) AS requests, coalesce(sum(failed), 0) AS errors, min(at_ms) AS oldest_ms, ' +
  `coalesce(sum(cost_usd_nanos), 0) AS cost_usd_nanos, ${percentiles} FROM ranked GROUP BY step ORDER BY step`;

/** A request that failed everywhere has no provider; its attempts have. */
const PROVIDERS_SQL =
  "SELECT a.value ->> '$.provider' AS provider, count(*) AS attempts, " +
  "sum(a.value ->> '$.error' IS NOT NULL) AS failures FROM (SELECT u.record FROM traces AS u " +
  'WHERE u.organization_id = ?1 AND u.at_ms >= ?2 AND u.at_ms < ?3 ORDER BY u.at_ms DESC LIMIT ?4) AS t ' +
  "CROSS JOIN json_each(t.record, '$.attempts') AS a GROUP BY 1 ORDER BY failures DESC, attempts DESC LIMIT 20";

/** As `UsageStore.activity`: the same question twice, once with a step as long as the span. */
export async function readActivity(
  db: D1Database,
  organization_id: string,
  { from_ms, until_ms }: { from_ms: number; until_ms: number },
  step_ms: number,
  traces_max: number,
): Promise<ActivityReport> {
  const tenant = createTenant(db, organization_id);
  const ask = (step: number) =>
    migrated(db, () => tenant.prepare(SQL, from_ms, until_ms, step, traces_max).all<Row>());
  const [steps, whole, providers] = await Promise.all([
    ask(step_ms),
    ask(until_ms - from_ms),
    migrated(db, () =>
      tenant.prepare(PROVIDERS_SQL, from_ms, until_ms, traces_max).all<ActivityReport['providers'][number]>(),
    ),
  ]);
  const total = whole.results[0] ?? {};
  return {
    total: toActivity(total),
    steps: steps.results.map((row) => ({
      at_ms: from_ms + (row['step'] ?? 0) * step_ms,
      ...toActivity(row),
    })),
    providers: providers.results,
    oldest_ms: total['oldest_ms'] ?? null,
  };
}

const toActivity = (row: Row): Activity => ({
  requests: row['requests'] ?? 0,
  errors: row['errors'] ?? 0,
  cost_usd_nanos: row['cost_usd_nanos'] ?? 0,
  latency: toPercentiles(row, 'latency'),
  ttft: toPercentiles(row, 'ttft'),
});

const toPercentiles = (row: Row, name: (typeof DURATIONS)[number]): Percentiles => ({
  p50_ms: row[`${name}_50`] ?? null,
  p90_ms: row[`${name}_90`] ?? null,
  p95_ms: row[`${name}_95`] ?? null,
  p99_ms: row[`${name}_99`] ?? null,
});
