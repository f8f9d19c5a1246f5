import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { type Outcome, targetKey } from '@sluice/contract';
import { expect, it } from 'vitest';
import type { HealthBoard } from './health-board.ts';

const boards = (env as unknown as { HEALTH_BOARD: DurableObjectNamespace<HealthBoard> }).HEALTH_BOARD;
const KEY = targetKey('conn', 'm');

const outcome = (result: Outcome['result'], more: Partial<Outcome> = {}): Outcome => ({
  connection_id: 'conn',
  model: 'm',
  result,
  cool_until_ms: null,
  probe: null,
  ttft_ms: null,
  latency_ms: 100,
  output_tokens: null,
  at_ms: Date.now(),
  ...more,
});
const times = (count: number, one: Outcome): Outcome[] => Array.from({ length: count }, () => one);

/** Turns the board's own clock, without which a reopen would be waited for. */
const later = (board: DurableObjectStub<HealthBoard>, ms: number) =>
  runInDurableObject(board, (instance: HealthBoard) => {
    const now_ms = Date.now() + ms;
    instance.now_ms = () => now_ms;
    return now_ms;
  });

it('of two hundred who ask at the reopen time exactly three may probe', async () => {
  const board = boards.getByName('thundering');
  await board.report(times(5, outcome('failure')));
  expect(await board.probe('conn', 'm')).toBeNull();
  await later(board, 6_000);
  const permits = await Promise.all(Array.from({ length: 200 }, () => board.probe('conn', 'm')));
  expect(permits.filter((permit) => permit !== null)).toEqual([
    { generation: 1 },
    { generation: 1 },
    { generation: 1 },
  ]);
});

it('two probes that succeed close it for everybody', async () => {
  const board = boards.getByName('recovering');
  await board.report(times(5, outcome('failure')));
  const at_ms = await later(board, 6_000);
  const probe = await board.probe('conn', 'm');
  await board.probe('conn', 'm');
  const answer = await board.report(times(2, outcome('success', { probe, at_ms })));
  expect(answer.view.targets[0]?.breaker.state).toBe('closed');
});

it('an eviction closes no open breaker, ends no cooling, and keeps the config version', async () => {
  const board = boards.getByName('evicted');
  const cool_until_ms = Date.now() + 60_000;
  expect(await board.bumpConfig()).toBe(1);
  expect(await board.bumpConfig()).toBe(2);
  await board.report([...times(5, outcome('failure')), outcome('neutral', { cool_until_ms })]);
  const before = await board.snapshot();
  await evictDurableObject(board);
  const after = await board.snapshot();
  expect(after.targets[KEY]).toMatchObject({
    breaker: 'open',
    retry_at_ms: before.targets[KEY]?.retry_at_ms,
  });
  expect(after.cooled).toEqual({ conn: cool_until_ms });
  expect(after.config_version).toBe(2);
});

it('after an eviction a half-open target starts a new generation, and the old permits are void', async () => {
  const board = boards.getByName('evicted-half-open');
  await board.report(times(5, outcome('failure')));
  const at_ms = await later(board, 6_000);
  const old = await board.probe('conn', 'm');
  expect(old).toEqual({ generation: 1 });
  await evictDurableObject(board);
  await later(board, 7_000);
  expect(await board.probe('conn', 'm')).toEqual({ generation: 2 });
  await board.report(times(3, outcome('success', { probe: old, at_ms })));
  expect((await board.snapshot()).targets[KEY]?.breaker).toBe('half_open');
});

it('the config version always grows, and is never behind the version that is stored', async () => {
  const board = boards.getByName('versions');
  expect(await board.bumpConfig(6)).toBe(6);
  expect(await board.bumpConfig(6)).toBe(7);
  expect(await board.bumpConfig()).toBe(8);
});

it("one organization's outage and bad credential do not touch another's", async () => {
  const own = boards.getByName('org-a');
  const other = boards.getByName('org-b');
  await other.report([outcome('success')]);
  await own.report([
    ...times(5, outcome('failure')),
    outcome('neutral', { cool_until_ms: Date.now() + 60_000 }),
  ]);
  const snapshot = await other.snapshot();
  expect(snapshot.targets[KEY]).toMatchObject({ breaker: 'closed', cooled_until_ms: null });
  expect(snapshot.cooled).toEqual({});
});

it('ten thousand bad requests of a caller open nothing and write nothing', async () => {
  const board = boards.getByName('callers-own-fault');
  for (let i = 0; i < 20; i++) await board.report(times(500, outcome('neutral')));
  expect((await board.snapshot()).targets).toEqual({});
  await runInDurableObject(board, async (_, state) => {
    expect((await state.storage.list()).size).toBe(0);
  });
});

it('a connection that an administrator changed is tried again at once', async () => {
  const board = boards.getByName('repaired');
  await board.report([
    ...times(5, outcome('failure')),
    outcome('neutral', { cool_until_ms: Date.now() + 60_000 }),
  ]);
  await board.bumpConfig(0, 'conn');
  await evictDurableObject(board);
  const snapshot = await board.snapshot();
  expect(snapshot.targets[KEY]?.breaker ?? 'closed').toBe('closed');
  expect(snapshot.cooled).toEqual({});
});
