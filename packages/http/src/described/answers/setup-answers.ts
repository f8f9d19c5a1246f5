import {
  type ConnectionTest,
  DELIVERY_STATES,
  EVENT_TYPES,
  FAILURE_KINDS,
  OTLP_PROTOCOLS,
  RESIDENCIES,
  TELEMETRY_SIGNALS,
  WEBHOOK_FORMATS,
} from '@sluice/contract';
import * as z from 'zod';
import { count, deleted, etag, id, pageOf, time } from './answer-parts.ts';
import { cacheSettingsShown, someTimeouts } from './rule-answers.ts';

const text = z.string();
const in_force = z.boolean().describe('False: not everybody could be told yet.');
const secret = text.describe('Shown this once.');

const connectionFields = {
  id,
  provider: text,
  name: text,
  credential_hint: text.nullable().describe('Its last four characters; null = too short to show any.'),
  base_url: text.nullable().describe("null = the provider's own."),
  region: text.nullable(),
  settings: z.record(text, text),
  models: z.array(text).nullable().describe('null = all that the catalogue has.'),
  weight: z.number(),
  enabled: z.boolean(),
  private_allowed: z.boolean().describe('A host inside a private network may be called.'),
  timeouts: someTimeouts,
  health_check: z
    .strictObject({ path: text.nullable(), model: text.nullable(), every_s: z.number() })
    .nullable()
    .describe('null = only traffic tells.'),
  etag,
  created_at: time,
  updated_at: time,
};
const connectionShown = z
  .strictObject(connectionFields)
  .meta({ id: 'Connection', description: 'Never with its credential.' });
export type ConnectionShown = z.output<typeof connectionShown>;

const providerShown = z
  .strictObject({
    id,
    name: text,
    docs_url: text,
    base_url: text.nullable().describe('May hold `{field}`s; null = a connection must bring its own.'),
    default_model: text.nullable(),
    models: count.describe('Models that the catalogue has of it.'),
    fields: z.array(
      z.strictObject({
        name: text.describe('Goes into `settings`; `region` is a member of its own.'),
        help: text,
        pattern: text.describe('Regular expression that the whole value must match.'),
        default: text.nullable().describe('null = it must be said.'),
      }),
    ),
    brought: z
      .array(
        z.strictObject({
          id,
          name: text,
          host: text.nullable(),
          region: text.nullable(),
          models: z.array(text).nullable(),
          weight: z.number(),
          enabled: z.boolean(),
        }),
      )
      .describe('Connections from the environment of the deployment, which nobody can change here.'),
  })
  .meta({ id: 'Provider' });
export type ProviderShown = z.output<typeof providerShown>;

const connectionTest = z
  .strictObject({
    ok: z.boolean(),
    status: z.int().nullable().describe('HTTP status of the provider; null = none came.'),
    latency_ms: z.number(),
    model: text.nullable(),
    error: z.strictObject({ kind: z.enum(FAILURE_KINDS), message: text }).nullable(),
  })
  .meta({ id: 'ConnectionTest' }) satisfies z.ZodType<ConnectionTest>;

const receiver = z
  .enum(RESIDENCIES)
  .nullable()
  .describe('Where the receiver is; null = nobody said, and nothing that must stay somewhere is sent.');

const webhookFields = {
  id,
  name: text,
  url: text.describe('What of it may be shown.'),
  format: z.enum(WEBHOOK_FORMATS),
  events: z.array(z.enum(EVENT_TYPES)).describe('Empty = everything.'),
  keys: z.array(id).describe('Told of these keys alone; empty = of everything.'),
  region: receiver,
  private_allowed: z.boolean(),
  enabled: z.boolean(),
  disabled_reason: text.nullable().describe('Why the gateway disabled it; null = it did not.'),
  previous_secret_expires_at: time.nullable().describe('null = never rotated.'),
  etag,
  created_at: time,
  updated_at: time,
};
const webhookShown = z.strictObject(webhookFields).meta({ id: 'Webhook' });
export type WebhookShown = z.output<typeof webhookShown>;
const webhookWithSecret = z.strictObject({ ...webhookFields, secret }).meta({ id: 'WebhookWithSecret' });

const callResult = z
  .strictObject({
    ok: z.boolean(),
    status: z.int().nullable().describe('null = no answer came.'),
    error: text.nullable().describe('null = it was taken.'),
    duration_ms: z.number(),
  })
  .meta({ id: 'CallResult' });
export type CallResult = z.output<typeof callResult>;

const delivery = z
  .strictObject({
    id,
    webhook_id: id,
    event: text,
    payload: z.unknown().describe('As a `standard` endpoint gets it.'),
    state: z.enum(DELIVERY_STATES),
    attempts: count,
    next_attempt_at: time.nullable().describe('null = none is planned.'),
    last_status: z.int().nullable(),
    last_error: text.nullable(),
    last_duration_ms: z.number().nullable(),
    created_at: time,
    delivered_at: time.nullable(),
  })
  .meta({ id: 'Delivery' });
export type DeliveryShown = z.output<typeof delivery>;

const deadEvent = z
  .strictObject({ id, event: text.nullable(), body: text, at: time })
  .meta({ id: 'DeadEvent' });
export type DeadEventShown = z.output<typeof deadEvent>;

const exporter = z
  .strictObject({
    id,
    name: text,
    endpoint: text,
    protocol: z.enum(OTLP_PROTOCOLS),
    signals: z.array(z.enum(TELEMETRY_SIGNALS)),
    sample_ratio: z.number().describe('0 to 1.'),
    capture_content: z.boolean(),
    region: receiver,
    private_allowed: z.boolean(),
    enabled: z.boolean(),
    header_names: z.array(text),
    last_error: text.nullable(),
    failing_since: time.nullable(),
    created_at: time,
    updated_at: time,
    etag,
  })
  .meta({ id: 'Exporter', description: 'Of its headers only the names.' });
export type ExporterShown = z.output<typeof exporter>;

const pair = z.strictObject({ pair: text });

export const SETUP_ANSWERS = {
  listProviders: pageOf(providerShown),
  createConnection: z.strictObject({ ...connectionFields, in_force }).meta({ id: 'CreatedConnection' }),
  listConnections: pageOf(connectionShown),
  testNewConnection: connectionTest,
  rewrapConnections: z.strictObject({
    current_key_id: text,
    rewrapped: count,
    unreadable: count,
    remaining: count,
    next_cursor: text.nullable(),
  }),
  getConnection: connectionShown,
  changeConnection: connectionShown,
  deleteConnection: z.strictObject({ id, deleted: z.literal(true), in_force }),
  testConnection: connectionTest,
  createWebhook: webhookWithSecret,
  listWebhooks: pageOf(webhookShown),
  listDeadEvents: pageOf(deadEvent),
  getWebhook: webhookShown,
  changeWebhook: webhookShown,
  deleteWebhook: deleted,
  rotateWebhook: webhookWithSecret,
  testWebhook: callResult,
  listDeliveries: pageOf(delivery),
  replayDelivery: delivery,
  createExporter: exporter,
  listExporters: z.strictObject({ data: z.array(exporter) }),
  getExporter: exporter,
  changeExporter: exporter,
  deleteExporter: deleted,
  testExporter: callResult,
  getCache: z
    .strictObject({ ...cacheSettingsShown.shape, never_match: z.array(text) })
    .meta({ id: 'CacheSetup' }),
  clearCache: z.strictObject({ cleared: count.describe('Answers that were forgotten.') }),
  addNeverMatch: pair,
  removeNeverMatch: pair,
} satisfies Record<string, z.ZodType>;
