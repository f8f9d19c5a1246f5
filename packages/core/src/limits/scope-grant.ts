import { alertSubjectOf, findExceeded, nextThreshold, noticeScopeThresholds } from './scope-alerts.ts';
import {
  changeLease,
  type Holder,
  type LentLease,
  rollScopeWindows,
  type ScopeLedgerState,
  viewScopeBudget,
} from './scope-ledger-state.ts';
import type { ScopeAnswer, ScopeAsk, ScopeGrant, ScopeRefusal, ScopeSeen } from './scope-message.ts';
import { applyStatement } from './scope-report.ts';

const HELD_RETRY_MS = 1_000;
/** A slice is at most one part in this many of what is left, and fewer where nobody else has one. */
const PARTS = 16;
const PARTS_ALONE = 4;
/** Alerts are noticed by what is reported: at least when so small a part of the limit was spent. */
const REPORT_PARTS = 1_000;

/**
 * Answers a key's ledger. The caller must make the state durable before the answer leaves.
 *
 * @param final false = `null` where less is left than is needed, so that parts which others have free can be called back
 *   first; true = what is left is given, or the ask is refused.
 */
export function answerScope(
  state: ScopeLedgerState,
  ask: ScopeAsk,
  final: boolean,
  now_ms: number,
): ScopeAnswer | null {
  rollScopeWindows(state, now_ms);
  const { holder, stale, gone } = applyStatement(state, ask.statement, now_ms);
  noticeScopeThresholds(state, now_ms);
  return finishAnswer(state, ask, holder, stale, gone, final, now_ms);
}

/** The second half of `answerScope`, for when parts were called back in between: the statement is not read again. */
export function answerAgain(
  state: ScopeLedgerState,
  ask: ScopeAsk,
  gone: string[],
  final: boolean,
  now_ms: number,
): ScopeAnswer | null {
  rollScopeWindows(state, now_ms);
  const holder = state.holders.get(ask.statement.key_id);
  if (holder === undefined)
    return { version: state.version, stale: [0, 0], gone, report_at: null, grant: null };
  return finishAnswer(state, ask, holder, null, gone, final, now_ms);
}

function finishAnswer(
  state: ScopeLedgerState,
  ask: ScopeAsk,
  holder: Holder,
  stale: Holder['order'] | null,
  gone: string[],
  final: boolean,
  now_ms: number,
): ScopeAnswer | null {
  const answer: ScopeAnswer = { version: state.version, stale, gone, report_at: null, grant: null };
  if (stale !== null) return answer;
  if (ask.wanted !== null) {
    answer.grant = grantLease(state, ask, ask.wanted, holder, gone, final, now_ms);
    if (answer.grant === null) return null;
  }
  const open = holder.leases.find((lease) => !lease.ended);
  const seen = seenOf(state);
  if (seen !== null) answer.seen = seen;
  if (open !== undefined) answer.report_at = { lease_id: open.lease_id, usd_nanos: reportAt(state, open) };
  return answer;
}

function grantLease(
  state: ScopeLedgerState,
  ask: ScopeAsk,
  wanted: NonNullable<ScopeAsk['wanted']>,
  holder: Holder,
  gone: string[],
  final: boolean,
  now_ms: number,
): ScopeGrant | null {
  const { lease_id } = wanted;
  if (state.policy === null) return { ...NOTHING, lease_id, kind: 'none' };
  let lease = holder.leases.find((one) => one.lease_id === lease_id);
  const known = ask.statement.leases.find((one) => one.lease_id === lease_id)?.granted_usd_nanos ?? 0;
  if (lease === undefined) {
    if (known > 0 || gone.includes(lease_id)) return { ...NOTHING, lease_id, ended: true };
    lease = openLease(state, holder, lease_id);
  }
  const isOver =
    lease.ended ||
    lease.generation !== state.generation ||
    lease.windows.some((id) => state.windows.every((window) => window.id !== id));
  if (isOver) return { ...NOTHING, lease_id, granted_usd_nanos: lease.granted_usd_nanos, ended: true };

  let refusal: ScopeRefusal | null = null;
  let is_tight = false;
  if (lease.kind === 'limited') {
    const left = leftIn(state);
    // Granted before, in an answer that never arrived.
    const before = Math.max(0, lease.granted_usd_nanos - known);
    const need = Math.max(0, wanted.need_usd_nanos - before);
    let more = need;
    if (need > 0 && left < need) {
      if (!final) return null;
      more = before + left >= wanted.least_usd_nanos ? Math.max(0, left) : 0;
      refusal = refuse(state, wanted.floor_usd_nanos, now_ms);
      is_tight = isShared(state, holder);
    } else if (need > 0) {
      const alone = !isShared(state, holder);
      const slice = Math.floor((left - need) / (alone ? PARTS_ALONE : PARTS));
      is_tight = !alone && slice < need;
      if (slice >= need || alone) more += Math.max(0, Math.min(slice, wanted.want_usd_nanos - need));
    }
    if (more > 0) changeLease(state, lease, { granted_usd_nanos: lease.granted_usd_nanos + more });
  }
  return {
    lease_id,
    kind: lease.kind,
    granted_usd_nanos: lease.granted_usd_nanos,
    until_ms: Number.isFinite(state.next_edge_ms) ? state.next_edge_ms : null,
    tight: is_tight,
    ended: false,
    refusal,
  };
}

const NOTHING: Omit<ScopeGrant, 'lease_id'> = {
  kind: 'limited',
  granted_usd_nanos: 0,
  until_ms: null,
  tight: false,
  ended: false,
  refusal: null,
};

function openLease(state: ScopeLedgerState, holder: Holder, lease_id: string): LentLease {
  const lease: LentLease = {
    lease_id,
    kind: state.policy?.budgets.some((budget) => budget.hard) === true ? 'limited' : 'counted',
    granted_usd_nanos: 0,
    held_usd_nanos: 0,
    spent_usd_nanos: 0,
    returned_usd_nanos: 0,
    ended: false,
    doubtful: false,
    report_at_usd_nanos: null,
    windows: state.windows.map((window) => window.id),
    generation: state.generation,
  };
  holder.leases.push(lease);
  return lease;
}

/** What every hard budget has left; below 0 after a limit was lowered. */
export function leftIn(state: ScopeLedgerState): number {
  let left = Number.POSITIVE_INFINITY;
  const budgets = state.policy?.budgets ?? [];
  for (let i = 0; i < budgets.length; i++) {
    const budget = budgets[i];
    const window = state.windows[i];
    if (budget?.hard !== true || window === undefined) continue;
    left = Math.min(left, budget.limit_usd_nanos - window.spent_usd_nanos - window.held_usd_nanos);
  }
  return left;
}

function seenOf(state: ScopeLedgerState): ScopeSeen | null {
  const { policy } = state;
  let seen: ScopeSeen | null = null;
  for (let i = 0; policy !== null && i < policy.budgets.length; i++) {
    const budget = policy.budgets[i];
    const window = state.windows[i];
    if (budget?.hard !== true || window === undefined) continue;
    const { remaining_usd_nanos, held_usd_nanos } = viewScopeBudget(state, policy, budget, window);
    if (seen === null || remaining_usd_nanos < seen.remaining_usd_nanos)
      seen = { remaining_usd_nanos, held_usd_nanos };
  }
  return seen;
}

const isShared = (state: ScopeLedgerState, holder: Holder): boolean => {
  for (const one of state.holders.values())
    if (one !== holder && one.leases.some((lease) => !lease.ended)) return true;
  return false;
};

/** A budget that is spent outweighs one that is only held. */
function refuse(state: ScopeLedgerState, floor: number, now_ms: number): ScopeRefusal {
  const { policy } = state;
  let held: ScopeRefusal | null = null;
  let tightest = Number.POSITIVE_INFINITY;
  for (let i = 0; policy !== null && i < policy.budgets.length; i++) {
    const budget = policy.budgets[i];
    const window = state.windows[i];
    if (budget?.hard !== true || window === undefined) continue;
    const view = viewScopeBudget(state, policy, budget, window);
    const left = budget.limit_usd_nanos - window.spent_usd_nanos;
    if (floor > left) {
      state.events.push(...findExceeded(alertSubjectOf(policy), view, window, now_ms));
      return { code: 'budget_exceeded', limit: budget.window, retry_after_ms: null, budget: view };
    }
    if (left - window.held_usd_nanos >= tightest) continue;
    tightest = left - window.held_usd_nanos;
    held = { code: 'budget_held', limit: budget.window, retry_after_ms: HELD_RETRY_MS, budget: view };
  }
  return held ?? { code: 'budget_held', limit: 'total', retry_after_ms: HELD_RETRY_MS, budget: null };
}

/** What all leases may spend without a word stays below the way to the next alert: each new one gets half of the rest. */
function reportAt(state: ScopeLedgerState, lease: LentLease): number | null {
  let way = Number.POSITIVE_INFINITY;
  let step = 1;
  const budgets = state.policy?.budgets ?? [];
  for (let i = 0; i < budgets.length; i++) {
    const budget = budgets[i];
    const window = state.windows[i];
    if (budget === undefined || window === undefined) continue;
    const next = nextThreshold(budget, window);
    if (next - window.spent_usd_nanos >= way) continue;
    way = next - window.spent_usd_nanos;
    step = Math.max(1, budget.limit_usd_nanos / REPORT_PARTS);
  }
  lease.report_at_usd_nanos = null;
  if (way === Number.POSITIVE_INFINITY) return null;
  for (const { leases } of state.holders.values())
    for (const { report_at_usd_nanos, spent_usd_nanos } of leases)
      if (report_at_usd_nanos !== null) way -= Math.max(0, report_at_usd_nanos - spent_usd_nanos);
  lease.report_at_usd_nanos = lease.spent_usd_nanos + Math.ceil(Math.max(way / 2, step));
  return lease.report_at_usd_nanos;
}
