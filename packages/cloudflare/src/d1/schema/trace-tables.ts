import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

// One row a request, and what belongs to it.

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
