import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterEach, expect, test, vi } from 'vitest';
import { createWebhookSecret, signWebhook } from './sign-webhook.ts';

const NOW_MS = Date.UTC(2026, 10, 21, 12);
const secretOf = () => createWebhookSecret((length) => new Uint8Array(randomBytes(length)));
const BODY = JSON.stringify({ type: 'key.created', data: { name: 'Größe' } });

afterEach(() => vi.useRealTimers());

async function headersOf(secrets: string[], at_ms = NOW_MS) {
  const timestamp_s = Math.floor(at_ms / 1000);
  return {
    'webhook-id': 'msg_a',
    'webhook-timestamp': String(timestamp_s),
    'webhook-signature': await signWebhook('msg_a', timestamp_s, BODY, secrets),
  };
}

test('the official library verifies it, during a rotation with either secret, and with no other', async () => {
  vi.useFakeTimers({ now: NOW_MS });
  const [current, previous, other] = [secretOf(), secretOf(), secretOf()];
  const headers = await headersOf([current, previous]);
  for (const secret of [current, previous])
    expect(new Webhook(secret).verify(BODY, headers)).toEqual(JSON.parse(BODY));
  expect(() => new Webhook(other).verify(BODY, headers)).toThrow();
});

test('one flipped bit in the body, the id or the time fails, and so does a message six minutes off', async () => {
  vi.useFakeTimers({ now: NOW_MS });
  const secret = secretOf();
  const headers = await headersOf([secret]);
  const verify = (body: string, change: Partial<typeof headers> = {}) =>
    new Webhook(secret).verify(body, { ...headers, ...change });
  expect(() => verify(BODY)).not.toThrow();
  for (let at = 0; at < BODY.length; at++) {
    const flipped = String.fromCharCode(BODY.charCodeAt(at) ^ 1);
    expect(() => verify(BODY.slice(0, at) + flipped + BODY.slice(at + 1))).toThrow();
  }
  expect(() => verify(BODY, { 'webhook-id': 'msg_b' })).toThrow();
  expect(() => verify(BODY, { 'webhook-timestamp': String(NOW_MS / 1000 + 1) })).toThrow();
  for (const off_ms of [-360_000, 360_000]) {
    const late = await headersOf([secret], NOW_MS + off_ms);
    expect(() => new Webhook(secret).verify(BODY, late)).toThrow();
  }
});

test('a secret has 256 random bits', () => {
  const secrets = new Set(Array.from({ length: 1000 }, secretOf));
  expect(secrets.size).toBe(1000);
  for (const secret of secrets) expect(atob(secret.slice('whsec_'.length))).toHaveLength(32);
});
