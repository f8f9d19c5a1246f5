import { reset } from 'cloudflare:test';
import type { ScopeUsage } from '@sluice/contract';
import { beforeEach, expect, test } from 'vitest';
import { createAdminFixture } from './admin-fixture.ts';

let admin: Awaited<ReturnType<typeof createAdminFixture>>;
let refreshed: string[];

const usageOf = (name: string): ScopeUsage => ({
  name,
  scope: 'user',
  subject: 'alice',
  holders: 2,
  budgets: [
    {
      id: 'daily',
      scope: 'user',
      subject: 'alice',
      window: 'daily',
      currency: 'usd',
      limit_amount: 5,
      limit_usd_nanos: 5e9,
      spent_usd_nanos: 1e9,
      held_usd_nanos: 5e8,
      remaining_usd_nanos: 35e8,
      hard: true,
      alert_percents: [80],
      resets_at_ms: Date.UTC(2026, 10, 22),
    },
  ],
});

beforeEach(async () => {
  await reset();
  refreshed = [];
  admin = await createAdminFixture({
    scopes: {
      usage: async (name) => (name === 'org_default/user/alice' ? usageOf(name) : null),
      refresh: async (name) => {
        refreshed.push(name);
      },
    },
  });
});

test('a budget is made, shown with what is spent, held and left, changed and taken away, each with its audit entry', async () => {
  const made = await admin.call('POST', '/budgets', {
    scope: 'user',
    user: 'alice',
    window: 'daily',
    limit_usd: 5,
    alert_percents: [80],
  });
  expect(made).toMatchObject({
    status: 201,
    body: {
      scope: 'user',
      subject: 'alice',
      window: 'daily',
      limit_usd: 5,
      spent_usd: 1,
      held_usd: 0.5,
      remaining_usd: 3.5,
      hard: true,
      resets_at: '2026-11-22T00:00:00.000Z',
      in_force: true,
    },
  });
  const { id } = made.body;
  expect((await admin.call('GET', `/budgets/${id}`)).body).toMatchObject({ id, spent_usd: 1, etag: '"1"' });
  expect((await admin.call('GET', `/budgets/${id}/usage`)).body).toMatchObject({ held_usd: 0.5, holders: 2 });
  const changed = await admin.call('PATCH', `/budgets/${id}`, { limit_eur: 7, hard: false, name: 'Alice' });
  expect(changed.body).toMatchObject({
    limit_amount: 7,
    currency: 'eur',
    limit_usd: expect.closeTo(8.05, 8),
    hard: false,
    etag: '"2"',
  });
  expect(await admin.call('PATCH', `/budgets/${id}`, { limit_usd: 9, etag: '"1"' })).toMatchObject({
    status: 409,
    body: { error: { code: 'conflict' } },
  });
  expect((await admin.call('DELETE', `/budgets/${id}`)).body).toEqual({ id, deleted: true, in_force: true });
  expect((await admin.call('GET', `/budgets/${id}`)).status).toBe(404);
  expect(refreshed).toEqual(Array(3).fill('org_default/user/alice'));
  const { body } = await admin.call('GET', '/audit');
  expect(body.data.map((one: { action: string }) => one.action).sort()).toEqual([
    'budget.create',
    'budget.delete',
    'budget.update',
  ]);
  expect((await admin.call('GET', '/organization')).body.etag).toBe('"4"');
});

test('the list is paged and filtered, and shows nothing of another organization', async () => {
  for (const user of ['a', 'b', null])
    await admin.call('POST', '/budgets', { scope: 'user', user, window: 'monthly', limit_usd: 1 });
  await admin.call('POST', '/budgets', { scope: 'organization', window: 'monthly', limit_usd: 9 });
  const first = await admin.call('GET', '/budgets?scope=user&limit=2');
  const second = await admin.call('GET', `/budgets?scope=user&limit=2&cursor=${first.body.next_cursor}`);
  const subjects = [...first.body.data, ...second.body.data].map((one: { subject: string }) => one.subject);
  expect(subjects.sort()).toEqual(['a', 'b', null]);
  expect(second.body.next_cursor).toBeNull();
  expect((await admin.call('GET', '/budgets?scope=user&subject=a')).body.data).toHaveLength(1);
  const [mine] = first.body.data;
  await admin.addOther();
  const theirs = { key: admin.theirs.text };
  expect((await admin.call('GET', '/budgets', undefined, theirs)).body.data).toEqual([]);
  for (const [method, path] of [
    ['GET', `/budgets/${mine.id}`],
    ['GET', `/budgets/${mine.id}/usage`],
    ['PATCH', `/budgets/${mine.id}`],
    ['DELETE', `/budgets/${mine.id}`],
  ] as const)
    expect((await admin.call(method, path, method === 'PATCH' ? {} : undefined, theirs)).status).toBe(404);
});

test('what cannot be is refused with words that say what to do', async () => {
  const refused = async (body: unknown, text: RegExp, status = 400): Promise<void> => {
    const answer = await admin.call('POST', '/budgets', body);
    expect([answer.status, answer.body.error?.message]).toEqual([status, expect.stringMatching(text)]);
  };
  const monthly = { window: 'monthly', limit_usd: 1 };
  await refused({ scope: 'key', key: 'abc', ...monthly }, /PATCH \/admin\/v1\/keys/);
  await refused({ scope: 'project', project: 'nowhere', ...monthly }, /There is no project "nowhere"/);
  await refused({ scope: 'user', model: 'gpt-4o', ...monthly }, /not in `model`/);
  await refused({ scope: 'organization', organization: 'other', ...monthly }, /has no subject/);
  await refused({ scope: 'user', window: 'hourly', limit_usd: 1 }, /window/);
  await refused({ scope: 'user', window: 'daily' }, /give limit_usd or limit_eur/);
  await refused({ scope: 'user', window: 'per_request', limit_usd: 1, hard: false }, /always hard/);
  await admin.call('POST', '/budgets', { scope: 'session', ...monthly });
  await refused({ scope: 'session', ...monthly, limit_usd: 4 }, /already/, 409);
  expect((await admin.call('GET', '/budgets')).body.data).toHaveLength(1);
});

test('a project is named by its name or its id, and its budget knows it by id', async () => {
  const project = (await admin.call('POST', '/projects', { name: 'shop' })).body;
  const made = await admin.call('POST', '/budgets', {
    scope: 'project',
    project: 'shop',
    window: 'total',
    limit_usd: 3,
  });
  expect(made.body.subject).toBe(project.id);
  expect(new Set(refreshed)).toEqual(new Set([`org_default/project/${project.id}`]));
});
