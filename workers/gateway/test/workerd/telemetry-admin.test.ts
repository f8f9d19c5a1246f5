import { reset } from 'cloudflare:test';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createAdminFixture } from './admin-fixture.ts';

let admin: Awaited<ReturnType<typeof createAdminFixture>>;
beforeEach(async () => {
  await reset();
  admin = await createAdminFixture();
  await admin.call('GET', '/organization');
  await admin.addOther();
}, 60_000);
afterAll(reset);

const ENDPOINT = 'https://otel.example/otlp';
const headers = { Authorization: 'Bearer HEADERSECRET', 'x-tenant': 'HEADERSECRET2' };
const create = (more: Record<string, unknown> = {}) =>
  admin.call('POST', '/telemetry', { endpoint: `${ENDPOINT}/`, headers, ...more });

test('the values of headers are in no answer, no audit entry and not in the open in the database', async () => {
  const created = await create();
  expect(created).toMatchObject({
    status: 201,
    body: { endpoint: ENDPOINT, header_names: ['authorization', 'x-tenant'], etag: '"1"' },
  });
  const { id } = created.body;
  const patched = await admin.call('PATCH', `/telemetry/${id}`, {
    headers: { authorization: 'Bearer HEADERSECRET3' },
  });
  expect(patched.body.header_names).toEqual(['authorization']);
  const rows = await admin.DB.prepare('SELECT * FROM telemetry_exporters WHERE organization_id = ?1')
    .bind('org_default')
    .all();
  for (const text of [
    created.text,
    patched.text,
    (await admin.call('GET', `/telemetry/${id}`)).text,
    (await admin.call('GET', '/telemetry')).text,
    (await admin.call('POST', `/telemetry/${id}/test`, {})).text,
    (await admin.call('GET', '/audit')).text,
    JSON.stringify(rows.results),
  ])
    expect(text).not.toContain('HEADERSECRET');
});

test('every change is audited with before and after, and needs the present etag', async () => {
  const { id, etag } = (await create()).body;
  const changed = await admin.call('PATCH', `/telemetry/${id}`, { sample_ratio: 0.5, etag });
  expect(changed.body).toMatchObject({ sample_ratio: 0.5, etag: '"2"' });
  expect((await admin.call('PATCH', `/telemetry/${id}`, { sample_ratio: 1, etag })).status).toBe(409);
  const late = await admin.call('DELETE', `/telemetry/${id}`, undefined, { headers: { 'if-match': etag } });
  expect(late.status).toBe(409);
  expect((await admin.call('DELETE', `/telemetry/${id}`)).body).toEqual({ id, deleted: true });
  const { data } = (await admin.call('GET', '/audit')).body;
  expect(data.map((one: { action: string }) => one.action).sort()).toEqual([
    'telemetry.create',
    'telemetry.delete',
    'telemetry.update',
  ]);
  const update = data.find((one: { action: string }) => one.action === 'telemetry.update');
  expect([update.before.sample_ratio, update.after.sample_ratio]).toEqual([1, 0.5]);
});

test.each([
  ['http', 'http://otel.example'],
  ['a private address', 'https://10.0.0.1'],
  ['the machine’s own credentials', 'https://169.254.169.254'],
  ['another port', 'https://otel.example:6379'],
  ['a query', 'https://otel.example/?key=1'],
  ['a name and password', 'https://a:b@otel.example'],
  ['the path of a signal', 'https://otel.example/v1/traces'],
  ['no URL', 'otel.example'],
])('an endpoint with %s is refused', async (_, endpoint) => {
  expect((await create({ endpoint })).status).toBe(400);
  expect((await admin.call('GET', '/telemetry')).body.data).toEqual([]);
});

test('a name that leads inside is refused, and a moved endpoint takes no stored credential along', async () => {
  const { id } = (await create()).body;
  const moved = await admin.call('PATCH', `/telemetry/${id}`, { endpoint: 'https://evil.example' });
  expect(moved.status).toBe(400);
  admin.calls.resolve = async () => ['192.168.1.1'];
  expect(
    (await admin.call('PATCH', `/telemetry/${id}`, { endpoint: 'https://x.example', headers })).status,
  ).toBe(400);
  expect((await admin.call('GET', `/telemetry/${id}`)).body.endpoint).toBe(ENDPOINT);
});

test.each(['host', 'Content-Type', 'content-length', 'cf-connecting-ip', 'bad name', 'x\r\ny'])(
  'the header %j cannot be set',
  async (name) => {
    expect((await create({ headers: { [name]: 'x' } })).status).toBe(400);
  },
);

test('a value of a header holds no line break', async () => {
  expect((await create({ headers: { authorization: 'a\r\nx-evil: 1' } })).status).toBe(400);
});

test('an exporter of another organization is not there: not to be read, changed, tested or deleted', async () => {
  const { id } = (await create()).body;
  const as = { key: admin.theirs.text };
  for (const [method, path, body] of [
    ['GET', `/telemetry/${id}`, undefined],
    ['PATCH', `/telemetry/${id}`, { enabled: false }],
    ['POST', `/telemetry/${id}/test`, {}],
    ['DELETE', `/telemetry/${id}`, undefined],
  ] as const)
    expect((await admin.call(method, path, body, as)).status).toBe(404);
  expect((await admin.call('GET', '/telemetry', undefined, as)).body.data).toEqual([]);
  expect((await admin.call('GET', `/telemetry/${id}`)).body).toMatchObject({ enabled: true, etag: '"1"' });
});

test('at most ten, since each request is sent to every one of them', async () => {
  for (let at = 0; at < 10; at++) expect((await create({ name: `e${at}` })).status).toBe(201);
  expect((await create()).status).toBe(400);
});
