import { UNIT } from './gcra.ts';
import { type KeyLedgerState, NOTHING, type Reserve } from './key-ledger-state.ts';
import { HOT_ADMISSIONS } from './lease.ts';
import { leakMeters } from './rates.ts';
import { chargeLost, NO_LEASES } from './scope-lease.ts';

/**
 * What is on disk. `reserve` is an upper bound of all that is granted after it and before the next snapshot, so that
 * a ledger which wakes up without a clean end can count it as spent: it then believes too much, never too little.
 * A structured clone keeps it whole: holds and windows are shared objects.
 */
export interface LedgerSnapshot {
  state: Omit<KeyLedgerState, 'closed' | 'closed_before' | 'reserve' | 'pending' | 'granted'>;
  reserve: Reserve;
}

/** One part in this many of the smallest hard budget's rest may be reserved at most. */
const BUDGET_PARTS = 16;
const CONCURRENCY_PARTS = 4;

/**
 * What to write now. The value shares objects with the state: clone it (storage does) before the next reducer runs.
 *
 * @param gated nothing leaves before the write is durable (Cloudflare's output gate). Otherwise `confirmSnapshot`
 *   says when it is, and until then grants must fit the snapshot before as well.
 * @param factor reserve for this many times what was granted since the snapshot before; 0 = a clean end.
 */
export function takeSnapshot(state: KeyLedgerState, gated: boolean, factor: number): LedgerSnapshot {
  const reserve = reserveFor(state, factor);
  state.epoch++;
  state.write_through = false;
  state.dirty = false;
  state.granted = { ...NOTHING };
  if (gated) {
    state.reserve = { ...reserve };
    state.pending = null;
  } else state.pending = { ...reserve };
  const { closed: _, closed_before: _b, reserve: _r, pending: _p, granted: _g, ...kept } = state;
  // What was corrected is remembered in memory only, so no correction may follow a load.
  if (kept.lost !== null) kept.lost = { ...kept.lost, epoch: -1, usd_nanos: 0, scopes: [] };
  return { state: kept, reserve };
}

/** The snapshot of that epoch is durable. */
export function confirmSnapshot(state: KeyLedgerState, epoch: number): void {
  if (state.pending === null || state.epoch !== epoch) return;
  state.reserve = state.pending;
  state.pending = null;
}

/** Anything worth a write: changes, or a reserve that an eviction would charge for nothing. */
export const needsSnapshot = (state: KeyLedgerState): boolean =>
  state.dirty || state.reserve.requests > 0 || state.reserve.usd_nanos > 0 || state.pending !== null;

function reserveFor(state: KeyLedgerState, factor: number): Reserve {
  const { granted, policy, windows } = state;
  // A hot key takes slices: its reserve is for two seconds of its pace, however short it has been at it.
  const pace = Math.max(state.pace, state.pace_before);
  const hot = factor > 0 && pace > HOT_ADMISSIONS && granted.requests > 0;
  const times = hot ? Math.max(factor, (8 * pace) / granted.requests) : factor;
  let usd_nanos = Math.floor(granted.usd_nanos * times);
  let requests = Math.floor(granted.requests * times);
  for (let i = 0; i < windows.length; i++) {
    const usage = windows[i];
    const budget = policy.budgets[i];
    if (usage === undefined || budget?.hard !== true) continue;
    const remaining = budget.limit_usd_nanos - usage.spent_usd_nanos - usage.held_usd_nanos;
    usd_nanos = Math.min(usd_nanos, Math.max(0, Math.floor(remaining / BUDGET_PARTS)));
  }
  const { concurrency, requests_per_day } = policy.limits;
  if (concurrency !== null) requests = Math.min(requests, Math.floor(concurrency / CONCURRENCY_PARTS));
  if (requests_per_day !== null) {
    const left = Math.floor((requests_per_day - state.requests_today) / BUDGET_PARTS);
    requests = Math.min(requests, Math.max(0, left));
  }
  // Too little for one more like the last ones: near a cap every grant is written, and nothing is charged in vain.
  if (requests < 1 || usd_nanos * granted.requests < granted.usd_nanos) return { ...NOTHING };
  return { usd_nanos, requests, tokens: Math.floor(granted.tokens * times) };
}

/**
 * The ledger as it must assume itself to be after any end of the one that wrote `snapshot`.
 * The value is taken over, not copied.
 */
export function loadSnapshot(snapshot: LedgerSnapshot, now_ms: number): KeyLedgerState {
  const { reserve } = snapshot;
  upgrade(snapshot.state);
  const state: KeyLedgerState = {
    ...snapshot.state,
    closed: new Map(),
    closed_before: new Map(),
    reserve: { ...NOTHING },
    pending: null,
    granted: { ...NOTHING },
    write_through: false,
    leases_opened: 0,
    statements: 0,
    // Later than every life before, also where that one wrote nothing.
    incarnation: Math.max(snapshot.state.incarnation + 1, now_ms),
  };
  if (reserve.usd_nanos === 0 && reserve.requests === 0 && reserve.tokens === 0) return state;
  for (const usage of state.windows) usage.spent_usd_nanos += reserve.usd_nanos;
  leakMeters(state, now_ms);
  const { limits } = state.policy;
  if (limits.requests_per_minute !== null) state.requests.closed += reserve.requests * UNIT;
  if (limits.tokens_per_minute !== null) state.tokens.closed += reserve.tokens * UNIT;
  state.requests_today += reserve.requests;
  for (const hold of state.open.values()) hold.doubted = true;
  for (const hold of state.expired.values()) hold.doubted = true;
  const until_ms = now_ms + state.longest_expiry_ms;
  state.next_expiry_ms = Math.min(state.next_expiry_ms, until_ms);
  const requests = reserve.requests + (state.lost?.requests ?? 0);
  state.lost = {
    epoch: state.epoch,
    usd_nanos: reserve.usd_nanos,
    requests,
    until_ms,
    windows: state.windows,
    scopes: chargeLost(state, reserve.usd_nanos, now_ms),
  };
  state.dirty = true;
  return state;
}

/** Snapshots from before there were shared budgets. */
function upgrade(kept: Partial<LedgerSnapshot['state']>): void {
  if (kept.leases !== undefined) return;
  Object.assign(kept, {
    leases: new Map(),
    leases_ended: [],
    leases_due: new Set(),
    incarnation: 0,
    events: [],
  });
  for (const hold of kept.open?.values() ?? []) hold.scopes ??= NO_LEASES;
  for (const hold of kept.expired?.values() ?? []) hold.scopes ??= NO_LEASES;
  if (kept.lost != null) kept.lost.scopes ??= [];
}
