import type { EndpointUsage, UsageGroup, UsageRow, UsageStore } from '@sluice/contract';
import { migrated } from './migrate.ts';
import { createTenant } from './tenant.ts';

/** The summed columns of `usage_hourly`, in one place for the query and for folding. */
export const USAGE_SUMS = [
  'requests',
  'errors',
  'input_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'cache_write_1h_tokens',
  'output_tokens',
  'reasoning_tokens',
  'input_audio_tokens',
  'output_audio_tokens',
  'cost_usd_nanos',
  'platform_fee_usd_nanos',
  'savings_usd_nanos',
  'unpriced_requests',
  'estimated_requests',
  'latency_ms_sum',
  'ttft_ms_sum',
  'ttft_count',
] as const satisfies (keyof UsageRow)[];

/** Days are folded from hours afterwards: SQLite knows no time zones. */
const COLUMN: Record<UsageGroup, string> = {
  key: 'key_id',
  project: 'project_id',
  user: 'user_id',
  model: 'model',
  provider: 'provider',
  status_class: 'status_class',
  split: 'split_arm',
  day: 'hour_ms',
  hour: 'hour_ms',
};

/** More groups than this are cut off, dearest first kept: an answer must fit into memory. */
const ROWS_MAX = 20_000;

type GroupedRow = Record<(typeof USAGE_SUMS)[number], number> & Record<string, string | number>;

export const createUsageStore = (db: D1Database): UsageStore => ({
  async query(organization_id, groups, since_ms, until_ms, filter, time_zone) {
    const tenant = createTenant(db, organization_id);
    const columns = [...new Set(groups.map((group) => COLUMN[group]))];
    const shown = [...columns, ...USAGE_SUMS.map((column) => `sum(${column}) AS ${column}`)].join(', ');
    const grouping = columns.length === 0 ? '' : `GROUP BY ${columns.join(', ')}`;
    const { results } = await migrated(db, () =>
      tenant
        .prepare(
          `SELECT ${shown} FROM usage_hourly WHERE organization_id = ?1 AND hour_ms >= ?2 AND hour_ms < ?3 ` +
            'AND (?4 IS NULL OR key_id = ?4) AND (?5 IS NULL OR project_id = ?5) AND (?6 IS NULL OR user_id = ?6) ' +
            `${grouping} ORDER BY sum(cost_usd_nanos) DESC LIMIT ${ROWS_MAX}`,
          since_ms,
          until_ms,
          filter.key_id,
          filter.project_id,
          filter.user_id,
        )
        .all<GroupedRow>(),
    );
    return fold(results, groups, time_zone);
  },

  async ofConnections(organization_id, connection_ids, model, since_ms, until_ms) {
    const tenant = createTenant(db, organization_id);
    const row = await migrated(db, () =>
      tenant
        .prepare(
          `SELECT count(*) AS requests, ${ENDPOINT_SUMS} FROM traces WHERE organization_id = ?1 ` +
            'AND at_ms >= ?2 AND at_ms < ?3 AND model = ?4 ' +
            "AND record ->> '$.connection_id' IN (SELECT value FROM json_each(?5))",
          since_ms,
          until_ms,
          model,
          JSON.stringify(connection_ids),
        )
        .first<EndpointUsage>(),
    );
    if (row === null) throw new Error('A sum without a row cannot be.');
    return row;
  },
});

const ENDPOINT_SUMS = [
  ...['input_tokens', 'cache_read_tokens', 'output_tokens', 'reasoning_tokens', 'gpu_ms'].map(
    (name) => `coalesce(sum(record ->> '$.usage.${name}'), 0) AS ${name}`,
  ),
  'coalesce(sum(cost_usd_nanos), 0) AS cost_usd_nanos',
].join(', ');

/** Names the groups, and adds up hours of one day. */
function fold(rows: GroupedRow[], groups: UsageGroup[], time_zone: string): UsageRow[] {
  const dayFormat = new Intl.DateTimeFormat('sv-SE', { timeZone: time_zone, dateStyle: 'short' });
  const folded = new Map<string, UsageRow>();
  for (const row of rows) {
    const names = groups.map((group) => {
      const value = row[COLUMN[group]] ?? '';
      if (group === 'hour') return new Date(Number(value)).toISOString();
      if (group === 'day') return dayFormat.format(Number(value));
      return value === '' ? null : String(value);
    });
    const id = JSON.stringify(names);
    let target = folded.get(id);
    if (target === undefined) {
      target = { ...Object.fromEntries(groups.map((group, at) => [group, names[at]])), ...noSums() };
      folded.set(id, target);
    }
    for (const column of USAGE_SUMS) target[column] += row[column] ?? 0;
  }
  return [...folded.values()];
}

const noSums = () =>
  Object.fromEntries(USAGE_SUMS.map((column) => [column, 0])) as Record<(typeof USAGE_SUMS)[number], number>;
