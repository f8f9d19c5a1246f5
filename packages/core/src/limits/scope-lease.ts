import type { AdmitAsk, Settlement } from '@sluice/contract';
import { findClosed, type Hold, type KeyLedgerState, worstCase } from './key-ledger-state.ts';
import type { ScopeRefusal, ScopeSeen } from './scope-message.ts';

/** A part of a shared budget, at the ledger of a key that may spend it. */
export interface ScopeLease {
  /** Of the shared budget. */
  name: string;
  lease_id: string;
  /** `opening`: asked for, and never answered. */
  kind: 'opening' | 'none' | 'counted' | 'limited';
  /** Of the organization's settings that it was given under. */
  version: number;
  granted_usd_nanos: number;
  held_usd_nanos: number;
  spent_usd_nanos: number;
  returned_usd_nanos: number;
  until_ms: number;
  ended: boolean;
  /** Until then a late settlement may correct what a lost or expired hold was charged. */
  doubtful_until_ms: number;
  report_at_usd_nanos: number;
  /** `spent_usd_nanos` of the last report. */
  reported_usd_nanos: number;
  /** Held since the last grant. */
  taken_usd_nanos: number;
  last_use_ms: number;
  tight: boolean;
  /** The shared budget gave what it had: it is not asked again before. */
  exhausted_until_ms: number;
  refusal: ScopeRefusal | null;
  /** What may have been granted before a crash beyond what the lease had left to be charged for it; absent = nothing. */
  uncovered_usd_nanos?: number;
  /** How the shared budget stood when it was last asked, and what this lease had held and spent then; absent = unknown. */
  seen?: ScopeSeen & { committed_usd_nanos: number };
}

/** What a request misses in one shared budget. */
export interface Shortage {
  name: string;
  /** Of the whole request, and of the smallest one that is worth a call. */
  worst_usd_nanos: number;
  floor_usd_nanos: number;
}

export const NO_LEASES: readonly ScopeLease[] = Object.freeze([]);
const NO_SHORTAGE: readonly Shortage[] = Object.freeze([]);

/** Leases of one key; beyond it the one that was used longest ago ends. */
export const LEASES_MAX = 2_000;
/** As long as the queue brings late settlements. */
const DOUBT_MS = 900_000;

/** What may be held from it; infinite where no hard budget is set. */
export const freeOf = (lease: ScopeLease): number =>
  lease.kind !== 'limited'
    ? Number.POSITIVE_INFINITY
    : lease.granted_usd_nanos - lease.held_usd_nanos - lease.spent_usd_nanos - lease.returned_usd_nanos;

/**
 * What a shared budget has left, as far as this ledger knows: as it was told last, less what it let in itself since.
 * What other keys took since is not known here. `null` = nothing was told.
 */
export function seenNow(lease: ScopeLease): ScopeSeen | null {
  const { seen } = lease;
  if (seen === undefined || lease.kind !== 'limited') return null;
  const more = lease.held_usd_nanos + lease.spent_usd_nanos - seen.committed_usd_nanos;
  const { remaining_usd_nanos, held_usd_nanos } = seen;
  return {
    remaining_usd_nanos: Math.max(0, remaining_usd_nanos - more),
    held_usd_nanos: Math.max(lease.held_usd_nanos, held_usd_nanos),
  };
}

export const isUsable = (lease: ScopeLease, config_version: number, now_ms: number): boolean =>
  lease.kind !== 'opening' && !lease.ended && now_ms < lease.until_ms && lease.version >= config_version;

/** Shared budgets to be asked before the request can be let in or refused. */
export function findShortages(state: KeyLedgerState, ask: AdmitAsk, now_ms: number): readonly Shortage[] {
  const { scopes } = ask;
  if (scopes === undefined || scopes.length === 0) return NO_SHORTAGE;
  if (ask.policy_version !== state.policy.version) return NO_SHORTAGE;
  if (state.open.has(ask.hold_id) || findClosed(state, ask.hold_id) !== undefined) return NO_SHORTAGE;
  const worst_usd_nanos = worstCase(ask, ask.output_tokens);
  const config_version = ask.config_version ?? 0;
  let short: Shortage[] | null = null;
  for (const name of scopes) {
    const lease = state.leases.get(name);
    if (lease !== undefined && isUsable(lease, config_version, now_ms)) {
      if (worst_usd_nanos <= freeOf(lease) || now_ms < lease.exhausted_until_ms) continue;
    }
    short ??= [];
    short.push({ name, worst_usd_nanos, floor_usd_nanos: worstCase(ask, ask.output_tokens_floor) });
  }
  return short ?? NO_SHORTAGE;
}

/**
 * The leases that an ask takes from.
 * @throws Error when a shared budget was never heard of: `findShortages` says which are to be asked before.
 */
export function requireLeases(state: KeyLedgerState, ask: AdmitAsk, now_ms: number): readonly ScopeLease[] {
  const { scopes } = ask;
  if (scopes === undefined || scopes.length === 0) return NO_LEASES;
  const leases: ScopeLease[] = [];
  for (const name of scopes) {
    const lease = state.leases.get(name);
    if (lease === undefined || !isUsable(lease, ask.config_version ?? 0, now_ms))
      throw new Error('A shared budget did not answer: the request can be neither let in nor refused.');
    if (lease.kind !== 'none') leases.push(lease);
  }
  return leases;
}

export function takeFromLeases(leases: readonly ScopeLease[], usd_nanos: number, now_ms: number): void {
  for (const lease of leases) {
    lease.held_usd_nanos += usd_nanos;
    lease.taken_usd_nanos += usd_nanos;
    lease.last_use_ms = now_ms;
  }
}

/** What a request costs in one shared budget. A cost that is no number is the hold. */
export function costIn(lease: ScopeLease, settled: Settlement, usd_nanos: number, held: number): number {
  const own = settled.outcome === 'released' ? undefined : settled.scope_usd_nanos?.[lease.name];
  if (own === undefined) return usd_nanos;
  return own >= 0 ? own : held;
}

/** Whose money it is: parts of shared budgets, and whether it may have been granted again before a crash. */
type Held = Pick<Hold, 'scopes' | 'doubted'>;

/** Ends a hold in all leases. */
export function bookInLeases(
  state: KeyLedgerState,
  hold: Held,
  settled: Settlement,
  held: number,
  usd_nanos: number,
): void {
  for (const lease of hold.scopes) {
    const cost = costIn(lease, settled, usd_nanos, held);
    lease.held_usd_nanos -= held;
    lease.spent_usd_nanos += cost;
    chargeFreed(state, hold, lease, held - cost);
    noticeDue(state, lease);
  }
}

/**
 * A hold from before a crash may have been settled before it, too, and what that gave back been granted to another
 * one: what it gives back now is taken for that, until all is charged that may have been granted.
 */
function chargeFreed(state: KeyLedgerState, hold: Held, lease: ScopeLease, usd_nanos: number): void {
  if (hold.doubted !== true || lease.uncovered_usd_nanos === undefined) return;
  const charged = Math.max(0, Math.min(usd_nanos, lease.uncovered_usd_nanos));
  lease.uncovered_usd_nanos -= charged;
  lease.spent_usd_nanos += charged;
  const lost = state.lost?.scopes.find((one) => one.lease === lease);
  if (lost !== undefined) lost.usd_nanos += charged;
}

/** Charges a hold that nobody settled. */
export function chargeLeases(
  state: KeyLedgerState,
  leases: readonly ScopeLease[],
  usd_nanos: number,
  now_ms: number,
): void {
  for (const lease of leases) {
    lease.held_usd_nanos -= usd_nanos;
    lease.spent_usd_nanos += usd_nanos;
    lease.doubtful_until_ms = now_ms + DOUBT_MS;
    noticeDue(state, lease);
  }
}

/** A late settlement of what was charged whole: downward only. */
export function correctLeases(
  state: KeyLedgerState,
  hold: Held,
  settled: Settlement,
  charged: number,
  usd_nanos: number,
): void {
  for (const lease of hold.scopes) {
    const by = charged - costIn(lease, settled, usd_nanos, charged);
    if (!(by > 0)) continue;
    lease.spent_usd_nanos -= by;
    chargeFreed(state, hold, lease, by);
    state.leases_due.add(lease.name);
  }
}

/** Gives back what of a hold is not needed. */
export function releaseInLeases(state: KeyLedgerState, hold: Held, usd_nanos: number): void {
  for (const lease of hold.scopes) {
    lease.held_usd_nanos -= usd_nanos;
    chargeFreed(state, hold, lease, usd_nanos);
    noticeDue(state, lease);
  }
}

/** Gives back what an expired slice was charged too much. */
export function returnInLeases(state: KeyLedgerState, hold: Held, usd_nanos: number): void {
  for (const lease of hold.scopes) {
    lease.spent_usd_nanos -= usd_nanos;
    chargeFreed(state, hold, lease, usd_nanos);
    noticeDue(state, lease);
  }
}

function noticeDue(state: KeyLedgerState, lease: ScopeLease): void {
  const is_due =
    lease.ended || lease.spent_usd_nanos >= lease.report_at_usd_nanos || (lease.tight && freeOf(lease) > 0);
  if (is_due) state.leases_due.add(lease.name);
}

/** Charges what a crash may have lost. @returns what of it may be corrected. */
export function chargeLost(state: KeyLedgerState, usd_nanos: number, now_ms: number): LostLease[] {
  const lost: LostLease[] = [];
  for (const lease of state.leases.values()) {
    if (lease.ended || (lease.kind !== 'limited' && lease.kind !== 'counted')) continue;
    const charged = lease.kind === 'counted' ? 0 : Math.max(0, Math.min(usd_nanos, freeOf(lease)));
    lease.spent_usd_nanos += charged;
    if (lease.kind === 'limited' && usd_nanos > charged)
      lease.uncovered_usd_nanos = (lease.uncovered_usd_nanos ?? 0) + usd_nanos - charged;
    lease.doubtful_until_ms = now_ms + DOUBT_MS;
    lost.push({ lease, usd_nanos: charged });
  }
  return lost;
}

/** What one lease was charged for a crash. */
export interface LostLease {
  lease: ScopeLease;
  usd_nanos: number;
}

/** A hold that a crash lost: it is part of what was charged at the load. */
export function settleLostLeases(
  state: KeyLedgerState,
  lost: readonly LostLease[],
  settled: Settlement,
  claimed: number,
  usd_nanos: number,
): void {
  if (settled.scopes === undefined) return;
  for (const one of lost) {
    if (!settled.scopes.includes(one.lease.name)) continue;
    const { lease } = one;
    const cost = costIn(lease, settled, usd_nanos, claimed);
    // Granted again, it may have been more than the lease had: then giving back is for what is not charged yet.
    const granted = Math.max(0, one.usd_nanos + (lease.uncovered_usd_nanos ?? 0) - claimed);
    const rest = Math.max(0, Math.min(granted, one.usd_nanos - Math.min(cost, claimed)));
    lease.spent_usd_nanos += cost - (one.usd_nanos - rest);
    one.usd_nanos = rest;
    if (lease.uncovered_usd_nanos !== undefined) lease.uncovered_usd_nanos = granted - rest;
    noticeDue(state, lease);
  }
}
