import type { AdmitAsk, GatewayEvent, KeyPolicy } from '@sluice/contract';
import { createMeter, type Meter } from './gcra.ts';
import type { LostLease, ScopeLease } from './scope-lease.ts';
import { windowAt } from './windows.ts';

/** Money of one budget in one of its windows. Holds keep the object of the window in which they were admitted. */
export interface WindowUsage {
  budget_id: string;
  start_ms: number;
  end_ms: number | null;
  spent_usd_nanos: number;
  held_usd_nanos: number;
  /** Percents that were told of. */
  alerted?: number[];
  /** That it is spent was told of. */
  exceeded?: boolean;
}

export interface Hold {
  hold_id: string;
  /** Still held: the whole worst case, or what is left of a lease. */
  usd_nanos: number;
  output_tokens: number;
  tokens: number;
  /** Of its charge on the tokens meter, what is still inside and may be given back (unit-minutes). */
  tokens_left: number;
  expires_ms: number;
  /** Shared by all holds that were admitted between two edges; not to be changed. */
  windows: readonly WindowUsage[];
  /** Parts of shared budgets that it is held in, too. */
  scopes: readonly ScopeLease[];
  lease: LeaseHold | null;
  /** It was open when a crash lost what was granted since, and so may have been settled by then. */
  doubted?: boolean;
}

/** A lease is a hold of its whole slice. */
export interface LeaseHold {
  /** Granted. */
  requests: number;
  /** Neither settled nor returned. */
  requests_open: number;
  tokens_used: number;
  returned: boolean;
}

/** A hold that nobody settled in time: charged whole, and corrected downward by one late settlement (a lease: by one each). */
export interface ExpiredHold {
  charged_usd_nanos: number;
  windows: readonly WindowUsage[];
  scopes: readonly ScopeLease[];
  returned: boolean;
  /** As of the hold that it was. */
  doubted?: boolean;
}

/** An upper bound of what may be granted without another write. */
export interface Reserve {
  usd_nanos: number;
  requests: number;
  tokens: number;
}

/** What a crash may have lost: charged when the ledger was loaded, corrected by settlements of that epoch. */
export interface LostReserve {
  epoch: number;
  usd_nanos: number;
  requests: number;
  /** Lost requests count as in flight until then. */
  until_ms: number;
  windows: readonly WindowUsage[];
  scopes: LostLease[];
}

/** How a hold ended; memory only, for repeated calls. */
export interface ClosedHold {
  held_usd_nanos: number;
  output_tokens: number;
}

/** All that one virtual key's ledger knows. Reducers change it in place. */
export interface KeyLedgerState {
  policy: KeyPolicy;
  requests: Meter;
  tokens: Meter;
  day_start_ms: number;
  day_end_ms: number;
  requests_today: number;
  /** The `day_start_ms` whose `quota.near` was told; absent = none yet. */
  quota_told_ms?: number;
  /** Current windows, in the order of `policy.budgets`. Replaced, never changed, at an edge. */
  windows: readonly WindowUsage[];
  /** The earliest end of any current window. */
  next_edge_ms: number;
  /** In the order of admission. */
  open: Map<string, Hold>;
  /** Requests in flight; a lease counts as all that it may admit. */
  in_flight: number;
  /** No open hold expires before this. */
  next_expiry_ms: number;
  expired: Map<string, ExpiredHold>;
  closed: Map<string, ClosedHold>;
  closed_before: Map<string, ClosedHold>;
  lost: LostReserve | null;
  /** Excess of actual costs over their holds, ever. */
  overrun_usd_nanos: number;
  longest_expiry_ms: number;
  /** Grows with every snapshot. */
  epoch: number;
  /** What may still be granted under the last durable snapshot. */
  reserve: Reserve;
  /** Under a snapshot that is being written; grants must fit both. */
  pending: Reserve | null;
  /** Granted since the last snapshot. */
  granted: Reserve;
  /** Changed since the last snapshot. */
  dirty: boolean;
  /** The answer must not leave before a snapshot is durable. */
  write_through: boolean;
  /** Admissions of this and the previous quarter second, for leases. */
  pace_start_ms: number;
  pace: number;
  pace_before: number;
  /** Parts of shared budgets, by the name of the scope. */
  leases: Map<string, ScopeLease>;
  /** Those that admit nothing more and are not yet done with. */
  leases_ended: ScopeLease[];
  /** Scopes whose ledgers are to be told something soon. */
  leases_due: Set<string>;
  /** Lives of this ledger: grows with every load. */
  incarnation: number;
  /** Made in this life, for ids and order. */
  leases_opened: number;
  statements: number;
  /** To be told; kept until they were. */
  events: GatewayEvent[];
}

export const NOTHING: Readonly<Reserve> = Object.freeze({ usd_nanos: 0, requests: 0, tokens: 0 });

export function createKeyLedger(policy: KeyPolicy, now_ms: number): KeyLedgerState {
  const state: KeyLedgerState = {
    policy,
    requests: createMeter(now_ms),
    tokens: createMeter(now_ms),
    day_start_ms: 0,
    day_end_ms: 0,
    requests_today: 0,
    windows: [],
    next_edge_ms: 0,
    open: new Map(),
    in_flight: 0,
    next_expiry_ms: Number.POSITIVE_INFINITY,
    expired: new Map(),
    closed: new Map(),
    closed_before: new Map(),
    lost: null,
    overrun_usd_nanos: 0,
    longest_expiry_ms: 60_000,
    epoch: 0,
    reserve: { ...NOTHING },
    pending: null,
    granted: { ...NOTHING },
    dirty: false,
    write_through: false,
    pace_start_ms: 0,
    pace: 0,
    pace_before: 0,
    leases: new Map(),
    leases_ended: [],
    leases_due: new Set(),
    incarnation: now_ms,
    leases_opened: 0,
    statements: 0,
    events: [],
  };
  openWindows(state, now_ms, new Map());
  return state;
}

/** Turns over what has ended. A clock that goes back stays in the window it was in. */
export function rollWindows(state: KeyLedgerState, now_ms: number): void {
  if (now_ms < state.next_edge_ms) return;
  const kept = new Map<string, WindowUsage>();
  for (const usage of state.windows) {
    if (usage.end_ms === null || now_ms < usage.end_ms) kept.set(usage.budget_id, usage);
  }
  openWindows(state, now_ms, kept);
  // A crash now would charge the reserve to the old windows: what is granted in the new ones is written first.
  forgetReserve(state);
}

/** A changed limit keeps what was used; a new budget begins at nothing. An older version changes nothing. */
export function applyPolicy(state: KeyLedgerState, policy: KeyPolicy, now_ms: number): void {
  if (policy.version < state.policy.version) return;
  rollWindows(state, now_ms);
  const before = new Map(state.policy.budgets.map((budget) => [budget.id, budget.window]));
  const moved = policy.time_zone !== state.policy.time_zone;
  const kept = new Map<string, WindowUsage>();
  for (const usage of state.windows) kept.set(usage.budget_id, usage);
  for (const budget of policy.budgets) {
    const usage = kept.get(budget.id);
    if (usage === undefined || (!moved && before.get(budget.id) === budget.window)) continue;
    Object.assign(usage, windowAt(budget.window, policy.time_zone, now_ms));
  }
  if (moved) state.day_end_ms = windowAt('daily', policy.time_zone, now_ms).end_ms ?? 0;
  state.policy = policy;
  openWindows(state, now_ms, kept);
  forgetReserve(state);
  state.write_through = true;
}

function openWindows(state: KeyLedgerState, now_ms: number, kept: Map<string, WindowUsage>): void {
  const { budgets, time_zone } = state.policy;
  if (now_ms >= state.day_end_ms) {
    const day = windowAt('daily', time_zone, now_ms);
    state.day_start_ms = day.start_ms;
    state.day_end_ms = day.end_ms ?? Number.POSITIVE_INFINITY;
    state.requests_today = 0;
  }
  state.next_edge_ms = state.day_end_ms;
  state.windows = budgets.map((budget) => {
    const usage = kept.get(budget.id) ?? {
      budget_id: budget.id,
      ...windowAt(budget.window, time_zone, now_ms),
      spent_usd_nanos: 0,
      held_usd_nanos: 0,
    };
    if (usage.end_ms !== null && usage.end_ms < state.next_edge_ms) state.next_edge_ms = usage.end_ms;
    return usage;
  });
  state.dirty = true;
}

export function forgetReserve(state: KeyLedgerState): void {
  state.reserve = { ...NOTHING };
  state.pending = null;
}

/** Grants out of the reserve; without enough of it the grant must be durable before it is answered. */
export function grant(state: KeyLedgerState, usd_nanos: number, requests: number, tokens: number): void {
  const { reserve, pending, granted } = state;
  state.dirty = true;
  granted.usd_nanos += usd_nanos;
  granted.requests += requests;
  granted.tokens += tokens;
  if (state.write_through) return;
  if (!take(reserve, usd_nanos, requests, tokens)) state.write_through = true;
  else if (pending !== null && !take(pending, usd_nanos, requests, tokens)) state.write_through = true;
}

function take(from: Reserve, usd_nanos: number, requests: number, tokens: number): boolean {
  if (!(usd_nanos <= from.usd_nanos && requests <= from.requests && tokens <= from.tokens)) return false;
  from.usd_nanos -= usd_nanos;
  from.requests -= requests;
  from.tokens -= tokens;
  return true;
}

const CLOSED_MAX = 4_096;

/** Remembers how a hold ended, for at least the last `CLOSED_MAX` of them. */
export function remember(state: KeyLedgerState, hold_id: string, closed: ClosedHold): void {
  if (state.closed.size >= CLOSED_MAX) {
    state.closed_before = state.closed;
    state.closed = new Map();
  }
  state.closed.set(hold_id, closed);
}

export const findClosed = (state: KeyLedgerState, hold_id: string): ClosedHold | undefined =>
  state.closed.get(hold_id) ?? state.closed_before.get(hold_id);

/** Exact `ceil(tokens * price / 1e6)`, also where the product is beyond 2^53. */
export function outputCost(tokens: number, usd_nanos_per_mtok: number): number {
  const whole = Math.floor(usd_nanos_per_mtok / 1e6);
  return tokens * whole + Math.ceil((tokens * (usd_nanos_per_mtok - whole * 1e6)) / 1e6);
}

export const worstCase = (ask: AdmitAsk, output_tokens: number): number =>
  ask.input_usd_nanos + outputCost(output_tokens, ask.output_usd_nanos_per_mtok);

/** The most output tokens, up to what was asked, that `usd_nanos` pay for beside the input; -1 = not even the input. */
export function affordable(ask: AdmitAsk, usd_nanos: number): number {
  const money = usd_nanos - ask.input_usd_nanos;
  const price = ask.output_usd_nanos_per_mtok;
  if (!(money >= 0)) return -1;
  if (!(price > 0)) return ask.output_tokens;
  let tokens = Math.min(ask.output_tokens, Math.floor((money / price) * 1e6) + 1);
  while (tokens > 0 && outputCost(tokens, price) > money) tokens--;
  return tokens;
}
