import { type Outcome, targetKey } from '@sluice/contract';
import { expect, it } from 'vitest';
import {
  adoptView,
  applyOutcome,
  applyVerdict,
  type BoardState,
  createBoard,
  forgetConnection,
  notePermit,
  probeBoard,
  restoreBoard,
  snapshotBoard,
  TARGETS_MAX,
  viewBoard,
} from './board-state.ts';

const T0 = 1_763_700_000_000;
const outcome = (result: Outcome['result'], more: Partial<Outcome> = {}): Outcome => ({
  connection_id: 'conn',
  model: 'm',
  result,
  cool_until_ms: null,
  probe: null,
  ttft_ms: null,
  latency_ms: 100,
  output_tokens: null,
  at_ms: T0,
  ...more,
});
const KEY = targetKey('conn', 'm');
function fail(board: BoardState, count: number, more: Partial<Outcome> = {}, now_ms = T0): void {
  for (let i = 0; i < count; i++)
    applyOutcome(board, outcome('failure', { at_ms: now_ms, ...more }), now_ms, 0);
}
const stateOf = (board: BoardState, key = KEY) => snapshotBoard(board, 0, T0).targets[key]?.breaker;

it('an outage of one model opens that target and no other of the connection', () => {
  const board = createBoard();
  applyOutcome(board, outcome('success', { model: 'other' }), T0, 0);
  fail(board, 5);
  expect(stateOf(board)).toBe('open');
  expect(stateOf(board, targetKey('conn', 'other'))).toBe('closed');
});

it('only a changed state is worth storing', () => {
  const board = createBoard();
  const changes = Array.from({ length: 6 }, () => applyOutcome(board, outcome('failure'), T0, 0));
  expect(changes).toEqual([false, false, false, false, true, false]);
});

it('a 429 takes the whole connection out and opens nothing', () => {
  const board = createBoard();
  applyOutcome(board, outcome('success', { model: 'other' }), T0, 0);
  for (let i = 0; i < 50; i++) applyOutcome(board, outcome('neutral', { cool_until_ms: T0 + 8_000 }), T0, 0);
  const snapshot = snapshotBoard(board, 0, T0);
  expect(snapshot.cooled).toEqual({ conn: T0 + 8_000 });
  expect(snapshot.targets[targetKey('conn', 'other')]).toMatchObject({
    breaker: 'closed',
    cooled_until_ms: T0 + 8_000,
  });
  expect(snapshotBoard(board, 0, T0 + 8_000).cooled).toEqual({});
});

it('model names that callers make up take no place', () => {
  const board = createBoard();
  for (let i = 0; i < 1_000; i++) applyOutcome(board, outcome('neutral', { model: `made-up-${i}` }), T0, 0);
  expect(board.targets.size).toBe(0);
});

it('is bounded, and forgets a healthy target before one that rests', () => {
  const board = createBoard();
  fail(board, 5, { model: 'first, open' });
  for (let i = 0; i < TARGETS_MAX + 50; i++)
    applyOutcome(board, outcome('success', { model: `m${i}` }), T0, 0);
  expect(board.targets.size).toBe(TARGETS_MAX);
  expect(stateOf(board, targetKey('conn', 'first, open'))).toBe('open');
  expect(stateOf(board, targetKey('conn', 'm0'))).toBeUndefined();
});

it('failures that an isolate could not hand in for half a minute do not open anything now', () => {
  const board = createBoard();
  fail(board, 9, { at_ms: T0 - 30_001 });
  expect(board.targets.size).toBe(0);
});

it('an isolate that takes over the view goes on exactly where the board stands', () => {
  const board = createBoard();
  fail(board, 4);
  const isolate = createBoard();
  applyOutcome(isolate, outcome('success', { model: 'gone' }), T0, 0);
  adoptView(isolate, structuredClone(viewBoard(board, T0)), T0);
  expect([...isolate.targets.keys()]).toEqual([KEY]);
  expect(stateOf(isolate)).toBe('closed');
  applyVerdict(isolate, outcome('failure'), T0, 0);
  expect(stateOf(isolate)).toBe('open');
});

it('an isolate shows what all isolates measured together', () => {
  const board = createBoard();
  for (let i = 0; i < 9; i++) applyOutcome(board, outcome('success', { latency_ms: 1_000 }), T0, 0);
  const isolate = createBoard();
  applyOutcome(isolate, outcome('success', { latency_ms: 10 }), T0, 0);
  adoptView(isolate, viewBoard(board, T0), T0);
  expect(snapshotBoard(isolate, 0, T0).targets[KEY]?.latency_ms_p50).toBeGreaterThan(900);
});

it('gives three probes at the reopen time, and none for a target that is well or unknown', () => {
  const board = createBoard();
  fail(board, 5);
  expect(probeBoard(board, 'conn', 'm', T0 + 4_999)).toBeNull();
  const permits = Array.from({ length: 9 }, () => probeBoard(board, 'conn', 'm', T0 + 5_000));
  expect(permits.filter((permit) => permit !== null)).toHaveLength(3);
  expect(probeBoard(board, 'conn', 'unknown', T0 + 5_000)).toBeNull();
});

it('an isolate with a permit closes its copy after its share of successes', () => {
  const board = createBoard();
  fail(board, 5);
  const isolate = createBoard();
  adoptView(isolate, structuredClone(viewBoard(board, T0)), T0);
  const now_ms = T0 + 5_000;
  for (let i = 0; i < 2; i++) {
    const permit = probeBoard(board, 'conn', 'm', now_ms);
    if (permit === null) throw new Error('no permit');
    notePermit(isolate, 'conn', 'm', permit, now_ms);
    const answered = outcome('success', { probe: permit, at_ms: now_ms });
    applyOutcome(isolate, answered, now_ms, 0);
    applyOutcome(board, answered, now_ms, 0);
  }
  expect([stateOf(board), stateOf(isolate)]).toEqual(['closed', 'closed']);
});

it('a restart closes no open breaker, and starts a half-open one over', () => {
  const board = createBoard();
  fail(board, 5);
  fail(board, 5, { model: 'half' });
  expect(probeBoard(board, 'conn', 'half', T0 + 5_000)).toEqual({ generation: 1 });
  const restored = restoreBoard(structuredClone(viewBoard(board, T0)), T0 + 6_000);
  expect(snapshotBoard(restored, 0, T0).targets[KEY]).toMatchObject({
    breaker: 'open',
    retry_at_ms: T0 + 5_000,
  });
  expect(probeBoard(restored, 'conn', 'half', T0 + 6_000)).toEqual({ generation: 2 });
});

it('a connection that was changed by hand is in again', () => {
  const board = createBoard();
  fail(board, 5);
  fail(board, 5, { connection_id: 'other' });
  applyOutcome(board, outcome('neutral', { cool_until_ms: T0 + 60_000 }), T0, 0);
  forgetConnection(board, 'conn');
  expect(stateOf(board)).toBe('closed');
  expect(stateOf(board, targetKey('other', 'm'))).toBe('open');
  expect(snapshotBoard(board, 0, T0).cooled).toEqual({});
});
