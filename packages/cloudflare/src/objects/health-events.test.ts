import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { GatewayEvent, Outcome } from '@sluice/contract';
import { expect, it } from 'vitest';
import type { HealthBoard } from './health-board.ts';

const boards = (env as unknown as { HEALTH_BOARD: DurableObjectNamespace<HealthBoard> }).HEALTH_BOARD;

async function scene(organization_id: string) {
  const board = boards.getByName(organization_id);
  const state = { now_ms: 1_800_000_000_000, queue_away: false };
  const told: GatewayEvent[] = [];
  await runInDurableObject(board, (instance: HealthBoard) => {
    instance.now_ms = () => state.now_ms;
    instance.emit = async (events) => {
      if (state.queue_away) throw new Error('away');
      told.push(...events);
    };
  });
  const report = (result: Outcome['result'], more: Partial<Outcome> = {}) =>
    board.report([
      {
        connection_id: 'conn_a',
        model: 'm',
        result,
        cool_until_ms: null,
        probe: null,
        ttft_ms: null,
        latency_ms: null,
        output_tokens: null,
        at_ms: state.now_ms,
        ...more,
      },
    ]);
  const rejected = { rejected: true, cool_until_ms: state.now_ms + 60_000 };
  return { board, state, told, report, rejected, types: () => told.map(({ type }) => type) };
}

it('a rejected credential is told of once, to its own organization alone, and its connection is cooled', async () => {
  const a = await scene('org_events_a');
  const b = await scene('org_events_b');
  for (let i = 0; i < 5; i++) await a.report('neutral', a.rejected);
  expect(a.told).toMatchObject([
    {
      type: 'connection.failing',
      organization_id: 'org_events_a',
      data: { connection_id: 'conn_a', model: 'm', reason: 'credential_rejected' },
    },
  ]);
  expect((await a.board.snapshot()).cooled).toHaveProperty('conn_a');
  await b.report('success');
  expect(b.told).toEqual([]);
  expect((await b.board.snapshot()).cooled).toEqual({});
  // Changed by hand: what it does next is news.
  await a.board.bumpConfig(0, 'conn_a');
  await a.report('neutral', a.rejected);
  expect(a.told).toHaveLength(2);
});

it('a connection that is rejected for one model and serves another does not ring all the time', async () => {
  const { report, told, state, rejected } = await scene('org_events_c');
  for (let i = 0; i < 5; i++) {
    await report('neutral', rejected);
    await report('success', { model: 'other' });
  }
  expect(told).toHaveLength(1);
  state.now_ms += 3_600_000;
  await report('success', { at_ms: state.now_ms });
  await report('neutral', { ...rejected, at_ms: state.now_ms });
  expect(told).toHaveLength(2);
});

it('a breaker that opens and closes is told of, and one that flaps no more than once in ten minutes', async () => {
  const { board, report, types, told, state } = await scene('org_events_d');
  const open = async () => {
    for (let i = 0; i < 5; i++) await report('failure');
  };
  const close = async () => {
    state.now_ms += 60_000;
    for (let i = 0; i < 3; i++) {
      const probe = await board.probe('conn_a', 'm');
      await report('success', { probe });
    }
  };
  await open();
  expect(types()).toEqual(['breaker.opened']);
  expect(told[0]?.data).toMatchObject({ connection_id: 'conn_a', model: 'm' });
  await close();
  expect(types()).toEqual(['breaker.opened', 'breaker.closed']);
  await open();
  expect(types()).toEqual(['breaker.opened', 'breaker.closed']);
  // The history keeps what is not told of.
  const states = (await board.history()).map(({ breaker }) => breaker);
  expect(states).toEqual(['open', 'half_open', 'closed', 'open']);
});

it('what could not be told is told with the next rejection', async () => {
  const { report, told, state, rejected } = await scene('org_events_e');
  state.queue_away = true;
  await report('neutral', rejected);
  state.queue_away = false;
  await report('neutral', rejected);
  expect(told).toHaveLength(1);
});
