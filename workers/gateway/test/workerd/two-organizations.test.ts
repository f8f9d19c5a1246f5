import { reset } from 'cloudflare:test';
import { storeTraces } from '@sluice/cloudflare/d1/store-traces';
import { traceFixture } from '@sluice/cloudflare/queue/trace-fixture';
import { parseTraceRow } from '@sluice/cloudflare/queue/trace-message';
import { ROUTE_TABLE } from '@sluice/http/admin/route-table';
import { beforeEach, expect, test } from 'vitest';
import { createAdminFixture } from './admin-fixture.ts';

let admin: Awaited<ReturnType<typeof createAdminFixture>>;
const MARKER = 'marker7c1f';

beforeEach(async () => {
  await reset();
  admin = await createAdminFixture();
});

/** One of everything that can be made over HTTP, each with the marker in its name. @returns ids by resource. */
async function fillOurs(): Promise<Record<string, string>> {
  const made: Record<string, string> = {};
  const make = async (resource: string, path: string, body: unknown, id = 'id') => {
    const answer = await admin.call('POST', path, body);
    expect([path, answer.status, answer.status === 201 ? '' : answer.text]).toEqual([path, 201, '']);
    made[resource] = String(answer.body[id]);
  };
  await admin.call('PATCH', '/organization', { name: MARKER });
  await make('keys', '/keys', { name: MARKER, project: MARKER, metadata: { m: MARKER } });
  await make('projects', '/projects', { name: `${MARKER} two` });
  await make('invitations', '/invitations', { email: `${MARKER}@example.com`, role: 'viewer' });
  const invited = await admin.call('POST', '/invitations', {
    email: `in-${MARKER}@example.com`,
    role: 'viewer',
  });
  const member = await admin.call('POST', '/invitations/accept', { token: invited.body.token });
  made['members'] = member.body.member.id;
  await make('admin-keys', '/admin-keys', { name: MARKER, role: 'viewer' });
  await make('budgets', '/budgets', { scope: 'organization', window: 'monthly', limit_usd: 5, name: MARKER });
  await make('connections', '/connections', { provider: 'openai', name: MARKER, credential: `sk-${MARKER}` });
  await make('saved-filters', '/saved-filters', { name: MARKER, query: { user: MARKER }, shared: true });
  await make('webhooks', '/webhooks', { name: MARKER, url: `https://hooks.example/${MARKER}` });
  await make(
    'chains',
    '/chains',
    { name: MARKER, links: [{ model: 'gpt-4o-mini' }, { model: 'gpt-4o' }] },
    'name',
  );
  const row = parseTraceRow(traceFixture({ request_id: 'req_marker', user_id: MARKER }));
  if (row !== null) await storeTraces(admin.DB, [row]);
  made['traces'] = 'req_marker';
  return made;
}

const reads = ROUTE_TABLE.filter(({ method, credential }) => method === 'GET' && credential === 'admin');

test('no read, list, search or export of one organization holds anything of another, whatever ids it is asked with', async () => {
  const made = await fillOurs();
  await admin.addOther();
  const key = admin.theirs.text;
  let own = 0;
  for (const { path } of reads) {
    const resource = path.split('/')[3] ?? '';
    const is_one = path.includes('/:');
    const asked = path
      .replace('/admin/v1', '')
      .replace('{.+}', '')
      .replace(/:(\w+)/, made[resource] ?? MARKER)
      .replaceAll(/:(\w+)/g, 'x');
    for (const query of ['', `?q=${MARKER}`, `?key=${made['keys']}`, `?format=csv`]) {
      const theirs = await admin.ask('GET', `${asked}${query}`, { authorization: `Bearer ${key}` });
      const text = await theirs.text();
      expect([`${asked}${query}`, text.includes(MARKER) && theirs.status < 300]).toEqual([
        `${asked}${query}`,
        false,
      ]);
      for (const id of Object.values(made))
        if (theirs.status < 300) expect([asked, text.includes(id)]).toEqual([asked, false]);
    }
    if (is_one && made[resource] !== undefined) {
      const theirs = await admin.call('GET', asked, undefined, { key });
      expect([asked, theirs.status]).toEqual([asked, 404]);
    }
    // The same question of its owner finds something: else nothing would be proven.
    const ours = await admin.ask('GET', asked, { authorization: `Bearer ${admin.ours.text}` });
    if ((await ours.text()).includes(MARKER)) own++;
  }
  expect(own).toBeGreaterThanOrEqual(15);
});

test('no change with the ids of another organization changes or ends anything of it', async () => {
  const made = await fillOurs();
  await admin.addOther();
  const key = admin.theirs.text;
  const dump = async () => {
    const tables = [
      'keys',
      'members',
      'invitations',
      'admin_keys',
      'budgets',
      'connections',
      'webhooks',
      'projects',
      'saved_filters',
    ];
    const rows = await Promise.all(
      tables.map((table) =>
        admin.DB.prepare(`SELECT * FROM ${table} WHERE organization_id = 'org_default' ORDER BY 1`).all(),
      ),
    );
    return JSON.stringify(rows.map(({ results }) => results));
  };
  const before = await dump();
  const changes = ROUTE_TABLE.filter(
    ({ method, credential, path }) => method !== 'GET' && credential === 'admin' && path.includes('/:'),
  );
  let tried = 0;
  for (const { method, path } of changes) {
    const id = made[path.split('/')[3] ?? ''];
    if (id === undefined) continue;
    const asked = path
      .replace('/admin/v1', '')
      .replace(/:(\w+)/, id)
      .replaceAll(/:(\w+)/g, 'x');
    for (const body of [{}, { name: 'taken' }, { role: 'viewer' }]) {
      const { status } = await admin.call(method, asked, method === 'DELETE' ? undefined : body, { key });
      expect([method, asked, status >= 400 && status < 500]).toEqual([method, asked, true]);
    }
    tried++;
  }
  expect(tried).toBeGreaterThanOrEqual(15);
  expect(await dump()).toBe(before);
});
