import { type EndpointUsage, noUsage, type Pool, type Prices } from '@sluice/contract';
import { costOf } from '../money.ts';

/** What a pool's endpoints cost and did over a span, beside what the same tokens cost by an API. */
export interface PoolReport {
  /** All endpoints, busy or not. */
  paid_usd_nanos: number;
  /** Busy time over all time, 0 to 1. */
  utilization: number;
  /** What the API takes for the same tokens; `null` = its price is unknown. */
  api_usd_nanos: number | null;
  /** Positive = the pool was the cheaper one. */
  saved_usd_nanos: number | null;
  /** From so many requests a day on, of the same size, the pool is the cheaper one; `null` = nothing to compare with. */
  break_even_requests_per_day: number | null;
}

const HOUR_MS = 3_600_000;

/**
 * Compares a pool with an API.
 *
 * - paid = endpoints × price of an hour × hours of the span
 * - utilization = time shares of all requests / (endpoints × the span)
 * - break-even = ⌈endpoints × price of an hour × 24 / API price of a mean request⌉
 *
 * @param span_ms length of the span, which may not lie in the future.
 * @param api_prices of the model compared with, without its tiers: sums say nothing of single requests.
 */
export function reportPool(
  pool: Pick<Pool, 'connection_ids' | 'usd_nanos_per_hour'>,
  used: EndpointUsage,
  span_ms: number,
  api_prices: Prices | null,
): PoolReport {
  const endpoints = pool.connection_ids.length;
  const usd_nanos_per_hour = endpoints * pool.usd_nanos_per_hour;
  const paid_usd_nanos = Math.round((usd_nanos_per_hour * Math.max(0, span_ms)) / HOUR_MS);
  const all_ms = endpoints * span_ms;
  const api_usd_nanos = apiCost(used, api_prices);
  const per_request = api_usd_nanos === null || used.requests === 0 ? 0 : api_usd_nanos / used.requests;
  return {
    paid_usd_nanos,
    utilization: all_ms > 0 ? Math.min(1, used.gpu_ms / all_ms) : 0,
    api_usd_nanos,
    saved_usd_nanos: api_usd_nanos === null ? null : api_usd_nanos - paid_usd_nanos,
    break_even_requests_per_day: per_request > 0 ? Math.ceil((usd_nanos_per_hour * 24) / per_request) : null,
  };
}

function apiCost(used: EndpointUsage, prices: Prices | null): number | null {
  if (prices === null) return null;
  const { input_tokens, cache_read_tokens, output_tokens, reasoning_tokens } = used;
  const usage = { ...noUsage(), input_tokens, cache_read_tokens, output_tokens, reasoning_tokens };
  const of_tokens = costOf(usage, { ...prices, tiers: [], per_request: null });
  return of_tokens === null ? null : of_tokens + used.requests * (prices.per_request ?? 0);
}
