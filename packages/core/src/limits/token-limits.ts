import type { AdmitAnswer, AdmitAsk, LimitsView, TokenLimits } from '@sluice/contract';
import { admit } from './admit.ts';
import { createMeter, emptyIn, leak, type Meter, roomIn, UNIT, waitFor } from './gcra.ts';
import { affordable, type KeyLedgerState, worstCase } from './key-ledger-state.ts';

/**
 * What one browser token has used of its own limits, in the ledger of its key. It is stored whole before each answer:
 * a token has few requests, and a crash must not give it a second purse.
 */
export interface TokenUsage {
  spent_usd_nanos: number;
  /** By hold id: what is held, and when it counts as spent because nobody settled it. */
  holds: Map<string, { usd_nanos: number; expires_ms: number }>;
  requests: Meter;
}

export const createTokenUsage = (now_ms: number): TokenUsage => ({
  spent_usd_nanos: 0,
  holds: new Map(),
  requests: createMeter(now_ms),
});

type Refusal = Omit<Extract<AdmitAnswer, { kind: 'refused' }>, 'kind' | 'limits'>;

const HELD_RETRY_MS = 1_000;

/**
 * Lets a request of a token in, or refuses it: the token's limits and all of its key's take their part, or none does.
 * The answer's `limits` are the token's alone: what its key has left is not for pages.
 */
export function admitOfToken(
  state: KeyLedgerState,
  ask: AdmitAsk,
  token: TokenLimits,
  usage: TokenUsage,
  now_ms: number,
): AdmitAnswer {
  // The key's policy decides first: it may be gone.
  if (ask.policy_version !== state.policy.version) return admit(state, ask, now_ms);
  leak(usage.requests, token.requests_per_minute ?? 0, now_ms);
  expireHolds(usage, now_ms);
  const known = usage.holds.has(ask.hold_id);
  const fit = known ? ask.output_tokens : fitToken(ask, token, usage, now_ms);
  if (typeof fit !== 'number') return { kind: 'refused', ...fit, limits: viewToken(token, usage) };
  const answer = admit(state, fit === ask.output_tokens ? ask : { ...ask, output_tokens: fit }, now_ms);
  if (answer.kind === 'policy_changed') return answer;
  if (answer.kind === 'admitted' && !known) {
    usage.holds.set(ask.hold_id, {
      usd_nanos: answer.held_usd_nanos,
      expires_ms: now_ms + ask.expires_in_ms,
    });
    if (token.requests_per_minute !== null) usage.requests.closed += UNIT;
  }
  answer.limits = viewToken(token, usage);
  return answer;
}

/** Ends a hold of the token, once. @returns whether anything changed. */
export function settleToken(
  usage: TokenUsage,
  { hold_id, outcome, usd_nanos }: { hold_id: string; outcome: 'settled' | 'released'; usd_nanos: number },
): boolean {
  const hold = usage.holds.get(hold_id);
  if (hold === undefined) return false;
  usage.holds.delete(hold_id);
  // A cost that is no number charges the hold.
  if (outcome === 'settled') usage.spent_usd_nanos += usd_nanos >= 0 ? usd_nanos : hold.usd_nanos;
  return true;
}

function expireHolds(usage: TokenUsage, now_ms: number): void {
  for (const [hold_id, { usd_nanos, expires_ms }] of usage.holds) {
    if (expires_ms > now_ms) continue;
    usage.holds.delete(hold_id);
    usage.spent_usd_nanos += usd_nanos;
  }
}

/** Output tokens that the token's cap pays for, or why there are none. */
function fitToken(ask: AdmitAsk, token: TokenLimits, usage: TokenUsage, now_ms: number): number | Refusal {
  const { spend_cap_usd_nanos: cap, requests_per_minute } = token;
  let output_tokens = ask.output_tokens;
  if (cap !== null) {
    if (!ask.priced) return { code: 'model_unpriced', limit: 'token', retry_after_ms: null, budget: null };
    const unspent = cap - usage.spent_usd_nanos;
    const least = worstCase(ask, ask.output_tokens_floor);
    if (!(least <= unspent))
      return { code: 'budget_exceeded', limit: 'token', retry_after_ms: null, budget: null };
    output_tokens = affordable(ask, unspent - heldBy(usage));
    if (output_tokens < ask.output_tokens_floor)
      return { code: 'budget_held', limit: 'token', retry_after_ms: HELD_RETRY_MS, budget: null };
  }
  if (requests_per_minute === null) return output_tokens;
  const wait_ms = waitFor(usage.requests, 1, requests_per_minute, requests_per_minute, now_ms);
  if (wait_ms === 0) return output_tokens;
  return {
    code: 'rate_limit_exceeded',
    limit: 'token_requests_per_minute',
    retry_after_ms: wait_ms,
    budget: null,
  };
}

function heldBy({ holds }: TokenUsage): number {
  let held = 0;
  for (const { usd_nanos } of holds.values()) held += usd_nanos;
  return held;
}

function viewToken(token: TokenLimits, usage: TokenUsage): LimitsView {
  const { spend_cap_usd_nanos: cap, requests_per_minute } = token;
  const held = heldBy(usage);
  return {
    requests_limit: requests_per_minute,
    requests_remaining: requests_per_minute === null ? null : roomIn(usage.requests, requests_per_minute),
    requests_reset_ms: requests_per_minute === null ? null : emptyIn(usage.requests, requests_per_minute),
    tokens_limit: null,
    tokens_remaining: null,
    tokens_reset_ms: null,
    budget_remaining_usd_nanos: cap === null ? null : Math.max(0, cap - usage.spent_usd_nanos - held),
    budget_held_usd_nanos: cap === null ? null : held,
  };
}
