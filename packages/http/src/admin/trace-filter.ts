import { CACHE_KINDS, type TraceFilter } from '@sluice/contract';
import * as z from 'zod';
import { toNanos } from './apply-key-changes.ts';
import { pageQuery } from './cursor.ts';

const text = z.string().min(1).max(256).optional();
const dollars = z.coerce.number().min(0).max(1_000_000).optional();
const number = z.coerce.number().int().min(0).optional();
const score = z.coerce.number().min(0).max(1).optional();
const time = z.iso.datetime({ offset: true }).optional();

const filters = {
  key: text,
  project: text,
  user: text,
  session: text,
  provider: text,
  model: text,
  status: z
    .string()
    .regex(/^([1-5][0-9]{2}|[1-5](xx)?)$/, 'a status as 429, or a class as 4xx')
    .optional(),
  since: time,
  until: time,
  token: text,
  connection: text,
  model_requested: text,
  door: text,
  error_code: text,
  finish_reason: text,
  ending: text,
  cache: text,
  cache_kind: z.enum(CACHE_KINDS).optional(),
  /** A guard's name; `*` = any. */
  guard: text,
  split: text,
  strategy: text,
  stream: z.enum(['true', 'false']).optional(),
  min_cost_usd: dollars,
  max_cost_usd: dollars,
  min_latency_ms: number,
  max_latency_ms: number,
  min_score: score,
  max_score: score,
  /** `name:value`, several joined by commas. */
  metadata: z
    .string()
    .max(2_000)
    .regex(/^[^:,]+:[^,]*(,[^:,]+:[^,]*)*$/, 'written as team:checkout,env:live')
    .optional(),
  q: text,
};

/** What a search of traces may name. */
export const traceFilters = z.strictObject(filters);
export const traceQuery = z.strictObject({ ...pageQuery, ...filters });
export const traceExportQuery = z.strictObject({
  ...filters,
  format: z.enum(['json', 'csv']).default('json'),
});

export const parseTraceFilter = (query: z.output<typeof traceFilters>): TraceFilter => ({
  key_id: query.key ?? null,
  project_id: query.project ?? null,
  user_id: query.user ?? null,
  session_id: query.session ?? null,
  provider: query.provider ?? null,
  model: query.model ?? null,
  status: query.status === undefined ? null : Number.parseInt(query.status, 10),
  since_ms: timeOf(query.since),
  until_ms: timeOf(query.until),
  token_id: query.token ?? null,
  connection_id: query.connection ?? null,
  model_requested: query.model_requested ?? null,
  door: query.door ?? null,
  error_code: query.error_code ?? null,
  finish_reason: query.finish_reason ?? null,
  ending: query.ending ?? null,
  cache_status: query.cache ?? null,
  cache_kind: query.cache_kind ?? null,
  guard: query.guard ?? null,
  split_arm: query.split ?? null,
  strategy: query.strategy ?? null,
  stream: query.stream ?? null,
  cost_usd_nanos_min: query.min_cost_usd === undefined ? null : toNanos(query.min_cost_usd),
  cost_usd_nanos_max: query.max_cost_usd === undefined ? null : toNanos(query.max_cost_usd),
  latency_ms_min: query.min_latency_ms ?? null,
  latency_ms_max: query.max_latency_ms ?? null,
  score_milli_min: query.min_score === undefined ? null : Math.round(query.min_score * 1_000),
  score_milli_max: query.max_score === undefined ? null : Math.round(query.max_score * 1_000),
  metadata: metadataOf(query.metadata),
  text: query.q ?? null,
});

const metadataOf = (pairs: string | undefined): Record<string, string> | null =>
  pairs === undefined
    ? null
    : Object.fromEntries(
        pairs.split(',').map((pair) => {
          const at = pair.indexOf(':');
          return [pair.slice(0, at), pair.slice(at + 1)];
        }),
      );

const timeOf = (written: string | undefined): number | null =>
  written === undefined ? null : Date.parse(written);
