import {
  BALANCINGS,
  FAILURE_KINDS,
  GatewayError,
  PRIORITIES,
  type RoutingRules,
  STREAM_FAILOVERS,
  type Strategy,
} from '@sluice/contract';
import { RULES } from '@sluice/core/routing/verdict';
import * as z from 'zod';
import type { AdminPorts } from './ports.ts';

const model = z.string().trim().min(1).max(200);
const models = z.array(model).max(200);
const providers = z.array(z.string().trim().min(1).max(64)).max(64);
const share = z.number().min(0).max(1);
const latency_ms = z.int().positive().max(1_800_000);
export const storedName = z.string().regex(/^[a-z0-9-]{1,64}$/, 'use a-z, 0-9 and -, at most 64 characters');
export const fallbackChain = z.array(model).max(8);

const WORDS = ['cheapest', 'fastest', 'balanced', 'quality', 'cost', 'latency'] as const;
export const strategyWord = z.enum(WORDS);

/** Each rule under our name and under those that clients know it by. `null` says nothing, as if it were not set. */
const ruleFields = {
  strategy: strategyWord.nullable().exactOptional(),
  default_priority: strategyWord.nullable().exactOptional(),
  min_quality_score: share.nullable().exactOptional(),
  quality_threshold: share.nullable().exactOptional(),
  max_latency_ms: latency_ms.nullable().exactOptional(),
  prefer_providers: providers.nullable().exactOptional(),
  allowed_providers: providers.nullable().exactOptional(),
  blocked_providers: providers.nullable().exactOptional(),
  allowed_models: models.nullable().exactOptional(),
  blocked_models: models.nullable().exactOptional(),
};

export const rulesSchema = z.strictObject(ruleFields);
export type RuleChanges = z.output<typeof rulesSchema>;

/** `routing` of an organization: the rules, beside each other or under `rules`, and what else it says of routing. */
export const routingPatch = z.strictObject({
  ...ruleFields,
  rules: rulesSchema.nullable().exactOptional(),
  fallback_enabled: z.boolean().exactOptional(),
  fallback_chain: fallbackChain.exactOptional(),
  stream_failover: z.enum(STREAM_FAILOVERS).exactOptional(),
  hedge_after_ms: z.int().min(1).max(600_000).nullable().exactOptional(),
  balancing: z.enum(BALANCINGS).exactOptional(),
});
export type RoutingChanges = z.output<typeof routingPatch>;

const timeout_ms = z.int().positive().max(1_800_000).exactOptional();

/** What a request itself is to blame for goes to nobody else, whatever a chain says. */
const failure = z
  .enum(FAILURE_KINDS)
  .refine((kind) => RULES[kind].fallback !== 'no', 'the next target is never asked after this');

export const chainFields = {
  links: z
    .array(
      z.strictObject({
        model,
        timeouts: z
          .strictObject({ first_byte_ms: timeout_ms, idle_ms: timeout_ms, total_ms: timeout_ms })
          .default({}),
        on: z.array(failure).min(1).nullable().default(null),
      }),
    )
    .min(1)
    .max(8),
};

const percent = z.number().min(0).max(100).multipleOf(0.01);

export const splitFields = {
  enabled: z.boolean(),
  sticky_by: z.enum(['user', 'session', 'key', 'request']),
  arms: z
    .array(z.strictObject({ id: storedName, model, percent }))
    .min(1)
    .max(10)
    .refine(
      (arms) => new Set(arms.map((arm) => arm.id)).size === arms.length,
      'give each arm an id of its own',
    )
    .refine(
      (arms) => Math.abs(arms.reduce((sum, arm) => sum + arm.percent, 0) - 100) < 0.005,
      'percentages must sum up to 100',
    ),
};

export const assistantFields = {
  system_prompt: z.string().max(100_000).nullable(),
  model,
  rules: rulesSchema,
  /** Some formats take no limit below it. */
  output_tokens_max: z.int().min(16).max(10_000_000).nullable(),
  temperature: z.number().min(0).max(2).nullable(),
  fallback_chain: fallbackChain,
};

export const strategyOf = (asked: (typeof WORDS)[number]): Strategy =>
  asked === 'cost' || asked === 'latency' ? PRIORITIES[asked] : asked;

/**
 * Rules after a change; what is absent stays.
 * @throws GatewayError invalid_request for a provider that does not exist
 */
export function applyRules<Rules extends Partial<RoutingRules>>(
  before: Rules,
  changes: RuleChanges,
  { findProvider }: Pick<AdminPorts, 'findProvider'>,
): Rules {
  const after: Rules = { ...before };
  const strategy = changes.strategy === undefined ? changes.default_priority : changes.strategy;
  if (strategy !== undefined) after.strategy = strategy === null ? null : strategyOf(strategy);
  const quality =
    changes.min_quality_score === undefined ? changes.quality_threshold : changes.min_quality_score;
  if (quality !== undefined) after.min_quality_score = quality;
  if (changes.max_latency_ms !== undefined) after.max_latency_ms = changes.max_latency_ms;
  for (const field of ['prefer_providers', 'allowed_providers', 'blocked_providers'] as const) {
    const names = changes[field];
    if (names === undefined) continue;
    const unknown = names?.find((id) => findProvider(id) === null);
    if (unknown !== undefined)
      throw new GatewayError(
        'invalid_request',
        `${field}: there is no provider ${JSON.stringify(unknown)}.`,
        {
          param: field,
        },
      );
    after[field] = names ?? [];
  }
  if (changes.allowed_models !== undefined) after.allowed_models = changes.allowed_models ?? [];
  if (changes.blocked_models !== undefined) after.blocked_models = changes.blocked_models ?? [];
  return after;
}
