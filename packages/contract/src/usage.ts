/** What usage can be split and filtered by. The order here is the order in answers and exports. */
export const USAGE_DIMENSIONS = [
  'key',
  'project',
  'user',
  'session',
  'model',
  'provider',
  'connection',
  'door',
  'status_class',
  'status',
  'split',
] as const;
export type UsageDimension = (typeof USAGE_DIMENSIONS)[number];

export const USAGE_GROUPS = ['month', 'day', 'hour', ...USAGE_DIMENSIONS] as const;
export type UsageGroup = (typeof USAGE_GROUPS)[number];

/** The hourly sums do not know these: they are read from traces, and reach back no further than traces are kept. */
export const TRACE_DIMENSIONS: readonly UsageDimension[] = ['session', 'status'];

/** Sums over requests. */
export interface UsageSums {
  requests: number;
  errors: number;
  input_tokens: number;
  cache_read_tokens: number;
  cache_write_tokens: number;
  cache_write_1h_tokens: number;
  output_tokens: number;
  reasoning_tokens: number;
  input_audio_tokens: number;
  output_audio_tokens: number;
  /** Of the requests whose price is known. */
  cost_usd_nanos: number;
  platform_fee_usd_nanos: number;
  savings_usd_nanos: number;
  /** Requests that were answered without asking a provider. */
  cache_hits: number;
  /** What asking would have cost, as far as it is known; no part of `savings_usd_nanos`. */
  cache_saved_usd_nanos: number;
  /** Their cost is missing in the sum. */
  unpriced_requests: number;
  estimated_requests: number;
  latency_ms_sum: number;
  ttft_ms_sum: number;
  ttft_count: number;
  /** Scores of `POST /v1/feedback`, thousandths; over `quality_count` requests. */
  quality_milli_sum: number;
  quality_count: number;
}

/**
 * Sums of one group. What is not grouped by is absent; `null` = none (a key in no project, a request that nobody
 * answered). `day` is `2026-11-21` and `month` `2026-11` in the organization's time zone, `hour` is RFC 3339 in UTC.
 */
export type UsageRow = UsageSums & Partial<Record<UsageGroup, string | null>>;

export interface UsageQuery {
  groups: UsageGroup[];
  /** Inclusive. */
  from_ms: number;
  /** Exclusive. */
  until_ms: number;
  /** IANA name: days and months are cut in it. The hourly sums count an hour to the day that it begins in. */
  time_zone: string;
  /** `null` = those that have none. */
  filter: Partial<Record<UsageDimension, string | null>>;
  /** The groups with the most of it first, and no pages; absent = by time and name. */
  order?: UsageOrder;
}

export const USAGE_ORDERS = ['cost', 'requests', 'errors'] as const;
export type UsageOrder = (typeof USAGE_ORDERS)[number];

/** Of durations, by nearest rank; `null` = none was measured. */
export interface Percentiles {
  p50_ms: number | null;
  p90_ms: number | null;
  p95_ms: number | null;
  p99_ms: number | null;
}

/** Requests of one stretch of time. Durations are of those that were answered in full: a refusal is always quick. */
export interface Activity {
  requests: number;
  errors: number;
  cost_usd_nanos: number;
  latency: Percentiles;
  ttft: Percentiles;
}

export interface ActivityReport {
  total: Activity;
  /** Steps without requests are left out. */
  steps: (Activity & { at_ms: number })[];
  /** Calls to providers, with those that failed; the most failures first, at most twenty. */
  providers: { provider: string; attempts: number; failures: number }[];
  /** When the oldest request came that was read; `null` = there was none. */
  oldest_ms: number | null;
}

/** The group that a page ended with; opaque outside the store. */
export type UsagePosition = (string | number)[];

export interface UsageStore {
  /**
   * A page of groups, by time and then by name, so that a walk over all pages sees each group once.
   * @param after `null` = from the first. With an `order` there is one page only.
   */
  page(
    organization_id: string,
    query: UsageQuery,
    limit: number,
    after: UsagePosition | null,
  ): Promise<{ rows: UsageRow[]; next: UsagePosition | null }>;
  /**
   * The newest `traces_max` requests of a span, step by step.
   * @param from_ms inclusive; steps are counted from here. @param until_ms exclusive.
   */
  activity(
    organization_id: string,
    span: { from_ms: number; until_ms: number },
    step_ms: number,
    traces_max: number,
  ): Promise<ActivityReport>;
  /** Over all groups. */
  totals(organization_id: string, query: UsageQuery): Promise<UsageSums>;
  /** Traces in the span, counted up to `limit`: what a query over traces would have to read. */
  countTraces(organization_id: string, from_ms: number, until_ms: number, limit: number): Promise<number>;
  /** What a pool's endpoints answered, summed over the stored traces: no further back than traces are kept. */
  ofConnections(
    organization_id: string,
    connection_ids: string[],
    model: string,
    since_ms: number,
    until_ms: number,
  ): Promise<EndpointUsage>;
}

/** Sums over requests that were answered by some connections. */
export interface EndpointUsage {
  requests: number;
  input_tokens: number;
  cache_read_tokens: number;
  output_tokens: number;
  reasoning_tokens: number;
  /** Share of the endpoints' time. */
  gpu_ms: number;
  cost_usd_nanos: number;
}
