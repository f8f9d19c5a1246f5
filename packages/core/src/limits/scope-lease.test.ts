import { expect, it } from 'vitest';
import { admit } from './admit.ts';
import { leasedHoldId, returnLease } from './lease.ts';
import { admitLocally, holdLease } from './lease-holder.ts';
import { REPORT_MS } from './scope-holder.ts';
import { viewScope } from './scope-ledger-state.ts';
import { ScopeSimulation } from './scope-simulation-fixture.ts';
import { settle } from './settle.ts';
import { askOf, budgetOf, settlementOf } from './test-policy.ts';

const ORG = 'o/organization/';
const USER = 'o/user/a';
const MODEL = 'o/model/gpt';
const NOV = Date.UTC(2026, 10, 30, 23, 59, 59, 900);

const askIn = (hold_id: string, usd_nanos: number, ...scopes: string[]) =>
  askOf(hold_id, usd_nanos, { scopes, config_version: 1, expires_in_ms: 60_000 });
const budgetsOf = (world: ScopeSimulation, name: string) =>
  viewScope(world.scope(name), world.now_ms)?.budgets;

function report(world: ScopeSimulation, key: number, name: string): void {
  world.report(key, name);
  world.settleNetwork();
}

it('a hold of the last moment of a month is charged to the old month of a shared budget, too', () => {
  const world = new ScopeSimulation(2, { [ORG]: [budgetOf(1_000, { window: 'monthly' })] });
  world.now_ms = NOV;
  world.ask(1, askIn('old', 900, ORG), 700);
  world.settleNetwork();
  world.now_ms = NOV + 200;
  // The new month has all of its money, although the hold of the old one is still open.
  world.ask(1, askIn('new', 1_000, ORG), 400);
  world.settleNetwork();
  expect(world.refusals).toEqual([]);
  const [old, fresh] = world.truths;
  expect(old?.windows[0]?.id).not.toBe(fresh?.windows[0]?.id);
  for (const one of [...world.truths]) world.settle(one, false);
  world.settleNetwork();
  report(world, 1, ORG);
  expect(budgetsOf(world, ORG)).toMatchObject([{ spent_usd_nanos: 400, held_usd_nanos: 0 }]);
  expect(world.scope(ORG).past).toEqual([]);
});

it('a budget of a model is charged what that model cost, and nothing where another one answered', () => {
  const world = new ScopeSimulation(1, { [ORG]: [budgetOf(1_000)], [MODEL]: [budgetOf(500)] });
  world.ask(0, askIn('a', 300, ORG, MODEL), 200);
  world.settleNetwork();
  const { state } = world.key(0);
  settle(
    state,
    { ...settlementOf('a', 200, 300), scopes: [ORG, MODEL], scope_usd_nanos: { [MODEL]: 0 } },
    world.now_ms,
  );
  report(world, 0, ORG);
  report(world, 0, MODEL);
  expect(budgetsOf(world, ORG)).toMatchObject([{ spent_usd_nanos: 200, held_usd_nanos: 0 }]);
  expect(budgetsOf(world, MODEL)).toMatchObject([{ spent_usd_nanos: 0, held_usd_nanos: 0 }]);
});

it('unsettled, it is charged whole; a late settlement lowers that once and never raises it', () => {
  const world = new ScopeSimulation(2, { [ORG]: [budgetOf(1_000)] });
  world.ask(1, askIn('a', 300, ORG), 100);
  world.settleNetwork();
  world.now_ms += 61_000;
  world.tend(1);
  world.settleNetwork();
  expect(budgetsOf(world, ORG)).toMatchObject([{ spent_usd_nanos: 300, held_usd_nanos: 0 }]);
  const [truth] = world.truths;
  if (truth === undefined) throw new Error('nothing was admitted');
  for (const cost of [100, 900, 0]) {
    truth.cost = cost;
    world.settle(truth, false);
    world.settleNetwork();
  }
  expect(budgetsOf(world, ORG)).toMatchObject([{ spent_usd_nanos: 100, held_usd_nanos: 0 }]);
});

it('spending that passes an alert is reported by the next look at all leases, whichever keys it comes from, and told once', () => {
  const world = new ScopeSimulation(4, { [ORG]: [budgetOf(1e6, { alert_percents: [50, 80] })] });
  for (let i = 0; i < 90; i++) {
    world.ask(1 + (i % 3), askIn(`h${i}`, 10_000, ORG), 10_000);
    world.settleNetwork();
    const truth = world.truths.at(-1);
    if (truth !== undefined) world.settle(truth, false);
    world.settleNetwork();
    const spent = (i + 1) * 10_000;
    if (spent === 500_000 || spent === 800_000) {
      world.now_ms += REPORT_MS;
      for (const key of [1, 2, 3]) world.tend(key);
      world.settleNetwork();
    }
    const reported = budgetsOf(world, ORG)?.[0]?.spent_usd_nanos ?? 0;
    for (const mark of [500_000, 800_000]) if (spent >= mark) expect(reported).toBeGreaterThanOrEqual(mark);
  }
  const told = world.scope(ORG).events;
  expect(told.map(({ data }) => data['percent'])).toEqual([50, 80]);
  expect(told[0]).toMatchObject({ type: 'budget.threshold', organization_id: 'o' });
});

it('an isolate spends from a slice only for the shared budgets that the slice is held in', () => {
  const world = new ScopeSimulation(2, { [ORG]: [budgetOf(1e9)], [USER]: [budgetOf(1e9)] });
  const { state } = world.key(1);
  let leased = null;
  for (let i = 0; i < 60 && leased === null; i++) {
    world.ask(1, askIn(`warm${i}`, 10, ORG), 10);
    world.settleNetwork();
    const asked = askIn(`h${i}`, 10, ORG);
    const answer = admit(state, asked, world.now_ms);
    if (answer.kind === 'admitted' && answer.lease !== null)
      leased = holdLease(answer.lease, answer.limits, asked, world.now_ms, 250);
  }
  if (leased === null) throw new Error('no slice was given');
  const lease = state.leases.get(ORG);
  const held = lease?.held_usd_nanos ?? 0;
  expect(admitLocally(leased, askIn('x', 10, ORG, USER), world.now_ms)).toBeNull();
  expect(admitLocally(leased, askOf('x', 10), world.now_ms)).toBeNull();
  expect(admitLocally(leased, askOf('x', 10, { scopes: [ORG], config_version: 2 }), world.now_ms)).toBeNull();
  expect(admitLocally(leased, askIn('x', 10, ORG), world.now_ms)).toMatchObject({ kind: 'admitted' });
  const all = leased.lease.usd_nanos;
  settle(state, settlementOf(leasedHoldId(leased.lease.lease_id, 'x'), 4, 10), world.now_ms);
  returnLease(state, leased.lease.lease_id, leased, world.now_ms);
  expect(lease?.held_usd_nanos).toBe(held - all);
  // Asks for a user's budget get no slice, however hot the key is.
  for (let i = 0; i < 30; i++) {
    world.ask(1, askIn(`u${i}`, 10, ORG, USER), 10);
    world.settleNetwork();
    const answer = admit(state, askIn(`v${i}`, 10, ORG, USER), world.now_ms);
    if (answer.kind === 'admitted') expect(answer.lease).toBeNull();
  }
});
