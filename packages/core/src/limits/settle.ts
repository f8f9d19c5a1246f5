import type { Settlement } from '@sluice/contract';
import { countTokens } from './count-tokens.ts';
import { UNIT } from './gcra.ts';
import {
  findClosed,
  grant,
  type Hold,
  type KeyLedgerState,
  remember,
  type WindowUsage,
} from './key-ledger-state.ts';
import { leasedBy } from './lease.ts';
import { leakMeters } from './rates.ts';
import {
  bookInLeases,
  chargeLeases,
  correctLeases,
  releaseInLeases,
  settleLostLeases,
} from './scope-lease.ts';

/** What a caller says of the admission when it settles. */
export interface EpochSettlement extends Settlement {
  /** Of the ledger at the admission; absent = a hold that a crash lost stays charged. */
  epoch?: number;
}

const EXPIRED_MAX = 1_000;

/**
 * Ends a hold, once: a second settlement changes nothing. The cost is booked to the windows in which the hold was
 * admitted; more than was held is booked, too, and counted. After expiry the charge may still go down, once.
 * An unknown hold changes nothing, unless a crash lost it.
 */
export function settle(state: KeyLedgerState, settled: EpochSettlement, now_ms: number): void {
  sweep(state, now_ms);
  const { hold_id } = settled;
  const held = Math.max(0, settled.held_usd_nanos);
  // A cost that is no number charges the hold.
  const usd_nanos = settled.outcome === 'released' ? 0 : settled.usd_nanos >= 0 ? settled.usd_nanos : held;
  const hold = state.open.get(hold_id);
  if (hold !== undefined && hold.lease === null) {
    leakMeters(state, now_ms);
    const used =
      settled.outcome === 'released'
        ? 0
        : countTokens(state.policy.limits, settled.input_tokens, settled.output_tokens);
    close(state, hold, used);
    state.in_flight--;
    book(state, hold.windows, hold.usd_nanos, usd_nanos);
    if (hold.scopes.length > 0) bookInLeases(state, hold, settled, hold.usd_nanos, usd_nanos);
    remember(state, hold_id, { held_usd_nanos: hold.usd_nanos, output_tokens: hold.output_tokens });
    return;
  }
  const expired = state.expired.get(hold_id);
  if (expired !== undefined) {
    correct(state, expired.windows, expired.charged_usd_nanos - usd_nanos);
    if (expired.scopes.length > 0)
      correctLeases(state, expired, settled, expired.charged_usd_nanos, usd_nanos);
    state.expired.delete(hold_id);
    remember(state, hold_id, { held_usd_nanos: expired.charged_usd_nanos, output_tokens: 0 });
    return;
  }
  if (findClosed(state, hold_id) !== undefined) return;
  const lease_id = leasedBy(hold_id);
  if (lease_id !== null) settleLeased(state, settled, lease_id, held, usd_nanos);
  else if (state.lost !== null && settled.epoch === state.lost.epoch)
    settleLost(state, settled, held, usd_nanos);
  else return;
  remember(state, hold_id, { held_usd_nanos: held, output_tokens: 0 });
}

function settleLeased(
  state: KeyLedgerState,
  settled: Settlement,
  lease_id: string,
  claimed: number,
  usd_nanos: number,
): void {
  const hold = state.open.get(lease_id);
  if (hold?.lease != null) {
    if (hold.lease.requests_open === 0) return;
    const held = Math.min(claimed, hold.usd_nanos);
    hold.usd_nanos -= held;
    hold.lease.requests_open--;
    if (settled.outcome === 'settled') hold.lease.tokens_used += settled.input_tokens + settled.output_tokens;
    state.in_flight--;
    book(state, hold.windows, held, usd_nanos);
    if (hold.scopes.length > 0) bookInLeases(state, hold, settled, held, usd_nanos);
    closeLeaseIfDone(state, hold);
    return;
  }
  const expired = state.expired.get(lease_id);
  if (expired === undefined) return;
  const held = Math.min(claimed, expired.charged_usd_nanos);
  expired.charged_usd_nanos -= held;
  correct(state, expired.windows, held - usd_nanos);
  if (expired.scopes.length > 0) correctLeases(state, expired, settled, held, usd_nanos);
}

/** The hold is part of the reserve that was charged at the load: give back what it did not cost. */
function settleLost(state: KeyLedgerState, settled: Settlement, claimed: number, usd_nanos: number): void {
  const { lost } = state;
  if (lost === null) return;
  settleLostLeases(state, lost.scopes, settled, claimed, usd_nanos);
  const held = Math.min(claimed, lost.usd_nanos);
  lost.usd_nanos -= held;
  lost.requests = Math.max(0, lost.requests - 1);
  if (usd_nanos <= held) correct(state, lost.windows, held - usd_nanos);
  else book(state, lost.windows, 0, usd_nanos - held);
}

/** A lease ends when all it let in is settled and the rest is back. */
export function closeLeaseIfDone(state: KeyLedgerState, hold: Hold): void {
  if (hold.lease === null || !hold.lease.returned || hold.lease.requests_open > 0) return;
  for (const usage of hold.windows) usage.held_usd_nanos -= hold.usd_nanos;
  releaseInLeases(state, hold, hold.usd_nanos);
  close(state, hold, hold.lease.tokens_used);
}

/** Takes a hold out of the open ones and gives the unused part of its tokens back, as far as it is still inside. */
function close(state: KeyLedgerState, hold: Hold, tokens_used: number): void {
  state.open.delete(hold.hold_id);
  const back = Math.min(hold.tokens_left, Math.max(0, hold.tokens - tokens_used) * UNIT);
  state.tokens.open -= hold.tokens_left;
  state.tokens.closed += hold.tokens_left - back;
  state.dirty = true;
}

function book(state: KeyLedgerState, windows: readonly WindowUsage[], held: number, usd_nanos: number): void {
  for (const usage of windows) {
    usage.held_usd_nanos -= held;
    usage.spent_usd_nanos += usd_nanos;
  }
  state.dirty = true;
  if (usd_nanos <= held) return;
  state.overrun_usd_nanos += usd_nanos - held;
  // A crash must not forget it, as the hold that is on disk is smaller.
  grant(state, usd_nanos - held, 0, 0);
}

/** Never upward. */
function correct(state: KeyLedgerState, windows: readonly WindowUsage[], by: number): void {
  if (!(by > 0)) return;
  for (const usage of windows) usage.spent_usd_nanos -= by;
  state.dirty = true;
}

/**
 * Charges what nobody settled in time, whole. A second sweep finds nothing.
 * @returns when the next hold expires; `null` when none is open.
 */
export function sweep(state: KeyLedgerState, now_ms: number): number | null {
  if (now_ms < state.next_expiry_ms)
    return Number.isFinite(state.next_expiry_ms) ? state.next_expiry_ms : null;
  leakMeters(state, now_ms);
  let next_ms = Number.POSITIVE_INFINITY;
  for (const hold of state.open.values()) {
    if (hold.expires_ms > now_ms) {
      if (hold.expires_ms < next_ms) next_ms = hold.expires_ms;
    } else expire(state, hold, now_ms);
  }
  if (state.lost !== null) {
    if (state.lost.until_ms <= now_ms) state.lost = null;
    else if (state.lost.until_ms < next_ms) next_ms = state.lost.until_ms;
  }
  state.next_expiry_ms = next_ms;
  return Number.isFinite(next_ms) ? next_ms : null;
}

function expire(state: KeyLedgerState, hold: Hold, now_ms: number): void {
  close(state, hold, hold.tokens);
  state.in_flight -= hold.lease === null ? 1 : hold.lease.requests_open;
  for (const usage of hold.windows) {
    usage.held_usd_nanos -= hold.usd_nanos;
    usage.spent_usd_nanos += hold.usd_nanos;
  }
  chargeLeases(state, hold.scopes, hold.usd_nanos, now_ms);
  if (state.expired.size >= EXPIRED_MAX) {
    const [oldest] = state.expired.keys();
    if (oldest !== undefined) state.expired.delete(oldest);
  }
  state.expired.set(hold.hold_id, {
    charged_usd_nanos: hold.usd_nanos,
    windows: hold.windows,
    scopes: hold.scopes,
    returned: hold.lease === null || hold.lease.returned,
    ...(hold.doubted === true ? { doubted: true } : {}),
  });
}
