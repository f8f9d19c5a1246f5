import { type ListPosition, TRACE_FILTER_FIELDS, type TraceFilter } from '@sluice/contract';
import type { SqlValue } from './tenant.ts';
import {
  cacheToken,
  fieldToken,
  guardToken,
  metadataToken,
  organizationToken,
  sizeTokens,
  statusTokens,
  TRACE_FIELDS,
  type TraceField,
  wordsOf,
} from './trace-words.ts';

/** Columns of their own; everything else is read from the record. */
const COLUMNS: readonly string[] = ['key_id', 'project_id', 'user_id', 'session_id', 'provider', 'model'];

const columnOf = (field: TraceField): string => {
  if (COLUMNS.includes(field)) return `t.${field}`;
  // JSON's booleans come out as 0 and 1.
  if (field === 'stream') return "iif(t.record ->> '$.stream', 'true', 'false')";
  return `t.record ->> '$.${field}'`;
};

const RANGES: [name: keyof TraceFilter, condition: string][] = [
  ['since_ms', 't.at_ms >='],
  ['until_ms', 't.at_ms <'],
  ['cost_usd_nanos_min', 't.cost_usd_nanos >='],
  ['cost_usd_nanos_max', 't.cost_usd_nanos <='],
  ['latency_ms_min', 't.latency_ms >='],
  ['latency_ms_max', 't.latency_ms <='],
  ['score_milli_min', 't.score_milli >='],
  ['score_milli_max', 't.score_milli <='],
];

/**
 * One page of a list of traces, newest first; `?1` is the organization. Filters and words are looked up in
 * `trace_words`, whose rows lie in the order of time, so that a page ends the search; every condition is also compared,
 * since tokens are hashes. A caller's words never reach the SQL text: they are bound, as letters and digits.
 */
export function renderTraceQuery(
  organization_id: string,
  filter: TraceFilter,
  limit: number,
  after: ListPosition | null,
): { sql: string; values: SqlValue[] } {
  const values: SqlValue[] = [];
  const slot = (value: SqlValue): string => `?${values.push(value) + 1}`;
  const conditions = ['t.organization_id = ?1'];
  const tokens: string[] = [];

  for (const field of TRACE_FILTER_FIELDS) {
    const value = filter[field];
    if (value == null) continue;
    conditions.push(`${columnOf(field)} = ${slot(value)}`);
    tokens.push(fieldToken(organization_id, TRACE_FIELDS[field], value));
  }
  if (filter.status != null) {
    const status = slot(filter.status);
    conditions.push(`(t.status = ${status} OR t.status / 100 = ${status})`);
    tokens.push(statusTokens(organization_id, filter.status));
  }
  if (filter.guard != null) {
    const { guard } = filter;
    const name = guard === '*' ? '' : ` AND g.value ->> '$.guard' = ${slot(guard)}`;
    conditions.push(
      `EXISTS (SELECT 1 FROM json_each(t.record, '$.guards') AS g WHERE g.value ->> '$.action' <> 'passed'${name})`,
    );
    tokens.push(guardToken(organization_id, guard));
  }
  if (filter.cache_kind != null) {
    conditions.push(
      filter.cache_kind === 'near_miss'
        ? "json_array_length(t.record, '$.cache_near_misses') > 0"
        : `t.record ->> '$.cache.kind' = ${slot(filter.cache_kind)}`,
    );
    tokens.push(cacheToken(organization_id, filter.cache_kind));
  }
  for (const [name, value] of Object.entries(filter.metadata ?? {})) {
    conditions.push(
      `EXISTS (SELECT 1 FROM json_each(t.record, '$.metadata') AS m WHERE m.key = ${slot(name)} AND m.value = ${slot(value)})`,
    );
    tokens.push(metadataToken(organization_id, name, value));
  }
  for (const [name, condition] of RANGES) {
    const value = filter[name];
    if (typeof value === 'number') conditions.push(`${condition} ${slot(value)}`);
  }
  if (filter.cost_usd_nanos_min)
    tokens.push(anyOf(sizeTokens(organization_id, 'q', filter.cost_usd_nanos_min)));
  if (filter.latency_ms_min) tokens.push(anyOf(sizeTokens(organization_id, 'l', filter.latency_ms_min)));

  const words = renderWordQuery(filter.text ?? null);
  if (words !== null && tokens.length === 0) tokens.push(organizationToken(organization_id));
  const is_search = tokens.length > 0;
  if (is_search) {
    const match = [`fields : (${tokens.join(' AND ')})`, ...(words === null ? [] : [`words : (${words})`])];
    conditions.push(`w.trace_words MATCH ${slot(match.join(' AND '))}`);
    // Of the index itself, which ends where the span ends.
    conditions.push(`w.rowid >= ${slot((filter.since_ms ?? 0) * IDS_PER_MS)}`);
    const until_ms = Math.min(filter.until_ms ?? LAST_MS, (after?.at_ms ?? LAST_MS) + 1);
    conditions.push(`w.rowid < ${slot(until_ms * IDS_PER_MS)}`);
  }
  if (after !== null) conditions.push(positionOf(slot(after.at_ms), slot(after.id)));
  const is_by_score = filter.score_milli_min != null || filter.score_milli_max != null;
  const from = is_search
    ? 'trace_words AS w CROSS JOIN traces AS t ON t.id = w.rowid'
    : `traces AS t${is_by_score ? ' INDEXED BY traces_by_score' : ''}`;
  const order = is_search ? 'w.rowid DESC' : 't.at_ms DESC, t.id DESC';
  return {
    sql: `SELECT t.record, t.score_milli FROM ${from} WHERE ${conditions.join(' AND ')} ORDER BY ${order} LIMIT ${slot(limit)}`,
    values,
  };
}

const IDS_PER_MS = 2_048;
/** The year 2100: ids stay whole numbers of JavaScript. */
const LAST_MS = 4_102_444_800_000;

/** After a row that may be gone meanwhile: then after its millisecond. */
const positionOf = (at_ms: string, request_id: string): string =>
  `(t.at_ms <= ${at_ms} AND t.id < coalesce((SELECT last.id FROM traces AS last ` +
  `WHERE last.organization_id = ?1 AND last.request_id = ${request_id}), ${at_ms} * ${IDS_PER_MS}))`;

const anyOf = (tokens: string[]): string => `(${tokens.join(' OR ')})`;

/** `null` = there is no word in it. */
function renderWordQuery(text: string | null): string | null {
  if (text === null) return null;
  const words = wordsOf(text).map((word) => `"${word}"`);
  if (words.length === 0) return null;
  return words.join(' AND ') + (text.trimEnd().endsWith('*') ? ' *' : '');
}
