/** Upper bounds of the buckets of durations, milliseconds: those of the OpenTelemetry conventions, 10 ms × 2ⁿ. */
export const METRIC_BOUNDS_MS: readonly number[] = [
  10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_120, 10_240, 20_480, 40_960, 81_920,
];

/** What one kind of requests came to since metrics were switched on. It only ever grows. */
export interface MetricSums {
  /** Of the answer; `''` = none came. */
  provider: string;
  /** Of the answer; `''` = none came. */
  model: string;
  /** `ProtocolId` that the client spoke. */
  door: string;
  /** HTTP status of our answer. */
  status: number;
  /** `''` = it was no error. */
  error_code: string;
  /** `miss`, `hit` or `off`. */
  cache_status: string;
  requests: number;
  /** Tokens, in disjoint buckets as in `Usage`. */
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
  unpriced_requests: number;
  latency_ms_sum: number;
  /** Requests that took no longer than each of `METRIC_BOUNDS_MS`. */
  latency_within: number[];
  ttft_ms_sum: number;
  /** Requests that had a first token. */
  ttft_count: number;
  /** Those whose first token came within each of `METRIC_BOUNDS_MS`. */
  ttft_within: number[];
}

export interface MetricStore {
  /** Those with the most requests first, at most `limit`. */
  list(organization_id: string, limit: number): Promise<MetricSums[]>;
}
