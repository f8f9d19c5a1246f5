import type { GuardPolicy, GuardRule } from '@sluice/contract';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { askWebhook } from './ask-webhook.ts';
import type { WholePorts } from './judge-whole.ts';

type WebhookRule = Extract<GuardRule, { kind: 'webhook' }>;

const secretOf = (byte: number): string => `whsec_${Buffer.alloc(32, byte).toString('base64')}`;
const SECRETS: Record<string, string> = { gsec_new: secretOf(1), gsec_old: secretOf(2) };
const RULE: WebhookRule = { kind: 'webhook', url: 'https://guard.example/check', deadline_ms: 10_000 };
/** For what never comes. */
const SHORT_MS = 30;

const policyOf = (rule: WebhookRule): GuardPolicy => ({
  name: 'hook',
  enabled: true,
  position: 0,
  keys: [],
  assistants: [],
  sides: ['input'],
  action: 'block',
  on_failure: null,
  rule,
});

interface Sent {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** Asks once. @returns what was sent, and whether anything was found; throws as the guard would. */
async function ask(rule: WebhookRule, ports: Partial<WholePorts> = {}) {
  const sent: Sent[] = [];
  const found = await askWebhook(policyOf(rule), rule, 'input', [{ role: 'user', text: 'Grüße' }], {
    fetch: async (url, { headers, body }) => {
      sent.push({ url, headers: headers as Record<string, string>, body: String(body) });
      return Response.json({ allow: true });
    },
    clock: { now_ms: () => Date.now() },
    findProvider: () => null,
    settings: { connections: [], organization_id: 'org' },
    private_allowed: false,
    resolve: async () => ['93.184.216.34'],
    secret: async (organization_id, id) => {
      const secret = SECRETS[id];
      if (organization_id !== 'org' || secret === undefined) throw new Error('none');
      return secret;
    },
    ...ports,
  }).catch((error: Error) => ({ error: error.message }));
  return { found, sent };
}

const believes = (secret: string, { headers, body }: Sent): boolean => {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
};

const signed = (previous_expires_at_ms: number | null): WebhookRule => ({
  ...RULE,
  signing: { secret_id: 'gsec_new', previous_secret_id: 'gsec_old', previous_expires_at_ms },
});

describe('what a webhook guard is sent', () => {
  it.each([
    ['during a rotation, is signed with both secrets', Date.now() + 60_000, true],
    ['after a rotation, is signed with the new secret alone', Date.now() - 1, false],
    ['never rotated, is signed with its one secret', null, false],
  ])('%s', async (_, previous_expires_at_ms, old_too) => {
    const { found, sent } = await ask(signed(previous_expires_at_ms));
    expect(found).toEqual({});
    const [one] = sent;
    if (one === undefined) throw new Error('nothing was sent');
    expect(JSON.parse(one.body)).toEqual({
      guard: 'hook',
      side: 'input',
      texts: [{ role: 'user', text: 'Grüße' }],
    });
    expect(believes(secretOf(1), one)).toBe(true);
    expect(believes(secretOf(2), one)).toBe(old_too);
    expect(believes(secretOf(1), { ...one, body: `${one.body} ` })).toBe(false);
  });

  it('has an id of its own each time', async () => {
    const ids = new Set<unknown>();
    for (let i = 0; i < 3; i++) ids.add((await ask(signed(null))).sent[0]?.headers['webhook-id']);
    expect(ids.size).toBe(3);
  });

  it('is not sent unsigned where the secret cannot be read in time, or at all', async () => {
    for (const secret of [
      () => Promise.reject(new Error('away')),
      () => new Promise<string>(() => undefined),
    ]) {
      const { found, sent } = await ask({ ...signed(null), deadline_ms: SHORT_MS }, { secret });
      expect(found).toHaveProperty('error');
      expect(sent).toEqual([]);
    }
  });
});

it.each([
  'http://127.0.0.1:9/',
  'http://[::1]/',
  'https://10.0.0.8/x',
  'https://guard.internal/x',
  'http://169.254.169.254/x',
])('%s is not called, unless private networks are allowed', async (url) => {
  const outside = await ask({ ...RULE, url });
  expect(outside.found).toHaveProperty('error');
  expect(outside.sent).toEqual([]);
  const inside = await ask({ ...RULE, url }, { private_allowed: true });
  // What hands out credentials of the machine stays closed.
  expect(inside.sent).toHaveLength(url.includes('169.254') ? 0 : 1);
});

it.each([
  ['into a private network', async () => ['93.184.216.34', '10.0.0.8']],
  ['nowhere', async () => []],
  ['where nobody could say', () => Promise.reject(new Error('away'))],
  ['where nobody says in time', () => new Promise<string[]>(() => undefined)],
])('a webhook guard whose name leads %s is not called', async (_, resolve) => {
  const { found, sent } = await ask({ ...RULE, deadline_ms: SHORT_MS }, { resolve });
  expect(found).toHaveProperty('error');
  expect(sent).toEqual([]);
});

it.each([
  ['said nothing of where it is', undefined, []],
  ['is elsewhere', 'us', []],
  ['is inside', 'eu', ['https://guard.example/check']],
] as const)(
  'where requests must stay inside, a webhook that %s is asked accordingly',
  async (_, region, asked) => {
    const settings = { connections: [], organization_id: 'org', residency: 'eu' } as const;
    const { found, sent } = await ask(
      { ...RULE, ...(region === undefined ? {} : { region }) },
      { settings: { ...settings, connections: [] } },
    );
    expect(sent.map(({ url }) => url)).toEqual(asked);
    if (asked.length === 0) expect(found).toEqual({ error: expect.stringContaining('it must be in "eu"') });
  },
);
