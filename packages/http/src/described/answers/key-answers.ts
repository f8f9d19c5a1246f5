import { BUDGET_SCOPES, RESIDENCIES, TOKENS_COUNTED, WINDOWS } from '@sluice/contract';
import * as z from 'zod';
import { etag, id, pageOf, time, usd } from './answer-parts.ts';
import { cacheSettingsShown, routingRules } from './rule-answers.ts';

const names = z.array(z.string());
const limit = z.int().nullable();
const of_now = usd.nullable().describe('US dollars; null = its ledger could not be asked.');

/** A budget as it stands at its key. */
export const keyBudget = z
  .strictObject({
    id,
    scope: z.enum(BUDGET_SCOPES),
    subject: z
      .string()
      .nullable()
      .describe('Whom the scope is about; null for the key and the organization.'),
    window: z.enum(WINDOWS),
    currency: z.enum(['usd', 'eur']),
    limit_amount: z.number().describe('As its owner wrote it, in `currency`.'),
    limit_usd: usd,
    spent_usd: of_now,
    held_usd: of_now.describe(
      'Held by requests in flight, in US dollars; null = its ledger could not be asked.',
    ),
    remaining_usd: of_now,
    hard: z.boolean().describe('A soft budget only alerts.'),
    alert_percents: z.array(z.number()),
    resets_at: time.nullable().describe('null = never, or its ledger could not be asked.'),
  })
  .meta({ id: 'KeyBudget' });
export type KeyBudget = z.output<typeof keyBudget>;

const fields = {
  id: id.describe('The public part of the key: safe to log and show.'),
  prefix: z.string().describe('How the secret begins.'),
  name: z.string(),
  project: z.string().nullable().describe('Name of the project.'),
  project_id: id.nullable(),
  environment: z.enum(['live', 'dev']),
  state: z.enum(['active', 'disabled', 'revoked']),
  etag,
  plan: z.string().nullable(),
  rate_limit: limit.describe('Requests a minute; null = as the plan has it, here and in what follows.'),
  request_burst: limit,
  tokens_per_minute: limit,
  tokens_counted: z.enum(TOKENS_COUNTED),
  requests_per_day: limit,
  requests_today: z.int().nullable().describe('null = not asked, or its ledger could not be reached.'),
  concurrency: limit,
  in_flight: z.int().nullable().describe('null = not asked, or its ledger could not be reached.'),
  routing_strategy: z.string().nullable(),
  rules: routingRules,
  fallback_chain: names,
  model_allowlist: names.describe('Empty = all.'),
  provider_allowlist: names.describe('Empty = all.'),
  ip_allowlist: names.describe('Addresses and CIDR blocks. Empty = all.'),
  origins: names.describe('Pages that may call. Empty = no page is special.'),
  per_request_limit_usd: usd.nullable(),
  budgets: z.array(keyBudget),
  cache: cacheSettingsShown.nullable().describe("null = the organization's own."),
  residency: z.enum(RESIDENCIES).nullable().describe('null = as the organization says.'),
  resumable_streams: z.boolean(),
  body_receipt: z.boolean(),
  strict: z.boolean().describe('Each request asks the ledger.'),
  shards: z.int(),
  metadata: z.record(z.string(), z.string()),
  alerts: z.strictObject({
    webhook_url: z.string().nullable().describe('Without its path; null = none.'),
    webhook_id: id.nullable().describe('The webhook that is told of this key.'),
  }),
  expires_at: time.nullable(),
  previous_secret_expires_at: time.nullable().describe('null = never rotated.'),
  rotated_at: time.nullable(),
  last_used_at: time
    .nullable()
    .describe('Its newest request whose receipt is kept; null = none. Some seconds behind.'),
  created_at: time,
  updated_at: time,
};

export const keyShown = z.strictObject(fields).meta({ id: 'Key', description: 'A virtual key.' });
export type KeyShown = z.output<typeof keyShown>;

const secret = z.string().describe('Shown this once.');

const keyAlone = z
  .strictObject({
    ...fields,
    shared_budgets: z
      .array(keyBudget)
      .nullable()
      .describe('Of its organization and its project; null = their ledgers could not be reached.'),
  })
  .meta({ id: 'KeyDetail' });

/** As `POST /v1/tokens` answers, too. */
const tokenShown = z
  .strictObject({
    token: z.string().describe('Shown this once.'),
    token_id: id.describe('Safe to log and show.'),
    expires_at: time,
    origins: names.describe('Pages that may send it. Empty = all.'),
    models: names.describe('Empty = those of the key.'),
    limit_usd: usd.nullable().describe('Of all its requests together; null = as its key has it.'),
    rate_limit: limit.describe('Requests a minute; null = as its key has it.'),
    user: z.string().nullable(),
  })
  .meta({ id: 'BrowserToken' });
export type TokenShown = z.output<typeof tokenShown>;

export const KEY_ANSWERS = {
  createKeyToken: tokenShown,
  createKey: z.strictObject({ ...fields, secret }).meta({ id: 'CreatedKey' }),
  listKeys: pageOf(keyShown),
  getKey: keyAlone,
  changeKey: keyShown,
  rotateKey: z
    .strictObject({
      ...fields,
      secret,
      in_force: z
        .boolean()
        .describe('False: the ledger could not be told yet; it learns with the next request.'),
    })
    .meta({ id: 'RotatedKey' }),
  revokeKey: keyShown,
  disableKey: keyShown,
  enableKey: keyShown,
} satisfies Record<string, z.ZodType>;
