import type { TraceRecord } from '@sluice/contract';
import * as z from 'zod';
import { renderFields, renderWords } from '../d1/trace-words.ts';

const count = z.number().int().nonnegative();
const nullableText = z.string().nullable();

/** What the consumer reads of a record; the rest is stored as it came. */
const traceFields = z.object({
  request_id: z.string().min(1),
  organization_id: z.string().min(1),
  project_id: nullableText,
  key_id: z.string().min(1),
  at_ms: count,
  user_id: nullableText,
  session_id: nullableText,
  provider: nullableText,
  model: nullableText,
  split_arm: nullableText.default(null),
  connection_id: nullableText.default(null),
  door: z.string().default(''),
  status: z.number().int(),
  ending: z.string(),
  usage: z
    .object({
      input_tokens: count,
      cache_read_tokens: count,
      cache_write_tokens: count,
      cache_write_1h_tokens: count,
      output_tokens: count,
      reasoning_tokens: count,
      input_audio_tokens: count,
      output_audio_tokens: count,
      estimated: z.boolean(),
    })
    .nullable(),
  cost_usd_nanos: z.number().nullable(),
  platform_fee_usd_nanos: z.number(),
  savings_usd_nanos: z.number().nullable(),
  error_code: nullableText.default(null),
  cache_status: z.string().default('off'),
  cache: z.object({ saved_usd_nanos: z.number().nullable() }).optional(),
  latency_ms: z.number(),
  ttft_ms: z.number().nullable(),
  request_body: nullableText.default(null),
  response_text: nullableText.default(null),
});

export const settlement = z.object({
  hold_id: z.string().min(1),
  outcome: z.enum(['settled', 'released']),
  usd_nanos: z.number(),
  input_tokens: z.number(),
  output_tokens: z.number(),
  held_usd_nanos: z.number(),
  record: nullableText,
  token: z.object({ token_id: z.string().min(1), expires_at_ms: count }).exactOptional(),
});

/** `records` stay unknown here, so that one that cannot be read does not spoil the ninety-nine beside it. */
export const traceMessage = z.object({
  version: z.literal(1),
  records: z.array(z.unknown()),
  /** Settlements that their ledger could not be told of. */
  unsettled: z.array(z.object({ key_id: z.string().min(1), settlement })),
});

export type TraceMessage = z.infer<typeof traceMessage>;

/** A row of `traces` and the summands of its roll-up, flat, as `json_each` hands them to SQL. */
export type TraceRow = ReturnType<typeof parseTraceRow> & object;

/** @returns `null` for a record that cannot be read. */
export function parseTraceRow(value: unknown) {
  const parsed = traceFields.safeParse(value);
  if (!parsed.success) return null;
  const { usage, ending, cache, cache_status, ...fields } = parsed.data;
  const trace = value as TraceRecord;
  return {
    ...fields,
    latency_ms: Math.round(fields.latency_ms),
    ttft_ms: fields.ttft_ms === null ? null : Math.round(fields.ttft_ms),
    hour_ms: fields.at_ms - (fields.at_ms % 3_600_000),
    status_class: `${Math.floor(fields.status / 100)}xx`,
    error: fields.status >= 400 || ending === 'truncated' || ending === 'failed' ? 1 : 0,
    input_tokens: usage?.input_tokens ?? 0,
    cache_read_tokens: usage?.cache_read_tokens ?? 0,
    cache_write_tokens: usage?.cache_write_tokens ?? 0,
    cache_write_1h_tokens: usage?.cache_write_1h_tokens ?? 0,
    output_tokens: usage?.output_tokens ?? 0,
    reasoning_tokens: usage?.reasoning_tokens ?? 0,
    input_audio_tokens: usage?.input_audio_tokens ?? 0,
    output_audio_tokens: usage?.output_audio_tokens ?? 0,
    estimated: usage?.estimated ? 1 : 0,
    cache_status,
    cache_hit: cache_status === 'hit' ? 1 : 0,
    cache_saved_usd_nanos: cache?.saved_usd_nanos ?? 0,
    record: JSON.stringify({ ...trace, request_body: null, response_text: null }),
    fields: renderFields(trace),
    words: renderWords(trace),
    chain_sequence: null as number | null,
    receipt: null as string | null,
  };
}
