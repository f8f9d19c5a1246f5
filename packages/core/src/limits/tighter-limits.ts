import type { LimitsView } from '@sluice/contract';

/** Of several owners' limits, what a client must know: the requests, the tokens and the money that run out first. */
export function tighterLimits(a: LimitsView, b: LimitsView): LimitsView {
  const requests = isTighter(a.requests_remaining, b.requests_remaining) ? a : b;
  const tokens = isTighter(a.tokens_remaining, b.tokens_remaining) ? a : b;
  const money = isTighter(a.budget_remaining_usd_nanos, b.budget_remaining_usd_nanos) ? a : b;
  return {
    requests_limit: requests.requests_limit,
    requests_remaining: requests.requests_remaining,
    requests_reset_ms: requests.requests_reset_ms,
    tokens_limit: tokens.tokens_limit,
    tokens_remaining: tokens.tokens_remaining,
    tokens_reset_ms: tokens.tokens_reset_ms,
    budget_remaining_usd_nanos: money.budget_remaining_usd_nanos,
    budget_held_usd_nanos: money.budget_held_usd_nanos,
  };
}

const isTighter = (a: number | null, b: number | null): boolean => b === null || (a !== null && a <= b);
