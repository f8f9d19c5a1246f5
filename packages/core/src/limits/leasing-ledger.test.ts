import type { AdmitAsk, Settlement } from '@sluice/contract';
import { expect, it } from 'vitest';
import { admit } from './admit.ts';
import { createKeyLedger } from './key-ledger-state.ts';
import { returnLease } from './lease.ts';
import { createLeasingLedger } from './leasing-ledger.ts';
import { createSettlementOutbox } from './outbox.ts';
import { settle, sweep } from './settle.ts';
import { askOf, budgetOf, NO_RATES, policyOf, settlementOf } from './test-policy.ts';

/** One isolate before a true ledger, on a clock that only the test moves. */
function createIsolate(policy = policyOf({ budgets: [budgetOf(1_000_000)] })) {
  let now_ms = Date.UTC(2026, 10, 21);
  let broken = false;
  let calls = 0;
  const clock = { now_ms: () => now_ms };
  const state = createKeyLedger(policy, now_ms);
  const sleepers: { at_ms: number; wake: () => void }[] = [];
  const work: Promise<unknown>[] = [];
  const after = (_: string, one: Promise<unknown>): void => void work.push(one);
  const sleep = (ms: number): Promise<void> =>
    new Promise((wake) => void sleepers.push({ at_ms: now_ms + ms, wake }));
  const reach = (): void => {
    calls++;
    if (broken) throw new Error('unreachable');
  };
  const ledger = {
    admit: async (_: string, ask: AdmitAsk, settled: Settlement[]) => {
      reach();
      for (const one of settled) settle(state, one, now_ms);
      return admit(state, ask, now_ms);
    },
    settle: async (_: string, settled: Settlement[]) => {
      reach();
      for (const one of settled) settle(state, one, now_ms);
    },
    returnLease: async (_: string, id: string, unused: { requests: number; usd_nanos: number }) => {
      reach();
      returnLease(state, id, unused, now_ms);
    },
  };
  const undelivered: Settlement[] = [];
  const settlements = createSettlementOutbox({
    ledger,
    after,
    clock,
    sleep,
    undelivered: (_, settled) => void undelivered.push(...settled),
  });
  const leasing = createLeasingLedger({ ledger, settlements, after, clock, sleep });
  /** Moves time on, waking whoever waits, in small steps. */
  const pass = async (ms: number): Promise<void> => {
    const until_ms = now_ms + ms;
    for (;;) {
      for (let i = 0; i < 20; i++) await Promise.resolve();
      sleepers.sort((a, b) => a.at_ms - b.at_ms);
      const next = sleepers[0];
      if (next === undefined || next.at_ms > until_ms) break;
      sleepers.shift();
      now_ms = Math.max(now_ms, next.at_ms);
      next.wake();
    }
    now_ms = until_ms;
  };
  return {
    state,
    leasing,
    settlements,
    undelivered,
    pass,
    now: clock.now_ms,
    breakLedger: (yes: boolean) => {
      broken = yes;
    },
    calls: () => calls,
  };
}

const admitMany = async (isolate: ReturnType<typeof createIsolate>, from: number, count: number) => {
  for (let i = from; i < from + count; i++) await isolate.leasing.admit('k', askOf(`h${i}`, 10));
};

it('a hot key is admitted without a call, and all of it is accounted for when it has ended', async () => {
  const isolate = createIsolate();
  await admitMany(isolate, 0, 21);
  const calls = isolate.calls();
  for (let i = 21; i < 41; i++) {
    const answer = isolate.leasing.admit('k', askOf(`h${i}`, 10));
    expect(answer).not.toBeInstanceOf(Promise);
    expect(answer).toMatchObject({ kind: 'admitted', held_usd_nanos: 10 });
  }
  expect(isolate.calls()).toBe(calls);
  for (let i = 0; i < 41; i++) isolate.leasing.settle('k', settlementOf(`h${i}`, 4, 10));
  await isolate.pass(1_000);
  expect(isolate.state.open.size).toBe(0);
  expect(isolate.state.in_flight).toBe(0);
  expect(isolate.state.requests_today).toBe(41);
  expect(isolate.state.windows[0]).toMatchObject({ held_usd_nanos: 0, spent_usd_nanos: 41 * 4 });
});

it('an isolate that dies with a lease is charged for the whole slice', async () => {
  const isolate = createIsolate();
  await admitMany(isolate, 0, 21);
  const slice = isolate.state.open.get('lease:h20')?.usd_nanos ?? 0;
  expect(slice).toBeGreaterThan(0);
  sweep(isolate.state, isolate.now() + 3_600_000);
  expect(isolate.state.windows[0]).toMatchObject({ held_usd_nanos: 0, spent_usd_nanos: slice + 210 });
});

it('no lease is given to strict keys, near a budget, or where few may run at once', async () => {
  for (const policy of [
    policyOf({ strict: true }),
    policyOf({ budgets: [budgetOf(800)] }),
    policyOf({ limits: { ...NO_RATES, concurrency: 60 } }),
    policyOf({ per_request_limit_usd_nanos: 100 }),
  ]) {
    const isolate = createIsolate(policy);
    await admitMany(isolate, 0, 40);
    expect(isolate.calls()).toBe(40);
  }
});

it('a lease ends with its time and with its money', async () => {
  const isolate = createIsolate();
  await admitMany(isolate, 0, 21);
  expect(isolate.leasing.admit('k', askOf('dear', 100_000))).toBeInstanceOf(Promise);
  expect(isolate.leasing.admit('k', askOf('other', 10, { policy_version: 2 }))).toBeInstanceOf(Promise);
  await isolate.pass(250);
  expect(isolate.leasing.admit('k', askOf('late', 10))).toBeInstanceOf(Promise);
});

it('settlements ride along with the next admission, and come back when that fails', async () => {
  const isolate = createIsolate();
  await admitMany(isolate, 0, 2);
  isolate.leasing.settle('k', settlementOf('h0', 4, 10));
  isolate.breakLedger(true);
  await expect(isolate.leasing.admit('k', askOf('x', 10))).rejects.toThrow('unreachable');
  isolate.breakLedger(false);
  const calls = isolate.calls();
  await isolate.leasing.admit('k', askOf('y', 10));
  expect(isolate.calls()).toBe(calls + 1);
  expect(isolate.state.open.has('h0')).toBe(false);
});

it('settlements are sent after 50 ms, tried again for 20 s, and then handed on', async () => {
  const isolate = createIsolate();
  await admitMany(isolate, 0, 3);
  isolate.leasing.settle('k', settlementOf('h0', 4, 10));
  await isolate.pass(49);
  expect(isolate.state.open.has('h0')).toBe(true);
  await isolate.pass(1);
  await isolate.pass(0);
  expect(isolate.state.open.has('h0')).toBe(false);
  isolate.breakLedger(true);
  isolate.leasing.settle('k', settlementOf('h1', 4, 10));
  await isolate.pass(5_000);
  isolate.breakLedger(false);
  await isolate.pass(10_000);
  expect(isolate.state.open.has('h1')).toBe(false);
  isolate.breakLedger(true);
  isolate.leasing.settle('k', settlementOf('h2', 4, 10));
  await isolate.pass(30_000);
  expect(isolate.undelivered.map((one) => one.hold_id)).toEqual(['h2']);
});

it('a settlement out of a lease that arrives twice takes from the slice once', async () => {
  const isolate = createIsolate();
  await admitMany(isolate, 0, 22);
  const slice = isolate.state.open.get('lease:h20')?.usd_nanos ?? 0;
  for (let i = 0; i < 2; i++) settle(isolate.state, settlementOf('lease:h20>h21', 4, 10), isolate.now());
  expect(isolate.state.open.get('lease:h20')?.usd_nanos).toBe(slice - 10);
  expect(isolate.state.windows[0]).toMatchObject({ held_usd_nanos: slice - 10 + 210, spent_usd_nanos: 4 });
});
