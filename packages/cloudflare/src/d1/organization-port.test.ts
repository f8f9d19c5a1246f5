import { reset } from 'cloudflare:test';
import { env as bindings } from 'cloudflare:workers';
import { beforeEach, expect, test } from 'vitest';
import type { Env } from '../env.ts';
import { cleanUp } from '../queue/clean-up.ts';
import { traceFixture } from '../queue/trace-fixture.ts';
import { parseTraceRow } from '../queue/trace-message.ts';
import { MIGRATIONS } from './migrations.ts';
import { createOrganizationPort } from './organization-port.ts';
import { storeTraces } from './store-traces.ts';
import { createTenant } from './tenant.ts';

const { DB, TEST_MIGRATIONS } = bindings as unknown as Env & { TEST_MIGRATIONS: { name: string }[] };

beforeEach(async () => {
  await reset();
});

function createFixture() {
  const state = { version: 0, now_ms: 1_000, reads: 0, is_broken: false };
  const counted = new Proxy(DB, {
    get(target, name) {
      if (name !== 'prepare') return Reflect.get(target, name).bind(target);
      state.reads++;
      if (state.is_broken) throw new Error('D1 is away');
      return target.prepare.bind(target);
    },
  });
  const port = createOrganizationPort({ DB: counted } as Env, {
    providers: [],
    configVersion: () => state.version,
    now_ms: () => state.now_ms,
  });
  return { state, port };
}

test('the default organization is there at first use, with every default', async () => {
  const { port } = createFixture();
  expect(await port.settings('org_default')).toMatchObject({
    organization_id: 'org_default',
    config_version: 1,
    fallback_enabled: true,
    retain_content: false,
    time_zone: 'UTC',
  });
  await expect(port.settings('org_nobody')).rejects.toMatchObject({ code: 'limits_unavailable' });
});

test('a warm call reads nothing; a newer version at the board makes it read again', async () => {
  const { state, port } = createFixture();
  await port.settings('org_default');
  const reads = state.reads;
  await port.settings('org_default');
  expect(state.reads).toBe(reads);
  await DB.prepare(
    `UPDATE organizations SET config_version = 2, settings = '{"time_zone":"Europe/Berlin"}'`,
  ).run();
  expect((await port.settings('org_default')).time_zone).toBe('UTC');
  state.version = 2;
  expect((await port.settings('org_default')).time_zone).toBe('Europe/Berlin');
});

test('while D1 is away known settings serve for five minutes, then requests are refused, never let in blindly', async () => {
  const { state, port } = createFixture();
  await port.settings('org_default');
  state.is_broken = true;
  state.version = 2;
  state.now_ms += 299_000;
  expect((await port.settings('org_default')).config_version).toBe(1);
  state.now_ms += 3_000;
  await expect(port.settings('org_default')).rejects.toMatchObject({
    code: 'limits_unavailable',
    status: 503,
  });
});

test('the bundled migrations are those of the folder', () => {
  expect(MIGRATIONS.map(({ name }) => name)).toEqual(TEST_MIGRATIONS.map(({ name }) => name));
});

test('a tenant statement that names no organization does not run', () => {
  expect(() => createTenant(DB, 'org_a').prepare('SELECT * FROM keys WHERE key_id = ?2', 'x')).toThrow(
    /organization_id/,
  );
  expect(() => createTenant(DB, 'org_a').prepare('SELECT organization_id FROM keys')).toThrow(
    /organization_id/,
  );
});

test('traces older than an organization keeps them are deleted, its sums and everybody else stay', async () => {
  const now_ms = Date.UTC(2026, 10, 21);
  const { port } = createFixture();
  await port.settings('org_default');
  await DB.prepare(
    `INSERT INTO organizations (id, name, settings, created_at_ms, updated_at_ms) VALUES ('org_long', 'Long', '{"trace_retention_days":90}', 0, 0)`,
  ).run();
  const rows = ['org_default', 'org_long'].flatMap((organization_id) =>
    [1, 31].map((days) =>
      parseTraceRow(
        traceFixture({ organization_id, request_id: `req_${days}`, at_ms: now_ms - days * 86_400_000 }),
      ),
    ),
  );
  await storeTraces(
    DB,
    rows.filter((row) => row !== null),
  );
  expect(await cleanUp(DB, now_ms)).toBe(1);
  const { results } = await DB.prepare('SELECT organization_id, request_id FROM traces ORDER BY 1, 2').all();
  expect(results).toEqual([
    { organization_id: 'org_default', request_id: 'req_1' },
    { organization_id: 'org_long', request_id: 'req_1' },
    { organization_id: 'org_long', request_id: 'req_31' },
  ]);
  expect(await DB.prepare('SELECT sum(requests) AS requests FROM usage_hourly').first()).toEqual({
    requests: 4,
  });
});
