import type { BudgetPolicy, BudgetView, GatewayEvent, ScopePolicy, ScopeUsage } from '@sluice/contract';
import { windowAt } from './windows.ts';

/** Money of one shared budget in one of its windows. */
export interface ScopeWindow {
  /** `BUDGET@START#GENERATION`. */
  id: string;
  budget_id: string;
  start_ms: number;
  end_ms: number | null;
  /** As far as it was reported. */
  spent_usd_nanos: number;
  /** All else that leases may still spend: their holds and what they have free. */
  held_usd_nanos: number;
  /** Percents that were told of. */
  alerted: number[];
  /** That it is spent was told of. */
  exceeded: boolean;
}

/** What one key's ledger was lent. */
export interface LentLease {
  lease_id: string;
  kind: 'counted' | 'limited';
  granted_usd_nanos: number;
  held_usd_nanos: number;
  spent_usd_nanos: number;
  returned_usd_nanos: number;
  ended: boolean;
  /** What it spent may still go down without a word. */
  doubtful: boolean;
  /** Spent in all, at which it is to be reported at once; `null` = no alert is ahead. */
  report_at_usd_nanos: number | null;
  /** Of its opening: all that it costs counts in these. */
  windows: readonly string[];
  /** Of the set of budgets that it was opened under. */
  generation: number;
}

export interface Holder {
  key_id: string;
  order: readonly [incarnation: number, count: number];
  leases: LentLease[];
  seen_ms: number;
}

/** All that the ledger of one shared budget's subject knows. Reducers change it in place. */
export interface ScopeLedgerState {
  /** `null` = no budget is set there. */
  policy: ScopePolicy | null;
  /** Under which `policy` was read. */
  version: number;
  /** In the order of `policy.budgets`. */
  windows: ScopeWindow[];
  /** Those that are over and have leases left. */
  past: ScopeWindow[];
  /** The earliest end of any current window. */
  next_edge_ms: number;
  /** Grows when budgets come, go or change what they are: leases from before it end. */
  generation: number;
  holders: Map<string, Holder>;
  /** To be told; kept until they were. */
  events: GatewayEvent[];
}

export const createScopeLedger = (): ScopeLedgerState => ({
  policy: null,
  version: 0,
  windows: [],
  past: [],
  next_edge_ms: Number.POSITIVE_INFINITY,
  generation: 0,
  holders: new Map(),
  events: [],
});

/** What a lease takes from its windows: all that it may still spend, and what it did. */
export const committedOf = (lease: LentLease): number =>
  lease.ended || lease.kind === 'counted'
    ? lease.spent_usd_nanos + lease.held_usd_nanos
    : Math.max(
        lease.granted_usd_nanos - lease.returned_usd_nanos,
        // More than was granted: a request cost more than its hold.
        lease.spent_usd_nanos + lease.held_usd_nanos,
      );

/** What of a lease no request holds, as far as it was reported. */
export const unusedOf = (lease: LentLease): number =>
  Math.max(0, committedOf(lease) - lease.spent_usd_nanos - lease.held_usd_nanos);

/** Changes a lease, and its windows by as much. */
export function changeLease(state: ScopeLedgerState, lease: LentLease, more: Partial<LentLease>): void {
  const spent = lease.spent_usd_nanos;
  const committed = committedOf(lease);
  Object.assign(lease, more);
  shift(state, lease, lease.spent_usd_nanos - spent, committedOf(lease) - committed);
}

/** Ends it for good: what it spent stays, all else is free again. */
export function closeLease(state: ScopeLedgerState, holder: Holder, lease: LentLease): void {
  shift(state, lease, 0, lease.spent_usd_nanos - committedOf(lease));
  holder.leases = holder.leases.filter((one) => one !== lease);
  dropPast(state);
}

function shift(state: ScopeLedgerState, lease: LentLease, spent: number, committed: number): void {
  if (spent === 0 && committed === 0) return;
  for (const id of lease.windows) {
    const window = state.windows.find((one) => one.id === id) ?? state.past.find((one) => one.id === id);
    if (window === undefined) continue;
    window.spent_usd_nanos += spent;
    window.held_usd_nanos += committed - spent;
  }
}

function dropPast(state: ScopeLedgerState): void {
  if (state.past.length === 0) return;
  const used = new Set<string>();
  for (const { leases } of state.holders.values())
    for (const { windows } of leases) for (const id of windows) used.add(id);
  state.past = state.past.filter((window) => used.has(window.id));
}

/** Turns over what has ended. A clock that goes back stays in the window it was in. */
export function rollScopeWindows(state: ScopeLedgerState, now_ms: number): void {
  if (now_ms < state.next_edge_ms) return;
  openScopeWindows(state, now_ms, (window) => window.end_ms === null || now_ms < window.end_ms);
}

/**
 * Takes a policy that was read under `version`; an older one changes nothing. A changed limit keeps what was used. A new
 * budget, and one that was deleted and made again, begins with what leases may still spend of what they were lent
 * before, which is counted in full.
 */
export function applyScopePolicy(
  state: ScopeLedgerState,
  policy: ScopePolicy | null,
  version: number,
  now_ms: number,
): void {
  if (version < state.version) return;
  rollScopeWindows(state, now_ms);
  const before = state.policy;
  state.policy = policy !== null && policy.budgets.length > 0 ? policy : null;
  state.version = version;
  const renewed = findRenewed(before, state.policy);
  if (renewed.size === 0 && shapeOf(before) === shapeOf(state.policy)) return;
  state.generation++;
  const kinds = new Map(before?.budgets.map((budget) => [budget.id, budget.window]));
  const moved = before?.time_zone !== state.policy?.time_zone;
  for (const budget of state.policy?.budgets ?? []) {
    const window = state.windows.find((one) => one.budget_id === budget.id);
    if (window === undefined || (!moved && kinds.get(budget.id) === budget.window)) continue;
    Object.assign(window, windowAt(budget.window, state.policy?.time_zone ?? 'UTC', now_ms));
  }
  const gone = state.windows.filter((window) => renewed.has(window.budget_id));
  state.windows = state.windows.filter((window) => !renewed.has(window.budget_id));
  state.past.push(...gone);
  openScopeWindows(state, now_ms, () => true);
}

/** Budgets that were deleted and made again since, as far as anybody can tell. */
function findRenewed(before: ScopePolicy | null, after: ScopePolicy | null): ReadonlySet<string> {
  const renewed = new Set<string>();
  for (const [id, ids] of Object.entries(after?.stored_ids ?? {})) {
    const known = before?.stored_ids?.[id];
    if (known !== undefined && !ids.some((one) => known.includes(one))) renewed.add(id);
  }
  return renewed;
}

const shapeOf = (policy: ScopePolicy | null): string =>
  policy === null
    ? ''
    : JSON.stringify([policy.time_zone, policy.budgets.map(({ id, window, hard }) => [id, window, hard])]);

function openScopeWindows(
  state: ScopeLedgerState,
  now_ms: number,
  isKept: (window: ScopeWindow) => boolean,
): void {
  const { policy } = state;
  const before = state.windows;
  state.next_edge_ms = Number.POSITIVE_INFINITY;
  state.windows = (policy?.budgets ?? []).map((budget) => {
    const kept = before.find((one) => one.budget_id === budget.id && isKept(one));
    const window = kept ?? openWindow(state, budget, policy?.time_zone ?? 'UTC', now_ms, before);
    if (window.end_ms !== null && window.end_ms < state.next_edge_ms) state.next_edge_ms = window.end_ms;
    return window;
  });
  for (const window of before) if (!state.windows.includes(window)) state.past.push(window);
  dropPast(state);
}

function openWindow(
  state: ScopeLedgerState,
  budget: BudgetPolicy,
  time_zone: string,
  now_ms: number,
  before: ScopeWindow[],
): ScopeWindow {
  const edges = windowAt(budget.window, time_zone, now_ms);
  const window: ScopeWindow = {
    id: `${budget.id}@${edges.start_ms}#${state.generation}`,
    budget_id: budget.id,
    ...edges,
    spent_usd_nanos: 0,
    held_usd_nanos: 0,
    alerted: [],
    exceeded: false,
  };
  if (before.some((one) => one.budget_id === budget.id)) return window;
  // Its leases from before know nothing of it: what they can still spend is charged now.
  for (const { leases } of state.holders.values())
    for (const lease of leases) window.spent_usd_nanos += committedOf(lease) - lease.spent_usd_nanos;
  return window;
}

/** For people, who call held what requests hold, and not what only waits for them in a lease. */
export function viewScopeBudget(
  state: ScopeLedgerState,
  policy: ScopePolicy,
  budget: BudgetPolicy,
  window: ScopeWindow,
): BudgetView {
  const { spent_usd_nanos } = window;
  let held_usd_nanos = window.held_usd_nanos;
  for (const { leases } of state.holders.values())
    for (const lease of leases) if (lease.windows.includes(window.id)) held_usd_nanos -= unusedOf(lease);
  return {
    id: budget.id,
    scope: policy.scope,
    subject: policy.subject,
    window: budget.window,
    currency: budget.currency,
    limit_amount: budget.limit_amount,
    limit_usd_nanos: budget.limit_usd_nanos,
    spent_usd_nanos,
    held_usd_nanos,
    remaining_usd_nanos: Math.max(0, budget.limit_usd_nanos - spent_usd_nanos - held_usd_nanos),
    hard: budget.hard,
    alert_percents: budget.alert_percents,
    resets_at_ms: window.end_ms,
  };
}

/** As it stands at `now_ms`; `null` = no budget is set there. */
export function viewScope(state: ScopeLedgerState, now_ms: number): ScopeUsage | null {
  rollScopeWindows(state, now_ms);
  const { policy } = state;
  if (policy === null) return null;
  let holders = 0;
  for (const { leases } of state.holders.values()) if (leases.some((one) => !one.ended)) holders++;
  return {
    name: policy.name,
    scope: policy.scope,
    subject: policy.subject,
    budgets: policy.budgets.flatMap((budget, i) => {
      const window = state.windows[i];
      return window === undefined ? [] : [viewScopeBudget(state, policy, budget, window)];
    }),
    holders,
  };
}
