import { createExecutionContext, createMessageBatch, getQueueResult, reset } from 'cloudflare:test';
import { beforeEach, expect, it, vi } from 'vitest';
import worker from '../../src/index.ts';
import {
  budget,
  createGatewayFixture,
  healthy,
  hello,
  idOf,
  realEnv,
  settledUsage,
} from './gateway-fixture.ts';

beforeEach(reset);

type Mode = 'well' | 'throws' | 'slow';

/** D1 and the queue as an outage leaves them. */
function createStorage() {
  let mode: Mode = 'well';
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const seen = { statements: 0, waiting: 0 };
  const sent: string[] = [];
  const refuse = (): never => {
    throw new Error('D1_ERROR: storage is unavailable');
  };
  const DB = new Proxy(realEnv.DB, {
    get(target, name) {
      const found: unknown = Reflect.get(target, name);
      if (typeof found !== 'function') return found;
      return (...asked: unknown[]) => {
        seen.statements++;
        if (mode === 'throws') return refuse();
        if (mode === 'slow' && name === 'batch') {
          seen.waiting++;
          return gate.then(() => Reflect.apply(found, target, asked));
        }
        return Reflect.apply(found, target, asked);
      };
    },
  });
  const TRACES = {
    send: async (body: string) => {
      if (mode === 'throws') throw new Error('the queue is away');
      sent.push(body);
    },
  } as unknown as Queue;
  return { env: { DB, TRACES }, sent, seen, release, become: (next: Mode) => (mode = next) };
}

/** Delivers messages to the worker's own consumer. @returns which were taken and which come again. */
async function deliver(bodies: string[], env: typeof realEnv) {
  const messages = bodies.map((body, i) => ({ id: `m${i}`, timestamp: new Date(0), attempts: 1, body }));
  const batch = createMessageBatch('sluice-traces', messages);
  const context = createExecutionContext();
  await worker.queue(batch as MessageBatch, env);
  return getQueueResult(batch, context);
}

const stored = async (key_id: string): Promise<string[]> => {
  const { results } = await realEnv.DB.prepare('SELECT request_id FROM traces WHERE key_id = ?1')
    .bind(key_id)
    .all<{ request_id: string }>();
  return results.map((row) => row.request_id).sort();
};

it('requests do not notice that D1 and the queue are away or slow, and every trace is stored once in the end', async () => {
  const storage = createStorage();
  const { post, createVirtualKey } = createGatewayFixture({ upstream: healthy, env: storage.env });
  const { secret, stub, key_id } = await createVirtualKey({ budgets: [budget(1e12)] });
  const ids: string[] = [];
  const ask = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const response = await post(secret, hello('gpt-4o-mini', { stream: i % 2 === 0 }));
      expect(response.status).toBe(200);
      await response.text();
      ids.push(idOf(response));
    }
  };
  await ask(5);
  await vi.waitFor(() => expect(storage.sent.length).toBeGreaterThan(0), { timeout: 5_000 });

  storage.become('throws');
  const statements = storage.seen.statements;
  await ask(20);
  expect(storage.seen.statements).toBe(statements);
  const first = await deliver(storage.sent, { ...realEnv, ...storage.env });
  expect(first.explicitAcks).toEqual([]);
  expect(first.retryMessages.map(({ msgId }) => msgId)).toEqual(storage.sent.map((_, i) => `m${i}`));

  storage.become('slow');
  const delivering = deliver([...storage.sent], { ...realEnv, ...storage.env });
  await vi.waitFor(() => expect(storage.seen.waiting).toBeGreaterThan(0));
  await ask(10);
  storage.release();
  await delivering;
  storage.become('well');

  await vi.waitFor(
    () => {
      const records = storage.sent.flatMap((body) => (JSON.parse(body) as { records: unknown[] }).records);
      expect(records.length).toBeGreaterThanOrEqual(ids.length);
    },
    { timeout: 10_000, interval: 50 },
  );
  const last = await deliver(storage.sent, { ...realEnv, ...storage.env });
  expect(last.explicitAcks).toHaveLength(storage.sent.length);
  expect(await stored(key_id)).toEqual(ids.sort());
  const sums = await realEnv.DB.prepare(
    'SELECT sum(requests) AS requests FROM usage_hourly WHERE key_id = ?1',
  )
    .bind(key_id)
    .first();
  expect(sums).toEqual({ requests: ids.length });
  await settledUsage(stub);
});

it('a cold isolate without D1 refuses, and never lets in blindly', async () => {
  const storage = createStorage();
  storage.become('throws');
  const { post, calls, createVirtualKey } = createGatewayFixture({ upstream: healthy, env: storage.env });
  const { secret } = await createVirtualKey();
  const response = await post(secret, hello('gpt-4o-mini'));
  expect(response.status).toBe(503);
  expect(calls).toEqual([]);
});
