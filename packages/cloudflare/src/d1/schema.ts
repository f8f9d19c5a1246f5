import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, real, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

/**
 * The one description of D1: `npm run db:generate` turns it into SQL, and row types are inferred from it, so a
 * column that is renamed here breaks the build everywhere it is read. Nothing at run time imports drizzle.
 *
 * Times are milliseconds since 1970, money is integer nano-dollars (`_usd_nanos`), JSON columns hold text. Every
 * index is one more row written for each insert, so each is named after the query that cannot do without it.
 */

/** A tenant. Everything else belongs to exactly one. */
export const organizations = sqliteTable('organizations', {
  /** `org_…`; `org_default` is made at first use. */
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  /** JSON of `OrganizationConfig`; a missing member means its default. */
  settings: text('settings').notNull().default('{}'),
  /** Grows with every change that isolates cache; also the etag. */
  config_version: integer('config_version').notNull().default(1),
  created_at_ms: integer('created_at_ms').notNull(),
  updated_at_ms: integer('updated_at_ms').notNull(),
  /** None of its keys comes in any more; `null` = it is open. */
  closed_at_ms: integer('closed_at_ms'),
});

const ROLES = ['owner', 'admin', 'developer', 'viewer', 'billing'] as const;

/** People. What one may do is asked of this table at each request. */
export const members = sqliteTable(
  'members',
  {
    /** `mem_…` */
    id: text('id').primaryKey(),
    organization_id: text('organization_id').notNull(),
    /** Lower case. */
    email: text('email').notNull(),
    role: text('role', { enum: ROLES }).notNull(),
    /** The etag. */
    version: integer('version').notNull().default(1),
    created_at_ms: integer('created_at_ms').notNull(),
    updated_at_ms: integer('updated_at_ms').notNull(),
  },
  (table) => [
    uniqueIndex('members_by_email').on(table.organization_id, table.email),
    /** Where somebody whom Cloudflare Access vouches for belongs. */
    index('members_everywhere').on(table.email),
  ],
);

/** Who may become a member. Hashes only. */
export const invitations = sqliteTable(
  'invitations',
  {
    /** `inv_…` */
    id: text('id').primaryKey(),
    organization_id: text('organization_id').notNull(),
    /** Lower case. */
    email: text('email').notNull(),
    role: text('role', { enum: ROLES }).notNull(),
    /** SHA-256 of the token, lower-case hex. */
    token_hash: text('token_hash').notNull(),
    expires_at_ms: integer('expires_at_ms').notNull(),
    /** `null` = nobody has. */
    accepted_at_ms: integer('accepted_at_ms'),
    /** As `actor` in the audit log. */
    created_by: text('created_by').notNull(),
    created_at_ms: integer('created_at_ms').notNull(),
  },
  (table) => [
    uniqueIndex('invitations_by_token').on(table.token_hash),
    index('invitations_by_time').on(table.organization_id, table.created_at_ms),
  ],
);

/** Keys of the administration. Hashes only. The key of the deployment itself is in its environment and not here. */
export const admin_keys = sqliteTable(
  'admin_keys',
  {
    /** The public 12 characters inside the key. */
    key_id: text('key_id').primaryKey(),
    organization_id: text('organization_id').notNull(),
    /** Whose it is: it can then do what that member can; `null` = nobody's in person. */
    member_id: text('member_id'),
    name: text('name').notNull(),
    /** Of a key that is no member's. */
    role: text('role', { enum: ROLES }).notNull(),
    /** SHA-256 of the whole key text, lower-case hex. */
    secret_hash: text('secret_hash').notNull(),
    /** `null` = never. */
    expires_at_ms: integer('expires_at_ms'),
    /** Final; `null` = it is not. */
    revoked_at_ms: integer('revoked_at_ms'),
    /** As `actor` in the audit log. */
    created_by: text('created_by').notNull(),
    created_at_ms: integer('created_at_ms').notNull(),
  },
  (table) => [index('admin_keys_by_time').on(table.organization_id, table.created_at_ms)],
);

/** Who is signed in at the console. Hashes only. */
export const sessions = sqliteTable(
  'sessions',
  {
    /** `ses_…` */
    id: text('id').primaryKey(),
    organization_id: text('organization_id').notNull(),
    /** SHA-256 of the cookie's token, lower-case hex. */
    token_hash: text('token_hash').notNull(),
    /** The admin key that it began with; `null` = by Cloudflare Access. */
    key_id: text('key_id'),
    /** Of that key, so that a changed key of the deployment ends its sessions. */
    key_hash: text('key_hash'),
    /** `null` = of a key that is nobody's in person. */
    member_id: text('member_id'),
    method: text('method', { enum: ['key', 'link', 'access'] }).notNull(),
    client_ip: text('client_ip'),
    created_at_ms: integer('created_at_ms').notNull(),
    /** To the minute. */
    seen_at_ms: integer('seen_at_ms').notNull(),
    expires_at_ms: integer('expires_at_ms').notNull(),
  },
  (table) => [
    uniqueIndex('sessions_by_token').on(table.token_hash),
    index('sessions_by_time').on(table.organization_id, table.created_at_ms),
  ],
);

/** Links that sign in once. Hashes only. */
export const sign_in_links = sqliteTable('sign_in_links', {
  /** SHA-256 of the token, lower-case hex. */
  token_hash: text('token_hash').primaryKey(),
  organization_id: text('organization_id').notNull(),
  /** As in `sessions`. */
  key_id: text('key_id'),
  key_hash: text('key_hash'),
  member_id: text('member_id'),
  expires_at_ms: integer('expires_at_ms').notNull(),
});

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

/** One row for each request. The columns are those that filters and lists need; `record` has everything. */
export const traces = sqliteTable(
  'traces',
  {
    /** `at_ms` × 2048 and a running number: rows lie in the order of time, and so does what `trace_words` finds. */
    id: integer('id').primaryKey(),
    organization_id: text('organization_id').notNull(),
    /** `req_…` */
    request_id: text('request_id').notNull(),
    /** When the request came in. */
    at_ms: integer('at_ms').notNull(),
    /** `null` = the key is in no project. */
    project_id: text('project_id'),
    key_id: text('key_id').notNull(),
    /** The client's end user; `null` = not said. */
    user_id: text('user_id'),
    /** The client's session; `null` = not said. */
    session_id: text('session_id'),
    /** Of the answer; `null` = none came. */
    provider: text('provider'),
    /** Of the answer; `null` = none came. */
    model: text('model'),
    /** HTTP status of our answer. */
    status: integer('status').notNull(),
    /** `null` = the price is unknown. */
    cost_usd_nanos: integer('cost_usd_nanos'),
    latency_ms: integer('latency_ms').notNull().default(0),
    /** Of `POST /v1/feedback`, thousandths; `null` = nobody said. */
    score_milli: integer('score_milli'),
    /** Place in the chain of receipts of its key, from 1 on; `null` = not in it. */
    chain_sequence: integer('chain_sequence'),
    /** JSON of `TraceRecord`, without prompts and answers. */
    record: text('record').notNull(),
    /** The signed receipt as JSON; `null` = none was signed when the trace was stored. */
    receipt: text('receipt'),
  },
  (table) => [
    /** A record that comes twice finds itself here; that makes storing exactly once. */
    uniqueIndex('traces_by_request').on(table.organization_id, table.request_id),
    /** The list, newest first, and the retention clean-up. */
    index('traces_by_time').on(table.organization_id, table.at_ms),
    /** The list by score; the few that somebody judged are in it. */
    index('traces_by_score').on(table.organization_id, table.at_ms).where(sql`score_milli IS NOT NULL`),
    /** The export of a chain. */
    uniqueIndex('traces_by_chain')
      .on(table.organization_id, table.key_id, table.chain_sequence)
      .where(sql`chain_sequence IS NOT NULL`),
  ],
);

/** Prompts and answers, where the organization keeps them: apart, since they are kept less long. */
export const trace_contents = sqliteTable(
  'trace_contents',
  {
    organization_id: text('organization_id').notNull(),
    request_id: text('request_id').notNull(),
    /** When the request came in. */
    at_ms: integer('at_ms').notNull(),
    request_body: text('request_body'),
    response_text: text('response_text'),
  },
  (table) => [
    primaryKey({ columns: [table.organization_id, table.request_id] }),
    /** The retention clean-up. */
    index('trace_contents_by_time').on(table.organization_id, table.at_ms),
  ],
);

/** The last receipt of each key: what the next one is chained to. */
export const receipt_chains = sqliteTable(
  'receipt_chains',
  {
    organization_id: text('organization_id').notNull(),
    key_id: text('key_id').notNull(),
    sequence: integer('sequence').notNull(),
    /** SHA-256 of what was signed, base64url. */
    hash: text('hash').notNull(),
  },
  (table) => [primaryKey({ columns: [table.organization_id, table.key_id] })],
);

/** What clients said of answers; one for each request, the last word holds. */
export const feedback = sqliteTable(
  'feedback',
  {
    organization_id: text('organization_id').notNull(),
    request_id: text('request_id').notNull(),
    /** Of the feedback. */
    at_ms: integer('at_ms').notNull(),
    /** 0 to 1000. */
    score_milli: integer('score_milli').notNull(),
    /** `null` = none. */
    comment: text('comment'),
    /** JSON object of strings. */
    metadata: text('metadata').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organization_id, table.request_id] }),
    /** The retention clean-up. */
    index('feedback_by_time').on(table.organization_id, table.at_ms),
  ],
);

/** Searches of traces that somebody wants to make again. */
export const saved_filters = sqliteTable(
  'saved_filters',
  {
    /** `filter_…` */
    id: text('id').primaryKey(),
    organization_id: text('organization_id').notNull(),
    /** Who made it: the member, or the public id of an admin key that is nobody's in person. */
    owner: text('owner').notNull(),
    /** 0 or 1: others of the organization see it, too. */
    shared: integer('shared').notNull().default(0),
    name: text('name').notNull(),
    /** JSON object of query parameters of `/admin/v1/traces`. */
    query: text('query').notNull(),
    /** The etag. */
    version: integer('version').notNull().default(1),
    created_at_ms: integer('created_at_ms').notNull(),
    updated_at_ms: integer('updated_at_ms').notNull(),
  },
  /** All that one may see are shown at once. */
  (table) => [index('saved_filters_by_organization').on(table.organization_id)],
);

/** Sums over traces that outlive them. `''` stands for "none": NULLs would not be equal in a primary key. */
export const usage_hourly = sqliteTable(
  'usage_hourly',
  {
    organization_id: text('organization_id').notNull(),
    /** Start of the hour (UTC) in which the request came in. */
    hour_ms: integer('hour_ms').notNull(),
    /** `''` = none. */
    project_id: text('project_id').notNull(),
    key_id: text('key_id').notNull(),
    /** `''` = not said. */
    user_id: text('user_id').notNull(),
    /** Of the answer; `''` = none came. */
    model: text('model').notNull(),
    /** Of the answer; `''` = none came. */
    provider: text('provider').notNull(),
    /** `2xx`, `4xx`, `5xx`: our answer's status. */
    status_class: text('status_class').notNull(),
    /** `NAME/ARM` of the experiment; `''` = none. */
    split_arm: text('split_arm').notNull().default(''),
    /** Of the answer; `''` = none came. */
    connection_id: text('connection_id').notNull().default(''),
    /** `ProtocolId` that the client spoke; `''` = from before it was kept. */
    door: text('door').notNull().default(''),
    requests: integer('requests').notNull(),
    /** Status 400 and above, or a stream that broke off. */
    errors: integer('errors').notNull(),
    /** Tokens, in disjoint buckets as in `Usage`. */
    input_tokens: integer('input_tokens').notNull(),
    cache_read_tokens: integer('cache_read_tokens').notNull(),
    cache_write_tokens: integer('cache_write_tokens').notNull(),
    cache_write_1h_tokens: integer('cache_write_1h_tokens').notNull(),
    output_tokens: integer('output_tokens').notNull(),
    reasoning_tokens: integer('reasoning_tokens').notNull(),
    input_audio_tokens: integer('input_audio_tokens').notNull(),
    output_audio_tokens: integer('output_audio_tokens').notNull(),
    /** Of the requests whose price is known. */
    cost_usd_nanos: integer('cost_usd_nanos').notNull(),
    platform_fee_usd_nanos: integer('platform_fee_usd_nanos').notNull(),
    savings_usd_nanos: integer('savings_usd_nanos').notNull(),
    /** Requests that were answered without asking a provider. */
    cache_hits: integer('cache_hits').notNull().default(0),
    /** What asking would have cost, as far as it is known. */
    cache_saved_usd_nanos: integer('cache_saved_usd_nanos').notNull().default(0),
    /** Requests without a known price: their cost is missing in the sum, it is not 0. */
    unpriced_requests: integer('unpriced_requests').notNull(),
    /** Requests whose tokens the gateway had to count itself. */
    estimated_requests: integer('estimated_requests').notNull(),
    latency_ms_sum: integer('latency_ms_sum').notNull(),
    /** Over `ttft_count` requests: those that had a first token. */
    ttft_ms_sum: integer('ttft_ms_sum').notNull(),
    ttft_count: integer('ttft_count').notNull(),
    /** Scores of `POST /v1/feedback`, thousandths; over `quality_count` requests. */
    quality_milli_sum: integer('quality_milli_sum').notNull().default(0),
    quality_count: integer('quality_count').notNull().default(0),
  },
  (table) => [
    /** Reports read a range of hours of one organization. */
    primaryKey({
      columns: [
        table.organization_id,
        table.hour_ms,
        table.key_id,
        table.model,
        table.provider,
        table.status_class,
        table.project_id,
        table.user_id,
        table.split_arm,
        table.connection_id,
        table.door,
      ],
    }),
  ],
);

/** As `METRIC_BOUNDS_MS`: a column for each bucket, so that a row can be added to where it lies. */
const withinColumns = (name: string) =>
  Object.fromEntries(
    Array.from({ length: 14 }, (_, at) => `${name}_within_${10 * 2 ** at}_ms`).map((column) => [
      column,
      integer(column).notNull(),
    ]),
  );

/**
 * Counters for `GET /metrics`, since they were switched on; none are kept where they are not. Apart from
 * `usage_hourly`: a scraper comes every few seconds, and must not read a year of hours each time.
 */
export const metric_sums = sqliteTable(
  'metric_sums',
  {
    organization_id: text('organization_id').notNull(),
    /** Of the answer; `''` = none came. */
    provider: text('provider').notNull(),
    /** Of the answer; `''` = none came. */
    model: text('model').notNull(),
    door: text('door').notNull(),
    /** HTTP status of our answer. */
    status: integer('status').notNull(),
    /** `''` = it was no error. */
    error_code: text('error_code').notNull(),
    cache_status: text('cache_status').notNull(),
    requests: integer('requests').notNull(),
    /** Tokens, in disjoint buckets as in `Usage`. */
    input_tokens: integer('input_tokens').notNull(),
    cache_read_tokens: integer('cache_read_tokens').notNull(),
    cache_write_tokens: integer('cache_write_tokens').notNull(),
    cache_write_1h_tokens: integer('cache_write_1h_tokens').notNull(),
    output_tokens: integer('output_tokens').notNull(),
    reasoning_tokens: integer('reasoning_tokens').notNull(),
    input_audio_tokens: integer('input_audio_tokens').notNull(),
    output_audio_tokens: integer('output_audio_tokens').notNull(),
    /** Of the requests whose price is known. */
    cost_usd_nanos: integer('cost_usd_nanos').notNull(),
    unpriced_requests: integer('unpriced_requests').notNull(),
    latency_ms_sum: integer('latency_ms_sum').notNull(),
    ttft_ms_sum: integer('ttft_ms_sum').notNull(),
    ttft_count: integer('ttft_count').notNull(),
    ...withinColumns('latency'),
    ...withinColumns('ttft'),
  },
  (table) => [
    primaryKey({
      columns: [
        table.organization_id,
        table.provider,
        table.model,
        table.door,
        table.status,
        table.error_code,
        table.cache_status,
      ],
    }),
  ],
);

/** Monthly statements that are closed. What is written here never changes. */
export const statements = sqliteTable(
  'statements',
  {
    organization_id: text('organization_id').notNull(),
    /** `2026-10`, in the organization's time zone. */
    month: text('month').notNull(),
    /** JSON of `Statement`. */
    statement: text('statement').notNull(),
    frozen_at_ms: integer('frozen_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.organization_id, table.month] })],
);

/** A provider's export beside our own sums. */
export const reconciliations = sqliteTable(
  'reconciliations',
  {
    organization_id: text('organization_id').notNull(),
    /** `recon_…` */
    id: text('id').notNull(),
    at_ms: integer('at_ms').notNull(),
    /** JSON of `Reconciliation` without its rows. */
    summary: text('summary').notNull(),
    /** JSON list of `ReconciledRow`. */
    rows: text('rows').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.organization_id, table.id] }),
    /** The list, newest first. */
    index('reconciliations_by_time').on(table.organization_id, table.at_ms),
  ],
);

/** Hours in which somebody spent far more than usual. One for each key or project and hour. */
export const anomalies = sqliteTable(
  'anomalies',
  {
    organization_id: text('organization_id').notNull(),
    scope: text('scope', { enum: ['key', 'project'] }).notNull(),
    /** Of the key or the project. */
    scope_id: text('scope_id').notNull(),
    /** Start of the hour, UTC. */
    hour_ms: integer('hour_ms').notNull(),
    /** `anom_…` */
    id: text('id').notNull(),
    spent_usd_nanos: integer('spent_usd_nanos').notNull(),
    expected_usd_nanos: integer('expected_usd_nanos').notNull(),
    /** In robust standard deviations. */
    score: real('score').notNull(),
    basis: text('basis', { enum: ['same_hour_of_week', 'recent_hours', 'active_hours'] }).notNull(),
    detected_at_ms: integer('detected_at_ms').notNull(),
  },
  /** The list is by hour, newest first. */
  (table) => [primaryKey({ columns: [table.organization_id, table.hour_ms, table.scope, table.scope_id] })],
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

/** Every change that an administrator made. Written in the same transaction as the change. */
export const audit = sqliteTable(
  'audit',
  {
    /** `evt_…` */
    id: text('id').primaryKey(),
    organization_id: text('organization_id').notNull(),
    at_ms: integer('at_ms').notNull(),
    /** `admin:` and the public id of the admin key, or `system`. */
    actor: text('actor').notNull(),
    /** `key.create`, `key.rotate`, `organization.update`, … */
    action: text('action').notNull(),
    /** What was changed: `key`, `organization`, `connection`, `budget`, `webhook`, … (`AuditTarget`). */
    target_type: text('target_type').notNull(),
    target_id: text('target_id').notNull(),
    /** JSON without secrets; `null` = it did not exist. */
    before: text('before'),
    /** JSON without secrets; `null` = it is gone. */
    after: text('after'),
    /** 1, 2, 3, … in each organization, without a gap: given by the trigger `audit_number`. */
    sequence: integer('sequence').notNull().default(0),
    /** Of the entry before it; `null` = not sealed yet. */
    previous_hash: text('previous_hash'),
    /** SHA-256 over this entry and `previous_hash`, lower-case hex; `null` = not sealed yet. */
    hash: text('hash'),
  },
  (table) => [
    /** The list, newest first. */
    index('audit_by_time').on(table.organization_id, table.at_ms),
    /** The chain. */
    uniqueIndex('audit_by_sequence').on(table.organization_id, table.sequence).where(sql`sequence > 0`),
  ],
);

/** How far the audit log of an organization goes, so that a row that is gone from either end shows too. */
export const audit_chains = sqliteTable('audit_chains', {
  organization_id: text('organization_id').primaryKey(),
  /** The last number that an entry got. */
  numbered: integer('numbered').notNull().default(0),
  /** The last entry that has its hash; 0 = none has. */
  sealed_sequence: integer('sealed_sequence').notNull().default(0),
  sealed_hash: text('sealed_hash').notNull().default(''),
  /** The last entry that retention took away; 0 = none. */
  anchor_sequence: integer('anchor_sequence').notNull().default(0),
  anchor_hash: text('anchor_hash').notNull().default(''),
});

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
