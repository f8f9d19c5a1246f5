import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { type Outcome, targetKey } from '@sluice/contract';
import { expect, it } from 'vitest';
import type { BoardCheck, CheckAnswer, HealthBoard } from './health-board.ts';

const boards = (env as unknown as { HEALTH_BOARD: DurableObjectNamespace<HealthBoard> }).HEALTH_BOARD;
const KEY = targetKey('gpu', 'm');
const WELL: CheckAnswer = { result: 'success', cool_ms: null, ttft_ms: null, waiting: null };

const failure = (): Outcome => ({
  connection_id: 'gpu',
  model: 'm',
  result: 'failure',
  cool_until_ms: null,
  probe: null,
  ttft_ms: null,
  latency_ms: 10,
  output_tokens: null,
  at_ms: Date.now(),
});

/** A board that is to ask, its clock, and what it is answered. */
async function scene(name: string, more: Partial<BoardCheck> = {}) {
  const board = boards.getByName(name);
  const state = { answer: WELL, asked: 0, organization: '', now_ms: Date.now(), unreadable: false };
  await runInDurableObject(board, (instance: HealthBoard) => {
    instance.now_ms = () => state.now_ms;
    Object.assign(instance, {
      loadChecks: async (organization_id: string): Promise<BoardCheck[]> => {
        state.organization = organization_id;
        if (state.unreadable) throw new Error('D1 is away');
        const ask = async () => {
          state.asked++;
          return state.answer;
        };
        return [{ connection_id: 'gpu', models: ['m'], only_model: false, every_ms: 10_000, ask, ...more }];
      },
    });
  });
  const pass = async (ms: number) => {
    state.now_ms += ms;
    return await runDurableObjectAlarm(board);
  };
  return { board, state, pass };
}

it('asks nobody before an organization has said anything, and then as often as it wants', async () => {
  const { board, state, pass } = await scene('asks');
  expect(await pass(1_000)).toBe(false);
  await board.bumpConfig();
  expect(await pass(1_000)).toBe(true);
  expect(state).toMatchObject({ asked: 1, organization: 'asks' });
  expect(await pass(5_000)).toBe(true);
  expect(state.asked).toBe(1);
  expect(await pass(5_000)).toBe(true);
  expect(state.asked).toBe(2);
});

it('opens a target that does not answer, and brings it back without any traffic', async () => {
  const { board, state, pass } = await scene('recovers');
  await board.bumpConfig();
  state.answer = { ...WELL, result: 'failure' };
  for (let i = 0; i < 5; i++) await pass(10_000);
  expect((await board.snapshot()).targets[KEY]?.breaker).toBe('open');
  state.answer = WELL;
  await pass(10_000);
  expect((await board.snapshot()).targets[KEY]?.breaker).toBe('half_open');
  await pass(10_000);
  expect((await board.snapshot()).targets[KEY]?.breaker).toBe('closed');
});

it('shows a queue for half a minute, and not longer', async () => {
  const { board, state, pass } = await scene('queue');
  await board.bumpConfig();
  state.answer = { ...WELL, waiting: 4 };
  await pass(1_000);
  expect((await board.snapshot()).targets[KEY]?.waiting).toBe(4);
  expect((await board.report([])).view.targets[0]?.waiting?.count).toBe(4);
  state.now_ms += 31_000;
  expect((await board.snapshot()).targets[KEY]?.waiting).toBeNull();
});

it('what one path says goes for all models of the connection that are known, and for no other connection', async () => {
  const { board, state, pass } = await scene('models');
  const outcome = { ...failure(), result: 'success', at_ms: state.now_ms } as const;
  await board.report([
    { ...outcome, model: 'other' },
    { ...outcome, connection_id: 'elsewhere' },
  ]);
  await board.bumpConfig();
  state.answer = { ...WELL, result: 'failure' };
  for (let i = 0; i < 5; i++) await pass(10_000);
  const { targets } = await board.snapshot();
  expect(targets[targetKey('gpu', 'other')]?.breaker).toBe('open');
  expect(targets[targetKey('elsewhere', 'm')]?.breaker).toBe('closed');
});

it('goes on when the settings could not be read once', async () => {
  const { board, state, pass } = await scene('unreadable');
  await board.bumpConfig();
  state.unreadable = true;
  await pass(1_000);
  state.unreadable = false;
  expect(await pass(30_000)).toBe(true);
  expect(state.asked).toBe(1);
});

it('stops by itself when there is nothing to ask any more', async () => {
  const { board, pass } = await scene('stops');
  await runInDurableObject(board, (instance: HealthBoard) => {
    Object.assign(instance, { loadChecks: async () => [] });
  });
  await board.bumpConfig();
  expect(await pass(1_000)).toBe(true);
  expect(await pass(1_000)).toBe(false);
});

it('adds up what isolates have under way, and tells each what the others have', async () => {
  const board = boards.getByName('load');
  await board.report([], { isolate: 'a', in_flight: { [KEY]: 2 } });
  const answer = await board.report([], { isolate: 'b', in_flight: { [KEY]: 1 } });
  expect(answer.in_flight).toEqual({ [KEY]: 2 });
  expect((await board.snapshot()).in_flight).toEqual({ [KEY]: 3 });
});
