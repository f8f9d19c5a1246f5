import { createKey } from '@sluice/core/key-format';
import { ROUTE_TABLE } from '@sluice/http/admin/route-table';
import type { RouteEntry } from '@sluice/http/described/entry';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createAdminFixture } from './admin-fixture.ts';
import { createGatewayFixture } from './gateway-fixture.ts';

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));

let addresses = 0;

// Each refused sign-in is logged.
beforeEach(() => {
  const said = vi.spyOn(console, 'warn').mockImplementation(() => {});
  return () => said.mockRestore();
});

/** Each call comes from an address of its own, so that none is slowed down for another. */
const headersOf = (key: string | null, more: Record<string, string> = {}): Record<string, string> => ({
  'cf-connecting-ip': `198.51.${100 + (addresses >> 8)}.${addresses++ & 255}`,
  ...(key === null ? {} : { authorization: `Bearer ${key}` }),
  ...more,
});

const pathOf = ({ path }: RouteEntry): string =>
  path
    .replace('{.+}', '')
    .replace('*', 'gpt-4o-mini')
    .replaceAll(/:(\w+)/g, '$1_1');

/** Bodies that each door can read: what cannot be read is refused before anybody is asked for a key. */
const CHAT = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'x' }], max_tokens: 9 };
const BODY = { ...CHAT, input: 'x', prompt: 'x', voice: 'alloy', query: 'x', documents: ['x'] };

function requestOf(entry: RouteEntry, headers: Record<string, string>): RequestInit {
  const { method, credential, body_type } = entry;
  if (method === 'GET' || method === 'DELETE') return { method, headers };
  if (body_type !== 'multipart/form-data')
    return { method, headers, body: JSON.stringify(credential === 'key' ? bodyFor(entry) : {}) };
  const form = new FormData();
  form.set('model', 'gpt-4o-mini');
  form.set('prompt', 'x');
  for (const name of ['image', 'file']) form.set(name, new File(['x'], 'x.wav'));
  return { method, headers, body: form };
}

const bodyFor = ({ body_json }: RouteEntry): Record<string, unknown> => {
  if (body_json === undefined) return {};
  const { properties } = body_json as { properties: Record<string, unknown> };
  return Object.fromEntries(Object.entries(BODY).filter(([name]) => name in properties));
};

const guarded = ROUTE_TABLE.filter(({ credential }) => credential !== 'nobody_asked');
const administrative = ROUTE_TABLE.filter(({ credential }) => credential === 'admin');
const named = (entries: readonly RouteEntry[]) =>
  entries.map((entry) => [`${entry.method} ${entry.path}`, entry] as const);

function setUp() {
  const fixture = createGatewayFixture({ upstream: () => Response.json({}) });
  const ask = (path: string, init: RequestInit, origin = 'http://gateway'): Promise<Response> =>
    Promise.resolve(fixture.gateway.fetch(new Request(`${origin}${path}`, init)));
  return { ...fixture, ask };
}

describe('a route of the table', () => {
  it.each(named(guarded))('refuses whoever has no key, garbage or a key of nobody: %s', async (_, entry) => {
    const { ask, calls } = setUp();
    const strangers = [null, 'garbage', 'slu_admin_x', createKey('live', random).text];
    const words = new Set<string>();
    for (const key of [...strangers, createKey('admin', random).text]) {
      const response = await ask(pathOf(entry), requestOf(entry, headersOf(key)));
      expect([key, response.status]).toEqual([key, 401]);
      expect(response.headers.get('set-cookie')).toBeNull();
      words.add((await response.text()).replaceAll(/req_\w+/g, 'req'));
    }
    expect([...words]).toHaveLength(1);
    expect(calls).toEqual([]);
  });

  it.each(named(administrative))('is closed to virtual keys that work elsewhere: %s', async (_, entry) => {
    const { ask, createVirtualKey } = setUp();
    const { secret } = await createVirtualKey();
    for (const name of ['authorization', 'x-api-key', 'api-key']) {
      const shown = name === 'authorization' ? `Bearer ${secret}` : secret;
      const response = await ask(pathOf(entry), requestOf(entry, headersOf(null, { [name]: shown })));
      expect([name, response.status]).toEqual([name, 401]);
    }
    expect((await ask('/v1/key', { headers: headersOf(secret) })).status).toBe(200);
  });
});

describe('another spelling of a path', () => {
  /** None is a way around: each is refused as the path itself is, or is no path. */
  const SPELLINGS: Record<string, (path: string) => string> = {
    'two slashes before': (path) => `/${path}`,
    'two slashes within': (path) => path.replace(/\/(?=[^/]+$)/, '//'),
    'a slash after': (path) => `${path}/`,
    'an encoded slash': (path) => path.replace(/(?<=.)\/(?=[^/]+$)/, '%2f'),
    'an encoded slash before': (path) => `/%2f${path.slice(1)}`,
    'an encoded letter': (path) => path.replace('a', '%61'),
    'capital letters': (path) => path.toUpperCase(),
    'a dot segment': (path) => path.replace('/', '/./'),
    'an encoded dot segment': (path) => `/healthz/%2e%2e${path}`,
    'a public page before': (path) => `/docs/..;${path}`,
    'a zero byte': (path) => `${path}%00`,
    'a backslash': (path) => path.replaceAll('/', '\\'),
    'a file type': (path) => `${path}.json`,
    'a semicolon': (path) => `${path};a=b`,
  };

  it.each(Object.entries(SPELLINGS))('opens no route without a key: %s', async (_, spell) => {
    const { ask, calls } = setUp();
    const opened: string[] = [];
    for (const entry of guarded) {
      const path = spell(pathOf(entry));
      const response = await ask(path, requestOf(entry, headersOf(null)));
      await response.body?.cancel();
      if (![401, 404, 405].includes(response.status)) opened.push(`${path} ${response.status}`);
    }
    expect(opened).toEqual([]);
    expect(calls).toEqual([]);
  });

  it.each([
    'http://evil.example',
    'http://gateway.',
    'http://localhost',
    'http://127.0.0.1:1',
    'https://[::1]',
  ])('nor another host: %s', async (origin) => {
    const { ask } = setUp();
    const opened: string[] = [];
    for (const entry of guarded) {
      const headers = headersOf(null, { 'x-forwarded-host': 'localhost', 'x-original-url': '/healthz' });
      const response = await ask(pathOf(entry), requestOf(entry, headers), origin);
      await response.body?.cancel();
      if (response.status !== 401) opened.push(`${pathOf(entry)} ${response.status}`);
    }
    expect(opened).toEqual([]);
  });
});

describe('a method that is only claimed', () => {
  it('changes nothing, whoever asks', async () => {
    const { call, raw } = await createAdminFixture();
    const { body: key } = await call('POST', '/keys', { name: 'kept' });
    for (const claimed of ['DELETE', 'PATCH', 'POST']) {
      const headers = {
        'x-http-method-override': claimed,
        'x-http-method': claimed,
        'x-method-override': claimed,
      };
      const response = await raw(`/keys/${key.id}?_method=${claimed}`, { headers });
      expect(await response.json()).toMatchObject({ id: key.id, state: 'active' });
    }
    const as_form = await raw(`/keys/${key.id}/revoke`, { headers: { 'x-http-method-override': 'POST' } });
    expect(as_form.status).toBe(405);
    expect((await call('GET', `/keys/${key.id}`)).body).toMatchObject({ name: 'kept', state: 'active' });
  });
});
