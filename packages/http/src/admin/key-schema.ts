import { RESIDENCIES, TOKENS_COUNTED, WINDOWS } from '@sluice/contract';
import { parseBlock } from '@sluice/core/ip-allowlist';
import { SHARDS_MAX } from '@sluice/core/limits/shards';
import * as z from 'zod';
import { cacheSettings } from './cache-schema.ts';
import { rulesSchema, strategyWord } from './routing-schema.ts';

/** Money that a nano-dollar integer can still count exactly. */
const AMOUNT_MAX = 5_000_000;

export const amount = z.number().min(0).max(AMOUNT_MAX);
const limit = z.int().positive().max(1_000_000_000).nullable();
const name = z.string().trim().min(1).max(100);
const names = z.array(z.string().trim().min(1).max(200)).max(200);
const percents = z.array(z.number().positive().max(1000)).max(10);

const isAddressBlock = (text: string): boolean => {
  try {
    parseBlock(text);
    return true;
  } catch {
    return false;
  }
};

const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text;

export const metadata = z
  .record(z.string().min(1).max(64), z.string().max(512))
  .refine((pairs) => Object.keys(pairs).length <= 16, 'at most 16 pairs');

const budget = z
  .strictObject({
    window: z.enum(WINDOWS),
    limit_usd: amount.optional(),
    limit_eur: amount.optional(),
    hard: z.boolean().default(true),
    alert_percents: percents.optional(),
  })
  .refine((one) => (one.limit_usd === undefined) !== (one.limit_eur === undefined), {
    error: 'give limit_usd or limit_eur',
    path: ['limit_usd'],
  });

/**
 * Everything that a PATCH may change. A member that is not here cannot be set by anybody. `null` takes a limit away
 * and empties a list.
 */
const changes = {
  name: name.optional(),
  project: name.nullable().optional(),
  plan: name.nullable().optional(),
  rate_limit: limit.optional(),
  request_burst: limit.optional(),
  tokens_per_minute: limit.optional(),
  tokens_counted: z.enum(TOKENS_COUNTED).optional(),
  requests_per_day: limit.optional(),
  concurrency: limit.optional(),
  routing_strategy: strategyWord.nullable().optional(),
  rules: rulesSchema.nullable().optional(),
  fallback_chain: z.array(z.string().trim().min(1).max(200)).max(8).nullable().optional(),
  model_allowlist: names.nullable().optional(),
  provider_allowlist: names.nullable().optional(),
  ip_allowlist: z
    .array(z.string().max(64).refine(isAddressBlock, 'neither an address nor a CIDR block'))
    .max(200)
    .nullable()
    .optional(),
  origins: z
    .array(z.string().max(300).refine(isOrigin, 'not an origin, as https://shop.example'))
    .max(50)
    .nullable()
    .optional(),
  expires_at: z.iso.datetime({ offset: true }).nullable().optional(),
  budgets: z.array(budget).max(8).nullable().optional(),
  budget_monthly_usd: amount.nullable().optional(),
  budget_monthly_eur: amount.nullable().optional(),
  budget_alert_pct: z.number().positive().max(1000).nullable().optional(),
  limits: z
    .strictObject({
      daily_usd: amount.nullable().optional(),
      weekly_usd: amount.nullable().optional(),
      monthly_usd: amount.nullable().optional(),
      total_usd: amount.nullable().optional(),
      per_request_usd: amount.nullable().optional(),
    })
    .nullable()
    .optional(),
  alerts: z
    .strictObject({
      threshold_percent: z.number().positive().max(1000).nullable().optional(),
      webhook_url: z
        .url({ protocol: /^https$/ })
        .max(2000)
        .nullable()
        .optional(),
      webhook_region: z.enum(RESIDENCIES).nullable().optional(),
    })
    .nullable()
    .optional(),
  per_request_limit_usd: amount.nullable().optional(),
  cache: cacheSettings.nullable().optional(),
  residency: z.enum(RESIDENCIES).nullable().optional(),
  resumable_streams: z.boolean().optional(),
  body_receipt: z.boolean().optional(),
  strict: z.boolean().optional(),
  metadata: metadata.nullable().optional(),
};

export const keyCreate = z.strictObject({
  ...changes,
  name,
  /** Ledgers to split a hot key over. Cannot be changed: what was spent would have to move. */
  shards: z.int().min(1).max(SHARDS_MAX).optional(),
  environment: z
    .enum(['live', 'dev'])
    .nullish()
    .transform((environment) => environment ?? 'live'),
});

export const keyPatch = z.strictObject({ ...changes, etag: z.string().max(40).optional() });

export const keyRotate = z.strictObject({ overlap_seconds: z.int().min(0).max(2_592_000).default(3600) });

export const noBody = z.strictObject({});

export type KeyChanges = z.output<typeof keyPatch>;
export type KeyCreate = z.output<typeof keyCreate>;
