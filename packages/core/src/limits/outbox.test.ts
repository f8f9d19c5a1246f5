import type { Settlement } from '@sluice/contract';
import { expect, it } from 'vitest';
import { createSettlementOutbox } from './outbox.ts';
import { settlementOf } from './test-policy.ts';

function createBed() {
  const clock = { at_ms: 1_000, now_ms: () => clock.at_ms };
  const timers: { due_ms: number; wake: () => void }[] = [];
  const calls: string[][] = [];
  const outbox = createSettlementOutbox({
    ledger: {
      settle: async (_key, settled: Settlement[]) => {
        calls.push(settled.map(({ hold_id }) => hold_id));
      },
    },
    after: () => undefined,
    clock,
    undelivered: () => undefined,
    sleep: (ms) => new Promise((wake) => timers.push({ due_ms: clock.at_ms + ms, wake })),
  });
  const advance = async (ms: number): Promise<void> => {
    clock.at_ms += ms;
    for (const timer of timers.splice(0)) timer.due_ms <= clock.at_ms ? timer.wake() : timers.push(timer);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { outbox, calls, advance };
}

it('a settlement that no admission takes along goes by itself after 50 ms', async () => {
  const { outbox, calls, advance } = createBed();
  outbox.add('key', settlementOf('a', 1, 1));
  await advance(49);
  expect(calls).toEqual([]);
  await advance(1);
  expect(calls).toEqual([['a']]);
});

it('one that nobody waits for has longer to be taken along, unless one that is urgent comes', async () => {
  const { outbox, calls, advance } = createBed();
  outbox.add('key', settlementOf('a', 1, 1), false);
  await advance(199);
  expect(calls).toEqual([]);
  await advance(1);
  expect(calls).toEqual([['a']]);
  outbox.add('key', settlementOf('b', 1, 1), false);
  await advance(20);
  outbox.add('key', settlementOf('c', 1, 1));
  await advance(50);
  expect(calls).toEqual([['a'], ['b', 'c']]);
  outbox.add('key', settlementOf('d', 1, 1), false);
  await advance(200);
  expect(calls).toEqual([['a'], ['b', 'c'], ['d']]);
});

it('under steady admissions every settlement rides along, and none makes a call of its own', async () => {
  const { outbox, calls, advance } = createBed();
  const ridden: string[] = [];
  for (let at = 0; at < 20; at++) {
    outbox.add('key', settlementOf(`h${at}`, 1, 1));
    await advance(30);
    ridden.push(...outbox.take('key').map(({ hold_id }) => hold_id));
  }
  expect(calls).toEqual([]);
  expect(ridden).toHaveLength(20);
});

it('what came after the last admission is sent in its own time, not lost', async () => {
  const { outbox, calls, advance } = createBed();
  outbox.add('key', settlementOf('a', 1, 1));
  await advance(30);
  outbox.take('key');
  outbox.add('key', settlementOf('b', 1, 1));
  await advance(20);
  expect(calls).toEqual([]);
  await advance(30);
  expect(calls).toEqual([['b']]);
});
