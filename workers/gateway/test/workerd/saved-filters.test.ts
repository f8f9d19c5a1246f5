import { reset } from 'cloudflare:test';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createAdminFixture } from './admin-fixture.ts';

let admin: Awaited<ReturnType<typeof createAdminFixture>>;

beforeEach(async () => {
  await reset();
  admin = await createAdminFixture();
});
afterAll(reset);

const SLOW = { name: 'Slow ones', query: { model: 'gpt-4o', min_latency_ms: '5000', status: '2xx' } };

async function keyOf(role: string): Promise<string> {
  const { body } = await admin.call('POST', '/admin-keys', { name: role, role });
  return body.secret;
}

const namesOf = async (key?: string): Promise<string[]> => {
  const { body } = await admin.call('GET', '/saved-filters', undefined, key === undefined ? {} : { key });
  return body.data.map(({ name }: { name: string }) => name);
};

test('a search is saved, read, changed and removed, each change with its audit entry', async () => {
  const made = await admin.call('POST', '/saved-filters', SLOW);
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({ ...SLOW, shared: false, own: true, etag: '"1"' });
  const path = `/saved-filters/${made.body.id}`;
  const renamed = await admin.call('PATCH', path, { name: 'Very slow', etag: '"1"' });
  expect(renamed.body).toMatchObject({ name: 'Very slow', query: SLOW.query, etag: '"2"' });
  expect((await admin.call('GET', path)).body).toEqual(renamed.body);
  expect((await admin.call('DELETE', path)).body).toEqual({ id: made.body.id, deleted: true });
  expect((await admin.call('GET', path)).status).toBe(404);
  const { body } = await admin.call('GET', '/audit?target_type=saved_filter');
  expect(body.data.map(({ action }: { action: string }) => action).sort()).toEqual([
    'saved_filter.create',
    'saved_filter.delete',
    'saved_filter.update',
  ]);
});

test('a change over somebody else’s is refused and leaves no audit entry', async () => {
  const { body } = await admin.call('POST', '/saved-filters', SLOW);
  await admin.call('PATCH', `/saved-filters/${body.id}`, { name: 'First' });
  const late = await admin.call('PATCH', `/saved-filters/${body.id}`, { name: 'Second', etag: '"1"' });
  expect(late.status).toBe(409);
  const filter = await admin.ports.saved_filters.find('org_default', body.id);
  if (filter === null) throw new Error('It is gone.');
  const audit = { id: 'evt_x', at_ms: 1, actor: 'admin:x', action: 'saved_filter.update' } as const;
  const entry = { ...audit, target_type: 'saved_filter', target_id: body.id, before: 1, after: 2 } as const;
  expect(await admin.ports.saved_filters.update(filter, entry)).toBe(false);
  expect(await admin.ports.saved_filters.remove('org_default', body.id, 1, entry)).toBe(false);
  expect(await admin.ports.saved_filters.create({ ...filter, id: 'filter_2' }, 1, entry)).toBe(false);
  expect((await admin.call('GET', '/audit?target_type=saved_filter')).body.data.length).toBe(2);
  expect(await namesOf()).toEqual(['First']);
});

test('what one keeps for oneself does not exist for others; what is shared is seen by all and changed by few', async () => {
  const [developer, viewer] = [await keyOf('developer'), await keyOf('viewer')];
  const { body: mine } = await admin.call('POST', '/saved-filters', SLOW, { key: developer });
  expect(await namesOf(developer)).toEqual(['Slow ones']);
  expect(await namesOf()).toEqual([]);
  for (const method of ['GET', 'PATCH', 'DELETE'])
    expect(
      (await admin.call(method, `/saved-filters/${mine.id}`, method === 'PATCH' ? {} : undefined)).status,
    ).toBe(404);
  await admin.call('PATCH', `/saved-filters/${mine.id}`, { shared: true }, { key: developer });
  expect(await namesOf(viewer)).toEqual(['Slow ones']);
  const other = await keyOf('developer');
  const taken = await admin.call('PATCH', `/saved-filters/${mine.id}`, { name: 'x' }, { key: other });
  expect(taken.status).toBe(403);
  expect((await admin.call('DELETE', `/saved-filters/${mine.id}`)).status).toBe(200);
});

test.each([
  [{ modle: 'x' }, 'query.modle'],
  [{ status: '9xx' }, 'query.status'],
  [{ cursor: 'x' }, 'query.cursor'],
  [{ min_score: '7' }, 'query.min_score'],
])('a query that no search would take is not saved: %j', async (query, param) => {
  const { status, body } = await admin.call('POST', '/saved-filters', { name: 'x', query });
  expect([status, body.error.param]).toEqual([400, param]);
  expect(await namesOf()).toEqual([]);
});
