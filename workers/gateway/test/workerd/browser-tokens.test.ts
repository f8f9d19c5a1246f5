import { runInDurableObject } from 'cloudflare:test';
import { createBrowserTokens } from '@sluice/cloudflare/crypto/browser-tokens';
import type { TokenClaims } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { budget, createGatewayFixture, hello, ledgers, wholeAnswer } from './gateway-fixture.ts';

const KEYS = `test:${'A'.repeat(43)}`;
const env = { SLUICE_ENCRYPTION_KEYS: KEYS };
/** What `wholeAnswer` costs at the list price of gpt-4o-mini: 8 tokens in, 5 out. */
const COST_USD = (8 * 0.15 + 5 * 0.6) / 1e6;

async function mint(
  fixture: ReturnType<typeof createGatewayFixture>,
  secret: string,
  ask: Record<string, unknown>,
): Promise<{ token: string; token_id: string }> {
  const response = await fixture.gateway.fetch(
    new Request('http://gateway/v1/tokens', {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}` },
      body: JSON.stringify(ask),
    }),
  );
  expect(response.status).toBe(201);
  return response.json();
}

const statusesOf = async (answers: Promise<Response>[]): Promise<Record<number, number>> => {
  const counts: Record<number, number> = {};
  for (const answer of await Promise.all(answers)) {
    await answer.text();
    counts[answer.status] = (counts[answer.status] ?? 0) + 1;
  }
  return counts;
};

describe('limits of a token', () => {
  it('of a hundred at once exactly as many are sent as its rate allows, and its key has the rest', async () => {
    const fixture = createGatewayFixture({ upstream: () => wholeAnswer(), env });
    const { secret } = await fixture.createVirtualKey();
    const { token } = await mint(fixture, secret, { rate_limit: 7 });
    const other = await mint(fixture, secret, { rate_limit: 7 });
    const statuses = await statusesOf(
      Array.from({ length: 100 }, () => fixture.post(token, hello('gpt-4o-mini'))),
    );
    expect(statuses).toEqual({ 200: 7, 429: 93 });
    expect(fixture.calls).toHaveLength(7);
    expect((await fixture.post(other.token, hello('gpt-4o-mini'))).status).toBe(200);
    expect((await fixture.post(secret, hello('gpt-4o-mini'))).status).toBe(200);
    const refused = await fixture.post(token, hello('gpt-4o-mini'));
    expect(refused.headers.get('retry-after')).not.toBeNull();
    expect(refused.headers.get('x-ratelimit-limit')).toBe('7');
  });

  it('of a hundred at once none spends more than its cap, and a crash gives it no second purse', async () => {
    const fixture = createGatewayFixture({ upstream: () => wholeAnswer(), env });
    const { secret, key_id } = await fixture.createVirtualKey({ budgets: [budget(1e9)] });
    const { token } = await mint(fixture, secret, { limit_usd: 12.5 * COST_USD });
    const ask = hello('gpt-4o-mini', { max_tokens: 16 });
    let sent = 0;
    for (let round = 0; round < 6; round++) {
      const statuses = await statusesOf(Array.from({ length: 100 }, () => fixture.post(token, ask)));
      expect((statuses[200] ?? 0) + (statuses[402] ?? 0) + (statuses[429] ?? 0)).toBe(100);
      sent += statuses[200] ?? 0;
      expect(sent).toBeLessThanOrEqual(12);
      if (round === 2)
        await runInDurableObject(ledgers.getByName(key_id), (_, state) => state.abort('crash')).catch(
          () => undefined,
        );
    }
    expect(sent).toBeGreaterThan(5);
    expect(fixture.calls).toHaveLength(sent);
    const last = await fixture.post(token, ask);
    expect(last.status).toBe(402);
    const body = await last.text();
    expect(body).toContain('token');
    // What its key has left is not for pages.
    expect(body).not.toMatch(/spent_usd|remaining_usd|resets_at/);
    expect((await ledgers.getByName(key_id).usage())?.budgets[0]?.remaining_usd_nanos).toBeGreaterThan(9e8);
    expect((await fixture.post(secret, ask)).status).toBe(200);
  });

  it('without limits of its own a token shows a page no limits of its key', async () => {
    const fixture = createGatewayFixture({ upstream: () => wholeAnswer(), env });
    const { secret } = await fixture.createVirtualKey({ budgets: [budget(1e9)] });
    const { token } = await mint(fixture, secret, {});
    const answer = await fixture.post(token, hello('gpt-4o-mini'));
    const shown = [...answer.headers.keys()].filter((name) => /budget|ratelimit/.test(name));
    expect([answer.status, shown]).toEqual([200, []]);
  });

  it('is kept apart from ten thousand others of the same key, in rows that are swept after their time', async () => {
    const fixture = createGatewayFixture({ upstream: () => wholeAnswer(), env });
    const { secret, key_id } = await fixture.createVirtualKey();
    const rows = (): Promise<number> =>
      runInDurableObject(
        ledgers.getByName(key_id),
        (_, state) => [...state.storage.kv.list({ prefix: 'token/' })].length,
      );
    await runInDurableObject(ledgers.getByName(key_id), (_, state) => {
      for (let i = 0; i < 30; i++) state.storage.kv.put(`token/00000000000001/old-${i}`, {});
    });
    for (let i = 0; i < 3; i++) {
      const { token } = await mint(fixture, secret, { rate_limit: 5 });
      expect((await fixture.post(token, hello('gpt-4o-mini'))).status).toBe(200);
    }
    expect(await rows()).toBe(3);
  });
});

describe('a forged token', () => {
  const claims = (key_id: string, more: Partial<TokenClaims> = {}): TokenClaims => ({
    token_id: 'tok_forged',
    expires_at_ms: Date.now() + 600_000,
    organization_id: 'org_default',
    key_id,
    secret_tag: '',
    origins: [],
    models: [],
    spend_cap_usd_nanos: null,
    requests_per_minute: null,
    user_id: null,
    metadata: {},
    ...more,
  });

  it('is refused with the body of every other bad key, and reaches nobody', async () => {
    const fixture = createGatewayFixture({ upstream: () => wholeAnswer(), env });
    const { secret, key_id } = await fixture.createVirtualKey();
    const { token } = await mint(fixture, secret, {});
    expect((await fixture.post(token, hello('gpt-4o-mini'))).status).toBe(200);
    const real = await createBrowserTokens(env).verify(token);
    const good = claims(key_id, { secret_tag: real?.secret_tag ?? '' });
    const sign = (more: Partial<TokenClaims>, keys = KEYS): Promise<string> =>
      createBrowserTokens({ SLUICE_ENCRYPTION_KEYS: keys }).sign({ ...good, ...more });
    expect((await fixture.post(await sign({}), hello('gpt-4o-mini'))).status).toBe(200);
    const [head = '', payload = '', signature = ''] = token.slice('slu_tok_'.length).split('.');
    const encode = (value: unknown): string =>
      btoa(JSON.stringify(value)).replaceAll('=', '').replaceAll('+', '-').replaceAll('/', '_');
    const header = JSON.parse(atob(head)) as Record<string, unknown>;
    const forged: Record<string, string> = {
      'no signature': `slu_tok_${encode({ ...header, alg: 'none' })}.${payload}.`,
      'alg none with a signature': `slu_tok_${encode({ ...header, alg: 'none' })}.${payload}.${signature}`,
      'another alg': `slu_tok_${encode({ ...header, alg: 'HS512' })}.${payload}.${signature}`,
      'another kid': `slu_tok_${encode({ ...header, kid: 'other' })}.${payload}.${signature}`,
      'another type': `slu_tok_${encode({ ...header, typ: 'JWT' })}.${payload}.${signature}`,
      'a changed payload': `slu_tok_${head}.${encode({ ...JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))), exp: 9_999_999_999 })}.${signature}`,
      'a changed signature': `slu_tok_${head}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
      'the key of another deployment': await sign({}, `test:${'B'.repeat(43)}`),
      'another organization': await sign({ organization_id: 'org_other' }),
      'another key': await sign({ key_id: 'AAAAAAAAAAAA' }),
      'another secret': await sign({ secret_tag: '0'.repeat(16) }),
      'its time is over': await sign({ expires_at_ms: Date.now() - 1_000 }),
      garbage: 'slu_tok_x.y.z',
      'a wrong key': 'slu_dev_nothing',
    };
    const bodies = new Set<string>();
    for (const [name, text] of Object.entries(forged)) {
      const response = await fixture.post(text, hello('gpt-4o-mini'));
      expect([name, response.status]).toEqual([name, 401]);
      bodies.add((await response.text()).replace(/req_\w+/, ''));
    }
    expect(bodies.size).toBe(1);
    expect(fixture.calls).toHaveLength(2);
  });

  it('tokens that share two hundred leading characters are never taken for each other', async () => {
    const fixture = createGatewayFixture({ upstream: () => wholeAnswer(), env });
    const { secret } = await fixture.createVirtualKey();
    const one = await mint(fixture, secret, { models: ['gpt-4o-mini'] });
    const two = await mint(fixture, secret, { models: ['claude-sonnet-4-5'] });
    let shared = 0;
    while (one.token[shared] === two.token[shared]) shared++;
    expect(shared).toBeGreaterThan(100);
    for (let i = 0; i < 3; i++) {
      expect((await fixture.post(one.token, hello('gpt-4o-mini'))).status).toBe(200);
      expect((await fixture.post(two.token, hello('gpt-4o-mini'))).status).toBe(403);
    }
  });

  it('a rotation of the deployment’s keys ends no token, and taking the old key away ends all of it', async () => {
    const before = createGatewayFixture({ upstream: () => wholeAnswer(), env });
    const { secret } = await before.createVirtualKey();
    const { token } = await mint(before, secret, {});
    const during = createGatewayFixture({
      upstream: () => wholeAnswer(),
      env: { ...env, SLUICE_ENCRYPTION_KEYS_NEXT: `new:${'C'.repeat(43)}` },
    });
    expect((await during.post(token, hello('gpt-4o-mini'))).status).toBe(200);
    const next = (await mint(during, secret, {})).token;
    const after = createGatewayFixture({
      upstream: () => wholeAnswer(),
      env: { SLUICE_ENCRYPTION_KEYS: `new:${'C'.repeat(43)}` },
    });
    expect((await after.post(token, hello('gpt-4o-mini'))).status).toBe(401);
    expect((await after.post(next, hello('gpt-4o-mini'))).status).toBe(200);
  });
});

describe('a flood of bad keys', () => {
  it('is limited by its address, asks storage no more, and takes nothing from the victim, from any address', async () => {
    const fixture = createGatewayFixture({ upstream: () => wholeAnswer(), env });
    const { secret, key_id } = await fixture.createVirtualKey();
    const from = async (address: string, key: string): Promise<number> => {
      const response = await fixture.gateway.fetch(
        new Request('http://gateway/v1/chat/completions', {
          method: 'POST',
          headers: {
            authorization: `Bearer ${key}`,
            'content-type': 'application/json',
            'cf-connecting-ip': address,
          },
          body: JSON.stringify(hello('gpt-4o-mini')),
        }),
      );
      await response.text();
      return response.status;
    };
    const { createKey } = await import('@sluice/core/key-format');
    const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
    const counts: Record<number, number> = {};
    for (let i = 0; i < 600; i++) {
      // The victim's own public part, so that nothing about the victim may be locked.
      const status = await from('203.0.113.9', createKey('dev', randomBytes, key_id).text);
      counts[status] = (counts[status] ?? 0) + 1;
    }
    expect(Object.keys(counts)).toEqual(['401', '429']);
    expect(counts[401]).toBeLessThan(320);
    expect(await from('203.0.113.9', 'garbage')).toBe(429);
    expect(await from('203.0.113.9', secret)).toBe(200);
    expect(await from('198.51.100.1', secret)).toBe(200);
    expect(await from('198.51.100.1', 'garbage')).toBe(401);
  });
});
