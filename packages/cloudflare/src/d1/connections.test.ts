import { reset } from 'cloudflare:test';
import { env as bindings } from 'cloudflare:workers';
import type { AuditEntry, ConnectionRecord } from '@sluice/contract';
import { beforeEach, expect, test, vi } from 'vitest';
import { renderBase64 } from '../crypto/base64.ts';
import type { Env } from '../env.ts';
import { createConnectionStore } from './connections.ts';
import { migrate } from './migrate.ts';
import { requireOrganization } from './organizations.ts';

const { DB } = bindings as unknown as Env;
const newKey = (): string => renderBase64(crypto.getRandomValues(new Uint8Array(32)));
const OLD = `k1:${newKey()}`;
const NEW = `k2:${newKey()}`;

const storeWith = (keys: string, db: D1Database = DB) =>
  createConnectionStore({ DB: db, SLUICE_ENCRYPTION_KEYS: keys });

beforeEach(async () => {
  await reset();
  await requireOrganization(DB, 'org_default', 0);
});

const recordOf = (id: string, more: Partial<ConnectionRecord> = {}): ConnectionRecord => ({
  id,
  organization_id: 'org_default',
  provider: 'openai',
  name: 'OpenAI',
  base_url: '',
  region: 'eu',
  settings: { account: 'a' },
  private_allowed: false,
  credential_hint: 'cret',
  models: ['gpt-4o-mini'],
  weight: 3,
  enabled: true,
  timeouts: { idle_ms: 5 },
  health_check: { path: '/health', model: null, every_s: 30 },
  version: 1,
  created_at_ms: 1,
  updated_at_ms: 1,
  ...more,
});

let entries = 0;
const audit = (): AuditEntry => ({
  id: `evt_${entries++}`,
  at_ms: 5,
  actor: 'admin:x',
  action: 'connection.test',
  target_type: 'connection',
  target_id: 'conn',
  before: null,
  after: null,
});

test('what is stored comes back without its credential, which is only sealed in the row', async () => {
  const store = storeWith(OLD);
  const record = recordOf('conn_1');
  expect(await store.create(record, 'sk-secret', audit())).toBe(2);
  expect(await store.find('org_default', 'conn_1')).toEqual(record);
  expect(await store.list('org_default', 10, null)).toEqual([record]);
  expect(await store.credential('org_default', 'conn_1')).toBe('sk-secret');
  const row = await DB.prepare('SELECT * FROM connections').first();
  expect(JSON.stringify(row)).not.toContain('sk-secret');
  expect(row).toMatchObject({ master_key_id: 'k1' });
});

test('nothing of another organization is found, read, changed or removed', async () => {
  const store = storeWith(OLD);
  await store.create(recordOf('conn_1'), 'sk-secret', audit());
  expect(await store.find('org_other', 'conn_1')).toBeNull();
  expect(await store.list('org_other', 10, null)).toEqual([]);
  await expect(store.credential('org_other', 'conn_1')).rejects.toMatchObject({ code: 'not_found' });
  const theirs = recordOf('conn_1', { organization_id: 'org_other', version: 2 });
  expect(await store.update(theirs, 'x', audit())).toBeNull();
  expect(await store.remove('org_other', 'conn_1', 1, audit())).toBeNull();
});

test('a change over an older version changes nothing and leaves no entry', async () => {
  const store = storeWith(OLD);
  await store.create(recordOf('conn_1'), 'sk-secret', audit());
  expect(await store.update(recordOf('conn_1', { version: 2, name: 'Two' }), null, audit())).toBe(3);
  expect(await store.credential('org_default', 'conn_1')).toBe('sk-secret');
  expect(await store.update(recordOf('conn_1', { version: 2, name: 'Lost' }), 'lost', audit())).toBeNull();
  expect(await store.remove('org_default', 'conn_1', 1, audit())).toBeNull();
  expect(await store.find('org_default', 'conn_1')).toMatchObject({ name: 'Two', version: 2 });
  expect(await DB.prepare('SELECT count(*) AS rows FROM audit').first()).toEqual({ rows: 2 });
  expect(await store.remove('org_default', 'conn_1', 2, audit())).toBe(4);
  expect(await store.find('org_default', 'conn_1')).toBeNull();
});

test('a credential in the row of another connection cannot be read, whoever put it there', async () => {
  const store = storeWith(OLD);
  await store.create(recordOf('conn_1'), 'sk-one', audit());
  await store.create(recordOf('conn_2'), 'sk-two', audit());
  await DB.prepare(
    'UPDATE connections SET (credential_ciphertext, wrapped_data_key) = ' +
      "(SELECT credential_ciphertext, wrapped_data_key FROM connections WHERE id = 'conn_2') WHERE id = 'conn_1'",
  ).run();
  await expect(store.credential('org_default', 'conn_1')).rejects.toMatchObject({ code: 'conflict' });
  expect(await store.credential('org_default', 'conn_2')).toBe('sk-two');
});

test('without an encryption key nothing is stored, and the answer says what to set', async () => {
  const store = storeWith('');
  await expect(store.create(recordOf('conn_1'), 'sk-secret', audit())).rejects.toMatchObject({
    code: 'encryption_unavailable',
    message: expect.stringContaining('SLUICE_ENCRYPTION_KEYS'),
  });
  expect(await DB.prepare('SELECT count(*) AS rows FROM connections').first()).toEqual({ rows: 0 });
});

const SECRETS = 1_000;

/** A thousand secrets of two organizations, stored under the old key. */
async function storeMany(): Promise<string[]> {
  const ids = Array.from({ length: SECRETS }, (_, at) => `conn_${String(at).padStart(4, '0')}`);
  let statements: D1PreparedStatement[] = [];
  const collecting = new Proxy(DB, {
    get(target, name) {
      if (name !== 'batch') return Reflect.get(target, name).bind(target);
      return async (all: D1PreparedStatement[]) => {
        statements.push(...all.slice(0, 1));
        return [];
      };
    },
  });
  const store = storeWith(OLD, collecting);
  for (const [at, id] of ids.entries())
    await store.create(
      recordOf(id, { organization_id: at % 2 === 0 ? 'org_default' : 'org_other' }),
      `sk-${id}`,
      audit(),
    );
  await migrate(DB);
  for (; statements.length > 0; statements = statements.slice(100)) await DB.batch(statements.slice(0, 100));
  return ids;
}

/** Stops working, as a Worker that is killed, after so many batches. */
function dyingAfter(batches: number, how: 'before' | 'after'): D1Database {
  let left = batches;
  return new Proxy(DB, {
    get(target, name) {
      if (name !== 'batch') return Reflect.get(target, name).bind(target);
      return async (all: D1PreparedStatement[]) => {
        if (left-- > 0) return target.batch(all);
        if (how === 'after') await target.batch(all);
        throw new Error('killed');
      };
    },
  });
}

async function rotate(db: D1Database): Promise<number> {
  const store = storeWith(`${NEW},${OLD}`, db);
  let rewrapped = 0;
  for (let after: string | null = null; ; ) {
    const page = await store.rewrap(100, after);
    rewrapped += page.rewrapped;
    if (page.next === null) return rewrapped;
    after = page.next;
  }
}

async function readable(keys: string, ids: string[]): Promise<number> {
  const store = storeWith(keys);
  let count = 0;
  for (const [at, id] of ids.entries())
    if ((await store.credential(at % 2 === 0 ? 'org_default' : 'org_other', id)) === `sk-${id}`) count++;
  return count;
}

test.each(['before', 'after'] as const)(
  'a rotation of a thousand secrets that dies half-way, %s a write, leaves all readable and goes on to the end',
  async (how) => {
    const ids = await storeMany();
    await expect(rotate(dyingAfter(5, how))).rejects.toThrow('killed');
    const old = await DB.prepare(
      "SELECT count(*) AS rows FROM connections WHERE master_key_id = 'k1'",
    ).first();
    expect(old).toEqual({ rows: how === 'before' ? 500 : 400 });
    expect(await readable(`${NEW},${OLD}`, ids)).toBe(SECRETS);
    expect(await rotate(DB)).toBe(how === 'before' ? 500 : 400);
    expect(await DB.prepare('SELECT DISTINCT master_key_id AS id FROM connections').all()).toMatchObject({
      results: [{ id: 'k2' }],
    });
    expect(await readable(NEW, ids)).toBe(SECRETS);
    expect(await rotate(DB)).toBe(0);
  },
);

test('one secret that cannot be read does not stop a rotation, is counted, and stays as it was', async () => {
  const store = storeWith(OLD);
  for (const id of ['conn_1', 'conn_2', 'conn_3']) await store.create(recordOf(id), `sk-${id}`, audit());
  await DB.prepare("UPDATE connections SET wrapped_data_key = 'AAAA' WHERE id = 'conn_2'").run();
  const logged = vi.spyOn(console, 'error').mockReturnValue(undefined);
  const page = await storeWith(`${NEW},${OLD}`).rewrap(100, null);
  expect(page).toEqual({ current_key_id: 'k2', rewrapped: 2, unreadable: 1, remaining: 1, next: null });
  expect(logged.mock.calls.flat()).toEqual(['{"event":"connection_unreadable","connection_id":"conn_2"}']);
  logged.mockRestore();
});

test('a credential that is changed during a rotation is not overwritten by the old one', async () => {
  await storeWith(OLD).create(recordOf('conn_1'), 'sk-old', audit());
  const both = storeWith(`${NEW},${OLD}`);
  const interrupted = new Proxy(DB, {
    get(target, name) {
      if (name !== 'batch') return Reflect.get(target, name).bind(target);
      return async (all: D1PreparedStatement[]) => {
        await both.update(recordOf('conn_1', { version: 2 }), 'sk-new', audit());
        return target.batch(all);
      };
    },
  });
  const page = await storeWith(`${NEW},${OLD}`, interrupted).rewrap(100, null);
  expect(page).toMatchObject({ rewrapped: 0, remaining: 0 });
  expect(await both.credential('org_default', 'conn_1')).toBe('sk-new');
});
