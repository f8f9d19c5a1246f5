import {
  type EndpointUsage,
  TRACE_DIMENSIONS,
  type UsageDimension,
  type UsageGroup,
  type UsagePosition,
  type UsageQuery,
  type UsageRow,
  type UsageStore,
  type UsageSums,
} from '@sluice/contract';
import { windowAt } from '@sluice/core/limits/windows';
import { readActivity } from './activity.ts';
import { migrated } from './migrate.ts';
import { createTenant, type SqlValue } from './tenant.ts';
import { HOURLY, TRACES, USAGE_SUMS, type UsageSource } from './usage-sql.ts';

/** Named stretches of time: D1 adds up days and months itself, since SQLite knows no time zones. */
type Slice = [from_ms: number, until_ms: number, name: string];
type SqlRow = Record<string, string | number | null>;

export const createUsageStore = (db: D1Database): UsageStore => ({
  async page(organization_id, query, limit, after) {
    const tenant = createTenant(db, organization_id);
    const { sql, values, names } = renderQuery(query, after);
    const { results } = await migrated(db, () =>
      tenant.prepare(`${sql} LIMIT ?2`, limit + 1, ...values).all<SqlRow>(),
    );
    const shown = results.slice(0, limit);
    const last = shown.at(-1);
    const cut = cutterOf(query);
    return {
      rows: shown.map((row) => toUsageRow(row, query.groups, cut)),
      next:
        query.order === undefined && results.length > limit && last !== undefined
          ? names.map((name) => last[name] ?? '')
          : null,
    };
  },

  activity: (organization_id, span, step_ms, traces_max) =>
    readActivity(db, organization_id, span, step_ms, traces_max),

  async totals(organization_id, query) {
    const tenant = createTenant(db, organization_id);
    const { sql, values } = renderQuery({ ...query, groups: [] }, null);
    const row = await migrated(db, () => tenant.prepare(`${sql} LIMIT ?2`, 1, ...values).first<SqlRow>());
    return sumsOf(row ?? {});
  },

  async countTraces(organization_id, from_ms, until_ms, limit) {
    const tenant = createTenant(db, organization_id);
    const row = await migrated(db, () =>
      tenant
        .prepare(
          'SELECT count(*) AS rows FROM (SELECT 1 FROM traces ' +
            'WHERE organization_id = ?1 AND at_ms >= ?2 AND at_ms < ?3 LIMIT ?4)',
          from_ms,
          until_ms,
          limit,
        )
        .first<{ rows: number }>(),
    );
    return row?.rows ?? 0;
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

const needsTraces = ({ groups, filter }: UsageQuery): boolean =>
  TRACE_DIMENSIONS.some((name) => groups.includes(name) || filter[name] !== undefined);

const ORDERED_BY = { cost: 'cost_usd_nanos', requests: 'requests', errors: 'errors' } as const;

const isTime = (group: UsageGroup): group is 'month' | 'day' | 'hour' =>
  group === 'month' || group === 'day' || group === 'hour';

/** `?1` is the organization and `?2` the limit; `values` come after them. */
function renderQuery(
  query: UsageQuery,
  after: UsagePosition | null,
): { sql: string; values: SqlValue[]; names: string[] } {
  const source = needsTraces(query) ? TRACES : HOURLY;
  const values: SqlValue[] = [JSON.stringify(slicesOf(query))];
  const slot = (value: SqlValue): string => `?${values.push(value) + 2}`;

  const columns = new Map<string, string>();
  // An hour names its day and month too.
  if (query.groups.includes('hour')) columns.set('hour', source.hour);
  else if (query.groups.some(isTime)) columns.set('slice', "s.value ->> '$[2]'");
  for (const group of query.groups) if (!isTime(group)) columns.set(group, dimensionOf(source, group));

  const conditions = Object.entries(query.filter).map(
    ([name, value]) => `AND ${dimensionOf(source, name as UsageDimension)} = ${slot(value ?? '')}`,
  );
  if (after !== null && after.length === columns.size && columns.size > 0)
    conditions.push(`AND (${[...columns.values()].join(', ')}) > (${after.map(slot).join(', ')})`);

  const shown = [
    ...[...columns].map(([name, sql]) => `${sql} AS "${name}"`),
    ...USAGE_SUMS.map((name) => `coalesce(${source.sums[name]}, 0) AS ${name}`),
  ];
  const most = query.order === undefined ? '' : `${source.sums[ORDERED_BY[query.order]]} DESC, `;
  const grouping =
    columns.size === 0
      ? ''
      : ` GROUP BY ${[...columns.values()].join(', ')} ORDER BY ${most}${[...columns.values()].join(', ')}`;
  return {
    // CROSS JOIN keeps the order of the tables: each slice is one range of the index.
    sql:
      `SELECT ${shown.join(', ')} FROM json_each(?3) AS s CROSS JOIN ${source.table} AS u ` +
      `WHERE u.organization_id = ?1 AND ${source.time} >= s.value ->> '$[0]' ` +
      `AND ${source.time} < s.value ->> '$[1]' ${conditions.join(' ')}${grouping}`,
    values,
    names: [...columns.keys()],
  };
}

function dimensionOf(source: UsageSource, name: UsageDimension): string {
  const column = source.dimensions[name];
  if (column === undefined) throw new Error(`Usage knows nothing of ${name}.`);
  return column;
}

function slicesOf({ groups, from_ms, until_ms, time_zone }: UsageQuery): Slice[] {
  const window = groups.includes('day') ? 'daily' : groups.includes('month') ? 'monthly' : null;
  if (window === null || groups.includes('hour')) return [[from_ms, until_ms, '']];
  const slices: Slice[] = [];
  const nameOf = createDayName(time_zone);
  for (let at_ms = from_ms; at_ms < until_ms; ) {
    const end_ms = Math.min(until_ms, windowAt(window, time_zone, at_ms).end_ms ?? until_ms);
    const day = nameOf(at_ms);
    slices.push([at_ms, end_ms, window === 'daily' ? day : day.slice(0, 7)]);
    at_ms = end_ms;
  }
  return slices;
}

const createDayName = (time_zone: string): ((at_ms: number) => string) => {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: time_zone, dateStyle: 'short' });
  return (at_ms) => format.format(at_ms);
};

/** Names the times of a row. */
function cutterOf({
  groups,
  time_zone,
}: UsageQuery): (row: SqlRow, group: 'month' | 'day' | 'hour') => string {
  const nameOf = createDayName(time_zone);
  return (row, group) => {
    const hour_ms = Number(row['hour']);
    if (group === 'hour') return new Date(hour_ms).toISOString();
    const name = groups.includes('hour') ? nameOf(hour_ms) : String(row['slice']);
    return group === 'month' ? name.slice(0, 7) : name;
  };
}

function toUsageRow(row: SqlRow, groups: UsageGroup[], cut: ReturnType<typeof cutterOf>): UsageRow {
  const names = groups.map((group) => {
    if (isTime(group)) return [group, cut(row, group)];
    const value = row[group] ?? '';
    return [group, value === '' ? null : String(value)];
  });
  return { ...Object.fromEntries(names), ...sumsOf(row) };
}

const sumsOf = (row: SqlRow): UsageSums =>
  Object.fromEntries(USAGE_SUMS.map((name) => [name, Number(row[name] ?? 0)])) as unknown as UsageSums;
