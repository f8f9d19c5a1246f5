import { reset } from 'cloudflare:test';
import { env as bindings } from 'cloudflare:workers';
import { beforeEach, expect, test } from 'vitest';
import type { Env } from '../env.ts';
import { traceFixture } from '../queue/trace-fixture.ts';
import { parseTraceRow } from '../queue/trace-message.ts';
import { migrate } from './migrate.ts';
import { MIGRATIONS } from './migrations.ts';
import { storeTraces } from './store-traces.ts';
import { createUsageStore } from './usage.ts';

const { DB } = bindings as unknown as Env;
const DAY = Date.UTC(2026, 10, 21);

beforeEach(() => reset());

const store = (changes: Parameters<typeof traceFixture>[0][]) =>
  storeTraces(
    DB,
    changes
      .map((change, at) => parseTraceRow(traceFixture({ request_id: `req_${at}`, ...change })))
      .filter((row) => row !== null),
  );

test('sums stand by arm, with requests, errors, cost, latency and first token', async () => {
  await migrate(DB);
  await store([
    { split_arm: 'exp/a', cost_usd_nanos: 10, latency_ms: 100, ttft_ms: 20 },
    { split_arm: 'exp/a', cost_usd_nanos: 30, latency_ms: 300, ttft_ms: 40 },
    { split_arm: 'exp/b', status: 502, cost_usd_nanos: 0, latency_ms: 50, ttft_ms: null },
    { split_arm: null },
    {},
  ]);
  const { rows } = await createUsageStore(DB).page(
    'org_default',
    { groups: ['split'], from_ms: DAY, until_ms: DAY + 86_400_000, filter: {}, time_zone: 'UTC' },
    100,
    null,
  );
  const by = Object.fromEntries(rows.map((row) => [String(row.split), row]));
  expect(by['exp/a']).toMatchObject({
    requests: 2,
    errors: 0,
    cost_usd_nanos: 40,
    latency_ms_sum: 400,
    ttft_ms_sum: 60,
    ttft_count: 2,
  });
  expect(by['exp/b']).toMatchObject({ requests: 1, errors: 1, ttft_count: 0 });
  expect(by['null']).toMatchObject({ requests: 2 });
});

test('sums from before there were splits stay, as of none', async () => {
  const [initial, connections] = MIGRATIONS;
  for (const { sql } of [initial, connections].filter((one) => one !== undefined))
    await DB.batch(sql.split('--> statement-breakpoint').map((text) => DB.prepare(text.trim())));
  await DB.prepare(
    'CREATE TABLE d1_migrations(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)',
  ).run();
  await DB.prepare('INSERT INTO d1_migrations (name) VALUES (?1), (?2)')
    .bind(initial?.name, connections?.name)
    .run();
  const { results: columns } = await DB.prepare(
    "SELECT name, type FROM pragma_table_info('usage_hourly')",
  ).all<{
    name: string;
    type: string;
  }>();
  const values = columns.map(({ name, type }) =>
    name === 'organization_id'
      ? "'org_default'"
      : name === 'hour_ms'
        ? String(DAY)
        : type === 'text' || type === 'TEXT'
          ? "'x'"
          : '7',
  );
  await DB.prepare(
    `INSERT INTO usage_hourly (${columns.map(({ name }) => name).join(', ')}) VALUES (${values.join(', ')})`,
  ).run();
  const usage = createUsageStore(DB);
  const { rows } = await usage.page(
    'org_default',
    {
      groups: ['split', 'model', 'connection', 'door'],
      from_ms: DAY,
      until_ms: DAY + 1,
      filter: {},
      time_zone: 'UTC',
    },
    100,
    null,
  );
  expect(rows).toMatchObject([
    { split: null, model: 'x', connection: null, door: null, requests: 7, ttft_count: 7 },
  ]);
});
