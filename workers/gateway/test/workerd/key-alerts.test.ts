import { reset } from 'cloudflare:test';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createAdminFixture } from './admin-fixture.ts';

let admin: Awaited<ReturnType<typeof createAdminFixture>>;
beforeEach(async () => {
  await reset();
  admin = await createAdminFixture();
  await admin.call('GET', '/organization');
}, 60_000);
afterAll(reset);

const URL_A = 'https://hooks.example/T0/HOOKSECRET?sig=HOOKSECRET';
const create = (alerts: Record<string, unknown> = { webhook_url: URL_A }) =>
  admin.call('POST', '/keys', { name: 'shop', alerts });
const webhooks = async () => (await admin.call('GET', '/webhooks')).body.data;
const called = async (id: string) => {
  let url = '';
  admin.calls.fetch = async (at) => {
    url = String(at);
    return new Response(null, { status: 204 });
  };
  await admin.call('POST', `/webhooks/${id}/test`, {});
  return url;
};

test('the address of a key’s alerts is a webhook that is told of this key alone, and its path is nowhere', async () => {
  const { status, body } = await create();
  expect(status).toBe(201);
  expect(body.alerts).toEqual({ webhook_url: 'https://hooks.example/…', webhook_id: expect.any(String) });
  expect(await webhooks()).toMatchObject([
    {
      id: body.alerts.webhook_id,
      name: 'Alerts of shop',
      keys: [body.id],
      events: ['budget.exceeded', 'budget.threshold', 'quota.near'],
      url: 'https://hooks.example/…',
    },
  ]);
  expect(await called(body.alerts.webhook_id)).toBe(URL_A);
  const tables = await admin.DB.prepare('SELECT * FROM keys').all();
  const rows = await admin.DB.prepare('SELECT * FROM webhooks').all();
  for (const text of [
    JSON.stringify([tables.results, rows.results]),
    (await admin.call('GET', '/keys')).text,
    (await admin.call('GET', `/keys/${body.id}`)).text,
    (await admin.call('GET', '/audit')).text,
  ])
    expect(text).not.toContain('HOOKSECRET');
});

test('it comes back as it was shown, moves, and goes with null or with its key', async () => {
  const { body } = await create();
  const patch = (alerts: unknown) => admin.call('PATCH', `/keys/${body.id}`, { alerts });
  expect((await patch({ webhook_url: body.alerts.webhook_url })).body.alerts).toEqual(body.alerts);
  expect(await called(body.alerts.webhook_id)).toBe(URL_A);
  const moved = await patch({ webhook_url: 'https://other.example/B' });
  expect(moved.body.alerts).toEqual({ ...body.alerts, webhook_url: 'https://other.example/…' });
  expect(await called(body.alerts.webhook_id)).toBe('https://other.example/B');
  expect((await patch({ webhook_url: 'https://third.example/…' })).status).toBe(400);
  expect((await patch({ threshold_percent: 50 })).body.alerts.webhook_id).toBe(body.alerts.webhook_id);
  expect((await patch(null)).body.alerts).toEqual({ webhook_url: null, webhook_id: null });
  expect(await webhooks()).toEqual([]);

  const again = (await create()).body;
  await admin.call('POST', `/keys/${again.id}/revoke`, {});
  expect(await webhooks()).toEqual([]);
});

test('an address that may not be called makes neither key nor webhook, and an old etag moves nothing', async () => {
  for (const webhook_url of ['https://10.0.0.1/x', 'https://hooks.example:6379/x'])
    expect(await create({ webhook_url })).toMatchObject({
      status: 400,
      body: { error: { param: 'alerts.webhook_url' } },
    });
  expect((await admin.call('GET', '/keys')).body.data).toEqual([]);
  const { body } = await create();
  const late = await admin.call('PATCH', `/keys/${body.id}`, {
    etag: '"9"',
    alerts: { webhook_url: 'https://other.example/B' },
  });
  expect(late.status).toBe(409);
  expect(await called(body.alerts.webhook_id)).toBe(URL_A);
});

test('alerts of a key that must stay inside go to nobody elsewhere', async () => {
  const make = (webhook_region?: string) =>
    admin.call('POST', '/keys', {
      name: 'inside',
      residency: 'eu',
      alerts: { webhook_url: URL_A, ...(webhook_region === undefined ? {} : { webhook_region }) },
    });
  for (const region of [undefined, 'us'])
    expect(await make(region)).toMatchObject({
      status: 403,
      body: { error: { code: 'region_not_allowed', param: 'alerts.webhook_region' } },
    });
  expect((await make('eu')).status).toBe(201);
  expect(await webhooks()).toMatchObject([{ region: 'eu' }]);
});
