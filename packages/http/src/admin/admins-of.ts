import { hashKey } from '@sluice/core/key-format';
import type { AdminCredential } from './ports.ts';

/**
 * The one admin key that a deployment sets, as a hash or (in local development) as it is. With neither, nobody
 * gets in.
 */
export async function adminsOf(
  set: { key_hash: string | undefined; key: string | undefined },
  organization_id: string,
): Promise<AdminCredential[]> {
  if (set.key_hash) return [{ hash: set.key_hash.trim().toLowerCase(), organization_id }];
  if (set.key) return [{ hash: await hashKey(set.key.trim()), organization_id }];
  return [];
}
