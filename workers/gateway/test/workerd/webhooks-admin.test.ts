import { reset } from 'cloudflare:test';
import { beforeEach, expect, test } from 'vitest';
import { createAdminFixture } from './admin-fixture.ts';

let admin: Awaited<ReturnType<typeof createAdminFixture>>;
beforeEach(async () => {
  await reset();
  admin = await createAdminFixture();
  await admin.call('GET', '/organization');
  await admin.addOther();
});

const URL_A = 'https://receiver.example/in';
const create = (more: Record<string, unknown> = {}) =>
  admin.call('POST', '/webhooks', { url: URL_A, ...more });

test('a secret is shown once, at creation and at rotation, and is nowhere in the database', async () => {
  const created = await create();
  expect(created.status).toBe(201);
  expect(created.body.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  const { id } = created.body;
  const rotated = await admin.call('POST', `/webhooks/${id}/rotate`, {});
  expect(rotated.body.secret).not.toBe(created.body.secret);
  const texts = [
    (await admin.call('GET', `/webhooks/${id}`)).text,
    (await admin.call('GET', '/webhooks')).text,
    (await admin.call('GET', '/audit')).text,
    JSON.stringify(
      (await admin.DB.prepare('SELECT * FROM webhooks WHERE organization_id = ?1').bind('org_default').all())
        .results,
    ),
  ];
  for (const text of texts) {
    expect(text).not.toContain(created.body.secret);
    expect(text).not.toContain(rotated.body.secret);
  }
});

test('the address of a chat service is a secret too: only its host is shown or stored in the open', async () => {
  const url = 'https://chat.example/services/T0/B0/verysecretpath?sig=verysecretquery';
  const created = await create({ url, format: 'slack' });
  expect(created.body.url).toBe('https://chat.example/…');
  const rows = await admin.DB.prepare('SELECT * FROM webhooks WHERE organization_id = ?1')
    .bind('org_default')
    .all();
  const audit = await admin.call('GET', '/audit');
  for (const text of [JSON.stringify(rows.results), audit.text, created.text])
    expect(text).not.toContain('verysecret');
  const moved = await admin.call('PATCH', `/webhooks/${created.body.id}`, { format: 'standard' });
  expect(moved.status).toBe(400);
  expect(moved.text).not.toContain('verysecret');
});

test('an address inside is refused when it is saved, also when its name only leads there', async () => {
  expect((await create({ url: 'https://10.0.0.1/' })).status).toBe(400);
  expect((await create({ url: 'http://receiver.example/' })).status).toBe(400);
  expect((await create({ url: 'https://receiver.example:6379/' })).status).toBe(400);
  // Opening private networks is the deployment's to allow.
  expect((await create({ url: 'https://10.0.0.1/', private_allowed: true })).status).toBe(400);
  admin.calls.resolve = async () => ['192.168.1.1'];
  const refused = await create();
  expect(refused).toMatchObject({ status: 400, body: { error: { param: 'url' } } });
  expect((await admin.call('GET', '/webhooks')).body.data).toEqual([]);
});

test('changes need the present etag, are audited, and a changed address is judged anew', async () => {
  const { id, etag } = (await create({ name: 'ops', events: ['key.created'] })).body;
  const changed = await admin.call('PATCH', `/webhooks/${id}`, { events: [], enabled: false, etag });
  expect(changed.body).toMatchObject({ name: 'ops', events: [], enabled: false, etag: '"2"' });
  expect((await admin.call('PATCH', `/webhooks/${id}`, { name: 'late', etag })).status).toBe(409);
  expect((await admin.call('PATCH', `/webhooks/${id}`, { url: 'https://[::1]/' })).status).toBe(400);
  const enabled = await admin.call('PATCH', `/webhooks/${id}`, { enabled: true });
  expect(enabled.body.enabled).toBe(true);
  expect(admin.woken).toEqual([id]);
  expect((await admin.call('DELETE', `/webhooks/${id}`)).body).toEqual({ id, deleted: true });
  expect((await admin.call('GET', `/webhooks/${id}`)).status).toBe(404);
  const { data } = (await admin.call('GET', '/audit')).body;
  expect(data.map((one: { action: string }) => one.action).sort()).toEqual([
    'webhook.create',
    'webhook.delete',
    'webhook.update',
    'webhook.update',
  ]);
});

test('a webhook of another organization is not there: not to be read, changed, tested, replayed or deleted', async () => {
  const { id } = (await create()).body;
  const theirs = { key: admin.theirs.text };
  const calls: [string, string, unknown][] = [
    ['GET', `/webhooks/${id}`, undefined],
    ['PATCH', `/webhooks/${id}`, { name: 'mine' }],
    ['DELETE', `/webhooks/${id}`, undefined],
    ['POST', `/webhooks/${id}/rotate`, {}],
    ['POST', `/webhooks/${id}/test`, {}],
    ['GET', `/webhooks/${id}/deliveries`, undefined],
    ['POST', `/webhooks/${id}/deliveries/msg_a/replay`, {}],
  ];
  for (const [method, path, body] of calls)
    expect((await admin.call(method, path, body, theirs)).status, `${method} ${path}`).toBe(404);
  expect((await admin.call('GET', '/webhooks', undefined, theirs)).body.data).toEqual([]);
});

test('a test sends a signed message now and says what came of it', async () => {
  const { id } = (await create()).body;
  const sent: RequestInit[] = [];
  admin.calls.fetch = async (_, init) => {
    sent.push(init);
    return new Response('nobody home', { status: 500 });
  };
  const tested = await admin.call('POST', `/webhooks/${id}/test`, {});
  expect(tested.body).toEqual({
    ok: false,
    status: 500,
    error: 'It answered 500: nobody home',
    duration_ms: 0,
  });
  expect(JSON.parse(String(sent[0]?.body))).toMatchObject({ type: 'webhook.test', data: { webhook_id: id } });
  expect(new Headers(sent[0]?.headers).get('webhook-signature')).toMatch(/^v1,/);
});

test('creating, rotating and revoking a key is told, without a secret; a queue that is away undoes nothing', async () => {
  const { id, secret } = (await admin.call('POST', '/keys', { name: 'app' })).body;
  const rotated = (await admin.call('POST', `/keys/${id}/rotate`, {})).body;
  await admin.call('POST', `/keys/${id}/revoke`, {});
  await admin.call('POST', `/keys/${id}/revoke`, {});
  expect(admin.told.map(({ type, once }) => `${type} ${once}`)).toEqual([
    `key.created ${id}/1`,
    `key.rotated ${id}/2`,
    `key.revoked ${id}/3`,
    `key.revoked ${id}/3`,
  ]);
  expect(admin.told[0]).toMatchObject({ organization_id: 'org_default', data: { key_id: id, name: 'app' } });
  expect(JSON.stringify(admin.told)).not.toContain(secret);
  expect(JSON.stringify(admin.told)).not.toContain(rotated.secret);
  admin.state.is_queue_away = true;
  expect((await admin.call('POST', '/keys', { name: 'b' })).status).toBe(201);
});
