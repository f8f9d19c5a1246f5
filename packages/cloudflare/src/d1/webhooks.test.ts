import { reset } from 'cloudflare:test';
import { env as bindings } from 'cloudflare:workers';
import type { AuditEntry, WebhookRecord } from '@sluice/contract';
import { beforeEach, expect, test } from 'vitest';
import type { Env } from '../env.ts';
import { createConnectionStore } from './connections.ts';
import { migrate } from './migrate.ts';
import { createWebhookStore } from './webhooks.ts';

const { DB } = bindings as unknown as Env;
const OLD = `old:${'A'.repeat(43)}`;
const NEW = `new:${'B'.repeat(43)}`;
const webhook: WebhookRecord = {
  id: 'hook_a',
  organization_id: 'org_a',
  name: 'a',
  url_shown: 'https://a.example/',
  format: 'standard',
  events: [],
  keys: [],
  region: null,
  private_allowed: false,
  enabled: true,
  disabled_reason: null,
  previous_secret_expires_at_ms: null,
  version: 1,
  created_at_ms: 1,
  updated_at_ms: 1,
};
const secrets = { url: 'https://a.example/', secret: 'whsec_AAAA', previous_secret: null };
const audit = (id: string): AuditEntry => ({
  id,
  at_ms: 1,
  actor: 'test',
  action: 'webhook.create',
  target_type: 'webhook',
  target_id: id,
  before: null,
  after: null,
});

beforeEach(async () => {
  await reset();
  await migrate(DB);
});

test('a rotation of the encryption keys takes the secrets of webhooks along', async () => {
  const before = createWebhookStore({ DB, SLUICE_ENCRYPTION_KEYS: OLD });
  for (const id of ['hook_a', 'hook_b', 'hook_c'])
    await before.create({ ...webhook, id }, secrets, audit(`evt_${id}`));
  const both = createConnectionStore({ DB, SLUICE_ENCRYPTION_KEYS: `${NEW},${OLD}` });
  let cursor: string | null = null;
  let rewrapped = 0;
  let remaining = -1;
  do {
    const page = await both.rewrap(2, cursor);
    cursor = page.next;
    rewrapped += page.rewrapped;
    remaining = page.remaining;
  } while (cursor !== null);
  expect({ rewrapped, remaining }).toEqual({ rewrapped: 3, remaining: 0 });
  const after = createWebhookStore({ DB, SLUICE_ENCRYPTION_KEYS: NEW });
  for (const id of ['hook_a', 'hook_b', 'hook_c']) expect(await after.secrets('org_a', id)).toEqual(secrets);
  await expect(before.secrets('org_a', 'hook_a')).rejects.toMatchObject({ code: 'conflict' });
});
