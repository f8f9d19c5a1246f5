import { sql } from 'drizzle-orm';
import { index, integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';

// Where others are told, and what became of it.

/** Where an organization wants to be told of events. */
export const webhooks = sqliteTable(
  'webhooks',
  {
    /** `hook_…` */
    id: text('id').primaryKey(),
    organization_id: text('organization_id').notNull(),
    name: text('name').notNull(),
    /** What of the URL may be shown. */
    url_shown: text('url_shown').notNull(),
    format: text('format', { enum: ['standard', 'slack', 'discord', 'teams'] }).notNull(),
    /** JSON list of event types; empty = all. */
    events: text('events').notNull().default('[]'),
    /** JSON list of ids of keys; empty = it is told of everything. */
    keys: text('keys').notNull().default('[]'),
    /** Where its receiver is; `null` = nobody said. */
    region: text('region', { enum: ['eu', 'us'] }),
    /** 0 or 1: a host inside a private network may be called, where the deployment allows that too. */
    private_allowed: integer('private_allowed').notNull().default(0),
    /** 0 or 1. */
    enabled: integer('enabled').notNull().default(1),
    /** Why the gateway itself disabled it; `null` = it did not. */
    disabled_reason: text('disabled_reason'),
    /** JSON of `WebhookSecrets`, AES-256-GCM, base64: nonce, ciphertext and tag. */
    secrets_ciphertext: text('secrets_ciphertext').notNull(),
    /** The secrets' own data key, wrapped by an encryption key of the gateway, base64. */
    wrapped_data_key: text('wrapped_data_key').notNull(),
    /** Id of the encryption key that wrapped it. */
    master_key_id: text('master_key_id').notNull(),
    /** Until when the secret before the last rotation signs too; `null` = never rotated. */
    previous_secret_expires_at_ms: integer('previous_secret_expires_at_ms'),
    /** The etag. */
    version: integer('version').notNull().default(1),
    created_at_ms: integer('created_at_ms').notNull(),
    updated_at_ms: integer('updated_at_ms').notNull(),
  },
  /** All of them are read for each event. */
  (table) => [index('webhooks_by_organization').on(table.organization_id)],
);

/** Where organizations have their traces and metrics sent to, as OTLP. */
export const telemetry_exporters = sqliteTable(
  'telemetry_exporters',
  {
    /** `otel_…` */
    id: text('id').primaryKey(),
    organization_id: text('organization_id').notNull(),
    name: text('name').notNull(),
    /** Base URL; `/v1/traces` and `/v1/metrics` are under it. */
    endpoint: text('endpoint').notNull(),
    protocol: text('protocol', { enum: ['http/protobuf', 'http/json'] }).notNull(),
    /** JSON list of `TelemetrySignal`. */
    signals: text('signals').notNull(),
    /** Share of traces, 0 to 1. */
    sample_ratio: real('sample_ratio').notNull(),
    /** 0 or 1: prompts and answers go along, where the organization keeps them. */
    capture_content: integer('capture_content').notNull().default(0),
    /** Where its receiver is; `null` = nobody said. */
    region: text('region', { enum: ['eu', 'us'] }),
    /** 0 or 1: a host inside a private network may be called, where the deployment allows that too. */
    private_allowed: integer('private_allowed').notNull().default(0),
    /** 0 or 1. */
    enabled: integer('enabled').notNull().default(1),
    /** JSON list of the names of its headers. */
    header_names: text('header_names').notNull().default('[]'),
    /** JSON of the headers, AES-256-GCM, base64: nonce, ciphertext and tag. */
    headers_ciphertext: text('headers_ciphertext').notNull(),
    /** The headers' own data key, wrapped by an encryption key of the gateway, base64. */
    wrapped_data_key: text('wrapped_data_key').notNull(),
    /** Id of the encryption key that wrapped it. */
    master_key_id: text('master_key_id').notNull(),
    /** Of the last export; `null` = it was taken, or there was none. */
    last_error: text('last_error'),
    /** Since when exports fail; `null` = they do not. */
    failing_since_ms: integer('failing_since_ms'),
    /** The etag. */
    version: integer('version').notNull().default(1),
    created_at_ms: integer('created_at_ms').notNull(),
    updated_at_ms: integer('updated_at_ms').notNull(),
  },
  /** All of them are read for each batch of traces. */
  (table) => [index('telemetry_exporters_by_organization').on(table.organization_id)],
);

/** One row for each event and endpoint: what is to be sent, and what became of it. */
export const webhook_deliveries = sqliteTable(
  'webhook_deliveries',
  {
    /** `msg_…`, made of event and endpoint: an event that is told twice finds itself here. */
    id: text('id').primaryKey(),
    organization_id: text('organization_id').notNull(),
    webhook_id: text('webhook_id').notNull(),
    event_type: text('event_type').notNull(),
    /** JSON as a `standard` endpoint gets it. */
    payload: text('payload').notNull(),
    state: text('state', { enum: ['pending', 'delivered', 'failed', 'dead'] }).notNull(),
    attempts: integer('attempts').notNull().default(0),
    /** `null` = no attempt is planned. */
    next_at_ms: integer('next_at_ms'),
    /** HTTP status of the last attempt; `null` = no answer came. */
    last_status: integer('last_status'),
    /** Of the last attempt, without secrets; `null` = it was taken, or there was none. */
    last_error: text('last_error'),
    last_duration_ms: integer('last_duration_ms'),
    /** When it was created. */
    at_ms: integer('at_ms').notNull(),
    delivered_at_ms: integer('delivered_at_ms'),
  },
  (table) => [
    /** The list of an endpoint, newest first. */
    index('webhook_deliveries_by_time').on(table.organization_id, table.webhook_id, table.at_ms),
    /** What is due; rows that are done are not in it. */
    index('webhook_deliveries_due').on(table.webhook_id, table.next_at_ms).where(sql`next_at_ms IS NOT NULL`),
  ],
);

/** Events that could not be told, for a person to look at. */
export const dead_events = sqliteTable(
  'dead_events',
  {
    /** Of the queue's message. */
    id: text('id').primaryKey(),
    /** `''` = it cannot be read whose it is. */
    organization_id: text('organization_id').notNull(),
    /** `''` = it cannot be read what it is. */
    event_type: text('event_type').notNull(),
    body: text('body').notNull(),
    at_ms: integer('at_ms').notNull(),
  },
  /** The list, newest first. */
  (table) => [index('dead_events_by_time').on(table.organization_id, table.at_ms)],
);
