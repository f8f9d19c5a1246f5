import { runInDurableObject } from 'cloudflare:test';
import type { KeyLedger } from '@sluice/cloudflare/objects/key-ledger';
import { consumeTraces } from '@sluice/cloudflare/queue/consume-traces';
import type { KeyPolicy } from '@sluice/contract';
import { afterEach, expect, it, vi } from 'vitest';
import { receiptPorts } from '../../src/receipts.ts';
import { budget, createGatewayFixture, healthy, hello, realEnv, settledUsage } from './gateway-fixture.ts';

afterEach(() => vi.restoreAllMocks());

const REQUESTS = 400;
/** One that comes so late that nothing of the last one is still under way: all that is batched goes alone. */
const SPARSE = { requests: 3, apart_ms: 2_500 };
const WARM_UP = 40;
/** A message is billed for each 64 kB of it, three times: written, read, deleted. */
const QUEUE_CHUNK_BYTES = 64_000;
const QUEUE_STEPS = 3;

const OBJECTS = ['KEY_LEDGER', 'SCOPE_LEDGER', 'HEALTH_BOARD', 'RATE_METER'] as const;

interface Counts {
  object_requests: number;
  object_rows_written: number;
  queue_operations: number;
  database_rows_written: number;
  database_rows_read: number;
}
const nothing = (): Counts => ({
  object_requests: 0,
  object_rows_written: 0,
  queue_operations: 0,
  database_rows_written: 0,
  database_rows_read: 0,
});

/** What Cloudflare bills, counted at the bindings. */
function createMeter() {
  const counts = nothing();
  const bodies: string[] = [];
  const counted = <T extends object>(stub: T): T =>
    new Proxy(stub, {
      get(target, name) {
        const found: unknown = Reflect.get(target, name);
        if (typeof found !== 'function' || typeof name !== 'string') return found;
        return (...asked: unknown[]) => {
          counts.object_requests++;
          return Reflect.apply(found, target, asked);
        };
      },
    });
  const namespaces = OBJECTS.map((binding) => {
    const namespace = realEnv[binding];
    const proxy = new Proxy(namespace, {
      get(target, name) {
        if (name === 'getByName') return (id: string) => counted(target.getByName(id));
        if (name === 'idFromName') return (id: string) => target.idFromName(id);
        if (name === 'get') return (id: DurableObjectId) => counted(target.get(id));
        return Reflect.get(target, name);
      },
    });
    return [binding, proxy] as const;
  });
  const DB = new Proxy(realEnv.DB, {
    get(target, name) {
      if (name !== 'batch') return Reflect.get(target, name).bind(target);
      return async (statements: D1PreparedStatement[]) => {
        const results = await target.batch(statements);
        for (const { meta } of results) {
          counts.database_rows_written += meta.rows_written;
          counts.database_rows_read += meta.rows_read;
        }
        return results;
      };
    },
  });
  const env = {
    ...Object.fromEntries(namespaces),
    TRACES: {
      send: async (body: string) => {
        bodies.push(body);
        const chunks = Math.ceil(new TextEncoder().encode(body).length / QUEUE_CHUNK_BYTES);
        counts.queue_operations += chunks * QUEUE_STEPS;
      },
    } as unknown as Queue,
    // As long as a deployment waits.
    SLUICE_TRACE_FLUSH_MS: '1000',
  };
  return { counts, bodies, env, DB };
}

/** Every row that any object writes, an alarm's own included, and each alarm, which is billed as a request. */
async function watchObjects(stub: DurableObjectStub<KeyLedger>, counts: Counts): Promise<void> {
  await runInDurableObject(stub, (instance, state) => {
    const note = (): void => {
      counts.object_rows_written++;
    };
    for (const [owner, names] of [
      [Object.getPrototypeOf(state.storage), ['put', 'setAlarm']],
      [Object.getPrototypeOf(state.storage.kv), ['put']],
    ] as const)
      for (const name of names) {
        const own = owner[name];
        vi.spyOn(owner, name).mockImplementation(function (this: unknown, ...asked: unknown[]) {
          note();
          return Reflect.apply(own, this, asked);
        });
      }
    const prototype = Object.getPrototypeOf(instance);
    const alarm = prototype.alarm;
    vi.spyOn(prototype, 'alarm').mockImplementation(function (this: unknown, ...asked: unknown[]) {
      counts.object_requests++;
      return Reflect.apply(alarm, this, asked);
    });
  });
}

/** Name, policy, requests at once, and what each may cost at most. */
const KINDS: [string, Partial<KeyPolicy>, number, Partial<Counts>][] = [
  [
    'busy',
    { budgets: [budget(1e15)] },
    50,
    { object_requests: 1, object_rows_written: 0.1, queue_operations: 0.3 },
  ],
  [
    'steady',
    { budgets: [budget(1e15)] },
    1,
    { object_requests: 1.05, object_rows_written: 0.1, queue_operations: 0.3 },
  ],
  [
    'strict',
    { strict: true, budgets: [budget(1e15)] },
    50,
    { object_requests: 1.1, object_rows_written: 0.1, queue_operations: 0.3 },
  ],
  [
    'sparse',
    { budgets: [budget(1e15)] },
    1,
    { object_requests: 4, object_rows_written: 4, queue_operations: 3 },
  ],
];

it.each(KINDS)(
  '%s: what a request costs in operations stays what docs/costs.md says',
  async (name, policy, at_once, most) => {
    const { counts, bodies, env, DB } = createMeter();
    const { post, createVirtualKey } = createGatewayFixture({ upstream: healthy, env });
    const { secret, stub, key_id } = await createVirtualKey(policy);
    const run = async (requests: number): Promise<void> => {
      let left = requests;
      const worker = async (): Promise<void> => {
        while (left-- > 0) {
          const response = await post(secret, hello('gpt-4o-mini', { stream: left % 2 === 1 }));
          expect(response.status).toBe(200);
          await response.text();
        }
      };
      await Promise.all(Array.from({ length: at_once }, worker));
    };
    await run(WARM_UP);
    await settledUsage(stub);
    await vi.waitFor(() => expect(records(bodies)).toBe(WARM_UP), { timeout: 10_000, interval: 50 });
    bodies.length = 0;
    await watchObjects(stub, counts);
    Object.assign(counts, nothing());

    const requests = name === 'sparse' ? SPARSE.requests : REQUESTS;
    if (name === 'sparse')
      for (let sent = 0; sent < requests; sent++) {
        await run(1);
        await new Promise((resolve) => setTimeout(resolve, SPARSE.apart_ms));
      }
    else await run(requests);
    await settledUsage(stub);
    await vi.waitFor(() => expect(records(bodies)).toBe(requests), { timeout: 10_000, interval: 50 });
    const consume = (metrics: boolean) =>
      consumeTraces({ messages: bodies.map(asMessage) } as unknown as MessageBatch<unknown>, {
        DB,
        TRACES_DEAD: { send: async () => undefined },
        settle: async () => undefined,
        // As every deployment that was made by `npm run deploy`.
        receipts: receiptPorts({ ...realEnv, SLUICE_RECEIPT_KEYS: `test:${'A'.repeat(43)}` }),
        metrics,
      });
    await consume(false);
    const without = { ...counts };
    // The same again as other requests of another key, with the counters of `/metrics`.
    for (const [at, body] of bodies.entries())
      bodies[at] = body.replaceAll('"req_', '"req_m_').replaceAll(`"${key_id}"`, `"${key_id}m"`);
    await consume(true);
    const per = (count: number): number => Number((count / requests).toFixed(3));
    const extra = (of: keyof Counts): number => per(counts[of] - 2 * without[of]);
    const metrics = { rows_written: extra('database_rows_written'), rows_read: extra('database_rows_read') };
    const each = Object.fromEntries(
      Object.entries(without).map(([of, count]) => [of, per(count)]),
    ) as unknown as Counts;
    console.log(`SLUICE_OPERATIONS ${JSON.stringify({ name, at_once, requests, ...each, metrics })}`);
    expect(metrics.rows_written).toBeLessThanOrEqual(2);
    for (const [of, limit] of Object.entries(most))
      expect(each[of as keyof Counts], of).toBeLessThanOrEqual(limit);
    expect(each.database_rows_written).toBeGreaterThanOrEqual(1);
  },
);

const asMessage = (body: string, at: number) => ({ id: `${at}`, body, attempts: 1, ack() {}, retry() {} });

const records = (bodies: readonly string[]): number =>
  bodies.reduce((sum, body) => sum + (JSON.parse(body) as { records: unknown[] }).records.length, 0);
