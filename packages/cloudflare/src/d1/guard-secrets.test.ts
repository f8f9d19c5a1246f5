import { reset } from 'cloudflare:test';
import { env as bindings } from 'cloudflare:workers';
import { beforeEach, expect, test } from 'vitest';
import type { Env } from '../env.ts';
import { createConnectionStore } from './connections.ts';
import { createGuardSecretStore } from './guard-secrets.ts';
import { migrate } from './migrate.ts';

const { DB } = bindings as unknown as Env;
const OLD = `old:${'A'.repeat(43)}`;
const NEW = `new:${'B'.repeat(43)}`;
const IDS = ['gsec_a', 'gsec_b', 'gsec_c'];

beforeEach(async () => {
  await reset();
  await migrate(DB);
});

test('a rotation of the encryption keys takes the secrets of guards along', async () => {
  const before = createGuardSecretStore({ DB, SLUICE_ENCRYPTION_KEYS: OLD });
  for (const id of IDS) await before.create('org_a', id, `whsec_${id}`, 1);
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
  const after = createGuardSecretStore({ DB, SLUICE_ENCRYPTION_KEYS: NEW });
  for (const id of IDS) expect(await after.secret('org_a', id)).toBe(`whsec_${id}`);
  await expect(before.secret('org_a', 'gsec_a')).rejects.toThrow();
});

test('no organization reads or removes the secrets of another', async () => {
  const store = createGuardSecretStore({ DB, SLUICE_ENCRYPTION_KEYS: NEW });
  await store.create('org_a', 'gsec_a', 'whsec_a', 1);
  await store.create('org_a', 'gsec_b', 'whsec_b', 1);
  await store.removeUnused('org_b', [], 10);
  await store.removeUnused('org_a', ['gsec_a'], 10);
  expect(await store.secret('org_a', 'gsec_a')).toBe('whsec_a');
  await expect(store.secret('org_a', 'gsec_b')).rejects.toThrow();
  await expect(store.secret('org_b', 'gsec_a')).rejects.toThrow();
});
