import { index, integer, primaryKey, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';

// Sums, and what is made of them.

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
