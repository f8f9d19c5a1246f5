import fc from 'fast-check';
import { expect, it } from 'vitest';
import { answerScope } from './scope-grant.ts';
import { type Protections, ScopeSimulation } from './scope-simulation-fixture.ts';
import { loadSnapshot } from './snapshot.ts';
import { askOf, budgetOf } from './test-policy.ts';

const ORG = 'o/organization/';
const USER = 'o/user/a';
const TEAM = 'o/project/p';
const KEYS = 3;

type Command =
  | { do: 'ask'; key: number; usd: number; share: number; scopes: string[]; floor: number }
  | { do: 'settle' | 'again'; pick: number; released: boolean }
  | { do: 'deliver' | 'drop' | 'twice'; pick: number }
  | { do: 'wait'; ms: number }
  | { do: 'limit'; usd: number; name: string }
  | { do: 'tend' | 'crash' | 'evict' | 'flush' | 'time_out' | 'report'; key: number }
  | { do: 'calm' };

const key = fc.nat(KEYS - 1);
const pick = fc.nat(60);
const usd = fc.integer({ min: 1, max: 400 });
const name = fc.constantFrom(ORG, USER, TEAM);
const ask = fc.record({
  do: fc.constant('ask' as const),
  key,
  usd,
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  scopes: fc.constantFrom<string[]>([ORG], [ORG, TEAM], [ORG, USER], [ORG, TEAM, USER], [USER], []),
  floor: fc.constantFrom(0, 100, 1_000_000),
});
const end = fc.record({
  do: fc.constantFrom('settle' as const, 'again' as const),
  pick,
  released: fc.boolean(),
});
const local = fc.record({
  do: fc.constantFrom('tend' as const, 'flush' as const, 'report' as const, 'evict' as const),
  key,
});
const lossy = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: ask },
    { weight: 6, arbitrary: end },
    { weight: 14, arbitrary: fc.record({ do: fc.constant('deliver' as const), pick }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('drop' as const, 'twice' as const), pick }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('wait' as const),
        ms: fc.constantFrom(-5_000, 1, 100, 300, 11_000, 70_000, 14_400_000),
      }),
    },
    fc.record({ do: fc.constant('limit' as const), usd: fc.integer({ min: 0, max: 5_000 }), name }),
    { weight: 3, arbitrary: local },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('crash' as const, 'time_out' as const), key }) },
    fc.record({ do: fc.constant('calm' as const) }),
  ),
  { maxLength: 90, size: 'max' },
);
/** Few keys and many crashes. */
const crashing = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant('ask' as const),
        key: fc.constant(1),
        usd: fc.integer({ min: 1, max: 20 }),
        share: fc.constant(1),
        scopes: fc.constant<string[]>([USER]),
        floor: fc.constant(1_000_000),
      }),
    },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('calm' as const) }) },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constantFrom('crash' as const, 'tend' as const), key: fc.constant(1) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(100, 11_000) }),
    },
  ),
  { maxLength: 90, size: 'max' },
);
const reliable = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: ask },
    { weight: 5, arbitrary: end },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('wait' as const),
        ms: fc.constantFrom(300, 11_000, 70_000, 14_400_000),
      }),
    },
    { weight: 2, arbitrary: local },
  ),
  { maxLength: 90, size: 'max' },
);

const createSimulation = (protections: Protections): ScopeSimulation =>
  new ScopeSimulation(
    KEYS,
    {
      [ORG]: [
        budgetOf(4_000, { id: 'org-day', alert_percents: [50, 80] }),
        budgetOf(9_000, { id: 'org-month', window: 'monthly' }),
      ],
      [USER]: [budgetOf(1_500, { id: 'user-day' })],
      [TEAM]: [budgetOf(3_000, { id: 'team-day' }), budgetOf(1, { id: 'team-soft', hard: false })],
    },
    protections,
  );

const FOUND = { numRuns: 600, seed: 7, endOnFailure: true };

const answerAnyway: NonNullable<Protections['answer']> = (state, asked, _final, now_ms) => {
  const given = answerScope(state, asked, true, now_ms);
  if (given?.grant?.refusal == null || asked.wanted === null) return given;
  for (const { leases } of state.holders.values())
    for (const lease of leases)
      if (lease.lease_id === asked.wanted.lease_id) lease.granted_usd_nanos += asked.wanted.need_usd_nanos;
  given.grant.granted_usd_nanos += asked.wanted.need_usd_nanos;
  return given;
};

let overshoot = 0;

/** Every nano-dollar that left is counted where it belongs, and nothing is lent beyond a cap. */
function check(world: ScopeSimulation): void {
  for (const [of, scope] of world.scopes) {
    for (const window of [...scope.windows, ...scope.past]) {
      expect(window.held_usd_nanos).toBeGreaterThanOrEqual(0);
      expect(window.spent_usd_nanos).toBeGreaterThanOrEqual(0);
      const committed = world.committed(of, window.id);
      expect(window.spent_usd_nanos + window.held_usd_nanos).toBeGreaterThanOrEqual(committed);
      if (window.budget_id === 'team-soft') continue;
      const cap = world.caps.get(window.budget_id) ?? 0;
      overshoot = Math.max(overshoot, committed - cap);
      expect(committed).toBeLessThanOrEqual(cap);
    }
  }
  for (const { state } of world.keys) {
    for (const lease of state.leases.values()) {
      expect(lease.held_usd_nanos).toBeGreaterThanOrEqual(0);
      expect(lease.spent_usd_nanos).toBeGreaterThanOrEqual(0);
    }
    const own = state.windows[0];
    if (own !== undefined) expect(own.spent_usd_nanos + own.held_usd_nanos).toBeLessThanOrEqual(2_000);
  }
}

function step(world: ScopeSimulation, command: Command, count: number): void {
  switch (command.do) {
    case 'ask': {
      const output = { output_tokens: 1_000_000, output_usd_nanos_per_mtok: command.usd };
      const asked = askOf(`h${count}`, 1, {
        ...output,
        output_tokens_floor: command.floor,
        scopes: command.scopes,
        config_version: world.version,
      });
      world.ask(command.key, asked, Math.floor(command.usd * command.share));
      break;
    }
    case 'settle':
    case 'again': {
      const found = world.truths.filter((one) => one.settled === (command.do === 'again'));
      const one = found[command.pick % Math.max(1, found.length)];
      if (one !== undefined) world.settle(one, command.released);
      break;
    }
    case 'deliver':
    case 'twice':
      if (world.network.length > 0)
        world.deliver(command.pick % world.network.length, command.do === 'twice');
      break;
    case 'drop':
      if (world.network.length > 0) world.drop(command.pick % world.network.length);
      break;
    case 'wait':
      world.now_ms += command.ms;
      break;
    case 'limit':
      world.setLimit(command.name, command.usd);
      break;
    case 'tend':
      world.tend(command.key);
      break;
    case 'report':
      world.report(command.key, ORG);
      break;
    case 'crash':
      world.wake(command.key, false);
      break;
    case 'evict':
      world.wake(command.key, true);
      break;
    case 'flush':
      world.flush(command.key);
      break;
    case 'time_out':
      world.timeOut(command.key);
      break;
    case 'calm':
      world.settleNetwork();
      break;
  }
}

/** All is settled or expired, everybody has spoken: nothing may be held or lent any more. */
function comeToRest(world: ScopeSimulation): void {
  for (const one of world.truths) if (!one.settled) world.settle(one, false);
  for (let i = 0; i < 3; i++) {
    for (let at = 0; at < KEYS; at++) {
      world.timeOut(at);
      world.settleNetwork();
    }
    world.now_ms += 1_200_000;
    for (let at = 0; at < KEYS; at++) {
      world.tend(at);
      // The scope asks who is silent, and so finds what was lent to nobody.
      for (const of of world.scopes.keys()) {
        world.settleNetwork();
        world.report(at, of);
      }
      world.settleNetwork();
    }
  }
  for (const scope of world.scopes.values()) {
    for (const window of [...scope.windows, ...scope.past]) expect(window.held_usd_nanos).toBe(0);
    for (const { leases } of scope.holders.values()) expect(leases).toEqual([]);
  }
  for (const { state } of world.keys) {
    expect(state.leases.size).toBe(0);
    expect(state.leases_ended).toEqual([]);
    expect(state.in_flight).toBe(0);
  }
}

function runLossy(history: Command[], protections: Protections): void {
  const world = createSimulation(protections);
  history.forEach((command, i) => {
    step(world, command, i);
    check(world);
  });
  comeToRest(world);
  check(world);
}

let idle = 0;
let refusals = 0;

/** Nobody is away: then a refusal means that no budget in its way has even the smallest request left. */
function runReliable(history: Command[], protections: Protections): void {
  const world = createSimulation(protections);
  world.onRefusal = (answer, asked) => {
    if (answer.kind !== 'refused') return;
    const { budget } = answer;
    if (budget === null || budget.scope === 'key') return;
    refusals++;
    const floor = 1 + Math.ceil((asked.output_tokens_floor * asked.output_usd_nanos_per_mtok) / 1e6);
    const left = (asked.scopes ?? []).map((of) => {
      const scope = world.scope(of);
      const parts = scope.windows.flatMap((window, i) => {
        const limit = scope.policy?.budgets[i];
        return limit?.hard === true ? [limit.limit_usd_nanos - world.committed(of, window.id, true)] : [];
      });
      return Math.min(...parts);
    });
    const least = Math.min(...left);
    if (least >= floor) idle = Math.max(idle, least);
    expect(least).toBeLessThan(floor);
  };
  history.forEach((command, i) => {
    step(world, command, i);
    world.settleNetwork();
    check(world);
    // A refusal stands for a moment.
    world.now_ms += 201;
  });
  comeToRest(world);
}

const RUNS = 600;

it('no history of keys, shared budgets, crashes and a bad network spends above a cap, or leaves anything lent', () => {
  const seed = Date.now();
  let runs = 0;
  fc.assert(
    fc.property(fc.oneof(lossy, crashing), (history) => {
      runs++;
      runLossy(history, {});
    }),
    { numRuns: RUNS, seed },
  );
  console.log(`seed ${seed}, ${runs} runs, largest overshoot ${Math.max(0, overshoot)}`);
});

it('a settlement told again after a crash frees nothing that was granted again before it', () => {
  const scopes = [USER];
  const of = { do: 'ask' as const, key: 2, share: 0, scopes, floor: 0 };
  runLossy(
    [
      { ...of, usd: 78 },
      { do: 'deliver', pick: 0 },
      { do: 'deliver', pick: 0 },
      { do: 'settle', pick: 0, released: false },
      { ...of, usd: 156 },
      { do: 'crash', key: 2 },
      { do: 'again', pick: 0, released: false },
      { ...of, usd: 1 },
    ],
    {},
  );
});

it('two lives of a key that begin in the same millisecond name no lease alike', () => {
  const of = { do: 'ask' as const, usd: 1, share: 0, floor: 0 };
  runLossy(
    [
      { do: 'crash', key: 1 },
      { ...of, key: 0, scopes: [ORG, USER] },
      { do: 'deliver', pick: 0 },
      { do: 'deliver', pick: 15 },
      { ...of, key: 1, scopes: [ORG, TEAM, USER] },
      { do: 'crash', key: 1 },
      { ...of, key: 1, scopes: [ORG, USER] },
      { do: 'deliver', pick: 0 },
      { do: 'deliver', pick: 46 },
    ],
    {},
  );
});

it('while all holders can be reached nothing is refused that any part of the budget could pay', () => {
  const seed = Date.now();
  let runs = 0;
  fc.assert(
    fc.property(reliable, (history) => {
      runs++;
      runReliable(history, {});
    }),
    { numRuns: RUNS, seed },
  );
  console.log(`seed ${seed}, ${runs} runs, ${refusals} refusals, largest idle part ${idle}`);
});

const FAULTS: [string, Protections, 'lossy' | 'crashing' | 'reliable'][] = [
  [
    'forgets in a crash what it may have let in since its last write',
    {
      load: (one, now_ms) =>
        loadSnapshot({ ...one, reserve: { usd_nanos: 0, requests: 0, tokens: 0 } }, now_ms),
    },
    'crashing',
  ],
  ['tells before it has written', { write_through: false }, 'lossy'],
  ['takes statements in the order of their arrival', { takes_old_statements: true }, 'lossy'],
  ['refuses before it has called parts back', { without_recall: true }, 'reliable'],
  ['gives what was called for, whatever is left', { answer: answerAnyway }, 'lossy'],
];

it.each(FAULTS)('a ledger that %s is found out', (_name, protections, network) => {
  const histories = { lossy, crashing, reliable }[network] as fc.Arbitrary<Command[]>;
  const play = network === 'reliable' ? runReliable : runLossy;
  const report = fc.check(
    fc.property(histories, (history) => play(history, protections)),
    FOUND,
  );
  expect(report.failed).toBe(true);
});
