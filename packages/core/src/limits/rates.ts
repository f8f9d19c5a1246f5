import type { LimitsView } from '@sluice/contract';
import { emptyIn, leak, roomIn, waitFor } from './gcra.ts';
import type { KeyLedgerState } from './key-ledger-state.ts';

export interface RateRefusal {
  limit: 'requests_per_minute' | 'tokens_per_minute' | 'requests_per_day' | 'concurrency';
  /** `null` = it never fits. */
  retry_after_ms: number | null;
}

/** Nobody knows when a request in flight ends; this is often enough to ask. */
const ASK_AGAIN_MS = 1_000;

export function leakMeters(state: KeyLedgerState, now_ms: number): void {
  const { requests_per_minute, tokens_per_minute } = state.policy.limits;
  if (requests_per_minute !== null) leak(state.requests, requests_per_minute, now_ms);
  else state.requests.at_ms = Math.max(state.requests.at_ms, now_ms);
  if (tokens_per_minute === null) {
    state.tokens.at_ms = Math.max(state.tokens.at_ms, now_ms);
    return;
  }
  let from_open = leak(state.tokens, tokens_per_minute, now_ms);
  if (from_open === 0) return;
  for (const hold of state.open.values()) {
    const part = Math.min(hold.tokens_left, from_open);
    hold.tokens_left -= part;
    from_open -= part;
    if (from_open === 0) return;
  }
}

export const burstOf = (state: KeyLedgerState): number =>
  state.policy.limits.request_burst ?? state.policy.limits.requests_per_minute ?? 0;

/** Requests that run, or may run, now. */
export const inFlight = (state: KeyLedgerState): number => state.in_flight + (state.lost?.requests ?? 0);

/** The limit that refuses, and the longest wait of all that do; `null` = all let it pass. Takes nothing. */
export function findRateRefusal(state: KeyLedgerState, tokens: number, now_ms: number): RateRefusal | null {
  const { requests_per_minute, tokens_per_minute, requests_per_day, concurrency } = state.policy.limits;
  let refusal: RateRefusal | null = null;
  if (requests_per_minute !== null) {
    const wait = waitFor(state.requests, 1, requests_per_minute, burstOf(state), now_ms);
    if (wait !== 0) refusal = { limit: 'requests_per_minute', retry_after_ms: wait };
  }
  if (tokens_per_minute !== null) {
    const wait = waitFor(state.tokens, tokens, tokens_per_minute, tokens_per_minute, now_ms);
    if (wait !== 0) refusal = longer(refusal, { limit: 'tokens_per_minute', retry_after_ms: wait });
  }
  if (requests_per_day !== null && !(state.requests_today < requests_per_day)) {
    const wait = requests_per_day > 0 ? state.day_end_ms - now_ms : null;
    refusal = longer(refusal, { limit: 'requests_per_day', retry_after_ms: wait });
  }
  if (refusal === null && concurrency !== null && !(inFlight(state) < concurrency)) {
    return { limit: 'concurrency', retry_after_ms: concurrency > 0 ? ASK_AGAIN_MS : null };
  }
  return refusal;
}

function longer(a: RateRefusal | null, b: RateRefusal): RateRefusal {
  if (a === null || b.retry_after_ms === null) return b;
  if (a.retry_after_ms === null) return a;
  return b.retry_after_ms > a.retry_after_ms ? b : a;
}

/** To be called after `leakMeters`. */
export function viewLimits(state: KeyLedgerState, now_ms: number): LimitsView {
  const { requests_per_minute, tokens_per_minute, requests_per_day } = state.policy.limits;
  const view: LimitsView = {
    requests_limit: null,
    requests_remaining: null,
    requests_reset_ms: null,
    tokens_limit: null,
    tokens_remaining: null,
    tokens_reset_ms: null,
    budget_remaining_usd_nanos: null,
    budget_held_usd_nanos: null,
  };
  if (requests_per_minute !== null) {
    view.requests_limit = requests_per_minute;
    view.requests_remaining = roomIn(state.requests, burstOf(state));
    view.requests_reset_ms = emptyIn(state.requests, requests_per_minute);
  } else if (requests_per_day !== null) {
    view.requests_limit = requests_per_day;
    view.requests_remaining = Math.max(0, requests_per_day - state.requests_today);
    view.requests_reset_ms = Math.max(0, state.day_end_ms - now_ms);
  }
  if (tokens_per_minute !== null) {
    view.tokens_limit = tokens_per_minute;
    view.tokens_remaining = roomIn(state.tokens, tokens_per_minute);
    view.tokens_reset_ms = emptyIn(state.tokens, tokens_per_minute);
  }
  const { budgets } = state.policy;
  for (let i = 0; i < budgets.length; i++) {
    const budget = budgets[i];
    const usage = state.windows[i];
    if (budget?.hard !== true || usage === undefined) continue;
    const remaining = Math.max(0, budget.limit_usd_nanos - usage.spent_usd_nanos - usage.held_usd_nanos);
    if (view.budget_remaining_usd_nanos !== null && view.budget_remaining_usd_nanos <= remaining) continue;
    view.budget_remaining_usd_nanos = remaining;
    view.budget_held_usd_nanos = usage.held_usd_nanos;
  }
  return view;
}
