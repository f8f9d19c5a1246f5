import { GatewayError, type KeyPolicy, type TokenClaims } from '@sluice/contract';
import { describe, expect, it, vi } from 'vitest';
import { createBadKeyGuard } from '../bad-key-guard.ts';
import { secretTag } from '../browser-token.ts';
import { createKeyCache } from '../key-cache.ts';
import { createKey, hashKey } from '../key-format.ts';
import { policyOf } from '../limits/test-policy.ts';
import { authenticate } from './authenticate.ts';

const randomBytes = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const VICTIM = '203.0.113.9';

async function createBed() {
  const { key_id, text } = createKey('dev', randomBytes);
  const hash = await hashKey(text);
  const policies = new Map<string, KeyPolicy>([
    [key_id, policyOf({ key_id, secrets: [{ hash, expires_at_ms: null }] })],
  ]);
  const bed = { now_ms: 1_000_000, asked: 0, token: null as TokenClaims | null };
  const clock = { now_ms: () => bed.now_ms };
  const ledger = {
    policy: async (id: string) => {
      bed.asked++;
      return policies.get(id) ?? null;
    },
  };
  const ports = {
    keys: createKeyCache(ledger, clock, { verify: async () => bed.token }),
    clock,
    bad_keys: createBadKeyGuard(clock),
  };
  const call = (credential: string, client_ip = VICTIM, origin: string | null = null): Promise<string> =>
    authenticate({ credential, client_ip, origin }, ports).then(
      () => 'ok',
      (error: unknown) => (error instanceof GatewayError ? error.code : String(error)),
    );
  return { bed, ports, call, key_id, secret: text, hash, policies };
}

describe('an address that tries keys', () => {
  it('has at most two hundred unknown ones looked up at once, and five more each second', async () => {
    const { bed, call } = await createBed();
    const flood = async (times: number): Promise<void> => {
      for (let i = 0; i < times; i++) await call(createKey('dev', randomBytes).text);
    };
    await flood(1000);
    expect(bed.asked).toBe(200);
    bed.now_ms += 2_000;
    await flood(100);
    expect(bed.asked).toBe(210);
    // Another address is another matter.
    await call(createKey('dev', randomBytes).text, '198.51.100.1');
    expect(bed.asked).toBe(211);
  });

  it('keeps nobody out whose key is known here, nor anybody at another address', async () => {
    const { call, secret, key_id } = await createBed();
    expect(await call(secret)).toBe('ok');
    for (let i = 0; i < 1000; i++)
      await call(createKey('dev', randomBytes, i % 2 === 0 ? key_id : undefined).text);
    expect(await call('garbage')).toBe('rate_limit_exceeded');
    expect(await call(secret)).toBe('ok');
    expect(await call(secret, '198.51.100.1')).toBe('ok');
    expect(await call('garbage', '198.51.100.1')).toBe('invalid_api_key');
  });

  it('never brings garbage or a typo to storage', async () => {
    const { bed, call, secret } = await createBed();
    for (let at = 0; at < secret.length; at++)
      await call(
        `${secret.slice(0, at)}${secret[at] === 'A' ? 'B' : 'A'}${secret.slice(at + 1)}`,
        `10.0.0.${at}`,
      );
    for (const text of ['', 'x', 'slu_tok_a.b.c', 'slu_live_', 'Bearer', 'slu_admin_'.padEnd(70, 'A')])
      expect(await call(text)).toBe('invalid_api_key');
    expect(bed.asked).toBe(0);
  });

  it('is a whole network of IPv6, and a v4 address however it is written', async () => {
    const { bed, ports } = await createBed();
    const { failed } = ports.bad_keys;
    for (let i = 0; i < 300; i++) failed(`2001:db8:1:2::${i.toString(16)}`);
    expect(failed('2001:db8:1:2:ffff::1')).toBeGreaterThan(0);
    expect(failed('2001:db8:1:3::1')).toBe(0);
    for (let i = 0; i < 300; i++) failed(i % 2 === 0 ? '192.0.2.7' : '::ffff:192.0.2.7');
    expect(failed('192.0.2.7')).toBeGreaterThan(0);
    bed.now_ms += 1_000;
    expect(failed('192.0.2.7')).toBe(0);
  });
});

describe('a key that ends', () => {
  it.each([
    [
      'its own end',
      (hash: string) => ({ expires_at_ms: 1_030_000, secrets: [{ hash, expires_at_ms: null }] }),
    ],
    ['the end of an overlap', (hash: string) => ({ secrets: [{ hash, expires_at_ms: 1_030_000 }] })],
  ])('works until the last millisecond before %s, and not in the one of it', async (_, endOf) => {
    const { bed, call, key_id, secret, hash, policies } = await createBed();
    policies.set(key_id, policyOf({ key_id, ...endOf(hash) }));
    bed.now_ms = 1_029_999;
    expect(await call(secret)).toBe('ok');
    bed.now_ms = 1_030_000;
    expect(await call(secret)).toBe('invalid_api_key');
  });
});

describe('a bad key', () => {
  const REASONS: [string, (bed: Awaited<ReturnType<typeof createBed>>) => string][] = [
    ['nobody has', () => createKey('dev', randomBytes).text],
    ['has another secret', ({ key_id }) => createKey('dev', randomBytes, key_id).text],
    ['is revoked', ({ policies, key_id, secret }) => change(policies, key_id, { state: 'revoked' }, secret)],
    ['has expired', ({ policies, key_id, secret }) => change(policies, key_id, { expires_at_ms: 1 }, secret)],
    [
      'was rotated away',
      ({ policies, key_id, hash, secret }) =>
        change(policies, key_id, { secrets: [{ hash, expires_at_ms: 1 }] }, secret),
    ],
  ];
  const change = (
    policies: Map<string, KeyPolicy>,
    key_id: string,
    more: Partial<KeyPolicy>,
    secret: string,
  ): string => {
    const before = policies.get(key_id);
    if (before !== undefined) policies.set(key_id, { ...before, ...more });
    return secret;
  };

  it.each(REASONS)(
    'that %s costs one hash and one look-up, so that work tells nothing of the reason',
    async (_, make) => {
      const bed = await createBed();
      const credential = make(bed);
      const digest = vi.spyOn(crypto.subtle, 'digest');
      expect(await bed.call(credential)).toBe('invalid_api_key');
      expect({ hashes: digest.mock.calls.length, look_ups: bed.bed.asked }).toEqual({
        hashes: 1,
        look_ups: 1,
      });
      digest.mockRestore();
    },
  );

  it('of a public part that is known here asks its ledger at most twenty times a second, in any number', async () => {
    const { bed, call, key_id, secret } = await createBed();
    expect(await call(secret)).toBe('ok');
    const before = bed.asked;
    for (let i = 0; i < 100; i++) await call(createKey('dev', randomBytes, key_id).text, `10.0.0.${i}`);
    expect(bed.asked - before).toBe(1);
  });
});

describe('a browser token', () => {
  const TEXT = `slu_tok_${'a'.repeat(40)}.${'b'.repeat(40)}.${'c'.repeat(43)}`;
  const claimsOf = (key_id: string, hash: string, more: Partial<TokenClaims> = {}): TokenClaims => ({
    token_id: 'tok_1',
    expires_at_ms: 1_060_000,
    organization_id: 'org',
    key_id,
    secret_tag: secretTag(hash),
    origins: [],
    models: [],
    spend_cap_usd_nanos: null,
    requests_per_minute: null,
    user_id: null,
    metadata: {},
    ...more,
  });

  it('ends exact at its millisecond, also where it is remembered', async () => {
    const { bed, call, key_id, hash } = await createBed();
    bed.token = claimsOf(key_id, hash);
    expect(await call(TEXT)).toBe('ok');
    bed.now_ms = 1_059_999;
    expect(await call(TEXT)).toBe('ok');
    bed.now_ms = 1_060_000;
    expect(await call(TEXT)).toBe('invalid_api_key');
  });

  it('ends with a secret whose overlap ends, and not before', async () => {
    const { bed, call, key_id, hash, policies } = await createBed();
    policies.set(key_id, policyOf({ key_id, secrets: [{ hash, expires_at_ms: 1_030_000 }] }));
    bed.token = claimsOf(key_id, hash);
    expect(await call(TEXT)).toBe('ok');
    bed.now_ms = 1_030_000;
    expect(await call(TEXT)).toBe('invalid_api_key');
  });

  it('allows an origin only where it and its key do, now', async () => {
    const { bed, call, key_id, hash, policies, ports } = await createBed();
    const [shop, blog] = ['https://shop.example', 'https://blog.example'];
    bed.token = claimsOf(key_id, hash, { origins: [shop, blog] });
    expect(await call(TEXT, VICTIM, blog)).toBe('ok');
    const later = policyOf({ key_id, version: 2, secrets: [{ hash, expires_at_ms: null }], origins: [shop] });
    policies.set(key_id, later);
    ports.keys.learn(key_id, later);
    expect(await call(TEXT, VICTIM, shop)).toBe('ok');
    expect(await call(TEXT, VICTIM, blog)).toBe('origin_not_allowed');
    expect(await call(TEXT, VICTIM, null)).toBe('origin_not_allowed');
    const narrowed = await authenticate({ credential: TEXT, client_ip: null, origin: shop }, ports);
    expect(narrowed.origins).toEqual([shop]);
    expect(narrowed.token?.token_id).toBe('tok_1');
  });
});
