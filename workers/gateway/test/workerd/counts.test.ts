import { runInDurableObject } from 'cloudflare:test';
import { KeyLedger } from '@sluice/cloudflare/objects/key-ledger';
import type { KeyPolicy } from '@sluice/contract';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  budget,
  createGatewayFixture,
  healthy,
  hello,
  ledgers,
  realEnv,
  settledUsage,
} from './gateway-fixture.ts';

afterEach(() => vi.restoreAllMocks());

const REQUESTS = 200;
const WARM_UP = 20;

/** Counts what goes over each binding, and how many object calls are awaited between a request and its answer. */
function createMeter() {
  const ledger: Record<string, number> = {};
  let board = 0;
  let database = 0;
  const queued: number[] = [];
  /** Run by the same chain of awaits as the request itself, so set while a request's own code runs. */
  const path = { calls: 0 };

  function countCalls<T extends object>(stub: T, note: (name: string) => void): T {
    return new Proxy(stub, {
      get(target, name) {
        const found: unknown = Reflect.get(target, name);
        if (typeof found !== 'function' || typeof name !== 'string') return found;
        return (...asked: unknown[]) => {
          note(name);
          return Reflect.apply(found, target, asked);
        };
      },
    });
  }
  const namespaceOf = (namespace: DurableObjectNamespace, note: (name: string) => void) =>
    new Proxy(namespace, {
      get(target, name) {
        if (name === 'getByName') return (id: string) => countCalls(target.getByName(id), note);
        if (name === 'idFromName') return (id: string) => target.idFromName(id);
        if (name === 'get') return (id: DurableObjectId) => countCalls(target.get(id), note);
        return Reflect.get(target, name);
      },
    });
  const env = {
    KEY_LEDGER: namespaceOf(realEnv.KEY_LEDGER, (name) => {
      ledger[name] = (ledger[name] ?? 0) + 1;
      if (name === 'admit' || name === 'policy' || name === 'usage') path.calls++;
    }),
    HEALTH_BOARD: namespaceOf(realEnv.HEALTH_BOARD, (name) => {
      board++;
      if (name === 'probe') path.calls++;
    }),
    DB: countCalls(realEnv.DB, () => database++),
    TRACES: new Proxy(realEnv.TRACES, {
      get: (target, name) => {
        if (name !== 'send') return Reflect.get(target, name);
        return async (body: string) => {
          queued.push((JSON.parse(body) as { records: unknown[] }).records.length);
        };
      },
    }),
    // As long as a deployment waits, so that the count of messages is that of a deployment.
    SLUICE_TRACE_FLUSH_MS: '1000',
  };
  return {
    env,
    read: () => ({
      awaited: path.calls,
      ledger: { ...ledger },
      objects: Object.values(ledger).reduce((sum, n) => sum + n, board),
      database,
      messages: queued.length,
      records: queued.reduce((sum, n) => sum + n, 0),
    }),
  };
}

/** Storage writes that an admission's answer waits for. */
async function watchWrites(key_id: string) {
  const stub = ledgers.getByName(key_id);
  const written = () => runInDurableObject(stub, (instance: KeyLedger) => instance.writes);
  const seen = { admissions: 0, waited_for: 0 };
  const { admit } = KeyLedger.prototype;
  vi.spyOn(KeyLedger.prototype, 'admit').mockImplementation(function (this: KeyLedger, ...asked) {
    const writes = this.writes;
    const answer = admit.apply(this, asked);
    seen.admissions++;
    seen.waited_for += this.writes - writes;
    return answer;
  });
  /** Waits for the snapshot that is written behind, after which the reserve fits the pace; then counts anew. */
  async function behind(): Promise<void> {
    const before = await written();
    await vi.waitFor(async () => expect(await written()).toBeGreaterThan(before), {
      timeout: 5_000,
      interval: 10,
    });
    seen.admissions = 0;
    seen.waited_for = 0;
  }
  return { seen, behind };
}

const KINDS: [string, Partial<KeyPolicy>, boolean][] = [
  ['no budget, no lease', { strict: true }, false],
  ['a hard budget, no lease', { strict: true, budgets: [budget(1e15)] }, false],
  ['a hard budget, leased', { budgets: [budget(1e15)] }, true],
];

describe.each(KINDS)('%s', (_name, policy, leased) => {
  it.each([1, 50])(
    '%i at once: a warm request costs one awaited object call, 1.05 in all, no write and no D1',
    async (concurrent) => {
      const meter = createMeter();
      const { post, createVirtualKey, calls } = createGatewayFixture({ upstream: healthy, env: meter.env });
      const { key_id, secret, stub } = await createVirtualKey(policy);
      let sent = 0;
      const run = async (requests: number): Promise<void> => {
        let left = requests;
        const worker = async (): Promise<void> => {
          while (left-- > 0) {
            const response = await post(secret, hello('gpt-4o-mini', { stream: sent++ % 2 === 1 }));
            expect(response.status).toBe(200);
            await response.text();
          }
        };
        await Promise.all(Array.from({ length: concurrent }, worker));
      };
      await run(WARM_UP);
      const writes = await watchWrites(key_id);

      let steady_run_waited: number | null = null;
      let fewest_awaited = REQUESTS;
      // A machine that does something else meanwhile makes no steady pace: then the next run shows it.
      for (let runs = 0; steady_run_waited !== 0 && runs < 6; runs++) {
        const before = meter.read();
        const calls_before = calls.length;
        await run(REQUESTS);
        const answered = meter.read();
        const awaited = answered.awaited - before.awaited;
        expect(calls.length - calls_before).toBe(REQUESTS);
        if (!leased) expect(awaited).toBe(REQUESTS);
        fewest_awaited = Math.min(fewest_awaited, awaited);
        expect(writes.seen.admissions).toBe(awaited);
        // A pace that rises outgrows its reserve a few times, fourfold each time; a steady one never.
        expect(writes.seen.waited_for).toBeLessThanOrEqual(4);
        if (runs > 0) steady_run_waited = writes.seen.waited_for;
        await settledUsage(stub);
        const settled = meter.read();
        expect((settled.objects - before.objects) / REQUESTS).toBeLessThanOrEqual(1.05);
        expect(settled.database - before.database).toBe(0);
        if (steady_run_waited !== 0) await writes.behind();
      }
      expect(steady_run_waited).toBe(0);
      if (leased) expect(fewest_awaited).toBeLessThan(REQUESTS * 0.6);
      // Off the path, and many requests to a message: a message takes 100 kB of traces.
      const { messages } = meter.read();
      expect(messages).toBeLessThanOrEqual(sent / 20);
    },
  );
});
