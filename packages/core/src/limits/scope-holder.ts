import type { KeyLedgerState } from './key-ledger-state.ts';
import { freeOf, isUsable, LEASES_MAX, type ScopeLease, type Shortage } from './scope-lease.ts';
import type { LeaseTotals, ScopeAnswer, ScopeAsk, ScopeStatement } from './scope-message.ts';

/** A lease that nobody used for so long goes back. */
export const IDLE_MS = 10_000;
/** What was spent is reported at least so often. */
export const REPORT_MS = 2_000;
/** A refusal stands for so long, lest each request of a spent budget calls all parts of it back. */
export const EXHAUSTED_MS = 200;
/** A clock ahead of the shared budget's must not end a lease before its first use. */
const LEAST_MS = 250;
/** A slice is for that many requests like this one, or that many times what was taken since the last. */
const SLICE_REQUESTS = 8;
const SLICE_TIMES = 4;

/** Everything that the key's ledger knows of its leases of this scope; what it ends or returns must be durable before. */
export function makeStatement(state: KeyLedgerState, name: string, now_ms: number): ScopeStatement {
  const leases: LeaseTotals[] = [];
  const current = state.leases.get(name);
  if (current !== undefined && current.kind !== 'none') leases.push(totalsOf(current, now_ms));
  for (const lease of state.leases_ended) if (lease.name === name) leases.push(totalsOf(lease, now_ms));
  state.leases_due.delete(name);
  // The next life must be a later one, though the clock may stand still or go back: it finds this one on disk.
  if (state.statements === 0) state.write_through = true;
  return {
    key_id: state.policy.key_id,
    order: [state.incarnation, ++state.statements],
    leases,
  };
}

function totalsOf(lease: ScopeLease, now_ms: number): LeaseTotals {
  lease.reported_usd_nanos = lease.spent_usd_nanos;
  return {
    lease_id: lease.lease_id,
    granted_usd_nanos: lease.granted_usd_nanos,
    held_usd_nanos: lease.held_usd_nanos,
    spent_usd_nanos: lease.spent_usd_nanos,
    returned_usd_nanos: lease.returned_usd_nanos,
    ended: lease.ended,
    doubtful: now_ms < lease.doubtful_until_ms,
  };
}

/** Asks for what these requests miss, and for a slice for those that follow. */
export function makeScopeAsk(
  state: KeyLedgerState,
  name: string,
  short: readonly Shortage[],
  config_version: number,
  now_ms: number,
): ScopeAsk {
  const lease = openLease(state, name, now_ms);
  const free = lease.kind === 'limited' ? freeOf(lease) : 0;
  let worst = 0;
  let largest = 0;
  let floor = Number.POSITIVE_INFINITY;
  for (const one of short) {
    worst += one.worst_usd_nanos;
    largest = Math.max(largest, one.worst_usd_nanos);
    floor = Math.min(floor, one.floor_usd_nanos);
  }
  const need = Math.max(0, worst - free);
  // Of users and sessions there are many, each with few requests.
  const slice = /^[^/]*\/(user|session)\//.test(name)
    ? largest
    : Math.max(SLICE_REQUESTS * largest, SLICE_TIMES * lease.taken_usd_nanos);
  return {
    statement: makeStatement(state, name, now_ms),
    config_version,
    wanted: {
      lease_id: lease.lease_id,
      need_usd_nanos: need,
      least_usd_nanos: Math.max(1, floor - free),
      floor_usd_nanos: floor,
      want_usd_nanos: need + slice,
    },
  };
}

export const makeScopeReport = (state: KeyLedgerState, name: string, now_ms: number): ScopeAsk => ({
  statement: makeStatement(state, name, now_ms),
  config_version: 0,
  wanted: null,
});

/** The lease to ask for: the current one, or a new one where that is over. */
function openLease(state: KeyLedgerState, name: string, now_ms: number): ScopeLease {
  const current = state.leases.get(name);
  if (current !== undefined && current.kind !== 'none') {
    if (!current.ended && (current.kind === 'opening' || now_ms < current.until_ms)) return current;
    endLease(state, current);
  }
  if (state.leases.size >= LEASES_MAX) endOldest(state);
  const lease: ScopeLease = {
    name,
    lease_id: `${state.incarnation}.${++state.leases_opened}`,
    kind: 'opening',
    version: 0,
    granted_usd_nanos: 0,
    held_usd_nanos: 0,
    spent_usd_nanos: 0,
    returned_usd_nanos: 0,
    until_ms: Number.POSITIVE_INFINITY,
    ended: false,
    doubtful_until_ms: 0,
    report_at_usd_nanos: Number.POSITIVE_INFINITY,
    reported_usd_nanos: 0,
    taken_usd_nanos: 0,
    last_use_ms: now_ms,
    tight: false,
    exhausted_until_ms: 0,
    refusal: null,
  };
  state.leases.set(name, lease);
  return lease;
}

/** Its holds go on counting in it; all else goes back with the next report, which the disk must know of before. */
export function endLease(state: KeyLedgerState, lease: ScopeLease): void {
  if (state.leases.get(lease.name) === lease) state.leases.delete(lease.name);
  if (lease.ended) return;
  lease.ended = true;
  if (lease.kind === 'none') return;
  state.leases_ended.push(lease);
  state.leases_due.add(lease.name);
  state.write_through = true;
}

function endOldest(state: KeyLedgerState): void {
  let oldest: ScopeLease | null = null;
  for (const lease of state.leases.values())
    if (oldest === null || lease.last_use_ms < oldest.last_use_ms) oldest = lease;
  if (oldest !== null) endLease(state, oldest);
}

/** Takes what the shared budget's ledger said. Grants must be durable before anything is admitted from them. */
export function applyScopeAnswer(
  state: KeyLedgerState,
  name: string,
  answer: ScopeAnswer,
  now_ms: number,
): void {
  if (answer.stale !== null && answer.stale[0] >= state.incarnation) {
    if (answer.stale[0] > state.incarnation) {
      // Of a life before, whose names of leases must not be used again.
      state.incarnation = answer.stale[0] + 1;
      state.statements = 0;
    } else state.statements = Math.max(state.statements, answer.stale[1]);
  }
  if (answer.gone.length > 0) {
    state.leases_ended = state.leases_ended.filter(
      (lease) => lease.name !== name || !answer.gone.includes(lease.lease_id),
    );
    state.dirty = true;
  }
  const { grant, report_at } = answer;
  const lease = state.leases.get(name);
  if (lease !== undefined && answer.seen !== undefined)
    lease.seen = { ...answer.seen, committed_usd_nanos: lease.held_usd_nanos + lease.spent_usd_nanos };
  if (report_at !== null && lease?.lease_id === report_at.lease_id)
    lease.report_at_usd_nanos = report_at.usd_nanos ?? Number.POSITIVE_INFINITY;
  if (grant === null || lease === undefined || lease.lease_id !== grant.lease_id) return;
  state.dirty = true;
  if (grant.ended) {
    endLease(state, lease);
    return;
  }
  if (lease.kind === 'limited' && grant.kind !== 'limited') {
    endLease(state, lease);
    return;
  }
  lease.kind = grant.kind;
  lease.version = answer.version;
  if (grant.granted_usd_nanos > lease.granted_usd_nanos) {
    lease.granted_usd_nanos = grant.granted_usd_nanos;
    lease.taken_usd_nanos = 0;
  }
  lease.until_ms =
    grant.until_ms === null ? Number.POSITIVE_INFINITY : Math.max(grant.until_ms, now_ms + LEAST_MS);
  lease.tight = grant.tight;
  lease.refusal = grant.refusal;
  lease.exhausted_until_ms = grant.refusal === null ? 0 : now_ms + EXHAUSTED_MS;
  lease.last_use_ms = now_ms;
  state.write_through = true;
}

/** What was told did not arrive, or may not have: it is to be told again. */
export function forgetReport(state: KeyLedgerState, name: string): void {
  const lease = state.leases.get(name);
  if (lease !== undefined) lease.reported_usd_nanos = -1;
}

/** Makes what is free in a lease free for others. Must be durable before anybody is told. */
export function giveBack(state: KeyLedgerState, name: string): void {
  const lease = state.leases.get(name);
  if (lease === undefined || lease.ended || lease.kind !== 'limited') return;
  const free = freeOf(lease);
  if (!(free > 0)) return;
  lease.returned_usd_nanos += free;
  state.write_through = true;
}

/** Ends leases that are over or idle; `leases_due` then says whom to tell. */
export function tendLeases(state: KeyLedgerState, now_ms: number): void {
  for (const lease of [...state.leases.values()]) {
    const is_idle = now_ms - lease.last_use_ms >= IDLE_MS;
    if (!is_idle && isUsable(lease, 0, now_ms)) {
      if (lease.spent_usd_nanos !== lease.reported_usd_nanos) state.leases_due.add(lease.name);
      if (lease.tight && freeOf(lease) > 0) giveBackDue(state, lease);
      continue;
    }
    if (lease.kind === 'opening' && !is_idle) continue;
    if (lease.held_usd_nanos === 0 || now_ms >= lease.until_ms || lease.kind === 'none')
      endLease(state, lease);
    else if (freeOf(lease) > 0) giveBackDue(state, lease);
  }
  for (const lease of state.leases_ended)
    if (now_ms >= lease.doubtful_until_ms) state.leases_due.add(lease.name);
}

function giveBackDue(state: KeyLedgerState, lease: ScopeLease): void {
  if (lease.kind !== 'limited') return;
  giveBack(state, lease.name);
  state.leases_due.add(lease.name);
}
