import { reset } from 'cloudflare:test';
import { loadPolicy } from '@sluice/cloudflare/d1/keys';
import { ROLES, type Role } from '@sluice/contract';
import { createKey } from '@sluice/core/key-format';
import { ROUTE_TABLE } from '@sluice/http/admin/route-table';
import { beforeEach, describe, expect, test } from 'vitest';
import { createAdminFixture } from './admin-fixture.ts';

let admin: Awaited<ReturnType<typeof createAdminFixture>>;

beforeEach(async () => {
  await reset();
  admin = await createAdminFixture();
});

const DAY_MS = 86_400_000;

/** A key of its own for each role, in the default organization. */
async function keyOf(role: Role, more: Record<string, unknown> = {}): Promise<{ id: string; key: string }> {
  const { body } = await admin.call('POST', '/admin-keys', { name: role, role, ...more });
  return { id: body.id, key: body.secret };
}

async function memberOf(role: Role, email: string = `${role}@example.com`) {
  const invited = await admin.call('POST', '/invitations', { email, role });
  const accepted = await admin.call(
    'POST',
    '/invitations/accept',
    { token: invited.body.token },
    { key: null },
  );
  expect(accepted.status).toBe(201);
  return {
    id: accepted.body.member.id as string,
    key: accepted.body.secret as string,
    token: invited.body.token,
  };
}

describe('organizations', () => {
  test('are made by the key of the deployment, and see nothing of each other', async () => {
    const made = await admin.call('POST', '/organizations', { name: 'Second' });
    expect(made.status).toBe(201);
    const key = made.body.admin_key.secret;
    expect((await admin.call('GET', '/organization', undefined, { key })).body).toMatchObject({
      id: made.body.id,
      name: 'Second',
    });
    const ours = await admin.call('POST', '/keys', { name: 'ours' });
    expect((await admin.call('GET', '/keys', undefined, { key })).body.data).toEqual([]);
    expect((await admin.call('GET', `/keys/${ours.body.id}`, undefined, { key })).status).toBe(404);
    for (const [method, path] of [
      ['GET', '/organizations'],
      ['POST', '/organizations'],
      ['POST', '/organizations/org_default/close'],
      ['POST', '/organizations/org_default/owner-keys'],
    ] as const)
      expect(
        (await admin.call(method, path, method === 'GET' ? undefined : { name: 'x' }, { key })).status,
      ).toBe(403);
    const owner = await keyOf('owner');
    expect((await admin.call('GET', '/organizations', undefined, { key: owner.key })).status).toBe(403);
  });

  test('that are closed let nobody in, and none of their virtual keys works', async () => {
    const made = await admin.call('POST', '/organizations', { name: 'Second' });
    const key = made.body.admin_key.secret;
    const virtual = await admin.call('POST', '/keys', { name: 'theirs' }, { key });
    expect((await admin.call('POST', `/organizations/${made.body.id}/close`)).status).toBe(200);
    expect((await admin.call('GET', '/keys', undefined, { key })).status).toBe(401);
    expect(await loadPolicy(admin, virtual.body.id)).toMatchObject({ state: 'disabled' });
    expect(admin.pushed).toContain(virtual.body.id);
    expect((await admin.call('POST', '/organizations/org_default/close')).status).toBe(409);
  });
});

describe('roles', () => {
  const samples = ROUTE_TABLE.filter(({ credential }) => credential === 'admin').map(
    (entry) => [`${entry.method} ${entry.path}`, entry] as const,
  );

  test('every role is refused every route that the table does not give it, whatever the route would say', async () => {
    for (const role of ROLES) {
      const { key } = await keyOf(role);
      for (const [name, entry] of samples) {
        if (entry.roles.includes(role)) continue;
        const path = entry.path
          .replace('/admin/v1', '')
          .replace('{.+}', '')
          .replaceAll(/:(\w+)/g, 'x1');
        const answer = await admin.call(entry.method, path, entry.method === 'GET' ? undefined : {}, { key });
        expect([role, name, answer.status]).toEqual([role, name, 403]);
      }
    }
  });

  test('a member who loses a role or the membership loses it with the next request, key and session alike', async () => {
    const { id, key } = await memberOf('admin');
    expect((await admin.call('GET', '/audit', undefined, { key })).status).toBe(200);
    const { cookie } = await signIn({ authorization: `Bearer ${key}` });
    expect((await admin.ask('GET', '/audit', { cookie })).status).toBe(200);
    await admin.call('PATCH', `/members/${id}`, { role: 'viewer' });
    expect((await admin.call('GET', '/audit', undefined, { key })).status).toBe(403);
    expect((await admin.ask('GET', '/audit', { cookie })).status).toBe(403);
    await admin.call('DELETE', `/members/${id}`);
    expect((await admin.call('GET', '/organization', undefined, { key })).status).toBe(401);
    expect((await admin.ask('GET', '/organization', { cookie })).status).toBe(401);
  });

  test('nobody widens what they may: not themselves, not by a key, an invitation or a field', async () => {
    const { id, key } = await memberOf('admin');
    const owner = await memberOf('owner');
    const refused: [string, string, unknown][] = [
      ['PATCH', `/members/${id}`, { role: 'owner' }],
      ['PATCH', `/members/${owner.id}`, { role: 'viewer' }],
      ['DELETE', `/members/${owner.id}`, undefined],
      ['POST', '/admin-keys', { name: 'x', role: 'owner' }],
      ['POST', '/admin-keys', { name: 'x', member: owner.id }],
      ['POST', '/invitations', { email: 'me@example.com', role: 'owner' }],
    ];
    for (const [method, path, body] of refused)
      expect([path, (await admin.call(method, path, body, { key })).status]).toEqual([path, 403]);
    const unknown: [string, string, unknown][] = [
      ['PATCH', `/members/${id}`, { role: 'admin', organization_id: 'org_other' }],
      ['PATCH', `/members/${id}`, { role: 'admin', email: 'other@example.com' }],
      ['POST', '/admin-keys', { name: 'x', role: 'viewer', organization_id: 'org_other' }],
      ['POST', '/admin-keys', { name: 'x', role: 'viewer', member: id }],
      ['POST', '/keys', { name: 'x', organization_id: 'org_other' }],
      ['PATCH', '/organization', { id: 'org_other' }],
      ['POST', '/invitations', { email: 'x@example.com', role: 'viewer', token: 'mine' }],
    ];
    for (const [method, path, body] of unknown)
      expect([path, (await admin.call(method, path, body, { key })).status]).toEqual([path, 400]);
    const { body } = await admin.call('GET', '/members');
    expect(body.data.map(({ email, role }: { email: string; role: string }) => [email, role])).toEqual([
      ['admin@example.com', 'admin'],
      ['owner@example.com', 'owner'],
    ]);
  });

  test('an organization never loses its last owner', async () => {
    const made = await admin.call('POST', '/organizations', { name: 'Second' });
    const { secret: key, id } = made.body.admin_key;
    expect((await admin.call('POST', `/admin-keys/${id}/revoke`, {}, { key })).status).toBe(409);
    const invited = await admin.call(
      'POST',
      '/invitations',
      { email: 'a@b.example', role: 'owner' },
      { key },
    );
    const { body } = await admin.call(
      'POST',
      '/invitations/accept',
      { token: invited.body.token },
      { key: null },
    );
    expect((await admin.call('POST', `/admin-keys/${id}/revoke`, {}, { key })).status).toBe(200);
    expect((await admin.call('GET', '/members', undefined, { key })).status).toBe(401);
    const options = { key: body.secret };
    expect(
      (await admin.call('PATCH', `/members/${body.member.id}`, { role: 'viewer' }, options)).status,
    ).toBe(409);
    expect((await admin.call('DELETE', `/members/${body.member.id}`, undefined, options)).status).toBe(409);
  });
});

describe('an invitation', () => {
  test('works once, for seven days, and can be taken back', async () => {
    const { token } = await memberOf('developer');
    const accept = (text: string) =>
      admin.call('POST', '/invitations/accept', { token: text }, { key: null }).then(({ status }) => status);
    expect(await accept(token)).toBe(401);
    const late = await admin.call('POST', '/invitations', { email: 'late@example.com', role: 'viewer' });
    const back = await admin.call('POST', '/invitations', { email: 'back@example.com', role: 'viewer' });
    expect((await admin.call('DELETE', `/invitations/${back.body.id}`)).status).toBe(200);
    expect(await accept(back.body.token)).toBe(401);
    admin.state.now_ms += 7 * DAY_MS;
    expect(await accept(late.body.token)).toBe(401);
    const list = await admin.call('GET', '/invitations');
    expect(list.text).not.toContain(late.body.token);
    expect((await admin.call('GET', '/members')).body.data).toHaveLength(1);
  });

  test('that is accepted by many at once makes one member', async () => {
    const { body } = await admin.call('POST', '/invitations', { email: 'a@b.example', role: 'viewer' });
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        admin.call('POST', '/invitations/accept', { token: body.token }, { key: null }),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect((await admin.call('GET', '/members')).body.data).toHaveLength(1);
  });
});

describe('a bad admin key', () => {
  test('gets the same answer whatever is bad about it', async () => {
    const expired = await keyOf('viewer', { expires_at: new Date(admin.state.now_ms + 1000).toISOString() });
    const revoked = await keyOf('viewer');
    await admin.call('POST', `/admin-keys/${revoked.id}/revoke`);
    const closed = await admin.call('POST', '/organizations', { name: 'Second' });
    await admin.call('POST', `/organizations/${closed.body.id}/close`);
    const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
    admin.state.now_ms += 2000;
    const answers = await Promise.all(
      [
        null,
        'garbage',
        `${admin.ours.text.slice(0, -1)}!`,
        createKey('admin', random).text,
        createKey('admin', random, revoked.id).text,
        createKey('live', random).text,
        revoked.key,
        expired.key,
        closed.body.admin_key.secret,
      ].map((key) => admin.call('GET', '/keys', undefined, { key })),
    );
    for (const { status, body } of answers) {
      expect(status).toBe(401);
      expect({ ...body.error, request_id: '' }).toEqual({ ...answers[0]?.body.error, request_id: '' });
    }
  });

  test('is written into the log of whose key it names, five times an address and no more', async () => {
    const { id } = await keyOf('viewer');
    const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
    for (let at = 0; at < 12; at++)
      await admin.call('GET', '/keys', undefined, {
        key: createKey('admin', random, id).text,
        headers: { 'cf-connecting-ip': '203.0.113.9' },
      });
    const { body } = await admin.call('GET', '/audit?action=session.refused');
    expect(body.data).toHaveLength(5);
    expect(body.data[0]).toMatchObject({
      actor: 'address:203.0.113.9',
      target_id: id,
      after: { reason: 'wrong_secret' },
    });
    expect((await admin.call('GET', '/audit/verify')).body.ok).toBe(true);
  });

  test('that is tried often slows its address down, and never whom it names', async () => {
    const { bad_sign_ins: _, ...ports } = admin.ports;
    const { createAdmin } = await import('@sluice/http/admin/create-admin');
    const app = createAdmin(ports);
    const { id, key } = await keyOf('viewer');
    const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
    const ask = (secret: string, address: string) =>
      app.request('http://gateway/admin/v1/organization', {
        headers: { authorization: `Bearer ${secret}`, 'cf-connecting-ip': address },
      });
    const statuses: number[] = [];
    for (let at = 0; at < 40; at++)
      statuses.push((await ask(createKey('admin', random, id).text, '203.0.113.9')).status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(20);
    const slowed = await ask(createKey('admin', random, id).text, '203.0.113.9');
    expect([slowed.status, Number(slowed.headers.get('retry-after')) > 0]).toEqual([429, true]);
    expect((await ask(key, '203.0.113.9')).status).toBe(200);
    expect((await ask(key, '198.51.100.1')).status).toBe(200);
    expect((await ask(createKey('admin', random, id).text, '198.51.100.1')).status).toBe(401);
  });
});

const ORIGIN = 'https://gateway.example';

async function signIn(headers: Record<string, string>, body: unknown = {}) {
  const answer = await admin.ask('POST', '/session', { origin: ORIGIN, ...headers }, body);
  const set = answer.headers.get('set-cookie') ?? '';
  const shown = (await answer.json()) as { csrf_token: string; role: string; email: string | null };
  return { status: answer.status, set, cookie: set.split(';')[0] ?? '', shown };
}

describe('a session', () => {
  const key = () => ({ authorization: `Bearer ${admin.ours.text}` });

  test('comes in a cookie that no script, no other site and no other host gets to see', async () => {
    const { status, set, cookie, shown } = await signIn(key());
    expect(status).toBe(201);
    expect(set).toMatch(
      /^__Host-sluice_session=[0-9A-Za-z]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200; Secure$/,
    );
    const who = await admin.ask('GET', '/session', { cookie });
    expect(await who.json()).toMatchObject({
      role: 'owner',
      is_deployment: true,
      csrf_token: shown.csrf_token,
    });
    const { results } = await admin.DB.prepare(
      "SELECT * FROM sessions WHERE organization_id = 'org_default'",
    ).all();
    expect(JSON.stringify(results)).not.toContain(cookie.split('=')[1]);
  });

  test('changes nothing for a page of another origin, without an origin or without its token', async () => {
    const { cookie, shown } = await signIn(key());
    const change = (headers: Record<string, string>) =>
      admin.ask('POST', '/projects', { cookie, ...headers }, { name: 'p' }).then(({ status }) => status);
    const csrf = { 'x-csrf-token': shown.csrf_token };
    expect(await change({ ...csrf, origin: 'https://evil.example' })).toBe(403);
    expect(await change({ ...csrf, origin: 'null' })).toBe(403);
    expect(await change({ ...csrf, origin: 'http://gateway.example' })).toBe(403);
    expect(await change(csrf)).toBe(403);
    expect(await change({ origin: ORIGIN })).toBe(403);
    expect(await change({ origin: ORIGIN, 'x-csrf-token': 'a'.repeat(64) })).toBe(403);
    expect(await change({ ...csrf, origin: ORIGIN, 'sec-fetch-site': 'same-site' })).toBe(403);
    expect((await admin.call('GET', '/projects')).body.data).toEqual([]);
    expect(await change({ ...csrf, origin: ORIGIN })).toBe(201);
    expect((await signIn({ ...key(), origin: 'https://evil.example' })).status).toBe(403);
  });

  test('is never one that somebody else chose', async () => {
    const fixed = `__Host-sluice_session=${'f'.repeat(43)}`;
    const { cookie } = await signIn({ ...key(), cookie: fixed });
    expect(cookie).not.toBe(fixed);
    expect((await admin.ask('GET', '/session', { cookie: fixed })).status).toBe(401);
    expect((await admin.ask('GET', '/session', { cookie: `${fixed}; ${cookie}` })).status).toBe(401);
    expect((await admin.ask('GET', '/session', { cookie })).status).toBe(200);
  });

  test('ends at once: signed out, everywhere, idle, too old, its key revoked or replaced', async () => {
    const status = async (cookie: string) => (await admin.ask('GET', '/session', { cookie })).status;
    const [one, two, three] = [await signIn(key()), await signIn(key()), await signIn(key())];
    const leave = (path: string, { cookie, shown }: typeof one) =>
      admin.ask('DELETE', path, { cookie, origin: ORIGIN, 'x-csrf-token': shown.csrf_token });
    expect((await leave('/session', one)).headers.get('set-cookie')).toContain('Max-Age=0');
    expect([await status(one.cookie), await status(two.cookie)]).toEqual([401, 200]);
    expect(await (await leave('/sessions', two)).json()).toEqual({ signed_out: 2 });
    expect([await status(two.cookie), await status(three.cookie)]).toEqual([401, 401]);

    const viewer = await keyOf('viewer');
    const theirs = await signIn({ authorization: `Bearer ${viewer.key}` });
    expect(await status(theirs.cookie)).toBe(200);
    await admin.call('POST', `/admin-keys/${viewer.id}/revoke`);
    expect(await status(theirs.cookie)).toBe(401);

    const idle = await signIn(key());
    const busy = await signIn(key());
    for (let hour = 0; hour < 11; hour++) {
      admin.state.now_ms += 3_600_000;
      expect(await status(busy.cookie)).toBe(200);
    }
    expect(await status(idle.cookie)).toBe(401);
    admin.state.now_ms += 3_600_000;
    expect(await status(busy.cookie)).toBe(401);

    const last = await signIn(key());
    admin.ports.admins = async () => [];
    expect(await status(last.cookie)).toBe(401);
  });

  test('begins by a link once, in time, and not after signing out everywhere', async () => {
    const link = async () => (await admin.call('POST', '/session/links', {})).body;
    const first = await link();
    expect(first.url).toBe(`http://gateway/#sign_in=${first.token}`);
    expect((await signIn({}, { token: first.token })).shown.role).toBe('owner');
    expect((await signIn({}, { token: first.token })).status).toBe(401);
    const late = await link();
    admin.state.now_ms += 601_000;
    expect((await signIn({}, { token: late.token })).status).toBe(401);
    const gone = await link();
    await admin.call('DELETE', '/sessions');
    expect((await signIn({}, { token: gone.token })).status).toBe(401);
  });

  test('of somebody whom Cloudflare Access names is that of the member, as long as Access vouches', async () => {
    await memberOf('developer', 'dev@example.com');
    const until_ms = admin.state.now_ms + 60_000;
    admin.ports.accessIdentity = async (token) =>
      token === 'good' ? { email: 'dev@example.com', expires_at_ms: until_ms } : null;
    const access = { 'cf-access-jwt-assertion': 'good' };
    const { status, shown, cookie } = await signIn(access);
    expect([status, shown.role, shown.email]).toEqual([201, 'developer', 'dev@example.com']);
    expect((await signIn({ 'cf-access-jwt-assertion': 'bad' })).status).toBe(401);
    expect((await admin.ask('POST', '/session', access, {})).status).toBe(403);
    expect((await admin.ask('GET', '/session', access)).status).toBe(401);
    admin.ports.accessIdentity = async () => ({ email: 'nobody@example.com', expires_at_ms: until_ms });
    expect((await signIn(access)).status).toBe(401);
    admin.state.now_ms = until_ms;
    expect((await admin.ask('GET', '/session', { cookie })).status).toBe(401);
  });
});
