import fc from 'fast-check';
import { expect, it } from 'vitest';
import { admit } from './admit.ts';
import { applyPolicy, createKeyLedger, type KeyLedgerState, rollWindows } from './key-ledger-state.ts';
import { LEASE_MS, leasedHoldId, returnLease } from './lease.ts';
import { admitLocally, type HeldLease, holdLease } from './lease-holder.ts';
import { settle, sweep } from './settle.ts';
import { confirmSnapshot, type LedgerSnapshot, loadSnapshot, takeSnapshot } from './snapshot.ts';
import { askOf, budgetOf, policyOf, settlementOf } from './test-policy.ts';

/** What really left the ledger: each request's worst case until its settlement, then its true cost. */
interface Truth {
  hold_id: string;
  held: number;
  cost: number;
  window_ms: number;
  epoch: number;
  settled: boolean;
}

type Command =
  | { do: 'admit'; usd: number; share: number }
  | { do: 'burst'; usd: number }
  | { do: 'lease'; usd: number; share: number }
  | { do: 'return' }
  | { do: 'settle' | 'again'; pick: number; released: boolean }
  | { do: 'wait'; ms: number }
  | { do: 'limit'; usd: number }
  | { do: 'flush'; idle: boolean }
  | { do: 'confirm' | 'evict' }
  | { do: 'crash'; newer: boolean };

const usd = fc.integer({ min: 1, max: 400 });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const pick = fc.nat(60);
const commands = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ do: fc.constant('admit' as const), usd, share }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('burst' as const), usd: fc.integer({ min: 1, max: 5 }) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('lease' as const), usd: fc.integer({ min: 1, max: 5 }), share }),
    },
    fc.record({ do: fc.constant('return' as const) }),
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constantFrom('settle' as const, 'again' as const),
        pick,
        released: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('wait' as const),
        ms: fc.constantFrom(-5_000, 1, 100, 300, 30_000, 70_000, 43_200_000),
      }),
    },
    fc.record({ do: fc.constant('limit' as const), usd: fc.integer({ min: 0, max: 6_000 }) }),
    { weight: 2, arbitrary: fc.record({ do: fc.constant('flush' as const), idle: fc.boolean() }) },
    fc.record({ do: fc.constantFrom('confirm' as const, 'evict' as const) }),
    { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const), newer: fc.boolean() }) },
  ),
  { maxLength: 60 },
);

/** Runs a history and throws at the first broken promise. */
function run(history: Command[], load: (snapshot: LedgerSnapshot, now_ms: number) => KeyLedgerState): void {
  let now_ms = Date.UTC(2026, 10, 30, 20);
  let version = 1;
  let limit = 4_000;
  let state = createKeyLedger(policyOf({ budgets: [budgetOf(limit)] }), now_ms);
  let disk = structuredClone(takeSnapshot(state, true, 0));
  let newer: { snapshot: LedgerSnapshot; epoch: number } | null = null;
  let lease = null as HeldLease | null;
  let count = 0;
  const truths: Truth[] = [];

  const persist = (): void => {
    if (!state.write_through) return;
    disk = structuredClone(takeSnapshot(state, true, 4));
    newer = null;
  };
  const check = (): void => {
    for (const usage of state.windows) {
      expect(usage.held_usd_nanos).toBeGreaterThanOrEqual(0);
      expect(usage.spent_usd_nanos).toBeGreaterThanOrEqual(0);
      let committed = 0;
      for (const one of truths)
        if (one.window_ms === usage.start_ms) committed += one.settled ? one.cost : one.held;
      expect(usage.spent_usd_nanos + usage.held_usd_nanos).toBeGreaterThanOrEqual(committed);
    }
    expect(state.in_flight).toBeGreaterThanOrEqual(0);
  };
  const letIn = (hold_id: string, held: number, part: number, window_ms: number, epoch: number): void => {
    truths.push({ hold_id, held, cost: Math.floor(held * part), window_ms, epoch, settled: false });
    const total = truths
      .filter((one) => one.window_ms === window_ms)
      .reduce((sum, one) => sum + (one.settled ? one.cost : one.held), 0);
    if (!hold_id.includes('>')) expect(total).toBeLessThanOrEqual(limit);
  };
  const ask = (cost: number, part: number): void => {
    const asked = askOf(`h${count++}`, cost, { policy_version: version });
    const { epoch } = state;
    const answer = admit(state, asked, now_ms);
    persist();
    if (answer.kind !== 'admitted') return;
    expect(answer.held_usd_nanos).toBe(cost);
    letIn(asked.hold_id, cost, part, state.windows[0]?.start_ms ?? 0, epoch);
    if (answer.lease !== null) lease = holdLease(answer.lease, answer.limits, asked, now_ms, LEASE_MS);
    leaseWindow = answer.lease !== null ? (state.windows[0]?.start_ms ?? 0) : leaseWindow;
  };
  let leaseWindow = 0;
  const wake = (snapshot: LedgerSnapshot): void => {
    disk = snapshot;
    newer = null;
    state = load(structuredClone(snapshot), now_ms);
  };

  for (const command of history) {
    switch (command.do) {
      case 'admit':
        ask(command.usd, command.share);
        break;
      case 'burst':
        for (let i = 0; i < 24; i++) ask(command.usd, 0.5);
        break;
      case 'lease': {
        if (lease === null) break;
        const asked = askOf(`h${count++}`, command.usd, { policy_version: version });
        const answer = admitLocally(lease, asked, now_ms);
        if (answer === null) break;
        letIn(leasedHoldId(lease.lease.lease_id, asked.hold_id), command.usd, command.share, leaseWindow, -1);
        break;
      }
      case 'return':
        if (lease !== null) returnLease(state, lease.lease.lease_id, lease, now_ms);
        lease = null;
        break;
      case 'settle':
      case 'again': {
        const open = truths.filter((one) => one.settled === (command.do === 'again'));
        const one = open[command.pick % Math.max(1, open.length)];
        if (one === undefined) break;
        if (!one.settled && command.released) one.cost = 0;
        const settled = settlementOf(one.hold_id, one.cost, one.held);
        settle(state, one.epoch < 0 ? settled : { ...settled, epoch: one.epoch }, now_ms);
        one.settled = true;
        break;
      }
      case 'wait':
        now_ms += command.ms;
        break;
      case 'limit':
        limit = command.usd;
        version++;
        applyPolicy(state, policyOf({ version, budgets: [budgetOf(limit)] }), now_ms);
        break;
      case 'flush':
        newer = {
          snapshot: structuredClone(takeSnapshot(state, false, command.idle ? 0 : 2)),
          epoch: state.epoch,
        };
        break;
      case 'confirm':
        if (newer === null) break;
        confirmSnapshot(state, newer.epoch);
        disk = newer.snapshot;
        newer = null;
        break;
      case 'evict':
        wake(structuredClone(takeSnapshot(state, true, 0)));
        break;
      case 'crash':
        wake(command.newer && newer !== null ? newer.snapshot : disk);
        break;
    }
    rollWindows(state, now_ms);
    persist();
    check();
  }
  now_ms += 86_400_000;
  sweep(state, now_ms);
  expect(state.open.size).toBe(0);
  expect(state.in_flight).toBe(0);
  for (const usage of state.windows) expect(usage.held_usd_nanos).toBe(0);
}

it('no history of admissions, settlements, leases, evictions and crashes spends more than a hard budget', () => {
  const seed = Date.now();
  console.log(`seed ${seed}`);
  fc.assert(
    fc.property(commands, (history) => run(history, loadSnapshot)),
    { numRuns: 1_000, seed },
  );
});

it('a ledger that ignores the reserve when it wakes up is found out by the same property', () => {
  const careless = (snapshot: LedgerSnapshot, now_ms: number): KeyLedgerState =>
    loadSnapshot({ ...snapshot, reserve: { usd_nanos: 0, requests: 0, tokens: 0 } }, now_ms);
  const report = fc.check(
    fc.property(commands, (history) => run(history, careless)),
    {
      numRuns: 1_000,
      seed: 7,
      endOnFailure: true,
    },
  );
  expect(report.failed).toBe(true);
});
