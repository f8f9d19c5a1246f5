import { reset } from 'cloudflare:test';
import { env as bindings } from 'cloudflare:workers';
import { beforeEach, expect, test } from 'vitest';
import type { Env } from '../env.ts';
import { traceFixture } from '../queue/trace-fixture.ts';
import { parseTraceRow } from '../queue/trace-message.ts';
import { migrate } from './migrate.ts';
import { storeTraces } from './store-traces.ts';
import { createUsageStore } from './usage.ts';

const { DB } = bindings as unknown as Env;
const HOUR_MS = 3_600_000;
const FROM_MS = Date.UTC(2026, 10, 21, 9);
const SPAN = { from_ms: FROM_MS, until_ms: FROM_MS + 2 * HOUR_MS };

beforeEach(() => reset());

async function store(changes: Parameters<typeof traceFixture>[0][]): Promise<void> {
  await migrate(DB);
  await storeTraces(
    DB,
    changes
      .map((change, at) => parseTraceRow(traceFixture({ request_id: `req_${at}`, ...change })))
      .filter((row) => row !== null),
  );
}

test('percentiles are the nearest rank of what was answered in full, of the whole span and of each step', async () => {
  const durations = Array.from({ length: 100 }, (_, at) => ((at * 37) % 100) + 1);
  await store([
    ...durations.map((ms) => ({ at_ms: FROM_MS + ms, latency_ms: ms * 10, ttft_ms: ms, cost_usd_nanos: 5 })),
    // Neither a refusal nor a broken stream says how long an answer takes.
    { at_ms: FROM_MS + 1, status: 429, latency_ms: 0.2, ttft_ms: null, cost_usd_nanos: 0 },
    { at_ms: FROM_MS + HOUR_MS, latency_ms: 70, ttft_ms: null, cost_usd_nanos: 7 },
    { at_ms: FROM_MS + HOUR_MS, ending: 'truncated', latency_ms: 9_000, ttft_ms: 9_000, cost_usd_nanos: 1 },
    { at_ms: FROM_MS + 2 * HOUR_MS, latency_ms: 1 },
    { at_ms: FROM_MS - 1, latency_ms: 1 },
  ]);
  const usage = createUsageStore(DB);
  const { total, steps, oldest_ms } = await usage.activity('org_default', SPAN, HOUR_MS, 50_000);
  expect(total).toMatchObject({ requests: 103, errors: 2, cost_usd_nanos: 508 });
  expect(oldest_ms).toBe(FROM_MS + 1);
  expect(steps).toEqual([
    {
      at_ms: FROM_MS,
      requests: 101,
      errors: 1,
      cost_usd_nanos: 500,
      latency: { p50_ms: 500, p90_ms: 900, p95_ms: 950, p99_ms: 990 },
      ttft: { p50_ms: 50, p90_ms: 90, p95_ms: 95, p99_ms: 99 },
    },
    {
      at_ms: FROM_MS + HOUR_MS,
      requests: 2,
      errors: 1,
      cost_usd_nanos: 8,
      latency: { p50_ms: 70, p90_ms: 70, p95_ms: 70, p99_ms: 70 },
      ttft: { p50_ms: null, p90_ms: null, p95_ms: null, p99_ms: null },
    },
  ]);
});

test('a failure counts for the provider that failed, not for the one that answered in its place', async () => {
  const attempt = { connection_id: 'c', model: 'm', message: null, latency_ms: 1, role: 'first' as const };
  const failed = { ...attempt, provider: 'openai', status: 500, error: 'overloaded' as const };
  const answered = { ...attempt, provider: 'gemini', status: 200, error: null };
  await store([
    { at_ms: FROM_MS, provider: 'gemini', attempts: [failed, answered] },
    { at_ms: FROM_MS, provider: null, status: 502, attempts: [failed] },
    { at_ms: FROM_MS, provider: null, status: 401, attempts: [] },
  ]);
  const { providers } = await createUsageStore(DB).activity('org_default', SPAN, HOUR_MS, 100);
  expect(providers).toEqual([
    { provider: 'openai', attempts: 2, failures: 2 },
    { provider: 'gemini', attempts: 1, failures: 0 },
  ]);
});

test('only the newest are read, and another organization sees nothing', async () => {
  await store([1, 2, 3].map((minute) => ({ at_ms: FROM_MS + minute * 60_000, latency_ms: minute })));
  const usage = createUsageStore(DB);
  const { total, oldest_ms } = await usage.activity('org_default', SPAN, HOUR_MS, 2);
  expect([total.requests, total.latency.p50_ms, oldest_ms]).toEqual([2, 2, FROM_MS + 120_000]);
  const { total: theirs } = await usage.activity('org_other', SPAN, HOUR_MS, 2);
  expect([theirs.requests, theirs.latency.p50_ms]).toEqual([0, null]);
});

test('an order puts the dearest groups first, and there is one page of them', async () => {
  await store([
    { key_id: 'a', at_ms: FROM_MS, cost_usd_nanos: 5 },
    { key_id: 'a', at_ms: FROM_MS, cost_usd_nanos: 5 },
    { key_id: 'b', at_ms: FROM_MS, cost_usd_nanos: 30, status: 500 },
    { key_id: 'c', at_ms: FROM_MS, cost_usd_nanos: 20 },
  ]);
  const usage = createUsageStore(DB);
  const query = { groups: ['key' as const], ...SPAN, time_zone: 'UTC', filter: {} };
  const top = async (order: 'cost' | 'requests' | 'errors') => {
    const { rows, next } = await usage.page('org_default', { ...query, order }, 2, null);
    expect(next).toBeNull();
    return rows.map(({ key }) => key);
  };
  expect([await top('cost'), await top('requests'), await top('errors')]).toEqual([
    ['b', 'c'],
    ['a', 'b'],
    ['b', 'a'],
  ]);
});
