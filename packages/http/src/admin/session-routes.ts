import { GatewayError, type SessionRecord, type SignedIn } from '@sluice/contract';
import { hashKey } from '@sluice/core/key-format';
import type { Context } from 'hono';
import * as z from 'zod';
import type { SessionShown, StoredSession } from '../described/answers/people-answers.ts';
import { askingOf } from './asking.ts';
import type { AdminApp } from './create-admin.ts';
import { findByKey, SignInRefused } from './find-admin.ts';
import { newId } from './new-id.ts';
import type { Admin, AdminPorts, AdminVariables } from './ports.ts';
import { readBody } from './read-body.ts';
import { renderTime } from './render-key.ts';
import { beginSession, createToken, findSession, renderCookie, requireSameOrigin } from './session-cookie.ts';

export const sessionCreate = z.strictObject({
  /** Of a sign-in link. */
  token: z.string().max(200).exactOptional(),
  /** For whoever Cloudflare Access vouches for, and who is a member of several. */
  organization: z.string().max(64).exactOptional(),
});
export const linkCreate = z.strictObject({
  ttl_seconds: z
    .int()
    .min(10)
    .max(7 * 86_400)
    .default(600),
});

/** `/admin/v1/session`: signing in and out at the console. */
export function addSessionRoutes(app: AdminApp, ports: AdminPorts): void {
  app.post('/session', async (c) => {
    const { token, organization } = await readBody(c, sessionCreate);
    const asking = askingOf(c);
    const client_ip = c.req.header('cf-connecting-ip') ?? null;
    const authorization = c.req.header('authorization');
    const access = c.req.header('cf-access-jwt-assertion');
    // Only what the browser adds by itself has to be known to come from our own page.
    requireSameOrigin(asking, authorization === undefined && token === undefined);
    let who: SignedIn;
    let how: 'key' | 'link' | 'access' = 'key';
    let until_ms: number | null = null;
    if (authorization !== undefined) who = await findByKey(authorization, ports);
    else if (token !== undefined) {
      how = 'link';
      const found = await ports.people.sessions.takeLink(await hashKey(token), ports.clock.now_ms());
      if (found === null) throw new SignInRefused('link');
      who = found;
    } else if (access !== undefined) {
      how = 'access';
      ({ who, until_ms } = await findByAccess(ports, access, organization ?? null));
    } else throw new SignInRefused('no_credential');
    const begun = await beginSession(ports, who, { method: how, url: c.req.url, client_ip, until_ms });
    // What a link or a session was made with may have ended since: asked as any request would be.
    const admin = await findSession(begun.token, { ...asking, method: 'GET' }, ports);
    if (admin === null) throw new SignInRefused('link');
    await ports.audit.seal(admin.organization_id);
    c.header('set-cookie', begun.cookie);
    return c.json(await renderSession(ports, admin), 201);
  });

  app.get('/session', async (c) => c.json(await renderSession(ports, c.get('admin'))));

  app.delete('/session', async (c) => {
    const admin = c.get('admin');
    if (admin.session !== null)
      await ports.people.sessions.remove(
        admin.organization_id,
        admin.session.id,
        entryOf(ports, admin, 'session.delete', admin.session.id),
      );
    return signedOut(c, 1);
  });

  app.get('/sessions', async (c) => {
    const admin = c.get('admin');
    const sessions = await ports.people.sessions.list(admin);
    return c.json({
      data: sessions.map((session) => renderStored(session, admin.session?.id ?? null)),
      next_cursor: null,
    });
  });

  app.delete('/sessions', async (c) => {
    const admin = c.get('admin');
    const ended = await ports.people.sessions.removeAll(
      admin,
      entryOf(ports, admin, 'session.delete_all', admin.id),
    );
    return signedOut(c, ended);
  });

  app.post('/session/links', async (c) => {
    const { ttl_seconds } = await readBody(c, linkCreate);
    const admin = c.get('admin');
    const token = createToken(ports);
    const expires_at_ms = ports.clock.now_ms() + ttl_seconds * 1000;
    await ports.people.sessions.createLink(
      admin,
      await hashKey(token),
      expires_at_ms,
      entryOf(ports, admin, 'session.link', admin.id),
    );
    // In the fragment, which no browser sends to anybody and no log holds.
    const url = `${new URL(c.req.url).origin}/#sign_in=${token}`;
    return c.json({ token, url, expires_at: renderTime(expires_at_ms) }, 201);
  });
}

/** @throws SignInRefused; GatewayError invalid_request when the organization has to be said. */
async function findByAccess(
  ports: AdminPorts,
  token: string,
  organization: string | null,
): Promise<{ who: SignedIn; until_ms: number }> {
  const identity = await ports.accessIdentity(token);
  if (identity === null) throw new SignInRefused('access');
  const members = await ports.people.members.findEverywhere(identity.email);
  const chosen =
    organization === null ? members : members.filter((one) => one.organization_id === organization);
  const [member] = chosen;
  if (member === undefined) throw new SignInRefused('no_member');
  if (chosen.length > 1)
    throw new GatewayError('invalid_request', 'You are a member of several organizations: say which.', {
      param: 'organization',
      extra: {
        organizations: chosen.map((one) => ({ id: one.organization_id, name: one.organization_name })),
      },
    });
  const { organization_id, id } = member;
  return {
    who: { organization_id, key_id: null, key_hash: null, member_id: id },
    until_ms: identity.expires_at_ms,
  };
}

function signedOut(c: Context<AdminVariables>, ended: number): Response {
  c.header('set-cookie', renderCookie(c.req.url, '', 0));
  // Of a page that stays open in spite of it, nothing is left to see.
  c.header('clear-site-data', '"cache", "storage"');
  return c.json({ signed_out: ended });
}

const entryOf = (ports: AdminPorts, admin: Admin, action: string, target_id: string) => ({
  id: newId(ports, 'evt'),
  at_ms: ports.clock.now_ms(),
  actor: `admin:${admin.id}`,
  action,
  target_type: 'session' as const,
  target_id,
  before: null,
  after: null,
});

async function renderSession(ports: AdminPorts, admin: Admin): Promise<SessionShown> {
  const member =
    admin.member_id === null ? null : await ports.people.members.find(admin.organization_id, admin.member_id);
  const { id, name } = await ports.organizations.require(admin.organization_id);
  return {
    organization: { id, name },
    actor: `admin:${admin.id}`,
    role: admin.role,
    email: member?.email ?? null,
    key_id: admin.key_id,
    is_deployment: admin.is_deployment,
    session_id: admin.session?.id ?? null,
    csrf_token: admin.session?.csrf_token ?? null,
    expires_at: admin.session === null ? null : renderTime(admin.session.expires_at_ms),
  };
}

const renderStored = (session: SessionRecord, current: string | null): StoredSession => ({
  id: session.id,
  method: session.method,
  client_ip: session.client_ip,
  created_at: renderTime(session.created_at_ms),
  seen_at: renderTime(session.seen_at_ms),
  expires_at: renderTime(session.expires_at_ms),
  is_current: session.id === current,
});
