import { type FoundAdminKey, GatewayError } from '@sluice/contract';
import { hashKey, parseKey } from '@sluice/core/key-format';
import type { Admin, AdminPorts } from './ports.ts';
import { findSession, readSessionToken } from './session-cookie.ts';

/** What of a request says who is asking. */
export interface Asking {
  method: string;
  url: string;
  header: (name: string) => string | undefined;
}

/** Why somebody was not let in. The answer is the same for all; this is for the audit log. */
export class SignInRefused extends GatewayError {
  readonly reason: string;
  /** Of the key that was shown, where it has the form of one. */
  readonly key_id: string | null;
  /** Whose key that is; `null` = nobody's. */
  readonly organization_id: string | null;

  constructor(reason: string, key_id: string | null = null, organization_id: string | null = null) {
    super('invalid_api_key', 'This needs a valid admin key, as Authorization: Bearer slu_admin_….');
    this.reason = reason;
    this.key_id = key_id;
    this.organization_id = organization_id;
  }
}

export type FindPorts = Pick<AdminPorts, 'admins' | 'people' | 'clock'>;

/**
 * Who is asking: by an admin key, else by the cookie of a session. Every stored hash is compared in full, so that the
 * time taken tells nothing about them.
 * @throws SignInRefused with one text for all reasons. @throws GatewayError forbidden for a session whose request did
 * not come from our own pages.
 */
export async function findAdmin(asking: Asking, ports: FindPorts): Promise<Admin> {
  const authorization = asking.header('authorization');
  if (authorization !== undefined) return await findByKey(authorization, ports);
  const token = readSessionToken(asking);
  if (token === null) throw new SignInRefused('no_credential');
  const admin = await findSession(token, asking, ports);
  if (admin === null) throw new SignInRefused('session_over');
  return admin;
}

/** @throws SignInRefused */
export async function findByKey(authorization: string, ports: FindPorts): Promise<Admin> {
  const key = /^bearer\s+(\S+)$/i.exec(authorization)?.[1];
  const parsed = key === undefined ? null : parseKey(key);
  if (key === undefined || parsed?.kind !== 'admin') throw new SignInRefused('malformed');
  const { key_id } = parsed;
  const key_hash = await hashKey(key);
  const organization_id = await findDeploymentKey(key_hash, ports);
  if (organization_id !== null)
    return {
      id: key_id,
      organization_id,
      role: 'owner',
      is_deployment: true,
      key_id,
      key_hash,
      member_id: null,
      session: null,
    };
  const found = await ports.people.admin_keys.findSecret(key_id);
  const refusal = refusalOf(found, key_hash, ports.clock.now_ms());
  if (found === null || found.role === null || refusal !== null)
    throw new SignInRefused(refusal ?? 'unknown', key_id, found?.organization_id ?? null);
  return {
    id: found.member_id ?? key_id,
    organization_id: found.organization_id,
    role: found.role,
    is_deployment: false,
    key_id,
    key_hash,
    member_id: found.member_id,
    session: null,
  };
}

function refusalOf(found: FoundAdminKey | null, key_hash: string, now_ms: number): string | null {
  if (found === null) return 'unknown';
  if (!isSameHash(found.secret_hash, key_hash)) return 'wrong_secret';
  if (found.revoked_at_ms !== null) return 'revoked';
  if (found.expires_at_ms !== null && found.expires_at_ms <= now_ms) return 'expired';
  if (found.is_closed) return 'organization_closed';
  return found.role === null ? 'member_gone' : null;
}

/** @returns the organization of the deployment's key that has this hash; `null` = none has. */
export async function findDeploymentKey(
  key_hash: string,
  ports: Pick<AdminPorts, 'admins'>,
): Promise<string | null> {
  let found: string | null = null;
  for (const admin of await ports.admins())
    if (isSameHash(admin.hash, key_hash)) found = admin.organization_id;
  return found;
}

/** Constant time over hex digests of equal length. */
export function isSameHash(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at++) difference |= a.charCodeAt(at) ^ b.charCodeAt(at);
  return difference === 0;
}
