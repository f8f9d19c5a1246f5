import {
  type HealthSnapshot,
  type Outcome,
  type ProbePermit,
  type TargetHealth,
  targetKey,
} from '@sluice/contract';
import { applyResult, type Breaker, CLOSED_BREAKER, PERMIT_MS, PROBES, takeProbe } from './breaker.ts';
import { coolUntil } from './cooling.ts';
import {
  addToStats,
  createHealthStats,
  type HealthNumbers,
  type HealthStats,
  readStats,
} from './health-stats.ts';

/**
 * Health of all targets of one organization. The board object holds the shared one; each isolate holds its own copy,
 * runs the same reducers on it, and takes over the board's view with every answer.
 */
export interface BoardState {
  /** Least recently used first. */
  targets: Map<string, TargetState>;
  /** Connection id → until when it is out. */
  cooled: Map<string, number>;
}

interface TargetState {
  connection_id: string;
  breaker: Breaker;
  stats: HealthStats;
  /** What the board measured over all isolates; `null` on the board itself, and until it was heard. */
  shared: HealthNumbers | null;
  /** What its own queue held when it was last read; `null` = it was not. */
  waiting: { count: number; at_ms: number } | null;
}

/** What the board tells an isolate. Plain data; also what the board stores, without the numbers. */
export interface BoardView {
  targets: {
    connection_id: string;
    model: string;
    breaker: Breaker;
    numbers: HealthNumbers;
    waiting?: TargetState['waiting'];
  }[];
  /** Connection id → until when it is out. */
  cooled: Record<string, number>;
}

/** Bounds the memory: the least recently used target is forgotten, one with a closed breaker first. */
export const TARGETS_MAX = 500;
const CONNECTIONS_COOLED_MAX = 500;
/** What is older than the breaker's own window says nothing about now: it comes from an isolate that was cut off. */
const OUTCOME_AGE_MS_MAX = 30_000;
/** A queue changes faster than that: what is older is not believed. */
const WAITING_AGE_MS_MAX = 30_000;

export const createBoard = (): BoardState => ({ targets: new Map(), cooled: new Map() });

/**
 * Takes in one outcome: breaker, cooling and numbers.
 *
 * @returns true when a breaker changed its state or a connection its cooling: worth storing and showing at once.
 */
export function applyOutcome(board: BoardState, outcome: Outcome, now_ms: number, random: number): boolean {
  return learn(board, outcome, now_ms, random, true);
}

/** As `applyOutcome` without the numbers: for outcomes that the numbers already hold. */
export function applyVerdict(board: BoardState, outcome: Outcome, now_ms: number, random: number): boolean {
  return learn(board, outcome, now_ms, random, false);
}

/** Hands out a probe of a target; `null` when it is closed, pausing, or all its probes are taken. */
export function probeBoard(
  board: BoardState,
  connection_id: string,
  model: string,
  now_ms: number,
): ProbePermit | null {
  const target = board.targets.get(targetKey(connection_id, model));
  if (target === undefined) return null;
  const taken = takeProbe(target.breaker, now_ms);
  target.breaker = taken.breaker;
  return taken.permit;
}

/** Notes in an isolate's copy that the board gave it a permit. All other probes count as taken until the board says more. */
export function notePermit(
  board: BoardState,
  connection_id: string,
  model: string,
  permit: ProbePermit,
  now_ms: number,
): void {
  const target = requireTarget(board, connection_id, model, now_ms);
  if (permit.generation < target.breaker.generation) return;
  const known = permit.generation === target.breaker.generation && target.breaker.state === 'half_open';
  target.breaker = {
    ...target.breaker,
    state: 'half_open',
    retry_at_ms: null,
    generation: permit.generation,
    first_generation:
      target.breaker.state === 'half_open' ? target.breaker.first_generation : permit.generation,
    probe_successes: known ? target.breaker.probe_successes : 0,
    probes_out: PROBES - (known ? target.breaker.probe_successes : 0),
    probes_expire_ms: now_ms + PERMIT_MS,
  };
}

/** Notes how many requests wait in the target's own queue. */
export function noteWaiting(
  board: BoardState,
  connection_id: string,
  model: string,
  count: number,
  now_ms: number,
): void {
  requireTarget(board, connection_id, model, now_ms).waiting = { count, at_ms: now_ms };
}

const waitingAt = ({ waiting }: TargetState, now_ms: number): number | null =>
  waiting === null || now_ms - waiting.at_ms > WAITING_AGE_MS_MAX ? null : waiting.count;

/** A target's breaker as it is; `null` = the board knows no such target. */
export const breakerOf = (board: BoardState, connection_id: string, model: string): Breaker | null =>
  board.targets.get(targetKey(connection_id, model))?.breaker ?? null;

/** Models of a connection that the board has heard of. */
export function modelsOf(board: BoardState, connection_id: string): string[] {
  const models: string[] = [];
  for (const [key, target] of board.targets)
    if (target.connection_id === connection_id) models.push(key.slice(connection_id.length + 1));
  return models;
}

/** A connection was changed by hand: what was held against it may be cured. */
export function forgetConnection(board: BoardState, connection_id: string): void {
  board.cooled.delete(connection_id);
  for (const target of board.targets.values()) {
    if (target.connection_id === connection_id) {
      target.breaker = { ...CLOSED_BREAKER, generation: target.breaker.generation };
    }
  }
}

/** What isolates and the console see. Also forgets coolings that are over. */
export function snapshotBoard(board: BoardState, config_version: number, now_ms: number): HealthSnapshot {
  const targets: Record<string, TargetHealth> = {};
  dropCoolingsOver(board, now_ms);
  for (const [key, target] of board.targets) {
    const numbers = target.shared ?? readStats(target.stats, now_ms);
    targets[key] = {
      breaker: target.breaker.state,
      retry_at_ms: target.breaker.retry_at_ms,
      cooled_until_ms: board.cooled.get(target.connection_id) ?? null,
      ttft_ms_p50: numbers.ttft_ms_p50,
      latency_ms_p50: numbers.latency_ms_p50,
      tokens_per_second: numbers.tokens_per_second,
      error_ratio: numbers.error_ratio,
      ttft_ms_p95: numbers.ttft_ms_p95,
      latency_ms_p95: numbers.latency_ms_p95,
      tokens_per_second_p95: numbers.tokens_per_second_p95,
      waiting: waitingAt(target, now_ms),
    };
  }
  return { targets, cooled: Object.fromEntries(board.cooled), config_version, read_at_ms: now_ms };
}

export function viewBoard(board: BoardState, now_ms: number): BoardView {
  dropCoolingsOver(board, now_ms);
  const targets: BoardView['targets'] = [];
  for (const [key, target] of board.targets) {
    const { connection_id, breaker } = target;
    const model = key.slice(connection_id.length + 1);
    const numbers = readStats(target.stats, now_ms);
    const is_told = waitingAt(target, now_ms) !== null;
    targets.push({
      connection_id,
      model,
      breaker,
      numbers,
      ...(is_told ? { waiting: target.waiting } : {}),
    });
  }
  return { targets, cooled: Object.fromEntries(board.cooled) };
}

/**
 * Replaces what an isolate believed by the board's view. Outcomes that the board has not heard yet must be applied
 * again afterwards, with `applyVerdict`.
 */
export function adoptView(board: BoardState, view: BoardView, now_ms: number): void {
  const stale = new Set(board.targets.keys());
  for (const { connection_id, model, breaker, numbers, waiting } of view.targets) {
    const target = requireTarget(board, connection_id, model, now_ms);
    target.breaker = breaker;
    target.shared = numbers;
    target.waiting = waiting ?? null;
    stale.delete(targetKey(connection_id, model));
  }
  for (const key of stale) board.targets.delete(key);
  board.cooled = new Map(Object.entries(view.cooled));
}

/**
 * A board after a restart. Who held a probe is not known any more, so a half-open target starts over: it is open,
 * its pause is over, and its next probe belongs to a new generation.
 */
export function restoreBoard(view: BoardView, now_ms: number): BoardState {
  const board = createBoard();
  for (const { connection_id, model, breaker } of view.targets) {
    const target = requireTarget(board, connection_id, model, now_ms);
    target.breaker =
      breaker.state === 'half_open'
        ? {
            ...breaker,
            state: 'open',
            retry_at_ms: now_ms,
            probes_out: 0,
            probe_successes: 0,
            probes_expire_ms: null,
          }
        : breaker;
  }
  board.cooled = new Map(Object.entries(view.cooled));
  return board;
}

function learn(
  board: BoardState,
  outcome: Outcome,
  now_ms: number,
  random: number,
  with_numbers: boolean,
): boolean {
  const cooled = applyCooling(board, outcome, now_ms);
  if (!teaches(board, outcome, now_ms)) return cooled;
  const target = requireTarget(board, outcome.connection_id, outcome.model, now_ms);
  if (with_numbers) addToStats(target.stats, outcome, now_ms);
  const state = target.breaker.state;
  target.breaker = applyResult(target.breaker, outcome, now_ms, random);
  return cooled || target.breaker.state !== state;
}

/** A neutral outcome does not make a target known: callers can make up model names without end. */
function teaches(board: BoardState, outcome: Outcome, now_ms: number): boolean {
  if (now_ms - outcome.at_ms > OUTCOME_AGE_MS_MAX) return false;
  return outcome.result !== 'neutral' || board.targets.has(targetKey(outcome.connection_id, outcome.model));
}

function applyCooling(board: BoardState, outcome: Outcome, now_ms: number): boolean {
  if (outcome.cool_until_ms === null) return false;
  const known_ms = board.cooled.get(outcome.connection_id) ?? null;
  const until_ms = coolUntil(known_ms, outcome.cool_until_ms, now_ms);
  if (until_ms === null || until_ms === known_ms) return false;
  if (board.cooled.size >= CONNECTIONS_COOLED_MAX) dropCoolingsOver(board, now_ms);
  if (board.cooled.size >= CONNECTIONS_COOLED_MAX && known_ms === null) return false;
  board.cooled.set(outcome.connection_id, until_ms);
  return true;
}

function dropCoolingsOver(board: BoardState, now_ms: number): void {
  for (const [connection_id, until_ms] of board.cooled) {
    if (until_ms <= now_ms) board.cooled.delete(connection_id);
  }
}

function requireTarget(board: BoardState, connection_id: string, model: string, now_ms: number): TargetState {
  const key = targetKey(connection_id, model);
  const known = board.targets.get(key);
  if (known !== undefined) {
    board.targets.delete(key);
    board.targets.set(key, known);
    return known;
  }
  if (board.targets.size >= TARGETS_MAX) forgetOne(board);
  const made: TargetState = {
    connection_id,
    breaker: CLOSED_BREAKER,
    stats: createHealthStats(now_ms),
    shared: null,
    waiting: null,
  };
  board.targets.set(key, made);
  return made;
}

function forgetOne(board: BoardState): void {
  let forgotten: string | undefined;
  for (const [key, target] of board.targets) {
    forgotten ??= key;
    if (target.breaker.state !== 'closed') continue;
    forgotten = key;
    break;
  }
  if (forgotten !== undefined) board.targets.delete(forgotten);
}
