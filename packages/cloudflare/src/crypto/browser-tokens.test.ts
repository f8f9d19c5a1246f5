import type { TokenClaims } from '@sluice/contract';
import { SignJWT } from 'jose/jwt/sign';
import { expect, it } from 'vitest';
import { createBrowserTokens } from './browser-tokens.ts';
import { open, seal } from './envelope.ts';
import { requireKeyring } from './keyring.ts';

const BYTES = new Uint8Array(32).fill(7);
const env = { SLUICE_ENCRYPTION_KEYS: `k1:${btoa(String.fromCharCode(...BYTES))}` };
const PLACE = { organization_id: 'org', connection_id: 'conn', field: 'credential' };

const claims: TokenClaims = {
  token_id: 'tok_1',
  expires_at_ms: (Math.floor(Date.now() / 1000) + 600) * 1000,
  organization_id: 'org',
  key_id: 'AAAAAAAAAAAA',
  secret_tag: '0123456789abcdef',
  origins: ['https://shop.example'],
  models: ['gpt-4o-mini'],
  spend_cap_usd_nanos: 5,
  requests_per_minute: 6,
  user_id: 'ann',
  metadata: { seat: '12' },
};

it('a token says what was signed, to the last field', async () => {
  const tokens = createBrowserTokens(env);
  expect(await tokens.verify(await tokens.sign(claims))).toEqual(claims);
});

/** The payload of a good token, signed with another key of the same deployment. */
async function signedWith(key: CryptoKey | Uint8Array, kid = 'k1'): Promise<string> {
  const { token_id, expires_at_ms, organization_id, key_id, ...scope } = claims;
  const jwt = await new SignJWT({ org: organization_id, scope })
    .setProtectedHeader({ alg: 'HS256', typ: 'sluice-token+jwt', kid })
    .setIssuer('sluice')
    .setAudience('sluice: browser token')
    .setSubject(key_id)
    .setJti(token_id)
    .setExpirationTime(expires_at_ms / 1000)
    .sign(key);
  return `slu_tok_${jwt}`;
}

async function derived(info: string): Promise<CryptoKey> {
  const secret = await crypto.subtle.importKey('raw', BYTES, 'HKDF', false, ['deriveKey']);
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(0), info: new TextEncoder().encode(info) },
    secret,
    { name: 'HMAC', hash: 'SHA-256', length: 256 },
    false,
    ['sign', 'verify'],
  );
}

it('only the key for tokens signs tokens: not the secret itself, and no key for another purpose', async () => {
  const tokens = createBrowserTokens(env);
  expect(await tokens.verify(await signedWith(await derived('sluice: signs browser tokens, v1')))).toEqual(
    claims,
  );
  expect(await tokens.verify(await signedWith(BYTES))).toBeNull();
  for (const info of [
    '',
    'sluice: wraps data keys of connections, v1',
    'sluice: wraps data keys of webhooks, v1',
  ])
    expect(await tokens.verify(await signedWith(await derived(info))), info).toBeNull();
  const { ciphertext, wrapped_key } = await seal('secret', PLACE, requireKeyring(env));
  for (const text of [ciphertext, wrapped_key, `slu_tok_${ciphertext}`])
    expect(await tokens.verify(text)).toBeNull();
});

it('what was sealed for connections opens for no other purpose, and keys for one are not keys for another', async () => {
  const sealed = await seal('secret', PLACE, requireKeyring(env));
  expect(await open(sealed, PLACE, requireKeyring(env))).toBe('secret');
  for (const purpose of ['webhooks', 'tokens'] as const)
    await expect(open(sealed, PLACE, requireKeyring(env, purpose))).rejects.toThrow(
      'This secret cannot be read.',
    );
});

it('without a key nothing is signed and nothing is believed', async () => {
  const none = createBrowserTokens({});
  await expect(none.sign(claims)).rejects.toMatchObject({ code: 'encryption_unavailable' });
  expect(await none.verify(await createBrowserTokens(env).sign(claims))).toBeNull();
});
