import { webcrypto } from 'node:crypto';
import type { PeopleStores } from '@sluice/contract';
import { createKey, hashKey } from '@sluice/core/key-format';
import { expect, test } from 'vitest';
import { type FindPorts, findAdmin } from './find-admin.ts';

const random = (length: number) => webcrypto.getRandomValues(new Uint8Array(length));
const people = {
  admin_keys: { findSecret: async () => null },
  sessions: { find: async () => null },
} as unknown as PeopleStores;
const clock = { now_ms: () => 0 };

const find = (authorization: string | null, ports: Pick<FindPorts, 'admins'>) =>
  findAdmin(
    {
      method: 'GET',
      url: 'https://gateway.example/admin/v1/keys',
      header: (name) => (name === 'authorization' && authorization !== null ? authorization : undefined),
    },
    { people, clock, ...ports },
  );

test('an admin key comes in and is named by its public id', async () => {
  const { text, key_id } = createKey('admin', random);
  const admins = async () => [{ hash: await hashKey(text), organization_id: 'org_a' }];
  expect(await find(`Bearer ${text}`, { admins })).toMatchObject({
    id: key_id,
    organization_id: 'org_a',
    role: 'owner',
    is_deployment: true,
  });
});

test('a virtual key never reaches the administration, not even when its hash was set as the admin key', async () => {
  const { text } = createKey('live', random);
  const admins = async () => [{ hash: await hashKey(text), organization_id: 'org_a' }];
  await expect(find(`Bearer ${text}`, { admins })).rejects.toMatchObject({ code: 'invalid_api_key' });
});

test('a typo is refused before anything stored is read', async () => {
  const { text } = createKey('admin', random);
  const admins = async (): Promise<never> => {
    throw new Error('storage was read');
  };
  const typo = `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`;
  for (const header of [null, '', `Bearer ${typo}`, text, `Basic ${text}`, 'Bearer ']) {
    await expect(find(header, { admins })).rejects.toMatchObject({ code: 'invalid_api_key' });
  }
});

test('a deployment without an admin key lets nobody in', async () => {
  const { text } = createKey('admin', random);
  for (const hash of ['', await hashKey(`${text}x`)]) {
    const admins = async () => [{ hash, organization_id: 'org_a' }];
    await expect(find(`Bearer ${text}`, { admins })).rejects.toMatchObject({ code: 'invalid_api_key' });
  }
  await expect(find(`Bearer ${text}`, { admins: async () => [] })).rejects.toMatchObject({
    status: 401,
  });
});
