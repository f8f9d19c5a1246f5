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

/**
 * Limit headers as OpenAI writes them and as the IETF does, and what the budget has left; absent where there is no such
 * limit. Of several limits the tightest one shows.
 * @see draft-ietf-httpapi-ratelimit-headers-10: `"name";q=quota;w=window_s`, `"name";r=remaining;t=reset_s` (2026-11-21)
 */
export function addLimitHeaders(headers: Record<string, string>, limits: LimitsView, now_ms: number): void {
  if (limits.requests_limit !== null) {
    const remaining = String(limits.requests_remaining ?? 0);
    const reset_ms = limits.requests_reset_ms ?? 0;
    headers['x-ratelimit-limit-requests'] = headers['x-ratelimit-limit'] = String(limits.requests_limit);
    headers['x-ratelimit-remaining-requests'] = headers['x-ratelimit-remaining'] = remaining;
    headers['x-ratelimit-reset-requests'] = renderDuration(reset_ms);
    headers['x-ratelimit-reset'] = String(Math.ceil((now_ms + reset_ms) / 1000));
    // Whether of a minute or of a day is not said: the draft leaves `w` out then.
    headers['ratelimit-policy'] = `"requests";q=${limits.requests_limit}`;
    headers['ratelimit'] = `"requests";r=${remaining};t=${Math.ceil(reset_ms / 1000)}`;
  }
  if (limits.tokens_limit !== null) {
    const remaining = String(limits.tokens_remaining ?? 0);
    const reset_ms = limits.tokens_reset_ms ?? 0;
    headers['x-ratelimit-limit-tokens'] = String(limits.tokens_limit);
    headers['x-ratelimit-remaining-tokens'] = remaining;
    headers['x-ratelimit-reset-tokens'] = renderDuration(reset_ms);
    const policy = `"tokens";q=${limits.tokens_limit};w=60`;
    const left = `"tokens";r=${remaining};t=${Math.ceil(reset_ms / 1000)}`;
    headers['ratelimit-policy'] =
      limits.requests_limit === null ? policy : `${headers['ratelimit-policy']}, ${policy}`;
    headers['ratelimit'] = limits.requests_limit === null ? left : `${headers['ratelimit']}, ${left}`;
  }
  if (limits.budget_remaining_usd_nanos !== null) {
    headers['x-budget-remaining-usd'] = dollars(limits.budget_remaining_usd_nanos);
    headers['x-budget-held-usd'] = dollars(limits.budget_held_usd_nanos ?? 0);
  }
}

/**
 * The same limits as Anthropic writes them: when they are whole again as RFC 3339, to the second. Its input and output
 * tokens are left out: a limit of ours counts one of them or both, and is not told apart here.
 * @see headers of a recorded answer of its Messages API of 2025-08-21 (package tidyllm of CRAN; read 2026-11-21)
 */
export function addAnthropicLimitHeaders(
  headers: Record<string, string>,
  limits: LimitsView,
  now_ms: number,
): void {
  const add = (
    name: string,
    limit: number | null,
    remaining: number | null,
    reset_ms: number | null,
  ): void => {
    if (limit === null) return;
    const whole_ms = Math.ceil((now_ms + (reset_ms ?? 0)) / 1000) * 1000;
    headers[`anthropic-ratelimit-${name}-limit`] = String(limit);
    headers[`anthropic-ratelimit-${name}-remaining`] = String(remaining ?? 0);
    headers[`anthropic-ratelimit-${name}-reset`] = new Date(whole_ms).toISOString().replace('.000Z', 'Z');
  };
  add('requests', limits.requests_limit, limits.requests_remaining, limits.requests_reset_ms);
  add('tokens', limits.tokens_limit, limits.tokens_remaining, limits.tokens_reset_ms);
}

/** Plain decimals, never an exponent. */
export const dollars = (usd_nanos: number): string =>
  (usd_nanos / 1e9).toFixed(9).replace(/0+$/, '').replace(/\.$/, '');
