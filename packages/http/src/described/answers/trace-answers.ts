import {
  FAILURE_KINDS,
  GUARD_ACTIONS,
  GUARD_SIDES,
  type GuardKind,
  PROTOCOL_IDS,
  RESIDENCIES,
} from '@sluice/contract';
import * as z from 'zod';
import { count, id, pageOf, sharedScope, time, usd, usd_nanos } from './answer-parts.ts';

const text = z.string();
const ms = z.number().describe('Milliseconds.');
const tokens = count;
const counts = z.record(z.string(), z.number());

export const usageShown = z
  .strictObject({
    input_tokens: tokens.describe('Fresh input, outside any cache.'),
    cache_read_tokens: tokens,
    cache_write_tokens: tokens,
    cache_write_1h_tokens: tokens,
    output_tokens: tokens.describe('Visible output.'),
    reasoning_tokens: tokens,
    input_audio_tokens: tokens,
    output_audio_tokens: tokens,
    input_image_tokens: tokens.exactOptional(),
    units: z
      .number()
      .exactOptional()
      .describe('Images, characters, seconds or searches, where they are priced.'),
    gpu_ms: z.number().exactOptional().describe('Share of an endpoint that costs by the hour.'),
    estimated: z.boolean().describe('The provider did not say; the gateway counted by itself.'),
  })
  .meta({ id: 'TokenUsage' });

const GUARD_KINDS = [
  'pii',
  'words',
  'injection',
  'topics',
  'json_schema',
  'length',
  'language',
  'moderation',
  'webhook',
] as const satisfies GuardKind[];

export const guardVerdict = z
  .strictObject({
    guard: text,
    kind: z.enum(GUARD_KINDS),
    side: z.enum(GUARD_SIDES),
    action: z.enum([...GUARD_ACTIONS, 'failed', 'passed']),
    found: counts.describe('How often, by type of value, word list or rule.'),
    spent: z
      .strictObject({
        model: text,
        input_tokens: count,
        output_tokens: count,
        cost_usd_nanos: count.nullable(),
      })
      .exactOptional()
      .describe('What a chat model cost that was asked; no key pays for it.'),
  })
  .meta({ id: 'GuardVerdict', description: 'What one guard found; never the value itself.' });

const cacheKind = z.enum(['exact', 'semantic', 'flight', 'idempotency']);
const nearMiss = z
  .strictObject({ entry_id: id, similarity: z.number(), because: text, pair: text })
  .meta({ id: 'NearMiss', description: 'An answer that was close, and why it was not served.' });

const cacheHit = z
  .strictObject({
    kind: cacheKind,
    similarity: z.number().nullable().describe('null = nothing was compared.'),
    age_ms: z.number(),
    entry_id: id.nullable(),
    saved_usd_nanos: usd_nanos.nullable(),
    pair: text.exactOptional().describe('Of the two questions, to part them; absent = they are one.'),
  })
  .meta({ id: 'CacheHit', description: 'Where an answer came from that no provider was asked for.' });

const role = z.enum(['first', 'retry', 'fallback', 'probe', 'continuation', 'hedge']);
const ending = z
  .enum(['complete', 'truncated', 'aborted', 'failed', 'refused'])
  .describe('truncated: the provider broke off; aborted: the client left.');
const cacheStatus = z.enum(['miss', 'hit', 'off']);

/** What a list of traces and the whole trace have in common, and mean alike. */
const common = {
  request_id: id,
  timestamp: time,
  key_id: id,
  project_id: id.nullable(),
  user_id: text.nullable(),
  session_id: text.nullable(),
  model_requested: text.describe('As the client wrote it.'),
  provider: text.nullable().describe('Of the answer; null = none came.'),
  model: text.nullable(),
  stream: z.boolean(),
  status: z.int().describe('HTTP status of the answer.'),
  error_code: text.nullable(),
  ending,
  usage: usageShown.nullable(),
  cost_usd: usd.nullable().describe('US dollars; null = the price is unknown.'),
  score: z.number().nullable().describe('Feedback, 0 to 1; null = nobody gave any.'),
  latency_ms: ms,
  ttft_ms: ms.nullable().describe('Milliseconds to the first token; null = not streamed, or none came.'),
  degraded: z.array(text).describe('What the gateway did less well than asked.'),
};

export const traceSummary = z
  .strictObject({
    ...common,
    cache: cacheStatus,
    cache_hit: cacheHit.exactOptional(),
    cache_near_misses: z.array(nearMiss).exactOptional(),
    guards: z.array(guardVerdict).exactOptional(),
    fallback_used: z.boolean(),
  })
  .meta({ id: 'TraceSummary' });
export type TraceSummary = z.output<typeof traceSummary>;

export const traceShown = z
  .strictObject({
    ...common,
    organization_id: id,
    token_id: id.exactOptional().describe("Of the browser token in the key's place."),
    at_ms: z.int().describe('Unix milliseconds.'),
    door: z.enum(PROTOCOL_IDS),
    strategy: text,
    reason: text,
    candidates: z.array(
      z.strictObject({
        model: text,
        provider: text,
        connection_id: id,
        price_usd_nanos: usd_nanos.nullable().describe('Worst case of this request there; null = no price.'),
        latency_ms: ms.nullable(),
        score: z.number().nullable(),
        parts: counts.exactOptional().describe('What the score is made of, each 0 to 1.'),
        excluded_because: text.nullable(),
      }),
    ),
    candidates_evaluated: z.int().exactOptional(),
    analysis: counts.exactOptional().describe('What `auto` read off the request.'),
    split_arm: text.nullable().exactOptional(),
    attempts: z.array(
      z.strictObject({
        connection_id: id,
        provider: text,
        model: text,
        status: z.int().nullable().describe('HTTP status of the provider; null = none came.'),
        error: z.enum(FAILURE_KINDS).nullable().describe('null = it answered.'),
        message: text.nullable(),
        role,
        latency_ms: ms,
        region: text.exactOptional().describe('Of the connection, as its provider names it.'),
        residency: z.enum(RESIDENCIES).exactOptional().describe('Where it was certainly served.'),
        at_ms: z.number().exactOptional(),
        gpu_ms: z.number().exactOptional(),
        lost: z.literal(true).exactOptional().describe('Another target that was asked beside it was faster.'),
        cost_usd_nanos: usd_nanos.nullable().exactOptional(),
      }),
    ),
    connection_id: id.nullable(),
    finish_reason: text.nullable(),
    cost_usd_nanos: usd_nanos.nullable(),
    platform_fee_usd: usd,
    platform_fee_usd_nanos: usd_nanos,
    savings_usd: usd.nullable().describe('Against the default model; null = unknown.'),
    savings_usd_nanos: usd_nanos.nullable(),
    price_source: text.nullable(),
    held_usd: usd,
    held_usd_nanos: usd_nanos,
    settled_usd: usd,
    settled_usd_nanos: usd_nanos,
    budgets: z
      .array(z.strictObject({ scope: sharedScope, subject: text.nullable(), usd_nanos }))
      .exactOptional()
      .describe('Shared budgets that it was charged to.'),
    overhead_ms: ms.describe('Milliseconds of the gateway itself.'),
    cache_status: cacheStatus,
    cache: cacheHit.exactOptional(),
    cache_near_misses: z.array(nearMiss).exactOptional(),
    residency: z
      .strictObject({
        required: z.enum(RESIDENCIES).nullable(),
        set_by: z.enum(['organization', 'key']).nullable(),
        jurisdiction: text.nullable().describe('Where the objects of the deployment are.'),
      })
      .exactOptional()
      .describe('Absent = no rule, and the deployment pins nothing.'),
    cache_embedding: z
      .strictObject({
        provider: text.nullable(),
        model: text.nullable(),
        input_tokens: z.int(),
        cost_usd_nanos: usd_nanos.nullable(),
        skipped: text.nullable(),
      })
      .exactOptional()
      .describe('The vector of the question, part of the cost; or why it was not made.'),
    dropped_parameters: z.array(text),
    guards: z.array(guardVerdict).exactOptional(),
    metadata: z.record(z.string(), z.string()),
    trace_context: z
      .strictObject({ traceparent: text, tracestate: text.exactOptional() })
      .exactOptional()
      .describe("Of the client's own trace, as W3C has it."),
    request_body: text.nullable().describe('null = prompts are not kept, or no longer.'),
    response_text: text.nullable(),
    feedback: z
      .strictObject({ comment: text.nullable(), metadata: z.record(z.string(), z.string()) })
      .nullable(),
  })
  .meta({ id: 'Trace', description: 'Everything recorded of one request. Absent = there was none.' });
export type TraceShown = z.output<typeof traceShown>;

export const TRACE_ANSWERS = {
  listTraces: pageOf(traceSummary),
  getTrace: traceShown,
} satisfies Record<string, z.ZodType>;

export const receiptParts = { cacheKind, cacheStatus, ending, nearMiss, role };
