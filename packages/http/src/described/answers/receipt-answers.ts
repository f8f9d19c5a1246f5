import { FAILURE_KINDS, RESIDENCIES } from '@sluice/contract';
import type { renderReceipt } from '@sluice/core/receipt';
import * as z from 'zod';
import { id, sharedScope, time, usd } from './answer-parts.ts';
import { guardVerdict, receiptParts } from './trace-answers.ts';

const { cacheKind, cacheStatus, ending, nearMiss, role } = receiptParts;
const text = z.string();
const number = z.number();
const counts = z.record(z.string(), number);
const residency = z.enum(RESIDENCIES).nullable();
const maybe_usd = usd.nullable().describe('US dollars; null = unknown.');

const signature = z
  .strictObject({
    alg: z.literal('Ed25519'),
    kid: text.describe('Which of the public keys.'),
    chain: z
      .strictObject({
        key_id: id,
        sequence: z.int().describe('From 1 on, without a gap.'),
        previous_hash: text.nullable().describe('base64url; null = it is the first.'),
      })
      .nullable()
      .describe('null = its place is not known yet.'),
    value: text.describe('base64url.'),
  })
  .nullable()
  .describe('null = the deployment has no key to sign with.');

const body = z.strictObject({
  request_id: id,
  timestamp: time,
  status: z.int(),
  error_code: text.nullable(),
  ending,
  token_id: id.nullable(),
  routing: z.strictObject({
    strategy: text,
    model_requested: text,
    candidates_evaluated: z.int(),
    candidates: z.array(
      z.strictObject({
        model: text,
        provider: text,
        score: number.nullable(),
        parts: counts.nullable(),
        price: maybe_usd.describe('US dollars at worst; null = no price.'),
        latency: number.nullable().describe('Expected milliseconds.'),
        excluded_because: text.nullable(),
      }),
    ),
    analysis: counts.nullable(),
    winner: text.nullable(),
    split_arm: text.nullable(),
    reason: text,
  }),
  execution: z.strictObject({
    provider: text.nullable(),
    model: text.nullable(),
    connection: id.nullable(),
    finish_reason: text.nullable(),
    latency_ms: number,
    ttft_ms: number.nullable(),
    routing_overhead_ms: number,
    tokens: z
      .strictObject({
        prompt: number,
        completion: number,
        total: number,
        cached: number,
        cache_write: number,
        reasoning: number,
      })
      .nullable(),
    units: number.nullable(),
  }),
  cost: z.strictObject({
    provider_cost_usd: maybe_usd,
    platform_fee_usd: maybe_usd,
    total_usd: maybe_usd,
    savings_vs_default_usd: maybe_usd,
    price_source: text.nullable(),
    estimated: z.boolean(),
  }),
  fallback: z.strictObject({
    used: z.boolean(),
    attempts: z.array(
      z.strictObject({
        model: text,
        provider: text,
        status: z.int().nullable(),
        error: z.enum(FAILURE_KINDS).nullable(),
        latency_ms: number,
        role,
        region: text.nullable().describe('Of the connection, as its provider names it.'),
        residency: residency.describe('Where it was certainly served; null = nobody can tell.'),
        lost: z.boolean().exactOptional(),
        cost_usd: maybe_usd.exactOptional(),
      }),
    ),
  }),
  cache: z.strictObject({
    status: cacheStatus,
    kind: cacheKind.nullable(),
    similarity: number.nullable(),
    age_seconds: number.nullable(),
    entry_id: id.nullable(),
    saved_usd: maybe_usd,
    near_misses: z.array(nearMiss),
    embedding: z
      .strictObject({
        provider: text.nullable(),
        model: text.nullable(),
        tokens: number,
        cost_usd: maybe_usd,
        skipped: text.nullable(),
      })
      .nullable()
      .describe(
        'The vector of the question, part of the cost; or why it was not made. null = none was paid.',
      ),
  }),
  guards: z.array(guardVerdict),
  limits: z.strictObject({
    held_usd: maybe_usd,
    settled_usd: maybe_usd,
    budgets: z.array(
      z.strictObject({ scope: sharedScope, subject: text.nullable(), charged_usd: maybe_usd }),
    ),
  }),
  residency: z.strictObject({
    required: residency.describe('Where it had to stay; null = anywhere.'),
    set_by: z.enum(['organization', 'key']).nullable(),
    deployment_jurisdiction: text
      .nullable()
      .describe('Where the objects of the deployment run and store; null = it pins none.'),
    served_in: residency.describe(
      'Where the answer was certainly made; null = nobody can tell, or none was.',
    ),
    region: text.nullable().describe('Of the connection that answered.'),
  }),
  dropped_parameters: z.array(text),
  degraded: z.array(text),
  signature,
});

// Does not compile when the renderer answers something else: it is core's own, and knows no schema.
body satisfies z.ZodType<Rendered>;
type Rendered = Omit<ReturnType<typeof renderReceipt>, 'signature'> & { signature: unknown };

export const receiptShown = body.meta({ id: 'Receipt' });

export const RECEIPT_ANSWERS = {
  getReceipt: receiptShown,
  getTraceReceipt: receiptShown,
  listReceipts: z.strictObject({
    data: z.array(receiptShown),
    next_after: z.int().nullable().describe('Send it as `after` for the next page; null = this is the last.'),
  }),
} satisfies Record<string, z.ZodType>;
