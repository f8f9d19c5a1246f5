import type { BreakerState } from '@sluice/contract';
import { expect, it } from 'vitest';
import { type BoardHistory, CHANGES_MAX, lastStates, noteChanges } from './board-history.ts';
import type { BoardView } from './board-state.ts';
import { CLOSED_BREAKER } from './breaker.ts';
import { NO_NUMBERS } from './health-stats.ts';

const target = (state: BreakerState, model = 'm'): BoardView['targets'][number] => ({
  connection_id: 'conn_a',
  model,
  breaker: { ...CLOSED_BREAKER, state, retry_at_ms: state === 'open' ? 9_000 : null },
  numbers: NO_NUMBERS,
});

it('puts down each change of a breaker once, and nothing of one that was never open', () => {
  const history: BoardHistory = [];
  const known = new Map<string, BreakerState>();
  expect(noteChanges(history, known, [target('closed')], 1)).toBe(false);
  expect(noteChanges(history, known, [target('open'), target('closed', 'n')], 2)).toBe(true);
  expect(noteChanges(history, known, [target('open')], 3)).toBe(false);
  noteChanges(history, known, [target('half_open')], 4);
  noteChanges(history, known, [target('closed')], 5);
  expect(history).toEqual([
    { at_ms: 2, connection_id: 'conn_a', model: 'm', breaker: 'open', retry_at_ms: 9_000 },
    { at_ms: 4, connection_id: 'conn_a', model: 'm', breaker: 'half_open', retry_at_ms: null },
    { at_ms: 5, connection_id: 'conn_a', model: 'm', breaker: 'closed', retry_at_ms: null },
  ]);
});

it('keeps the newest changes only, and goes on from them after a restart', () => {
  const history: BoardHistory = [];
  const known = new Map<string, BreakerState>();
  for (let at = 0; at <= CHANGES_MAX; at++)
    noteChanges(history, known, [target(at % 2 === 0 ? 'open' : 'closed')], at);
  expect([history.length, history[0]?.at_ms]).toEqual([CHANGES_MAX, 1]);
  expect(noteChanges(history, lastStates(history), [target('open')], 999)).toBe(false);
});
