import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

// What an organization set up, and what was found about it.

/** A group of keys inside an organization, for reports and allow lists. */
export const projects = sqliteTable(
  'projects',
  {
    /** `proj_…` */
    id: text('id').primaryKey(),
    organization_id: text('organization_id').notNull(),
    name: text('name').notNull(),
    created_at_ms: integer('created_at_ms').notNull(),
  },
  /** A key names its project by name or id. */
  (table) => [uniqueIndex('projects_by_name').on(table.organization_id, table.name)],
);

/** Virtual keys. Hashes only: a copy of this table lets nobody in. */
export const keys = sqliteTable(
  'keys',
  {
    /** The public 12 characters inside the key. */
    key_id: text('key_id').primaryKey(),
    organization_id: text('organization_id').notNull(),
    /** `null` = in no project. */
    project_id: text('project_id'),
    name: text('name').notNull(),
    environment: text('environment', { enum: ['live', 'dev'] }).notNull(),
    /** SHA-256 of the whole key text, lower-case hex. */
    secret_hash: text('secret_hash').notNull(),
    /** The secret before the last rotation; `null` = never rotated. */
    previous_secret_hash: text('previous_secret_hash'),
    /** When the previous secret stops working; `null` = never rotated. */
    previous_expires_at_ms: integer('previous_expires_at_ms'),
    /** `revoked` is final. */
    state: text('state', { enum: ['active', 'disabled', 'revoked'] }).notNull(),
    /** `null` = never. */
    expires_at_ms: integer('expires_at_ms'),
    /** JSON of `KeySettings`: limits, budgets, allow lists, metadata. */
    settings: text('settings').notNull(),
    /** Grows with every change; the etag, and the policy version that ledgers compare. */
    version: integer('version').notNull(),
    created_at_ms: integer('created_at_ms').notNull(),
    updated_at_ms: integer('updated_at_ms').notNull(),
    /** `null` = never rotated. */
    rotated_at_ms: integer('rotated_at_ms'),
  },
  (table) => [
    /** The list, newest first. */
    index('keys_by_time').on(table.organization_id, table.created_at_ms),
    /** Those that are about to expire, of all organizations, each hour. */
    index('keys_by_expiry').on(table.expires_at_ms).where(sql`expires_at_ms IS NOT NULL`),
  ],
);

/** Provider credentials that the organization stored, encrypted. */
export const connections = sqliteTable(
  'connections',
  {
    /** `conn_…` */
    id: text('id').primaryKey(),
    organization_id: text('organization_id').notNull(),
    /** Id in the list of providers. */
    provider: text('provider').notNull(),
    name: text('name').notNull(),
    /** `''` = the provider's own. */
    base_url: text('base_url').notNull(),
    /** In the provider's own words; `null` = it has none. */
    region: text('region'),
    /** JSON of the values of the provider's fields. */
    settings: text('settings').notNull().default('{}'),
    /** 0 or 1: a host inside a private network may be called, where the deployment allows that too. */
    private_allowed: integer('private_allowed').notNull().default(0),
    /** The last four characters of the credential. */
    credential_hint: text('credential_hint').notNull().default(''),
    /** AES-256-GCM, base64: nonce, ciphertext and tag. */
    credential_ciphertext: text('credential_ciphertext').notNull(),
    /** The credential's own data key, wrapped by an encryption key of the gateway, base64. */
    wrapped_data_key: text('wrapped_data_key').notNull(),
    /** Id of the encryption key that wrapped it. */
    master_key_id: text('master_key_id').notNull(),
    /** JSON list of model names; `null` = every model that the catalogue has for the provider. */
    models: text('models'),
    /** Share of traffic among connections that serve the same model. */
    weight: integer('weight').notNull().default(1),
    /** 0 or 1. */
    enabled: integer('enabled').notNull().default(1),
    /** JSON of `Partial<Timeouts>`. */
    timeouts: text('timeouts').notNull().default('{}'),
    /** JSON of `HealthCheck`; `null` = only traffic tells. */
    health_check: text('health_check'),
    /** The etag. */
    version: integer('version').notNull().default(1),
    created_at_ms: integer('created_at_ms').notNull(),
    updated_at_ms: integer('updated_at_ms').notNull(),
  },
  /** All of them are read whenever an isolate loads its organization. */
  (table) => [index('connections_by_organization').on(table.organization_id)],
);

/** What an organization says of a model itself; it wins over the catalogue. */
export const price_overrides = sqliteTable(
  'price_overrides',
  {
    organization_id: text('organization_id').notNull(),
    provider: text('provider').notNull(),
    /** The provider's name of the model. */
    model: text('model').notNull(),
    /** JSON of `Prices` (nano-dollars per million tokens, `null` = unknown) or `null` = the catalogue's. */
    prices: text('prices').notNull(),
    /** JSON of the rest of `ModelOverride`; a missing member means its default. */
    settings: text('settings').notNull().default('{}'),
    updated_at_ms: integer('updated_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.organization_id, table.provider, table.model] })],
);

/** Money limits that keys share. A key's own stand in its settings. */
export const budgets = sqliteTable(
  'budgets',
  {
    organization_id: text('organization_id').notNull(),
    /** `bud_…` */
    id: text('id').notNull(),
    /** `''` = none. */
    name: text('name').notNull().default(''),
    scope: text('scope', { enum: ['organization', 'project', 'user', 'model', 'session'] }).notNull(),
    /** Project id, user id, session id or model pattern; `''` = each one, or the organization itself. */
    subject: text('subject').notNull(),
    window: text('window', { enum: ['per_request', 'daily', 'weekly', 'monthly', 'total'] }).notNull(),
    currency: text('currency', { enum: ['usd', 'eur'] }).notNull(),
    /** In whole `currency`, as its owner wrote it. */
    limit_amount: real('limit_amount').notNull(),
    /** 0 or 1: a soft budget only alerts. */
    hard: integer('hard').notNull(),
    /** JSON list of numbers. */
    alert_percents: text('alert_percents').notNull(),
    /** The etag. */
    version: integer('version').notNull(),
    created_at_ms: integer('created_at_ms').notNull(),
    updated_at_ms: integer('updated_at_ms').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organization_id, table.id] }),
    /** One of each kind; what a ledger reads of its subject, and an isolate of its organization. */
    uniqueIndex('budgets_by_subject').on(table.organization_id, table.scope, table.subject, table.window),
  ],
);

/** What the nightly job found: differences between the prices in force and their public source. Of no organization. */
export const price_changes = sqliteTable(
  'price_changes',
  {
    /** `price_…` */
    id: text('id').primaryKey(),
    /** The price list's own id of the provider. */
    price_provider: text('price_provider').notNull(),
    /** The price list's own id of the entry. */
    model: text('model').notNull(),
    /** `applied` and `accepted` are in force. */
    state: text('state', { enum: ['applied', 'pending', 'accepted', 'rejected', 'replaced'] }).notNull(),
    /** JSON of the price list's entry; `null` = a new model. */
    before: text('before'),
    /** JSON of the price list's entry. */
    after: text('after').notNull(),
    /** Why it waits for a person; `null` = nothing is odd. */
    doubt: text('doubt'),
    /** Address it was read from. */
    source: text('source').notNull(),
    at_ms: integer('at_ms').notNull(),
    /** `null` = nobody decided. */
    decided_at_ms: integer('decided_at_ms'),
    /** `admin:…`; `null` = nobody decided. */
    decided_by: text('decided_by'),
  },
  /** Those in force are read whenever an isolate loads an organization. */
  (table) => [index('price_changes_by_state').on(table.state, table.at_ms)],
);

/** Advice that was found, and what became of it. */
export const recommendations = sqliteTable(
  'recommendations',
  {
    organization_id: text('organization_id').notNull(),
    /** `rec_…`, made of kind and subject. */
    id: text('id').notNull(),
    state: text('state', { enum: ['open', 'snoozed', 'dismissed', 'applied', 'gone'] }).notNull(),
    /** JSON of `Advice`. */
    advice: text('advice').notNull(),
    /** Of the traces that it was computed from. */
    from_ms: integer('from_ms').notNull(),
    until_ms: integer('until_ms').notNull(),
    first_seen_ms: integer('first_seen_ms').notNull(),
    seen_ms: integer('seen_ms').notNull(),
    /** `null` = it is not snoozed. */
    snoozed_until_ms: integer('snoozed_until_ms'),
    /** `null` = it was not applied. */
    applied_at_ms: integer('applied_at_ms'),
    /** `admin:…` */
    applied_by: text('applied_by'),
    /** JSON of `Effect`; `null` = not measured. */
    effect: text('effect'),
  },
  (table) => [primaryKey({ columns: [table.organization_id, table.id] })],
);

/** When advice was last looked for. */
export const recommendation_runs = sqliteTable('recommendation_runs', {
  organization_id: text('organization_id').primaryKey(),
  at_ms: integer('at_ms').notNull(),
});

/** Secrets that sign what webhook guards are sent. Never changed: a rotation makes another one. */
export const guard_secrets = sqliteTable(
  'guard_secrets',
  {
    /** `gsec_…` */
    id: text('id').primaryKey(),
    organization_id: text('organization_id').notNull(),
    /** AES-256-GCM, base64: nonce, ciphertext and tag. */
    secret_ciphertext: text('secret_ciphertext').notNull(),
    /** The secret's own data key, wrapped by an encryption key of the gateway, base64. */
    wrapped_data_key: text('wrapped_data_key').notNull(),
    /** Id of the encryption key that wrapped it. */
    master_key_id: text('master_key_id').notNull(),
    created_at_ms: integer('created_at_ms').notNull(),
  },
  (table) => [index('guard_secrets_by_organization').on(table.organization_id)],
);
