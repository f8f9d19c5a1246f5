import { env } from 'cloudflare:workers';
import { type Outcome, type ProbePermit, targetKey } from '@sluice/contract';
import { type BoardLoads, noteLoad, sumLoads } from '@sluice/core/routing/board-load';
import {
  applyOutcome,
  createBoard,
  probeBoard,
  snapshotBoard,
  viewBoard,
} from '@sluice/core/routing/board-state';
import { describe, expect, it } from 'vitest';
import { type BoardNamespace, type BoardStub, createHealthPort } from './health-port.ts';
import type { BoardAnswer } from './objects/health-board.ts';

const T0 = 1_763_700_000_000;
const KEY = targetKey('conn', 'm');

/** A port over a board whose calls the test answers, fails or leaves hanging; time and background work are the test's. */
function createScene() {
  let now_ms = T0;
  let mode: 'up' | 'down' | 'hangs' = 'up';
  const board = createBoard();
  const loads: BoardLoads = new Map();
  let isolates = 0;
  const reports: Outcome[][] = [];
  const work: Promise<unknown>[] = [];
  const waits: { due_ms: number; resolve: () => void }[] = [];
  let config_version = 0;
  let probes = 0;
  const answer = async <T>(make: () => T): Promise<T> => {
    if (mode === 'hangs') return new Promise<T>(() => {});
    await Promise.resolve();
    if (mode === 'down') throw new Error('unreachable');
    return structuredClone(make());
  };
  const stub: BoardStub = {
    report: (outcomes, load) => {
      reports.push(structuredClone(outcomes));
      return answer((): BoardAnswer => {
        for (const one of outcomes) applyOutcome(board, one, now_ms, 0);
        if (load !== undefined) noteLoad(loads, load, now_ms);
        const in_flight = sumLoads(loads, load?.isolate ?? null, now_ms);
        return { view: viewBoard(board, now_ms), config_version, in_flight };
      });
    },
    snapshot: () => answer(() => snapshotBoard(board, config_version, now_ms)),
    history: () => answer(() => []),
    probe: (connection_id, model) => {
      probes++;
      return answer((): ProbePermit | null => probeBoard(board, connection_id, model, now_ms));
    },
    bumpConfig: () => answer(() => ++config_version),
  };
  const namespace: BoardNamespace = { getByName: () => stub };
  const createPort = () =>
    createHealthPort(namespace, {
      after: (_, promise) => work.push(promise),
      clock: { now_ms: () => now_ms },
      random: { id: () => `isolate-${isolates++}`, number: () => 0 },
      wait: (ms) => new Promise((resolve) => waits.push({ due_ms: now_ms + ms, resolve: () => resolve() })),
    });
  return {
    port: createPort(),
    createPort,
    board,
    reports,
    probeCalls: () => probes,
    setMode: (next: typeof mode) => {
      mode = next;
    },
    bump: () => ++config_version,
    now: () => now_ms,
    /** Passes time, ends what was waited for, and lets all promises that can settle do so. */
    async pass(ms: number) {
      now_ms += ms;
      for (const wait of waits.splice(0).sort((a, b) => a.due_ms - b.due_ms)) {
        if (wait.due_ms <= now_ms) wait.resolve();
        else waits.push(wait);
      }
      for (let i = 0; i < 50; i++) await Promise.resolve();
      expect(work.length).toBeLessThan(10_000);
    },
    outcome: (result: Outcome['result'], more: Partial<Outcome> = {}): Outcome => ({
      connection_id: 'conn',
      model: 'm',
      result,
      cool_until_ms: null,
      probe: null,
      ttft_ms: null,
      latency_ms: 100,
      output_tokens: null,
      at_ms: now_ms,
      ...more,
    }),
  };
}

type Scene = ReturnType<typeof createScene>;
function fail({ port, outcome }: Pick<Scene, 'port' | 'outcome'>, count: number): void {
  for (let i = 0; i < count; i++) port.report('org', outcome('failure'));
}
const breaker = (port: Scene['port']) => port.peek('org').targets[KEY]?.breaker;

describe('what an isolate saw itself', () => {
  it('is known to it before any call has come back', () => {
    const scene = createScene();
    scene.setMode('hangs');
    fail(scene, 5);
    expect(breaker(scene.port)).toBe('open');
  });

  it('cools a connection at once, for all its models', () => {
    const scene = createScene();
    scene.setMode('hangs');
    scene.port.report('org', scene.outcome('neutral', { cool_until_ms: T0 + 9_000 }));
    expect(scene.port.peek('org').cooled).toEqual({ conn: T0 + 9_000 });
  });

  it('serves on while the board cannot be reached, with probes of its own', async () => {
    const scene = createScene();
    scene.setMode('down');
    fail(scene, 5);
    await scene.pass(5_000);
    const permits = [];
    for (let i = 0; i < 5; i++) permits.push(await scene.port.probe('org', 'conn', 'm'));
    expect(permits.filter((permit) => permit !== null)).toHaveLength(3);
    for (let i = 0; i < 2; i++)
      scene.port.report('org', scene.outcome('success', { probe: { generation: 1 } }));
    expect(breaker(scene.port)).toBe('closed');
  });

  it('is not unlearned by an answer that was on its way before', async () => {
    const scene = createScene();
    fail(scene, 1);
    fail(scene, 4);
    expect(breaker(scene.port)).toBe('open');
    scene.setMode('hangs');
    await scene.pass(0);
    expect(scene.reports.map((report) => report.length)).toEqual([1, 4]);
    expect(breaker(scene.port)).toBe('open');
  });
});

describe('what is sent', () => {
  it('a failure goes at once, after the successes before it, in order', async () => {
    const scene = createScene();
    scene.port.report('org', scene.outcome('success'));
    scene.port.report('org', scene.outcome('success'));
    expect(scene.reports).toHaveLength(0);
    scene.port.report('org', scene.outcome('failure'));
    await scene.pass(0);
    expect(scene.reports.map((report) => report.map((one) => one.result))).toEqual([
      ['success', 'success', 'failure'],
    ]);
  });

  it('successes travel fifty at a time or after a second, whichever is first', async () => {
    const scene = createScene();
    for (let i = 0; i < 49; i++) scene.port.report('org', scene.outcome('success'));
    expect(scene.reports).toHaveLength(0);
    scene.port.report('org', scene.outcome('success'));
    await scene.pass(0);
    scene.port.report('org', scene.outcome('success'));
    await scene.pass(999);
    expect(scene.reports.map((report) => report.length)).toEqual([50]);
    await scene.pass(1);
    expect(scene.reports.map((report) => report.length)).toEqual([50, 1]);
  });

  it('the end of a probe goes at once, so that its slot is free', async () => {
    const scene = createScene();
    fail(scene, 5);
    await scene.pass(0);
    await scene.pass(5_000);
    const probe = await scene.port.probe('org', 'conn', 'm');
    expect(probe).toEqual({ generation: 1 });
    scene.port.report('org', scene.outcome('neutral', { probe }));
    await scene.pass(0);
    expect(scene.board.targets.get(KEY)?.breaker.probes_out).toBe(0);
  });

  it('bad requests of callers are not sent at all', async () => {
    const scene = createScene();
    for (let i = 0; i < 1_000; i++) scene.port.report('org', scene.outcome('neutral'));
    await scene.pass(5_000);
    expect(scene.reports).toHaveLength(0);
  });

  it('what a failed call carried goes again in front of the rest', async () => {
    const scene = createScene();
    scene.setMode('down');
    scene.port.report('org', scene.outcome('failure', { latency_ms: 1 }));
    scene.port.report('org', scene.outcome('failure', { latency_ms: 2 }));
    await scene.pass(0);
    scene.setMode('up');
    scene.port.report('org', scene.outcome('failure', { latency_ms: 3 }));
    await scene.pass(0);
    expect(scene.reports.at(-1)?.map((one) => one.latency_ms)).toEqual([1, 2, 3]);
  });

  it('a call that was lost with its request blocks the next ones for five seconds at most', async () => {
    const scene = createScene();
    scene.setMode('hangs');
    fail(scene, 1);
    await scene.pass(4_999);
    scene.setMode('up');
    fail(scene, 1);
    await scene.pass(0);
    expect(scene.reports).toHaveLength(1);
    await scene.pass(1);
    fail(scene, 1);
    await scene.pass(0);
    expect(scene.reports.at(-1)).toHaveLength(3);
  });

  it('an outage of the board fills no memory', async () => {
    const scene = createScene();
    scene.setMode('down');
    for (let i = 0; i < 3_000; i++) scene.port.report('org', scene.outcome('success'));
    await scene.pass(0);
    scene.setMode('up');
    fail(scene, 1);
    await scene.pass(0);
    expect(scene.reports.at(-1)?.length).toBe(500);
  });
});

describe('what is learned from others', () => {
  it('a look costs no call until the last answer is a second old, and then one', async () => {
    const scene = createScene();
    for (let i = 0; i < 100; i++) scene.port.peek('org');
    await scene.pass(0);
    expect(scene.reports).toHaveLength(1);
    await scene.pass(999);
    scene.port.peek('org');
    expect(scene.reports).toHaveLength(1);
    await scene.pass(1);
    for (let i = 0; i < 100; i++) scene.port.peek('org');
    expect(scene.reports).toHaveLength(2);
  });

  it('a look gives the same snapshot while nothing has changed', async () => {
    const scene = createScene();
    scene.port.peek('org');
    await scene.pass(0);
    scene.port.report('org', scene.outcome('success'));
    const first = scene.port.peek('org');
    scene.port.report('org', scene.outcome('success'));
    expect(scene.port.peek('org')).toBe(first);
  });

  it('a breaker that opened elsewhere, and a changed configuration, are seen a second later', async () => {
    const scene = createScene();
    const other = scene.createPort();
    other.peek('org');
    await scene.pass(0);
    fail(scene, 5);
    scene.bump();
    await scene.pass(1_000);
    other.peek('org');
    await scene.pass(0);
    expect(breaker(other)).toBe('open');
    expect(other.peek('org').config_version).toBe(1);
  });

  it('whoever changes the configuration sees its version at once', async () => {
    const scene = createScene();
    expect(await scene.port.bumpConfig('org', 0, 'conn')).toBe(1);
    expect(scene.port.peek('org').config_version).toBe(1);
  });
});

describe('probes', () => {
  it('no call is made while the pause lasts', async () => {
    const scene = createScene();
    fail(scene, 5);
    await scene.pass(0);
    await scene.pass(4_000);
    expect(await scene.port.probe('org', 'conn', 'm')).toBeNull();
    expect(scene.probeCalls()).toBe(0);
  });

  it('once all are taken, the isolate asks again only a little later', async () => {
    const scene = createScene();
    fail(scene, 5);
    await scene.pass(0);
    await scene.pass(5_000);
    for (let i = 0; i < 20; i++) await scene.port.probe('org', 'conn', 'm');
    expect(scene.probeCalls()).toBe(4);
    await scene.pass(200);
    await scene.port.probe('org', 'conn', 'm');
    expect(scene.probeCalls()).toBe(5);
  });

  it('a board that hangs holds a request up for a second at most', async () => {
    const scene = createScene();
    fail(scene, 5);
    await scene.pass(0);
    await scene.pass(5_000);
    scene.setMode('hangs');
    const permit = scene.port.probe('org', 'conn', 'm');
    await scene.pass(1_000);
    expect(await permit).toEqual({ generation: 1 });
  });
});

it('the real object is what two isolates share', async () => {
  const boards = (env as unknown as { HEALTH_BOARD: DurableObjectNamespace }).HEALTH_BOARD;
  const work: Promise<unknown>[] = [];
  const createPort = () =>
    createHealthPort(boards, {
      after: (_, promise) => work.push(promise),
      clock: { now_ms: () => Date.now() },
      random: { id: () => 'x', number: () => 0 },
      wait: () => new Promise(() => {}),
    });
  const { outcome } = createScene();
  const one = createPort();
  for (let i = 0; i < 5; i++) one.report('org-real', outcome('failure', { at_ms: Date.now() }));
  await Promise.all(work);
  const two = createPort();
  two.peek('org-real');
  await Promise.all(work);
  expect(two.peek('org-real').targets[KEY]?.breaker).toBe('open');
  expect((await one.read('org-real')).targets[KEY]?.error_ratio).toBe(1);
  expect(await two.probe('org-real', 'conn', 'm')).toBeNull();
});

describe('requests under way', () => {
  it('are known to this isolate at once and without a new snapshot, and to the others within a second', async () => {
    const scene = createScene();
    const other = scene.createPort();
    const seen = scene.port.peek('org');
    other.peek('org');
    await scene.pass(0);
    scene.port.begin('org', 'conn', 'm', true);
    scene.port.begin('org', 'conn', 'm', true);
    expect(scene.port.peek('org').in_flight).toEqual({ [KEY]: 2 });
    expect(seen.in_flight).toEqual({ [KEY]: 2 });
    await scene.pass(1_000);
    other.peek('org');
    await scene.pass(0);
    expect(other.peek('org').in_flight).toEqual({ [KEY]: 2 });
    other.begin('org', 'conn', 'm', false);
    expect(other.peek('org').in_flight).toEqual({ [KEY]: 3 });
    scene.port.end('org', 'conn', 'm');
    scene.port.end('org', 'conn', 'm');
    await scene.pass(1_000);
    other.peek('org');
    await scene.pass(1_000);
    other.peek('org');
    await scene.pass(0);
    expect(other.peek('org').in_flight).toEqual({ [KEY]: 1 });
  });

  it('cost no call of their own where nobody waits for them', async () => {
    const scene = createScene();
    scene.port.peek('org');
    await scene.pass(0);
    const before = scene.reports.length;
    scene.port.begin('org', 'conn', 'm', false);
    scene.port.end('org', 'conn', 'm');
    await scene.pass(5_000);
    expect(scene.reports.length).toBe(before);
  });

  it('share the time of their endpoint', async () => {
    const scene = createScene();
    const begun = scene.port.begin('org', 'conn', 'm', true);
    await scene.pass(400);
    scene.port.begin('org', 'conn', 'm', true);
    await scene.pass(400);
    expect(scene.port.end('org', 'conn', 'm') - begun).toBe(600);
  });
});
