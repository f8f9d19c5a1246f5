import type { AuditEntry, ListPosition } from './admin.ts';
import type { TraceRecord } from './trace.ts';

/** Not filtered by what is absent or `null`. Times are from (inclusive) and to (exclusive). */
export type TraceFilter = {
  [Field in (typeof TRACE_FILTER_FIELDS)[number]]?: string | null;
} & {
  /** Where a guard acted or failed: its name, or `*` for any. */
  guard?: string | null;
  cache_kind?: CacheKind | null;
  /** A status, or a class as 4 or 5. */
  status?: number | null;
  since_ms?: number | null;
  until_ms?: number | null;
  cost_usd_nanos_min?: number | null;
  cost_usd_nanos_max?: number | null;
  latency_ms_min?: number | null;
  latency_ms_max?: number | null;
  /** Thousandths; traces without a score are in no range. */
  score_milli_min?: number | null;
  score_milli_max?: number | null;
  /** Each name with its whole value. */
  metadata?: Record<string, string> | null;
  /** Words that must all occur, anywhere; the last one may end in `*`. */
  text?: string | null;
};

/** Where an answer came from, or `near_miss`: another one was close and was not served. */
export const CACHE_KINDS = ['exact', 'semantic', 'flight', 'idempotency', 'near_miss'] as const;
export type CacheKind = (typeof CACHE_KINDS)[number];

/** Compared as a whole. */
export const TRACE_FILTER_FIELDS = [
  'key_id',
  'project_id',
  'token_id',
  'user_id',
  'session_id',
  'provider',
  'connection_id',
  'model',
  'model_requested',
  'door',
  'error_code',
  'finish_reason',
  'ending',
  'cache_status',
  'split_arm',
  'strategy',
  'stream',
] as const satisfies (keyof TraceRecord)[];

/** What somebody said of an answer. */
export interface Feedback {
  organization_id: string;
  request_id: string;
  at_ms: number;
  /** Thousandths, 0 to 1000. */
  score_milli: number;
  comment: string | null;
  metadata: Record<string, string>;
}

export type StoredTrace = TraceRecord & { score_milli: number | null };

export interface TraceStore {
  /** Newest first, without prompts and answers. */
  list(
    organization_id: string,
    filter: TraceFilter,
    limit: number,
    after: ListPosition | null,
  ): Promise<StoredTrace[]>;
  /** With prompt and answer where they are kept. */
  find(
    organization_id: string,
    request_id: string,
  ): Promise<(StoredTrace & { feedback: Feedback | null }) | null>;
  /** As it was signed when its trace was stored; `null` = it was not, or is no longer kept. */
  receipt(organization_id: string, request_id: string): Promise<Record<string, unknown> | null>;
  /** Signed receipts of a key in the order of their chain, from `after` on. */
  chain(
    organization_id: string,
    key_id: string,
    limit: number,
    after: number,
  ): Promise<{ sequence: number; receipt: Record<string, unknown> }[]>;
  /** When each key sent its newest request with a receipt that is kept; keys without one are absent. */
  lastUsed(organization_id: string, key_ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
}

/** A search of traces that somebody wants to make again. */
export interface SavedFilter {
  /** `filter_…` */
  id: string;
  organization_id: string;
  /** Who made it, as in the audit log but without `admin:`. */
  owner: string;
  /** Others of the organization see it, too. */
  shared: boolean;
  name: string;
  /** Query parameters of `/admin/v1/traces`. */
  query: Record<string, string>;
  /** The etag. */
  version: number;
  created_at_ms: number;
  updated_at_ms: number;
}

/** A change and its audit entry are written together or not at all. */
export interface SavedFilterStore {
  /** Those that are shared and those of `owner`, by name. */
  list(organization_id: string, owner: string): Promise<SavedFilter[]>;
  /** Whoever made it. */
  find(organization_id: string, id: string): Promise<SavedFilter | null>;
  /** @returns false when the organization has `count_max` already: nothing was made. */
  create(filter: SavedFilter, count_max: number, audit: AuditEntry): Promise<boolean>;
  /**
   * Writes `filter` over the version before it.
   * @returns false when the stored version is not `filter.version - 1`: nothing changed.
   */
  update(filter: SavedFilter, audit: AuditEntry): Promise<boolean>;
  /** @returns false when the stored version is not this one: nothing changed. */
  remove(organization_id: string, id: string, version: number, audit: AuditEntry): Promise<boolean>;
}
