import { reset } from 'cloudflare:test';
import { sealAudit } from '@sluice/cloudflare/d1/audit-chain';
import { cleanUp } from '@sluice/cloudflare/queue/clean-up';
import type { AuditEntry } from '@sluice/contract';
import { beforeEach, expect, test } from 'vitest';
import { createAdminFixture } from './admin-fixture.ts';

let admin: Awaited<ReturnType<typeof createAdminFixture>>;

beforeEach(async () => {
  await reset();
  admin = await createAdminFixture();
  await admin.call('GET', '/organization');
});

const DAY_MS = 86_400_000;
const verify = async (query = '') => (await admin.call('GET', `/audit/verify${query}`)).body;
const run = (sql: string) => admin.DB.prepare(`${sql} AND organization_id = 'org_default'`).run();

async function makeKeys(count: number) {
  for (let at = 0; at < count; at++) await admin.call('POST', '/keys', { name: `key ${at}` });
}

const entry = (id: string, at_ms = admin.state.now_ms): AuditEntry => ({
  id,
  at_ms,
  actor: 'admin:test',
  action: 'key.update',
  target_type: 'key',
  target_id: 'k',
  before: null,
  after: { at_ms },
});

test('every change is numbered and linked to the one before', async () => {
  await makeKeys(3);
  const { body } = await admin.call('GET', '/audit');
  const entries = body.data.toSorted(
    (a: { sequence: number }, b: { sequence: number }) => a.sequence - b.sequence,
  );
  expect(entries.map((one: { sequence: number }) => one.sequence)).toEqual([1, 2, 3]);
  expect(entries[0].previous_hash).toBe('');
  expect(entries[1].previous_hash).toBe(entries[0].hash);
  expect(await verify()).toMatchObject({
    ok: true,
    checked: 3,
    head: { sequence: 3, hash: entries[2].hash },
  });
});

test.each([
  ['in the middle', 'DELETE FROM audit WHERE sequence = 2', { sequence: 2, kind: 'missing' }],
  ['at the end', 'DELETE FROM audit WHERE sequence = 4', { sequence: 4, kind: 'missing' }],
  ['at the beginning', 'DELETE FROM audit WHERE sequence = 1', { sequence: 1, kind: 'missing' }],
  ['and all others', 'DELETE FROM audit WHERE sequence > 0', { sequence: 1, kind: 'missing' }],
])('a row that is removed %s shows', async (_, sql, problem) => {
  await makeKeys(4);
  await run(sql);
  expect(await verify()).toMatchObject({ ok: false, problem });
});

test.each(['actor', 'action', 'target_id', 'after', 'at_ms', 'id'])(
  'a row whose %s is changed shows',
  async (column) => {
    await makeKeys(3);
    await run(`UPDATE audit SET ${column} = '77' WHERE sequence = 2`);
    expect(await verify()).toMatchObject({ ok: false, problem: { sequence: 2, kind: 'changed' } });
  },
);

test('a row that is changed and hashed anew shows at the next one', async () => {
  await makeKeys(3);
  await run(`UPDATE audit SET actor = 'x', hash = NULL, previous_hash = NULL WHERE sequence = 2`);
  await run('UPDATE audit_chains SET sealed_sequence = 1 WHERE 1 = 1');
  expect((await verify()).ok).toBe(false);
});

test('a row that is removed before it was sealed shows, too', async () => {
  for (const id of ['a', 'b', 'c']) await admin.ports.audit.add('org_default', entry(id));
  await run(`DELETE FROM audit WHERE id = 'b'`);
  expect(await verify()).toMatchObject({ ok: false, problem: { sequence: 2, kind: 'missing' } });
});

test('writers and sealers at once make one chain, and other organizations have their own', async () => {
  await admin.addOther();
  await Promise.all(
    Array.from({ length: 40 }, async (_, at) => {
      const organization_id = at % 4 === 0 ? 'org_other' : 'org_default';
      await admin.ports.audit.add(organization_id, entry(`e${at}`, admin.state.now_ms - (at % 7)));
      await sealAudit(admin.DB, organization_id);
    }),
  );
  expect(await verify()).toMatchObject({ ok: true, checked: 30, head: { sequence: 30 } });
  const others = await admin.call('GET', '/audit/verify', undefined, { key: admin.theirs.text });
  expect(others.body).toMatchObject({ ok: true, checked: 10, head: { sequence: 10 } });
});

test('retention takes the oldest away and leaves an anchor that the rest is proven from', async () => {
  const old_ms = admin.state.now_ms - 10 * DAY_MS;
  for (let at = 0; at < 5; at++) await admin.ports.audit.add('org_default', entry(`old${at}`, old_ms));
  await admin.call('PATCH', '/organization', { audit_retention_days: 7 });
  await makeKeys(2);
  await cleanUp(admin.DB, admin.state.now_ms);
  const { body } = await admin.call('GET', '/audit');
  expect(body.data.map((one: { sequence: number }) => one.sequence).sort()).toEqual([6, 7, 8]);
  expect(await verify()).toMatchObject({ ok: true, checked: 3, anchor: { sequence: 5 } });
  await run('DELETE FROM audit WHERE sequence = 6');
  expect(await verify()).toMatchObject({ ok: false, problem: { sequence: 6, kind: 'missing' } });
});

test.each([6, 366])('no organization keeps its log for %i days', async (audit_retention_days) => {
  expect((await admin.call('PATCH', '/organization', { audit_retention_days })).status).toBe(400);
});

test('filters narrow the list, and exports hold the same entries as JSON and as cells that no spreadsheet runs', async () => {
  await makeKeys(2);
  await admin.call('POST', '/projects', { name: '=cmd()' });
  const only = async (query: string) =>
    (await admin.call('GET', `/audit?${query}`)).body.data.map((one: { action: string }) => one.action);
  expect(await only('action=key.')).toEqual(['key.create', 'key.create']);
  expect(await only('target_type=project')).toEqual(['project.create']);
  expect(await only(`actor=admin:${admin.ours.key_id}`)).toHaveLength(3);
  expect(await only('since=2030-01-01T00:00:00Z')).toEqual([]);
  expect((await admin.call('GET', '/audit?organization_id=org_other')).status).toBe(400);

  const json = await admin.call('GET', '/audit/export?action=project.');
  expect(json.body.data).toMatchObject([{ action: 'project.create', after: { name: '=cmd()' } }]);
  await admin.ports.audit.add('org_default', { ...entry('evil'), target_id: '=HYPERLINK("x")' });
  const { text } = await admin.callText('/audit/export?format=csv');
  expect(text.split('\r\n')[0]).toContain('sequence,timestamp,id,actor');
  expect(text).toContain(`"'=HYPERLINK(""x"")"`);
  expect(text).not.toMatch(/(^|,)"?=/m);
});
