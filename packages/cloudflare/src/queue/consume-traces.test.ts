import { createExecutionContext, createMessageBatch, getQueueResult, reset } from 'cloudflare:test';
import { env as bindings } from 'cloudflare:workers';
import { METRIC_BOUNDS_MS, type MetricSums, type Settlement, type TraceRecord } from '@sluice/contract';
import { beforeEach, expect, test } from 'vitest';
import { createMetricStore } from '../d1/metrics.ts';
import { migrate } from '../d1/migrate.ts';
import { USAGE_SUMS } from '../d1/usage-sql.ts';
import type { Env } from '../env.ts';
import { type ConsumePorts, consumeTraces } from './consume-traces.ts';
import { traceFixture } from './trace-fixture.ts';

const { DB } = bindings as unknown as Env;
let dead: unknown[] = [];
let settled: [string, Settlement[]][] = [];

const ports = (change: Partial<ConsumePorts> = {}): ConsumePorts => ({
  DB,
  TRACES_DEAD: { send: async (body) => dead.push(body) },
  settle: async (key_id, settlements) => {
    settled.push([key_id, settlements]);
  },
  ...change,
});

beforeEach(async () => {
  await reset();
  await migrate(DB);
  dead = [];
  settled = [];
});

const bodyOf = (records: unknown[], unsettled: unknown[] = []) =>
  JSON.stringify({ version: 1, records, unsettled });

async function deliver(bodies: unknown[], with_ports = ports()) {
  const batch = createMessageBatch(
    'sluice-traces',
    bodies.map((body, at) => ({ id: `m${at}`, timestamp: new Date(0), attempts: 1, body })),
  );
  await consumeTraces(batch, with_ports);
  return await getQueueResult(batch, createExecutionContext());
}

const records: TraceRecord[] = Array.from({ length: 40 }, (_, at) =>
  traceFixture({
    request_id: `req_${at}`,
    key_id: at % 3 === 0 ? 'keyAAAAAAAAA' : 'keyBBBBBBBBB',
    at_ms: Date.UTC(2026, 10, 21, 10 + (at % 2), at),
    user_id: at % 4 === 0 ? 'ann' : null,
    status: at % 5 === 0 ? 502 : 200,
    model: at % 5 === 0 ? null : 'gpt-4o-mini',
    usage:
      at % 5 === 0 ? null : { ...(traceFixture().usage ?? never()), input_tokens: at, cache_read_tokens: 3 },
    cost_usd_nanos: at % 7 === 0 ? null : 1000 + at,
    ttft_ms: at % 5 === 0 ? null : at,
  }),
);

function never(): never {
  throw new Error('the fixture has usage');
}

async function totals(): Promise<Record<string, number>> {
  const sums = USAGE_SUMS.map((column) => `sum(${column}) AS ${column}`).join(', ');
  const row = await DB.prepare(
    `SELECT ${sums}, (SELECT count(*) FROM traces) AS traces FROM usage_hourly`,
  ).first();
  return row as Record<string, number>;
}

/** The same sums, counted here from the records. */
function expected(): Record<string, number> {
  const sum = (of: (record: TraceRecord) => number) => records.reduce((all, record) => all + of(record), 0);
  return {
    traces: records.length,
    requests: records.length,
    errors: sum((record) => (record.status >= 400 ? 1 : 0)),
    input_tokens: sum((record) => record.usage?.input_tokens ?? 0),
    cache_read_tokens: sum((record) => record.usage?.cache_read_tokens ?? 0),
    output_tokens: sum((record) => record.usage?.output_tokens ?? 0),
    cost_usd_nanos: sum((record) => record.cost_usd_nanos ?? 0),
    unpriced_requests: sum((record) => (record.cost_usd_nanos === null ? 1 : 0)),
    latency_ms_sum: sum((record) => record.latency_ms),
    ttft_ms_sum: sum((record) => record.ttft_ms ?? 0),
    ttft_count: sum((record) => (record.ttft_ms === null ? 0 : 1)),
  };
}

test('the hourly sums equal the sum over the traces', async () => {
  const result = await deliver([bodyOf(records.slice(0, 15)), bodyOf(records.slice(15))]);
  expect(result.explicitAcks).toEqual(['m0', 'm1']);
  expect(await totals()).toMatchObject(expected());
});

test('a message that comes again, and a record that is in two messages or twice in one, count once', async () => {
  const all = bodyOf(records);
  await deliver([all]);
  await deliver([all, all, bodyOf(records.slice(3, 9)), bodyOf([...records, ...records])]);
  expect(await totals()).toMatchObject(expected());
});

test('counters of metrics are kept where they are on, each request once, with buckets that hold all below', async () => {
  await deliver([bodyOf(records)]);
  const store = createMetricStore(DB);
  expect(await store.list('org_default', 100)).toEqual([]);
  await reset();
  await migrate(DB);
  const all = bodyOf(records);
  const on = ports({ metrics: true });
  await deliver([all, all, bodyOf(records.slice(3, 9))], on);
  const sums = await store.list('org_default', 100);
  const sum = (of: (row: MetricSums) => number) => sums.reduce((total, row) => total + of(row), 0);
  const wanted = expected();
  for (const name of ['requests', 'input_tokens', 'cost_usd_nanos', 'unpriced_requests'] as const)
    expect([name, sum((row) => row[name])]).toEqual([name, wanted[name]]);
  expect(sum((row) => row.ttft_ms_sum)).toBe(wanted['ttft_ms_sum']);
  for (const [at, bound] of METRIC_BOUNDS_MS.entries()) {
    expect(sum((row) => row.latency_within[at] ?? 0)).toBe(
      records.filter(({ latency_ms }) => latency_ms <= bound).length,
    );
    expect(sum((row) => row.ttft_within[at] ?? 0)).toBe(
      records.filter(({ ttft_ms }) => ttft_ms !== null && ttft_ms <= bound).length,
    );
  }
  expect(sums.map(({ status, model }) => [status, model]).sort()).toEqual([
    [200, 'gpt-4o-mini'],
    [502, ''],
  ]);
  expect(await store.list('org_other', 100)).toEqual([]);
});

test('a failure between the sums and the rows leaves neither, and the retry stores both once', async () => {
  let broken = true;
  const halfway = new Proxy(DB, {
    get(target, name) {
      if (name !== 'batch') return Reflect.get(target, name).bind(target);
      return (statements: D1PreparedStatement[]) =>
        target.batch(broken ? [...statements, target.prepare('INSERT INTO nowhere VALUES (1)')] : statements);
    },
  });
  const first = await deliver([bodyOf(records)], ports({ DB: halfway }));
  expect(first.explicitAcks).toEqual([]);
  expect(first.retryMessages).toMatchObject([{ msgId: 'm0' }]);
  expect(await totals()).toMatchObject({ traces: 0, requests: null });
  broken = false;
  const second = await deliver([bodyOf(records)], ports({ DB: halfway }));
  expect(second.explicitAcks).toEqual(['m0']);
  expect(await totals()).toMatchObject(expected());
});

test('one message that fails does not hold back the others of its batch', async () => {
  const settle = async () => {
    throw new Error('the ledger is away');
  };
  const settlement = { hold_id: 'h', outcome: 'settled', usd_nanos: 1, input_tokens: 1, output_tokens: 1 };
  const unsettled = [{ key_id: 'k', settlement: { ...settlement, held_usd_nanos: 2, record: null } }];
  const result = await deliver(
    [bodyOf(records.slice(0, 20), unsettled), bodyOf(records.slice(20))],
    ports({ settle }),
  );
  expect(result.explicitAcks).toEqual(['m1']);
  expect(result.retryMessages).toMatchObject([{ msgId: 'm0' }]);
  await deliver([bodyOf(records.slice(0, 20), unsettled)]);
  expect(settled).toEqual([['k', [unsettled[0]?.settlement]]]);
  expect(await totals()).toMatchObject(expected());
});

test('what can never be read goes to the dead queue, and everything beside it is stored', async () => {
  const result = await deliver(['{', 17, '{"version":2}', bodyOf([{ request_id: 'x' }, ...records])]);
  expect(result.explicitAcks).toEqual(['m0', 'm1', 'm2', 'm3']);
  expect(dead).toEqual(['{', 17, '{"version":2}', JSON.parse(bodyOf([{ request_id: 'x' }]))]);
  expect(await totals()).toMatchObject(expected());
});

test('the same request id in two organizations is two traces', async () => {
  await deliver([
    bodyOf([traceFixture({ organization_id: 'org_a' }), traceFixture({ organization_id: 'org_b' })]),
  ]);
  expect(await totals()).toMatchObject({ traces: 2, requests: 2 });
});

test('text that looks like SQL is stored as text', async () => {
  const nasty = `'; DROP TABLE traces; -- " \u0000 \u{1F600}`;
  await deliver([bodyOf([traceFixture({ user_id: nasty, model: nasty, session_id: nasty })])]);
  const row = await DB.prepare('SELECT user_id, model, session_id FROM traces').first();
  expect(row).toEqual({ user_id: nasty, model: nasty, session_id: nasty });
});
