import type { AdmitAnswer, AdmitAsk, BudgetPolicy, BudgetView, LimitsView } from '@sluice/contract';
import { countTokens, outputCeiling } from './count-tokens.ts';
import { UNIT } from './gcra.ts';
import {
  affordable,
  findClosed,
  grant,
  type KeyLedgerState,
  rollWindows,
  type WindowUsage,
  worstCase,
} from './key-ledger-state.ts';
import { createLease, notePace } from './lease.ts';
import { findRateRefusal, leakMeters, viewLimits } from './rates.ts';
import { freeOf, NO_LEASES, requireLeases, type ScopeLease, seenNow, takeFromLeases } from './scope-lease.ts';
import { sweep } from './settle.ts';

type Refusal = Omit<Extract<AdmitAnswer, { kind: 'refused' }>, 'kind' | 'limits'>;

const BUDGET_HELD_RETRY_MS = 1_000;

/** Others took what a shared budget gave, more quickly than it could be asked again. */
const HELD_ELSEWHERE: Refusal = {
  code: 'budget_held',
  limit: 'total',
  retry_after_ms: BUDGET_HELD_RETRY_MS,
  budget: null,
};

/**
 * Lets a request in or refuses it: all limits take their part, or none does. The caller must make the state durable
 * before it answers when `state.write_through` is then set.
 *
 * A short budget lowers the output tokens to what it still pays for, not below the ask's floor. An admission that was
 * answered before is answered so again; a refusal is forgotten at once, and its repetition is a new ask. Where shared
 * budgets are touched, those that `findShortages` names are to be asked before.
 * @throws Error when a shared budget has not answered.
 * @throws RangeError for a cost that is negative or no number.
 */
export function admit(state: KeyLedgerState, ask: AdmitAsk, now_ms: number): AdmitAnswer {
  if (!(worstCase(ask, ask.output_tokens) >= 0 && ask.input_tokens + ask.output_tokens >= 0))
    throw new RangeError('An ask must have a cost and a number of tokens that are not negative.');
  sweep(state, now_ms);
  rollWindows(state, now_ms);
  leakMeters(state, now_ms);
  const known = state.open.get(ask.hold_id);
  if (known !== undefined) return admitted(state, known.output_tokens, known.usd_nanos, known.scopes, now_ms);
  const closed = findClosed(state, ask.hold_id);
  if (closed !== undefined)
    return admitted(state, closed.output_tokens, closed.held_usd_nanos, NO_LEASES, now_ms);
  if (ask.policy_version !== state.policy.version) return { kind: 'policy_changed', policy: state.policy };

  const scopes = requireLeases(state, ask, now_ms);
  const fit = fitMoney(state, ask, scopes);
  if (typeof fit !== 'number' && fit.code !== 'budget_held') return refused(state, fit, now_ms);
  const output_tokens = fitTokens(state, ask, typeof fit === 'number' ? fit : ask.output_tokens_floor);
  const tokens = countTokens(state.policy.limits, ask.input_tokens, output_tokens);
  const rate = findRateRefusal(state, tokens, now_ms);
  if (rate !== null) {
    const code = rate.limit === 'concurrency' ? 'concurrency_limit_exceeded' : 'rate_limit_exceeded';
    return refused(state, { code, ...rate, budget: null }, now_ms);
  }
  if (typeof fit !== 'number') return refused(state, fit, now_ms);

  const usd_nanos = worstCase(ask, output_tokens);
  const expires_ms = now_ms + ask.expires_in_ms;
  const tokens_left = state.policy.limits.tokens_per_minute === null ? 0 : tokens * UNIT;
  state.open.set(ask.hold_id, {
    hold_id: ask.hold_id,
    usd_nanos,
    output_tokens,
    tokens,
    tokens_left,
    expires_ms,
    windows: state.windows,
    scopes,
    lease: null,
  });
  for (const usage of state.windows) usage.held_usd_nanos += usd_nanos;
  takeFromLeases(scopes, usd_nanos, now_ms);
  if (state.policy.limits.requests_per_minute !== null) state.requests.closed += UNIT;
  state.tokens.open += tokens_left;
  state.requests_today++;
  state.in_flight++;
  if (expires_ms < state.next_expiry_ms) state.next_expiry_ms = expires_ms;
  if (ask.expires_in_ms > state.longest_expiry_ms) state.longest_expiry_ms = ask.expires_in_ms;
  grant(state, usd_nanos, 1, tokens);
  notePace(state, now_ms, 1);
  const answer = admitted(state, output_tokens, usd_nanos, scopes, now_ms);
  answer.lease = createLease(state, ask, scopes, now_ms);
  return answer;
}

function admitted(
  state: KeyLedgerState,
  output_tokens: number,
  held_usd_nanos: number,
  scopes: readonly ScopeLease[],
  now_ms: number,
): Extract<AdmitAnswer, { kind: 'admitted' }> {
  const limits = withShared(viewLimits(state, now_ms), scopes);
  return { kind: 'admitted', output_tokens, held_usd_nanos, limits, lease: null };
}

/** The tightest of the key's own budgets and of those that the request shares shows. */
function withShared(limits: LimitsView, scopes: readonly ScopeLease[]): LimitsView {
  for (const lease of scopes) {
    const seen = seenNow(lease);
    if (seen === null) continue;
    const own = limits.budget_remaining_usd_nanos;
    if (own !== null && own <= seen.remaining_usd_nanos) continue;
    limits.budget_remaining_usd_nanos = seen.remaining_usd_nanos;
    limits.budget_held_usd_nanos = seen.held_usd_nanos;
  }
  return limits;
}

const refused = (state: KeyLedgerState, refusal: Refusal, now_ms: number): AdmitAnswer => ({
  kind: 'refused',
  ...refusal,
  limits: viewLimits(state, now_ms),
});

/** Output tokens that every money limit pays for, or why there are none. */
function fitMoney(state: KeyLedgerState, ask: AdmitAsk, scopes: readonly ScopeLease[]): number | Refusal {
  const { policy } = state;
  let money = policy.per_request_limit_usd_nanos ?? Number.POSITIVE_INFINITY;
  let limited = policy.per_request_limit_usd_nanos !== null;
  const least = worstCase(ask, ask.output_tokens_floor);
  const too_dear = limited && !(least <= money);
  let tightest = -1;
  for (let i = 0; i < policy.budgets.length; i++) {
    const budget = policy.budgets[i];
    const usage = state.windows[i];
    if (budget?.hard !== true || usage === undefined) continue;
    limited = true;
    const remaining = budget.limit_usd_nanos - usage.spent_usd_nanos - usage.held_usd_nanos;
    if (remaining < money) {
      money = remaining;
      tightest = i;
    }
  }
  for (const lease of scopes) {
    if (lease.kind !== 'limited') continue;
    limited = true;
    money = Math.min(money, freeOf(lease));
  }
  if (!limited) return ask.output_tokens;
  if (!ask.priced) return { code: 'model_unpriced', limit: 'model', retry_after_ms: null, budget: null };
  if (too_dear) {
    return { code: 'per_request_limit_exceeded', limit: 'per_request', retry_after_ms: null, budget: null };
  }
  const output_tokens = affordable(ask, money);
  if (output_tokens >= ask.output_tokens_floor) return output_tokens;
  return moneyRefusal(state, scopes, least, tightest);
}

/** A budget that is spent outweighs one that is only held. */
function moneyRefusal(
  state: KeyLedgerState,
  scopes: readonly ScopeLease[],
  least: number,
  tightest: number,
): Refusal {
  const { budgets } = state.policy;
  for (let i = 0; i < budgets.length; i++) {
    const budget = budgets[i];
    const usage = state.windows[i];
    if (budget?.hard !== true || usage === undefined) continue;
    if (least <= budget.limit_usd_nanos - usage.spent_usd_nanos) continue;
    const view = viewBudget(budget, usage);
    return { code: 'budget_exceeded', limit: budget.window, retry_after_ms: null, budget: view };
  }
  let shared: Refusal | null = null;
  for (const lease of scopes) {
    if (least <= freeOf(lease)) continue;
    const refusal = lease.refusal ?? HELD_ELSEWHERE;
    if (refusal.code === 'budget_exceeded') return refusal;
    shared ??= refusal;
  }
  if (shared !== null) return shared;
  const budget = budgets[tightest];
  const usage = state.windows[tightest];
  return {
    code: 'budget_held',
    limit: budget?.window ?? 'total',
    retry_after_ms: BUDGET_HELD_RETRY_MS,
    budget: budget === undefined || usage === undefined ? null : viewBudget(budget, usage),
  };
}

/** An ask larger than a whole minute's tokens could never pass: its output is lowered to what can. */
function fitTokens(state: KeyLedgerState, ask: AdmitAsk, output_tokens: number): number {
  const ceiling = outputCeiling(state.policy.limits, ask.input_tokens);
  return output_tokens <= ceiling ? output_tokens : Math.max(ask.output_tokens_floor, ceiling);
}

export function viewBudget(budget: BudgetPolicy, usage: WindowUsage): BudgetView {
  const { spent_usd_nanos, held_usd_nanos } = usage;
  return {
    id: budget.id,
    scope: 'key',
    subject: null,
    window: budget.window,
    currency: budget.currency,
    limit_amount: budget.limit_amount,
    limit_usd_nanos: budget.limit_usd_nanos,
    spent_usd_nanos,
    held_usd_nanos,
    remaining_usd_nanos: Math.max(0, budget.limit_usd_nanos - spent_usd_nanos - held_usd_nanos),
    hard: budget.hard,
    alert_percents: budget.alert_percents,
    resets_at_ms: usage.end_ms,
  };
}
