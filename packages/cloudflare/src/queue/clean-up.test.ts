import { reset } from 'cloudflare:test';
import { env as bindings } from 'cloudflare:workers';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { migrate } from '../d1/migrate.ts';
import { storeTraces } from '../d1/store-traces.ts';
import type { Env } from '../env.ts';
import { cleanUp, RETENTION_QUERIES } from './clean-up.ts';
import { traceFixture } from './trace-fixture.ts';
import { parseTraceRow } from './trace-message.ts';

const { DB } = bindings as unknown as Env;
const NOW_MS = Date.UTC(2026, 10, 21, 12);
const DAY_MS = 86_400_000;

beforeEach(async () => {
  await reset();
  await migrate(DB);
});
afterAll(reset);

const addOrganization = (id: string, settings: Record<string, unknown> = {}) =>
  DB.prepare(
    'INSERT INTO organizations (id, name, settings, created_at_ms, updated_at_ms) VALUES (?1, ?1, ?2, 0, 0)',
  )
    .bind(id, JSON.stringify(settings))
    .run();

/** One row of everything that is kept for a time, so many days ago. */
async function addHistory(organization_id: string, days: number): Promise<void> {
  const at_ms = NOW_MS - days * DAY_MS;
  const id = `${organization_id}_${days}`;
  const row = parseTraceRow(
    traceFixture({
      organization_id,
      request_id: `req_${id}`,
      at_ms,
      request_body: '{}',
      response_text: 'said',
    }),
  );
  if (row === null) throw new Error('The fixture cannot be read.');
  await storeTraces(DB, [row]);
  await DB.batch(
    [
      `INSERT INTO feedback VALUES ('${organization_id}', 'req_${id}', ${at_ms}, 500, NULL, '{}')`,
      `INSERT INTO webhooks (id, organization_id, name, url_shown, format, secrets_ciphertext, wrapped_data_key, master_key_id, created_at_ms, updated_at_ms) VALUES ('hook_${id}', '${organization_id}', '', '', 'standard', '', '', '', 0, 0)`,
      `INSERT INTO webhook_deliveries (id, organization_id, webhook_id, event_type, payload, state, at_ms) VALUES ('msg_${id}', '${organization_id}', 'hook_${id}', 'x', '{}', 'delivered', ${at_ms})`,
      `INSERT INTO dead_events VALUES ('dead_${id}', '${organization_id}', 'x', '{}', ${at_ms})`,
      `INSERT INTO anomalies VALUES ('${organization_id}', 'key', 'k', ${at_ms}, 'anom_${id}', 1, 1, 1, 'recent_hours', ${at_ms})`,
      `INSERT INTO reconciliations VALUES ('${organization_id}', 'recon_${id}', ${at_ms}, '{}', '[]')`,
    ].map((sql) => DB.prepare(sql)),
  );
}

const TABLES = [
  'traces',
  'trace_contents',
  'feedback',
  'webhook_deliveries',
  'dead_events',
  'usage_hourly',
  'anomalies',
  'reconciliations',
];

async function countOf(table: string, organization_id: string): Promise<number> {
  const sql = `SELECT count(*) AS n FROM ${table} WHERE organization_id = ?1`;
  return (await DB.prepare(sql).bind(organization_id).first<number>('n')) ?? 0;
}

const countsOf = async (organization_id: string) =>
  Object.fromEntries(
    await Promise.all(TABLES.map(async (table) => [table, await countOf(table, organization_id)] as const)),
  );

/** The database, and how many statements it was asked to run. */
function counted() {
  const asked = { statements: 0 };
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get(target, name) {
        if (name === 'bind') return (...values: unknown[]) => wrap(target.bind(...values));
        if (name === 'run' || name === 'all' || name === 'first') asked.statements += 1;
        const member = Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
  const db = new Proxy(DB, {
    get(target, name) {
      if (name === 'prepare') return (sql: string) => wrap(target.prepare(sql));
      if (name === 'batch')
        return (statements: D1PreparedStatement[]) => {
          asked.statements += statements.length;
          return target.batch(statements);
        };
      return Reflect.get(target, name).bind(target);
    },
  });
  return { db, asked };
}

test('each organization keeps everything as long as it says, sums and reconciliations for good unless it says otherwise', async () => {
  await addOrganization('org_plain');
  await addOrganization('org_short', {
    trace_retention_days: 7,
    delivery_retention_days: 7,
    history_retention_days: 90,
  });
  for (const id of ['org_plain', 'org_short'])
    for (const days of [1, 20, 40, 100]) await addHistory(id, days);
  await cleanUp(DB, NOW_MS);
  const kept = { usage_hourly: 4, anomalies: 4, reconciliations: 4 };
  const requests = { traces: 2, trace_contents: 2, feedback: 2, webhook_deliveries: 2, dead_events: 2 };
  expect(await countsOf('org_plain')).toEqual({ ...requests, ...kept });
  expect(await countsOf('org_short')).toEqual({
    traces: 1,
    trace_contents: 1,
    feedback: 1,
    webhook_deliveries: 1,
    dead_events: 1,
    usage_hourly: 3,
    anomalies: 3,
    reconciliations: 3,
  });
});

test('a huge backlog is worked off over several runs, each of bounded statements, and keeps nobody else waiting', async () => {
  await addOrganization('org_huge');
  await addOrganization('org_small');
  await DB.prepare(
    'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20500) ' +
      "INSERT INTO feedback SELECT 'org_huge', 'req_' || i, i, 500, NULL, '{}' FROM n",
  ).run();
  await addHistory('org_small', 60);
  let runs = 0;
  for (let left = 20_500; left > 0 && runs < 30; runs++) {
    const { db, asked } = counted();
    const deleted = await cleanUp(db, NOW_MS + runs * 3_600_000, 30);
    expect(asked.statements).toBeLessThanOrEqual(30);
    expect(deleted).toBeGreaterThan(0);
    left = await countOf('feedback', 'org_huge');
    if (runs === 1) expect(await countOf('traces', 'org_small')).toBe(0);
  }
  expect(runs).toBeGreaterThan(1);
  expect(runs).toBeLessThan(10);
});

test('where there are more organizations than one run has statements for, each has its turn within days', async () => {
  for (let at = 0; at < 12; at++) {
    await addOrganization(`org_${at}`);
    await addHistory(`org_${at}`, 60);
  }
  for (let hour = 0; hour < 72; hour++) await cleanUp(DB, NOW_MS + hour * 3_600_000, 15);
  for (let at = 0; at < 12; at++)
    expect(await countsOf(`org_${at}`)).toMatchObject({ traces: 0, trace_contents: 0, dead_events: 0 });
});

test('finds what is too old by an index, whatever it is', async () => {
  for (const sql of RETENTION_QUERIES) {
    const { results } = await DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .bind('org_default', 1)
      .all<{ detail: string }>();
    const plan = results.map(({ detail }) => detail);
    expect([sql, plan.filter((detail) => detail.startsWith('SCAN'))]).toEqual([sql, []]);
    expect([sql, plan[0]]).toEqual([sql, expect.stringMatching(/(at_ms|hour_ms)<\?/)]);
  }
});
