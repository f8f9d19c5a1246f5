import {
  BALANCINGS,
  CACHE_SCOPES,
  FAILURE_KINDS,
  GUARD_ACTIONS,
  GUARD_SIDES,
  PII_TYPES,
  PLANS,
  RATE_SCOPES,
  RESIDENCIES,
  STRATEGIES,
  STREAM_FAILOVERS,
  TOKENS_COUNTED,
  UNSAFE_ANSWERS,
} from '@sluice/contract';
import * as z from 'zod';
import { usd } from './answer-parts.ts';

const names = z.array(z.string());

/** Rules of routing, of an organization, a key or an assistant. */
export const routingRules = z
  .strictObject({
    strategy: z.enum(STRATEGIES).nullable().describe('null = not said here.'),
    min_quality_score: z.number().nullable().describe('0 to 1; null = any.'),
    max_latency_ms: z.number().nullable().describe('Expected time to the last token; null = any.'),
    prefer_providers: names.describe('Tried first among equals; forbids nothing.'),
    allowed_providers: names.describe('Empty = all.'),
    blocked_providers: names,
    allowed_models: names.describe('A name, `provider/model` or `provider/*`. Empty = all.'),
    blocked_models: names,
  })
  .meta({ id: 'RoutingRules' });

const plan = z.enum(PLANS).nullable();
const limit = z.int().nullable().exactOptional();

const planned = {
  plan: plan.exactOptional(),
  requests_per_minute: limit,
  request_burst: limit,
  tokens_per_minute: limit,
  tokens_counted: z.enum(TOKENS_COUNTED).exactOptional(),
  requests_per_day: limit,
  concurrency: limit,
};

export const plannedLimits = z
  .strictObject(planned)
  .meta({ id: 'RateLimits', description: 'What is null or absent is as the plan has it.' });

/** A project's own, whose plan stands beside it. */
export const limitsAlone = plannedLimits.omit({ plan: true }).meta({ id: 'ProjectRateLimits' });
export const planName = plan;

export const limitOverride = z
  .strictObject({
    ...planned,
    scope: z.enum(RATE_SCOPES).exclude(['organization', 'key']),
    subject: z.string().describe('Project id, user id or address.'),
  })
  .meta({ id: 'RateLimitOverride' });

/** Settings of a cache; what is absent or null is not said. */
export const cacheSettingsShown = z
  .strictObject({
    enabled: z.boolean().nullable().exactOptional(),
    semantic: z.boolean().nullable().exactOptional(),
    similarity_threshold: z.number().nullable().exactOptional().describe('0.9 to 1.'),
    ttl_seconds: z.number().nullable().exactOptional(),
    scope: z.enum(CACHE_SCOPES).nullable().exactOptional().describe('Who shares answers.'),
    excluded_models: names.nullable().exactOptional(),
    temperature_max: z.number().nullable().exactOptional(),
    also: z.array(z.enum(UNSAFE_ANSWERS)).nullable().exactOptional(),
    single_flight: z.boolean().nullable().exactOptional(),
    embedder: z
      .string()
      .nullable()
      .exactOptional()
      .describe("`CONNECTION/MODEL`; null = the deployment's own."),
    never_match: names
      .nullable()
      .exactOptional()
      .describe('Pairs of questions that never answer each other.'),
  })
  .meta({ id: 'CacheSettings', description: 'What is null or absent is not said here.' });

export const timeoutsShown = z
  .strictObject({
    first_byte_ms: z.number().describe('Until the first content.'),
    idle_ms: z.number().describe('Between chunks.'),
    total_ms: z.number().describe('For the whole attempt.'),
  })
  .meta({ id: 'Timeouts' });

export const someTimeouts = z
  .strictObject({
    first_byte_ms: z.number().exactOptional(),
    idle_ms: z.number().exactOptional(),
    total_ms: z.number().exactOptional(),
  })
  .meta({ id: 'SomeTimeouts', description: 'What is absent is as the organization has it.' });

const chainFields = {
  name: z.string(),
  links: z.array(
    z.strictObject({
      model: z.string(),
      timeouts: someTimeouts,
      on: z
        .array(z.enum(FAILURE_KINDS))
        .nullable()
        .describe('Failures after which the next link is asked; null = all that allow it.'),
    }),
  ),
};

const splitFields = {
  name: z.string(),
  enabled: z.boolean().describe('Off: all requests go to the first arm, and none counts.'),
  arms: z.array(
    z.strictObject({ id: z.string(), model: z.string(), percent: z.number().describe('All sum up to 100.') }),
  ),
  sticky_by: z.enum(['user', 'session', 'key', 'request']).describe('Whose requests stay on one arm.'),
};

const assistantFields = {
  name: z.string(),
  system_prompt: z.string().nullable(),
  model: z.string(),
  rules: routingRules,
  output_tokens_max: z.number().nullable(),
  temperature: z.number().nullable(),
  fallback_chain: names,
};

const poolFields = {
  name: z.string(),
  model: z.string(),
  connection_ids: names,
  usd_per_hour: usd.describe('US dollars an hour of each endpoint.'),
  in_flight_max: z.number().describe('Requests that one endpoint takes at once.'),
  overflow: names.describe('Models that are asked when all endpoints are full or down.'),
  health_path: z.string().nullable(),
};

const model_name = z.string().describe('What requests name it by, as `chain/NAME`.');

export const chainShown = z.strictObject({ ...chainFields, model_name }).meta({ id: 'Chain' });
export const splitShown = z.strictObject({ ...splitFields, model_name }).meta({ id: 'Split' });
export const assistantShown = z.strictObject({ ...assistantFields, model_name }).meta({ id: 'Assistant' });
export const poolShown = z.strictObject({ ...poolFields, model_name }).meta({ id: 'Pool' });

/** What an organization says of routing. */
export const routingShown = z
  .strictObject({
    rules: routingRules,
    stream_failover: z.enum(STREAM_FAILOVERS),
    hedge_after_ms: z
      .number()
      .nullable()
      .describe('Wait before a second target is asked beside the first; null = never.'),
    balancing: z.enum(BALANCINGS).exactOptional(),
    chains: z.array(z.strictObject(chainFields)),
    splits: z.array(z.strictObject(splitFields)),
    assistants: z.array(z.strictObject(assistantFields)),
    pools: z.array(z.strictObject(poolFields)),
  })
  .meta({ id: 'Routing' });

const deadline_ms = z.number();

const guardRule = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('pii'),
      types: z.array(z.enum(PII_TYPES)),
      custom: z.array(z.strictObject({ name: z.string(), pattern: z.string() })),
      phone_regions: names,
      restore: z.boolean(),
    }),
    z.strictObject({ kind: z.literal('words'), words: names }),
    z.strictObject({ kind: z.literal('injection') }),
    z.strictObject({
      kind: z.literal('topics'),
      topics: names,
      similarity_min: z.number(),
      embedder: z.string().nullable(),
      deadline_ms,
    }),
    z.strictObject({
      kind: z.literal('json_schema'),
      schema: z
        .record(z.string(), z.unknown())
        .nullable()
        .describe('null = the one that the request asked for.'),
    }),
    z.strictObject({ kind: z.literal('length'), chars_max: z.number() }),
    z.strictObject({ kind: z.literal('language'), allowed: names.describe('ISO 639-1.') }),
    z.strictObject({
      kind: z.literal('moderation'),
      connection_id: z.string(),
      model: z.string(),
      by: z.enum(['moderations', 'chat']).exactOptional(),
      instructions: z.string().nullable().exactOptional(),
      categories: names.describe('Empty = any.'),
      deadline_ms,
    }),
    z.strictObject({
      kind: z.literal('webhook'),
      url: z.string().describe('Without its path, which may be a secret.'),
      deadline_ms,
      region: z
        .enum(RESIDENCIES)
        .nullable()
        .exactOptional()
        .describe('Where it is; absent or null = nobody said.'),
    }),
  ])
  .meta({ id: 'GuardRule' });

export const guardShown = z
  .strictObject({
    name: z.string(),
    enabled: z.boolean(),
    position: z.number().describe('Guards run in ascending order, then by name.'),
    keys: names.describe('Ids of the keys it holds for; with `assistants` empty too, it holds for all.'),
    assistants: names,
    sides: z.array(z.enum(GUARD_SIDES)),
    action: z.enum(GUARD_ACTIONS),
    on_failure: z
      .enum(['closed', 'open'])
      .nullable()
      .describe('When the guard itself fails; null = closed for redact and block, open for flag.'),
    rule: guardRule,
  })
  .meta({ id: 'Guard' });
