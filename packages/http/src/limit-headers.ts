import type { LimitsView } from '@sluice/contract';

/** OpenAI writes waits as Go durations: `12ms`, `1s`, `6m0s`, `18h8m36s`. */
export function renderDuration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.ceil(ms))}ms`;
  const seconds = Math.ceil(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes === 0) return `${seconds}s`;
  const hours = Math.floor(minutes / 60);
  return `${hours === 0 ? '' : `${hours}h`}${minutes % 60}m${seconds % 60}s`;
}

/** Both families of limit headers, and what the budget has left; absent where there is no such limit. */
export function addLimitHeaders(headers: Record<string, string>, limits: LimitsView, now_ms: number): void {
  if (limits.requests_limit !== null) {
    const remaining = String(limits.requests_remaining ?? 0);
    const reset_ms = limits.requests_reset_ms ?? 0;
    headers['x-ratelimit-limit-requests'] = headers['x-ratelimit-limit'] = String(limits.requests_limit);
    headers['x-ratelimit-remaining-requests'] = headers['x-ratelimit-remaining'] = remaining;
    headers['x-ratelimit-reset-requests'] = renderDuration(reset_ms);
    headers['x-ratelimit-reset'] = String(Math.ceil((now_ms + reset_ms) / 1000));
  }
  if (limits.tokens_limit !== null) {
    headers['x-ratelimit-limit-tokens'] = String(limits.tokens_limit);
    headers['x-ratelimit-remaining-tokens'] = String(limits.tokens_remaining ?? 0);
    headers['x-ratelimit-reset-tokens'] = renderDuration(limits.tokens_reset_ms ?? 0);
  }
  if (limits.budget_remaining_usd_nanos !== null) {
    headers['x-budget-remaining-usd'] = dollars(limits.budget_remaining_usd_nanos);
    headers['x-budget-held-usd'] = dollars(limits.budget_held_usd_nanos ?? 0);
  }
}

/** Plain decimals, never an exponent. */
export const dollars = (usd_nanos: number): string =>
  (usd_nanos / 1e9).toFixed(9).replace(/0+$/, '').replace(/\.$/, '');
