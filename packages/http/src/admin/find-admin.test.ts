import { webcrypto } from 'node:crypto';
import { createKey, hashKey } from '@sluice/core/key-format';
import { expect, test } from 'vitest';
import { findAdmin } from './find-admin.ts';

const random = (length: number) => webcrypto.getRandomValues(new Uint8Array(length));

test('an admin key comes in and is named by its public id', async () => {
  const { text, key_id } = createKey('admin', random);
  const admins = async () => [{ hash: await hashKey(text), organization_id: 'org_a' }];
  expect(await findAdmin(`Bearer ${text}`, { admins })).toEqual({ id: key_id, organization_id: 'org_a' });
});

test('a virtual key never reaches the administration, not even when its hash was set as the admin key', async () => {
  const { text } = createKey('live', random);
  const admins = async () => [{ hash: await hashKey(text), organization_id: 'org_a' }];
  await expect(findAdmin(`Bearer ${text}`, { admins })).rejects.toMatchObject({ code: 'invalid_api_key' });
});

test('a typo is refused before anything stored is read', async () => {
  const { text } = createKey('admin', random);
  const admins = async (): Promise<never> => {
    throw new Error('storage was read');
  };
  const typo = `${text.slice(0, -1)}${text.endsWith('0') ? '1' : '0'}`;
  for (const header of [null, '', `Bearer ${typo}`, text, `Basic ${text}`, 'Bearer ']) {
    await expect(findAdmin(header, { admins })).rejects.toMatchObject({ code: 'invalid_api_key' });
  }
});

test('a deployment without an admin key lets nobody in', async () => {
  const { text } = createKey('admin', random);
  for (const hash of ['', await hashKey(`${text}x`)]) {
    const admins = async () => [{ hash, organization_id: 'org_a' }];
    await expect(findAdmin(`Bearer ${text}`, { admins })).rejects.toMatchObject({ code: 'invalid_api_key' });
  }
  await expect(findAdmin(`Bearer ${text}`, { admins: async () => [] })).rejects.toMatchObject({
    status: 401,
  });
});
