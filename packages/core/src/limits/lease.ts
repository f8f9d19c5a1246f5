import type { AdmitAsk, Lease } from '@sluice/contract';
import { roomIn, UNIT } from './gcra.ts';
import { grant, type KeyLedgerState, worstCase } from './key-ledger-state.ts';
import { burstOf, inFlight } from './rates.ts';
import { freeOf, releaseInLeases, returnInLeases, type ScopeLease, takeFromLeases } from './scope-lease.ts';
import { closeLeaseIfDone, sweep } from './settle.ts';

/** How long an isolate may admit by itself; also how late a revocation may reach it. */
export const LEASE_MS = 250;
/** More than this in a quarter second make a key hot. */
export const HOT_ADMISSIONS = 20;
/** A slice is for twice what the key did in the last quarter second, within these bounds. */
const REQUESTS_MAX = 1024;
const REQUESTS_LEAST = 64;
const REQUESTS_MIN = 4;
/** A slice is at most one part in this many of what is left of any limit. */
const PARTS = 16;
/** A lease of a shared budget is a part already. */
const PARTS_OF_LEASE = 2;
/** Shared budgets that all requests of a key touch: only these can be spent by an isolate that does not look at them. */
const EVERYBODYS = /^[^/]*\/(organization|project|key)\//;
/** Travel time of the last settlements. */
const EXPIRY_SLACK_MS = 1_000;

const PREFIX = 'lease:';
const SEPARATOR = '>';

/** Under which id a hold that was admitted from a lease is settled. */
export const leasedHoldId = (lease_id: string, hold_id: string): string => lease_id + SEPARATOR + hold_id;

/** The lease that a hold was admitted from; `null` for a hold of its own. */
export function leasedBy(hold_id: string): string | null {
  if (!hold_id.startsWith(PREFIX)) return null;
  const end = hold_id.indexOf(SEPARATOR);
  return end < 0 ? null : hold_id.slice(0, end);
}

/** Counts admissions by quarter seconds. */
export function notePace(state: KeyLedgerState, now_ms: number, admissions: number): void {
  const elapsed_ms = now_ms - state.pace_start_ms;
  if (elapsed_ms >= LEASE_MS || elapsed_ms < 0) {
    state.pace_before = elapsed_ms < 2 * LEASE_MS && elapsed_ms >= 0 ? state.pace : 0;
    state.pace = 0;
    state.pace_start_ms = now_ms;
  }
  state.pace += admissions;
}

/** A slice for the isolate that just asked, where the key is hot and every limit is far; else `null`. */
export function createLease(
  state: KeyLedgerState,
  ask: AdmitAsk,
  scopes: readonly ScopeLease[],
  now_ms: number,
): Lease | null {
  const { policy } = state;
  const pace = Math.max(state.pace, state.pace_before);
  if (policy.strict || ask.lease_wanted === false || pace <= HOT_ADMISSIONS) return null;
  if (ask.scopes?.some((name) => !EVERYBODYS.test(name)) === true) return null;
  const lease_id = PREFIX + ask.hold_id;
  const request_usd_nanos = worstCase(ask, ask.output_tokens);
  const request_tokens = ask.input_tokens + ask.output_tokens;
  const wanted = Math.max(REQUESTS_LEAST, 2 * pace);
  const requests = Math.min(wanted, sliceOf(state, scopes, request_usd_nanos, request_tokens));
  if (!(requests >= REQUESTS_MIN)) return null;
  const usd_nanos = request_usd_nanos * requests;
  const tokens = request_tokens * requests;
  const tokens_left = policy.limits.tokens_per_minute === null ? 0 : tokens * UNIT;
  const until_ms = now_ms + LEASE_MS;
  const expires_ms = until_ms + ask.expires_in_ms + EXPIRY_SLACK_MS;
  state.open.set(lease_id, {
    hold_id: lease_id,
    usd_nanos,
    output_tokens: 0,
    tokens,
    tokens_left,
    expires_ms,
    windows: state.windows,
    scopes,
    lease: { requests, requests_open: requests, tokens_used: 0, returned: false },
  });
  for (const usage of state.windows) usage.held_usd_nanos += usd_nanos;
  takeFromLeases(scopes, usd_nanos, now_ms);
  if (policy.limits.requests_per_minute !== null) state.requests.closed += requests * UNIT;
  state.tokens.open += tokens_left;
  state.requests_today += requests;
  state.in_flight += requests;
  if (expires_ms < state.next_expiry_ms) state.next_expiry_ms = expires_ms;
  grant(state, usd_nanos, requests, tokens);
  return { lease_id, policy_version: policy.version, requests, tokens, usd_nanos, until_ms };
}

/** Requests like this one that fit into one part of everything that is left. */
function sliceOf(
  state: KeyLedgerState,
  scopes: readonly ScopeLease[],
  request_usd_nanos: number,
  request_tokens: number,
): number {
  const { limits, budgets, per_request_limit_usd_nanos } = state.policy;
  // The isolate does not know this limit.
  if (per_request_limit_usd_nanos !== null) return 0;
  // Nor what kind of tokens counts.
  if (limits.tokens_per_minute !== null && (limits.tokens_counted ?? 'both') !== 'both') return 0;
  let requests = REQUESTS_MAX;
  for (let i = 0; i < budgets.length; i++) {
    const budget = budgets[i];
    const usage = state.windows[i];
    if (budget?.hard !== true || usage === undefined) continue;
    const remaining = budget.limit_usd_nanos - usage.spent_usd_nanos - usage.held_usd_nanos;
    if (request_usd_nanos > 0) requests = Math.min(requests, remaining / PARTS / request_usd_nanos);
    else if (remaining <= 0) return 0;
  }
  for (const lease of scopes)
    if (request_usd_nanos > 0)
      requests = Math.min(requests, freeOf(lease) / PARTS_OF_LEASE / request_usd_nanos);
  if (limits.requests_per_minute !== null)
    requests = Math.min(requests, roomIn(state.requests, burstOf(state)) / PARTS);
  if (limits.tokens_per_minute !== null && request_tokens > 0)
    requests = Math.min(requests, roomIn(state.tokens, limits.tokens_per_minute) / PARTS / request_tokens);
  if (limits.requests_per_day !== null)
    requests = Math.min(requests, (limits.requests_per_day - state.requests_today) / PARTS);
  if (limits.concurrency !== null)
    requests = Math.min(requests, (limits.concurrency - inFlight(state)) / PARTS);
  return Math.floor(requests);
}

/**
 * Takes back what an isolate did not use; the second time changes nothing. Requests stay counted per minute, where
 * the slice has begun to leak out; all else is as if it had never been granted.
 */
export function returnLease(
  state: KeyLedgerState,
  lease_id: string,
  unused: { requests: number; usd_nanos: number },
  now_ms: number,
): void {
  sweep(state, now_ms);
  const hold = state.open.get(lease_id);
  if (hold?.lease == null) {
    const expired = state.expired.get(lease_id);
    if (expired === undefined || expired.returned) return;
    expired.returned = true;
    const back = Math.min(Math.max(0, unused.usd_nanos), expired.charged_usd_nanos);
    expired.charged_usd_nanos -= back;
    for (const usage of expired.windows) usage.spent_usd_nanos -= back;
    returnInLeases(state, expired, back);
    state.dirty = true;
    return;
  }
  const { lease } = hold;
  if (lease.returned) return;
  lease.returned = true;
  const requests = Math.min(Math.max(0, unused.requests), lease.requests_open);
  const usd_nanos = Math.min(Math.max(0, unused.usd_nanos), hold.usd_nanos);
  lease.requests_open -= requests;
  hold.usd_nanos -= usd_nanos;
  for (const usage of hold.windows) usage.held_usd_nanos -= usd_nanos;
  releaseInLeases(state, hold, usd_nanos);
  state.in_flight -= requests;
  // After an edge there may be nothing to give back: then they stay counted.
  if (hold.windows === state.windows) state.requests_today = Math.max(0, state.requests_today - requests);
  state.dirty = true;
  notePace(state, now_ms, lease.requests - requests);
  closeLeaseIfDone(state, hold);
}
