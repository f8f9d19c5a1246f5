import { GatewayError } from '@sluice/contract';
import { hashKey, parseKey } from '@sluice/core/key-format';
import type { Admin, AdminPorts } from './ports.ts';

/**
 * Who the bearer is. Every stored hash is compared in full, so that the time taken tells nothing about them.
 * @throws GatewayError invalid_api_key, with one text for all reasons.
 */
export async function findAdmin(
  authorization: string | null,
  ports: Pick<AdminPorts, 'admins'>,
): Promise<Admin> {
  const key = /^bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1];
  const parsed = key === undefined ? null : parseKey(key);
  if (key === undefined || parsed?.kind !== 'admin') throw refused();
  const hash = await hashKey(key);
  let found: Admin | null = null;
  for (const admin of await ports.admins()) {
    if (isSameHash(admin.hash, hash)) found = { id: parsed.key_id, organization_id: admin.organization_id };
  }
  if (found === null) throw refused();
  return found;
}

const refused = () =>
  new GatewayError('invalid_api_key', 'This needs a valid admin key, as Authorization: Bearer slu_admin_….');

/** Constant time over hex digests of equal length. */
function isSameHash(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at++) difference |= a.charCodeAt(at) ^ b.charCodeAt(at);
  return difference === 0;
}
