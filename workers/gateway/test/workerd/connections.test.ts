import { reset } from 'cloudflare:test';
import { createConnectionStore } from '@sluice/cloudflare/d1/connections';
import type { FetchPort } from '@sluice/contract';
import { PROVIDERS } from '@sluice/providers';
import { beforeEach, expect, test } from 'vitest';
import { createAdminFixture } from './admin-fixture.ts';
import { wholeAnswer } from './gateway-fixture.ts';

const CREDENTIAL = 'credential-0123456789-wxyz';

let answer: FetchPort;
let calls: { url: string; init: RequestInit }[];
let admin: Awaited<ReturnType<typeof createAdminFixture>>;

const withAdmin = (more: Parameters<typeof createAdminFixture>[0] = {}) =>
  createAdminFixture({
    fetch: (url, init) => {
      calls.push({ url, init });
      return answer(url, init);
    },
    ...more,
  });

beforeEach(async () => {
  await reset();
  calls = [];
  answer = async () => wholeAnswer();
  admin = await withAdmin();
});

const FULL = {
  provider: 'openai',
  name: 'Production',
  credential: CREDENTIAL,
  base_url: 'https://eu.api.openai.com/v1',
  region: 'eu',
  models: ['gpt-4o-mini'],
  weight: 5,
  enabled: true,
  timeouts: { first_byte_ms: 10_000 },
};

const create = async (more: Record<string, unknown> = {}) =>
  (await admin.call('POST', '/connections', { provider: 'openai', credential: CREDENTIAL, ...more })).body;

test('a connection is made, shown with the end of its credential, and told to isolates', async () => {
  const created = await admin.call('POST', '/connections', FULL);
  expect(created.status).toBe(201);
  const { credential: _, ...shown } = FULL;
  expect(created.body).toMatchObject({
    ...shown,
    credential_hint: '…wxyz',
    private_allowed: false,
    etag: '"1"',
    in_force: true,
  });
  expect(created.body.id).toMatch(/^conn_\w{20}$/);
  expect((await admin.call('GET', `/connections/${created.body.id}`)).body).toMatchObject({ weight: 5 });
  expect(admin.versions).toEqual([['org_default', 2]]);
  expect(calls).toEqual([]);
});

test('a credential is in no answer, no list, no audit entry, no trace of an error and in no column', async () => {
  const { id } = await create(FULL);
  await admin.call('PATCH', `/connections/${id}`, { credential: `${CREDENTIAL}2` });
  answer = async () => Response.json({ error: { message: `bad key ${CREDENTIAL}2` } }, { status: 401 });
  const texts = [
    await admin.call('GET', '/connections'),
    await admin.call('GET', `/connections/${id}`),
    await admin.call('POST', `/connections/${id}/test`),
    await admin.call('POST', '/connections/test', { ...FULL, credential: `${CREDENTIAL}2` }),
    await admin.call('POST', '/connections', { ...FULL, credential: `${CREDENTIAL}2`, verify: true }),
    await admin.call('PATCH', `/connections/${id}`, { verify: true, name: 'x' }),
    await admin.call('POST', '/connections', { ...FULL, weight: 'heavy' }),
    await admin.call('POST', '/connections', { ...FULL, credential: { key: CREDENTIAL } }),
    await admin.call('DELETE', `/connections/${id}`),
    await admin.call('GET', '/audit'),
  ].map(({ text }) => text);
  const { results } = await admin.DB.prepare('SELECT * FROM connections WHERE organization_id = ?1')
    .bind('org_default')
    .all();
  for (const text of [...texts, JSON.stringify(results)]) expect(text).not.toContain('0123456789');
});

test('a list is paged, newest first, and holds nothing of another organization', async () => {
  for (const name of ['a', 'b', 'c']) {
    admin.state.now_ms += 1;
    await create({ name });
  }
  const first = await admin.call('GET', '/connections?limit=2');
  expect(first.body.data.map((one: { name: string }) => one.name)).toEqual(['c', 'b']);
  const second = await admin.call('GET', `/connections?limit=2&cursor=${first.body.next_cursor}`);
  expect(second.body).toMatchObject({ data: [{ name: 'a' }], next_cursor: null });
  await admin.addOther();
  const { id } = first.body.data[0];
  const theirs = { key: admin.theirs.text };
  expect((await admin.call('GET', '/connections', undefined, theirs)).body.data).toEqual([]);
  for (const [method, path, body] of [
    ['GET', `/connections/${id}`],
    ['PATCH', `/connections/${id}`, { name: 'x' }],
    ['POST', `/connections/${id}/test`],
    ['DELETE', `/connections/${id}`],
  ] as const)
    expect([method, (await admin.call(method, path, body, theirs)).status]).toEqual([method, 404]);
});

test('a change changes what it names; an old etag changes nothing; the same change again writes nothing', async () => {
  const { id, etag } = await create(FULL);
  const changed = await admin.call('PATCH', `/connections/${id}`, {
    weight: 0,
    models: null,
    timeouts: null,
  });
  expect(changed.body).toMatchObject({
    weight: 0,
    models: null,
    timeouts: {},
    name: 'Production',
    etag: '"2"',
  });
  const headers = { 'if-match': etag };
  expect((await admin.call('PATCH', `/connections/${id}`, { weight: 9 }, { headers })).status).toBe(409);
  expect((await admin.call('DELETE', `/connections/${id}`, undefined, { headers })).status).toBe(409);
  expect((await admin.call('PATCH', `/connections/${id}`, { weight: 0 })).body.etag).toBe('"2"');
  expect(admin.versions).toEqual([
    ['org_default', 2],
    ['org_default', 3],
    ['org_default', 3],
  ]);
  const { body } = await admin.call('DELETE', `/connections/${id}`);
  expect(body).toEqual({ id, deleted: true, in_force: true });
  expect((await admin.call('GET', `/connections/${id}`)).status).toBe(404);
  const { data } = (await admin.call('GET', '/audit')).body;
  expect(data.map((entry: { action: string }) => entry.action).sort()).toEqual([
    'connection.create',
    'connection.delete',
    'connection.update',
  ]);
});

test('a stored credential follows its connection to no other address', async () => {
  const { id } = await create({ base_url: 'https://gateway.example/one' });
  for (const base_url of ['https://evil.example/one', 'https://gateway.example/two', null]) {
    const moved = await admin.call('PATCH', `/connections/${id}`, { base_url });
    expect(moved).toMatchObject({ status: 400, body: { error: { param: 'credential' } } });
    const tested = await admin.call('PATCH', `/connections/${id}`, { base_url, verify: true });
    expect(tested.status).toBe(400);
  }
  expect(calls).toEqual([]);
  const given = { base_url: 'https://evil.example/one', credential: 'sk-another-credential' };
  expect((await admin.call('PATCH', `/connections/${id}`, given)).status).toBe(200);
  expect((await admin.call('PATCH', `/connections/${id}`, { provider: 'groq' })).status).toBe(400);
});

test('a connection is tested with a real call before it is saved, and what fails is not saved', async () => {
  const draft = { provider: 'openai', credential: CREDENTIAL };
  const tested = await admin.call('POST', '/connections/test', draft);
  expect(tested).toMatchObject({
    status: 200,
    body: { ok: true, status: 200, model: 'gpt-4o-mini', error: null },
  });
  expect(calls.map(({ url }) => url)).toEqual(['https://api.openai.com/v1/chat/completions']);
  expect(new Headers(calls[0]?.init.headers).get('authorization')).toBe(`Bearer ${CREDENTIAL}`);
  answer = async () =>
    Response.json({ error: { message: 'no such key', code: 'invalid_api_key' } }, { status: 401 });
  const refused = await admin.call('POST', '/connections', { ...draft, verify: true });
  expect(refused).toMatchObject({
    status: 400,
    body: { error: { test: { ok: false, status: 401, error: { kind: 'auth', message: 'no such key' } } } },
  });
  expect((await admin.call('GET', '/connections')).body.data).toEqual([]);
  answer = async () => wholeAnswer();
  const { id } = (await admin.call('POST', '/connections', { ...draft, verify: true })).body;
  const again = await admin.call('POST', `/connections/${id}/test`, { test_model: 'gpt-4o' });
  expect(again.body).toMatchObject({ ok: true, model: 'gpt-4o' });
  expect(new Headers(calls.at(-1)?.init.headers).get('authorization')).toBe(`Bearer ${CREDENTIAL}`);
});

test('inside addresses are refused at save and at test, and opening them is the deployment’s to allow', async () => {
  const draft = { provider: 'openai-compatible', credential: 'none' };
  for (const base_url of [
    'http://127.0.0.1:8000/v1',
    'http://0x7f.1/v1',
    'http://vault.internal',
    'ftp://x.example',
  ])
    for (const path of ['/connections', '/connections/test']) {
      const refused = await admin.call('POST', path, { ...draft, base_url });
      expect([base_url, refused.status, refused.body.error?.param]).toEqual([base_url, 400, 'base_url']);
    }
  const opened = { ...draft, base_url: 'http://10.0.0.9/v1', private_allowed: true, test_model: 'm' };
  expect(await admin.call('POST', '/connections', opened)).toMatchObject({
    status: 403,
    body: { error: { param: 'private_allowed' } },
  });
  expect(calls).toEqual([]);
  admin = await withAdmin({ private_upstreams: true });
  expect((await admin.call('POST', '/connections', { ...draft, base_url: opened.base_url })).status).toBe(
    400,
  );
  const saved = await admin.call('POST', '/connections', { ...opened, verify: true });
  expect(saved).toMatchObject({ status: 201, body: { private_allowed: true } });
  // The deployment closes its networks again: the connection cannot be called, but it can be disabled.
  admin = await withAdmin({ private_upstreams: false });
  const { id } = saved.body;
  expect((await admin.call('POST', `/connections/${id}/test`, { test_model: 'm' })).body).toMatchObject({
    ok: false,
    error: { kind: 'network' },
  });
  expect((await admin.call('PATCH', `/connections/${id}`, { enabled: false })).status).toBe(200);
  expect(calls).toHaveLength(1);
});

test('what cannot be a connection is refused by name', async () => {
  for (const [more, param] of [
    [{ provider: 'nobody' }, 'provider'],
    [{ credential: '' }, 'credential'],
    [{ credential: 'sk\nx-evil: 1' }, 'credential'],
    [{ credential: '{"half":' }, 'credential'],
    [{ settings: { host: 'evil.example' } }, 'settings.host'],
    [{ region: '../..' }, 'region'],
    [{ weight: -1 }, 'weight'],
    [{ weight: 1.5 }, 'weight'],
    [{ models: [] }, 'models'],
    [{ timeouts: { total_ms: 0 } }, 'timeouts.total_ms'],
    [{ base_url: 'https://user:pass@x.example' }, 'base_url'],
    [{ base_url: 'https://x.example/?key=1' }, 'base_url'],
    [{ id: 'conn_mine' }, 'id'],
    [{ organization_id: 'org_other' }, 'organization_id'],
  ] as const) {
    const { status, body } = await admin.call('POST', '/connections', {
      provider: 'openai',
      credential: CREDENTIAL,
      ...more,
    });
    expect([more, status, body.error?.param]).toEqual([more, 400, param]);
  }
});

test('without an encryption key nothing is stored, and the answer says what to set', async () => {
  admin = await withAdmin({ connections: createConnectionStore({ DB: admin.DB }) });
  const refused = await admin.call('POST', '/connections', FULL);
  expect(refused).toMatchObject({ status: 503, body: { error: { code: 'encryption_unavailable' } } });
  expect(refused.body.error.message).toContain('SLUICE_ENCRYPTION_KEYS');
  expect((await admin.call('GET', '/connections')).body.data).toEqual([]);
});

test('keys are rotated in pages that a command can call again and again', async () => {
  for (const name of ['a', 'b', 'c']) await create({ name });
  const NEXT = `next:${'B'.repeat(43)}`;
  const connections = createConnectionStore({
    DB: admin.DB,
    SLUICE_ENCRYPTION_KEYS: `test:${'A'.repeat(43)}`,
    SLUICE_ENCRYPTION_KEYS_NEXT: NEXT,
  });
  admin = await withAdmin({ connections });
  const first = await admin.call('POST', '/connections/rewrap', { limit: 2 });
  expect(first.body).toMatchObject({ current_key_id: 'next', rewrapped: 2, unreadable: 0, remaining: 1 });
  const second = await admin.call('POST', '/connections/rewrap', {
    limit: 2,
    cursor: first.body.next_cursor,
  });
  expect(second.body).toMatchObject({ rewrapped: 1, remaining: 0, next_cursor: null });
  admin = await withAdmin({
    connections: createConnectionStore({ DB: admin.DB, SLUICE_ENCRYPTION_KEYS: NEXT }),
  });
  const { data } = (await admin.call('GET', '/connections')).body;
  const tests = await Promise.all(
    data.map((one: { id: string }) => admin.call('POST', `/connections/${one.id}/test`)),
  );
  expect(tests.map(({ body }) => body.ok)).toEqual([true, true, true]);
});

const PAYLOADS = [
  ...[
    '..',
    '.',
    '../..',
    '../../v1',
    '..%2f..',
    '%2e%2e',
    '%2E%2E/%2e%2e',
    '..\\..',
    '..;/',
    '/',
    '//evil.example',
  ],
  ...[
    'a/b',
    'a\\b',
    '?x=1',
    'a?b',
    '#f',
    'a#b',
    '@evil.example',
    'a@evil.example',
    'evil.example:443',
    'a:b@c',
    'a.b.',
  ],
  ...[
    'evil.example/',
    'evil.example#',
    'evil.example?',
    ' ',
    'a b',
    'a\tb',
    'a\nb',
    'a\r\nx: y',
    'a\0b',
    '%00',
    '{x}',
    'ü',
    '．．',
  ],
];

test('no region, account, project or other field of a provider can leave its place in the URL', async () => {
  let tried = 0;
  for (const provider of PROVIDERS)
    for (const field of provider.fields ?? [])
      for (const payload of PAYLOADS) {
        const good = Object.fromEntries(
          (provider.fields ?? []).flatMap(({ name, pattern }) => {
            const fitting = [
              'eu-central-1',
              'global',
              '2024-10-21',
              '0123456789abcdef0123456789abcdef',
              'my-name',
            ];
            const value = fitting.find((text) => pattern.exec(text)?.[0] === text);
            return value === undefined ? [] : [[name, value]];
          }),
        );
        const { region, ...settings } = { ...good, [field.name]: payload };
        const { status, body } = await admin.call('POST', '/connections', {
          provider: provider.id,
          credential: 'a-credential:of-any-kind',
          settings,
          ...(region === undefined ? {} : { region }),
          ...(provider.base_url === '' ? { base_url: 'https://x.example' } : {}),
        });
        tried++;
        expect([provider.id, field.name, payload, status, body.id]).toEqual([
          provider.id,
          field.name,
          payload,
          400,
          undefined,
        ]);
      }
  expect(calls).toEqual([]);
  expect(tried).toBeGreaterThan(PAYLOADS.length);
});
