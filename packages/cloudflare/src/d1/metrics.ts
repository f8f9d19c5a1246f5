import { METRIC_BOUNDS_MS, type MetricStore, type MetricSums } from '@sluice/contract';
import { migrated } from './migrate.ts';
import { createTenant } from './tenant.ts';

const KIND = ['provider', 'model', 'door', 'status', 'error_code', 'cache_status'] as const;
/** Added up as they come in a row of a trace message. */
const SUMMED = [
  'input_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'cache_write_1h_tokens',
  'output_tokens',
  'reasoning_tokens',
  'input_audio_tokens',
  'output_audio_tokens',
  'cost_usd_nanos',
] as const;
const COUNTED = ['requests', 'unpriced_requests', 'latency_ms_sum', 'ttft_ms_sum', 'ttft_count'] as const;

const withinColumns = (name: 'latency' | 'ttft'): string[] =>
  METRIC_BOUNDS_MS.map((bound) => `${name}_within_${bound}_ms`);
const LATENCY_WITHIN = withinColumns('latency');
const TTFT_WITHIN = withinColumns('ttft');

const ADDED: Record<string, string> = {
  requests: 'count(*)',
  ...Object.fromEntries(SUMMED.map((name) => [name, `coalesce(sum(${name}), 0)`])),
  unpriced_requests: 'count(*) - count(cost_usd_nanos)',
  latency_ms_sum: 'coalesce(sum(latency_ms), 0)',
  ttft_ms_sum: 'coalesce(sum(ttft_ms), 0)',
  ttft_count: 'count(ttft_ms)',
  ...within(LATENCY_WITHIN, 'latency_ms'),
  ...within(TTFT_WITHIN, 'ttft_ms'),
};

function within(columns: string[], value: string): Record<string, string> {
  return Object.fromEntries(
    columns.map((column, at) => [column, `coalesce(sum(${value} <= ${METRIC_BOUNDS_MS[at]}), 0)`]),
  );
}

const READ = [...SUMMED, 'latency_ms', 'ttft_ms'].map((name) => `row.value ->> '${name}' AS ${name}`);
const READ_KIND = ['organization_id', ...KIND].map(
  (name) => `coalesce(row.value ->> '${name}', '') AS ${name}`,
);

/**
 * Adds rows (`?1`, JSON) that are not stored yet to the counters. Each field is read once, whatever the number of
 * buckets that look at it: rows are long, and SQLite would search them anew for each.
 */
export const ADD_METRICS =
  `WITH fresh AS MATERIALIZED (SELECT ${[...READ_KIND, ...READ].join(', ')} FROM json_each(?1) AS row ` +
  "WHERE NOT EXISTS (SELECT 1 FROM traces WHERE traces.organization_id = row.value ->> 'organization_id' " +
  "AND traces.request_id = row.value ->> 'request_id')) " +
  `INSERT INTO metric_sums (organization_id, ${[...KIND, ...Object.keys(ADDED)].join(', ')}) ` +
  `SELECT organization_id, ${[...KIND, ...Object.values(ADDED)].join(', ')} FROM fresh ` +
  `WHERE true GROUP BY organization_id, ${KIND.join(', ')} ` +
  `ON CONFLICT DO UPDATE SET ${Object.keys(ADDED)
    .map((column) => `${column} = ${column} + excluded.${column}`)
    .join(', ')}`;

type Row = Record<string, string | number>;

export const createMetricStore = (db: D1Database): MetricStore => ({
  async list(organization_id, limit) {
    const { results } = await migrated(db, () =>
      createTenant(db, organization_id)
        .prepare(
          'SELECT * FROM metric_sums WHERE organization_id = ?1 ORDER BY requests DESC LIMIT ?2',
          limit,
        )
        .all<Row>(),
    );
    return results.map(sumsOf);
  },
});

function sumsOf(row: Row): MetricSums {
  const plain = [...KIND, ...SUMMED, ...COUNTED].map((name) => [name, row[name]]);
  return {
    ...(Object.fromEntries(plain) as Omit<MetricSums, 'latency_within' | 'ttft_within'>),
    latency_within: LATENCY_WITHIN.map((column) => Number(row[column])),
    ttft_within: TTFT_WITHIN.map((column) => Number(row[column])),
  };
}
