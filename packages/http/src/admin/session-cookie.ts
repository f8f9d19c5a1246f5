import { GatewayError, type SignedIn } from '@sluice/contract';
import { hashKey, randomBase62 } from '@sluice/core/key-format';
import { type Asking, type FindPorts, findDeploymentKey, isSameHash } from './find-admin.ts';
import { newId } from './new-id.ts';
import type { Admin, AdminPorts } from './ports.ts';

/** Nobody who is away for this long stays signed in … */
const IDLE_MS = 2 * 3_600_000;
/** … and nobody at all for this long. */
const LASTS_MS = 12 * 3_600_000;
const TOUCH_MS = 60_000;
/** More than 256 bits. */
const TOKEN_CHARS = 43;
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

export const createToken = (ports: Pick<AdminPorts, 'randomBytes'>): string =>
  randomBase62(TOKEN_CHARS, ports.randomBytes);

/** What a page shows with each change. It follows from the cookie, which no page of another origin can read. */
const csrfTokenOf = (token: string): Promise<string> => hashKey(`csrf ${token}`);

const isSecure = (url: string): boolean => {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || !/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
};
/** `__Host-` makes browsers refuse one that another subdomain planted. */
const nameFor = (url: string): string => (isSecure(url) ? '__Host-sluice_session' : 'sluice_session');

export function renderCookie(url: string, token: string, lasts_ms: number): string {
  const secure = isSecure(url) ? '; Secure' : '';
  return `${nameFor(url)}=${token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${Math.floor(lasts_ms / 1000)}${secure}`;
}

/** Of two cookies of one name, whichever came first was ours to set: any doubt counts as none. */
export function readSessionToken(asking: Asking): string | null {
  const name = nameFor(asking.url);
  const values = (asking.header('cookie') ?? '')
    .split(/;\s*/)
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  const [value] = values;
  return values.length === 1 && value !== undefined && /^[0-9A-Za-z]{43}$/.test(value) ? value : null;
}

/** @throws GatewayError forbidden for a request that a page of another origin may have made. */
export function requireSameOrigin(asking: Asking, is_origin_required: boolean): void {
  const origin = asking.header('origin');
  const site = asking.header('sec-fetch-site');
  const is_ours = origin === undefined ? !is_origin_required : origin === new URL(asking.url).origin;
  if (!is_ours || (site !== undefined && site !== 'same-origin'))
    throw new GatewayError('forbidden', 'This was not sent by a page of this gateway, so it is refused.');
}

/**
 * Who is signed in with this token, with the role that holds now.
 * @returns `null` when nobody is (any more). @throws GatewayError forbidden
 */
export async function findSession(token: string, asking: Asking, ports: FindPorts): Promise<Admin | null> {
  const found = await ports.people.sessions.find(await hashKey(token));
  const now_ms = ports.clock.now_ms();
  if (found === null || found.expires_at_ms <= now_ms || found.seen_at_ms + IDLE_MS <= now_ms) return null;
  if (found.is_closed || found.key_revoked_at_ms !== null) return null;
  if (found.key_expires_at_ms !== null && found.key_expires_at_ms <= now_ms) return null;
  const { key_hash, stored_hash } = found;
  if (stored_hash !== null && (key_hash === null || !isSameHash(stored_hash, key_hash))) return null;
  const is_deployment =
    found.role === null &&
    found.member_id === null &&
    key_hash !== null &&
    (await findDeploymentKey(key_hash, ports)) === found.organization_id;
  const role = is_deployment ? 'owner' : found.role;
  if (role === null) return null;

  const csrf_token = await csrfTokenOf(token);
  if (!SAFE.has(asking.method)) {
    requireSameOrigin(asking, true);
    if (!isSameHash(csrf_token, asking.header('x-csrf-token') ?? ''))
      throw new GatewayError('forbidden', 'Send x-csrf-token, as GET /admin/v1/session shows it.');
  }
  if (found.seen_at_ms + TOUCH_MS <= now_ms)
    await ports.people.sessions.touch(found.organization_id, found.id, now_ms);
  return {
    id: found.member_id ?? found.key_id ?? found.id,
    organization_id: found.organization_id,
    role,
    is_deployment,
    key_id: found.key_id,
    key_hash,
    member_id: found.member_id,
    session: { id: found.id, expires_at_ms: found.expires_at_ms, csrf_token },
  };
}

/**
 * Begins a session under a token that nobody has seen before, whatever cookie came with the request.
 * @param until_ms it ends then at the latest.
 */
export async function beginSession(
  ports: AdminPorts,
  who: SignedIn,
  how: { method: 'key' | 'link' | 'access'; url: string; client_ip: string | null; until_ms: number | null },
): Promise<{ cookie: string; token: string }> {
  const token = createToken(ports);
  const now_ms = ports.clock.now_ms();
  const expires_at_ms = Math.min(now_ms + LASTS_MS, how.until_ms ?? Number.MAX_SAFE_INTEGER);
  const { organization_id, key_id, key_hash, member_id } = who;
  const session = {
    id: newId(ports, 'ses'),
    organization_id,
    key_id,
    member_id,
    method: how.method,
    client_ip: how.client_ip,
    created_at_ms: now_ms,
    seen_at_ms: now_ms,
    expires_at_ms,
  };
  await ports.people.sessions.create(session, await hashKey(token), key_hash, {
    id: newId(ports, 'evt'),
    at_ms: now_ms,
    actor: `admin:${member_id ?? key_id ?? session.id}`,
    action: 'session.create',
    target_type: 'session',
    target_id: session.id,
    before: null,
    after: { method: how.method, client_ip: how.client_ip, expires_at_ms },
  });
  return { cookie: renderCookie(how.url, token, expires_at_ms - now_ms), token };
}
