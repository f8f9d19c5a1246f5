import {
  changeLease,
  closeLease,
  type Holder,
  type LentLease,
  type ScopeLedgerState,
} from './scope-ledger-state.ts';
import type { LeaseTotals, ScopeStatement } from './scope-message.ts';

export interface Reported {
  holder: Holder;
  /** The order of the statement that is already known; `null` = this one was newer and was taken. */
  stale: Holder['order'] | null;
  /** Leases that the key's ledger may forget. */
  gone: string[];
}

/**
 * Takes what a key's ledger says of its leases. An older statement changes nothing, the same one again neither. A lease
 * that the key's ledger does not know was lost on its way there, and is free again.
 */
export function applyStatement(state: ScopeLedgerState, statement: ScopeStatement, now_ms: number): Reported {
  const holder = requireHolder(state, statement.key_id, now_ms);
  if (!isNewer(statement.order, holder.order)) return { holder, stale: holder.order, gone: [] };
  holder.order = statement.order;
  holder.seen_ms = now_ms;
  const gone: string[] = [];
  const listed = new Map(statement.leases.map((totals) => [totals.lease_id, totals]));
  for (const lease of [...holder.leases]) {
    const totals = listed.get(lease.lease_id);
    if (totals === undefined) {
      closeLease(state, holder, lease);
      continue;
    }
    listed.delete(lease.lease_id);
    report(state, lease, totals);
    if (!lease.ended || lease.held_usd_nanos > 0 || totals.doubtful) continue;
    closeLease(state, holder, lease);
    gone.push(lease.lease_id);
  }
  // One that was granted nothing is about to be opened.
  for (const totals of listed.values())
    if (totals.ended || totals.granted_usd_nanos > 0) gone.push(totals.lease_id);
  return { holder, stale: null, gone };
}

function report(state: ScopeLedgerState, lease: LentLease, totals: LeaseTotals): void {
  changeLease(state, lease, {
    held_usd_nanos: totals.held_usd_nanos,
    spent_usd_nanos: totals.spent_usd_nanos,
    returned_usd_nanos: Math.max(lease.returned_usd_nanos, totals.returned_usd_nanos),
    ended: lease.ended || totals.ended,
    doubtful: totals.doubtful,
  });
}

function requireHolder(state: ScopeLedgerState, key_id: string, now_ms: number): Holder {
  const known = state.holders.get(key_id);
  if (known !== undefined) return known;
  const made: Holder = { key_id, order: [-1, 0], leases: [], seen_ms: now_ms };
  state.holders.set(key_id, made);
  return made;
}

const isNewer = (a: Holder['order'], b: Holder['order']): boolean =>
  a[0] > b[0] || (a[0] === b[0] && a[1] > b[1]);

/**
 * Key ledgers that may have a part of it free: all that were lent more than they are known to have spent.
 * @param except the one that asks, which has said what it has.
 */
export function findLenders(state: ScopeLedgerState, except: string | null): string[] {
  const found: { key_id: string; unspent: number }[] = [];
  for (const { key_id, leases } of state.holders.values()) {
    if (key_id === except) continue;
    let unspent = 0;
    for (const lease of leases) {
      // What it spent was charged whole for want of a better number, which may have come since.
      if (lease.doubtful) unspent += lease.spent_usd_nanos;
      if (lease.ended || lease.kind === 'counted') unspent += lease.held_usd_nanos;
      else unspent += lease.granted_usd_nanos - lease.returned_usd_nanos - lease.spent_usd_nanos;
    }
    if (unspent > 0) found.push({ key_id, unspent });
  }
  return found.sort((a, b) => b.unspent - a.unspent).map(({ key_id }) => key_id);
}

/** Key ledgers that have leases and were silent for so long: they may have died with them. */
export const findSilent = (state: ScopeLedgerState, since_ms: number): string[] =>
  [...state.holders.values()]
    .filter((holder) => holder.leases.length > 0 && holder.seen_ms <= since_ms)
    .map(({ key_id }) => key_id);

/** Forgets key ledgers without leases. @returns those forgotten. */
export function dropHolders(state: ScopeLedgerState, since_ms: number): string[] {
  const dropped = [...state.holders.values()]
    .filter((holder) => holder.leases.length === 0 && holder.seen_ms <= since_ms)
    .map(({ key_id }) => key_id);
  for (const key_id of dropped) state.holders.delete(key_id);
  return dropped;
}
