import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { createAccessIdentity } from './access-identity.ts';

const TEAM = 'https://team.cloudflareaccess.com';
const NOW_MS = Date.UTC(2026, 10, 21, 12);
const now_s = NOW_MS / 1000;

async function setUp() {
  const ours = await generateKeyPair('RS256');
  const others = await generateKeyPair('RS256');
  const asked: string[] = [];
  const jwk = { ...(await exportJWK(ours.publicKey)), kid: 'one', alg: 'RS256' };
  const find = createAccessIdentity(
    { SLUICE_ACCESS_TEAM: TEAM, SLUICE_ACCESS_AUD: 'aud-tag' },
    async (url) => {
      asked.push(String(url));
      return Response.json({ keys: [jwk] });
    },
    () => NOW_MS,
  );
  const sign = (claims: Record<string, unknown>, key = ours.privateKey, header: object = {}) =>
    new SignJWT({
      iss: TEAM,
      aud: ['aud-tag'],
      email: 'Dev@Example.com',
      iat: now_s,
      exp: now_s + 60,
      ...claims,
    })
      .setProtectedHeader({ alg: 'RS256', kid: 'one', ...header })
      .sign(key);
  return { find, sign, asked, ours, others };
}

test('a token of the team names whom Access let through, and the keys are fetched once', async () => {
  const { find, sign, asked } = await setUp();
  const identity = { email: 'dev@example.com', expires_at_ms: NOW_MS + 60_000 };
  expect(await find(await sign({}))).toEqual(identity);
  expect(await find(await sign({}))).toEqual(identity);
  expect(asked).toEqual([`${TEAM}/cdn-cgi/access/certs`]);
});

test.each([
  ['another application', { aud: ['other'] }],
  ['another team', { iss: 'https://evil.cloudflareaccess.com' }],
  ['a time that is over', { exp: now_s - 1 }],
  ['a time to come', { nbf: now_s + 600 }],
  ['a service, which has no email', { email: undefined, common_name: 'bot' }],
  ['nobody', { email: '' }],
])('a token of %s names nobody', async (_, claims) => {
  const { find, sign } = await setUp();
  expect(await find(await sign(claims))).toBeNull();
});

test('a token that is signed by somebody else, or by nobody, names nobody', async () => {
  const { find, sign, others } = await setUp();
  expect(await find(await sign({}, others.privateKey))).toBeNull();
  const [, payload] = (await sign({})).split('.');
  const none = btoa(JSON.stringify({ alg: 'none' })).replaceAll('=', '');
  expect(await find(`${none}.${payload}.`)).toBeNull();
  const secret = new TextEncoder().encode('a'.repeat(32));
  const hs = await new SignJWT({
    iss: TEAM,
    aud: 'aud-tag',
    email: 'a@b.example',
    iat: now_s,
    exp: now_s + 60,
  })
    .setProtectedHeader({ alg: 'HS256', kid: 'one' })
    .sign(secret);
  expect(await find(hs)).toBeNull();
  expect(await find('garbage')).toBeNull();
});

test('a deployment without a team takes none', async () => {
  const { sign } = await setUp();
  const find = createAccessIdentity(
    {},
    () => Promise.reject(new Error('asked')),
    () => NOW_MS,
  );
  expect(await find(await sign({}))).toBeNull();
});
