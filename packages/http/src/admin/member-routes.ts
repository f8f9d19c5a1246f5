import {
  type AuditEntry,
  GatewayError,
  type InvitationRecord,
  type MemberRecord,
  ROLES,
  type Role,
} from '@sluice/contract';
import { createKey, hashKey } from '@sluice/core/key-format';
import * as z from 'zod';
import type { InvitationShown, MemberShown } from '../described/answers/people-answers.ts';
import { askingOf } from './asking.ts';
import type { AdminApp } from './create-admin.ts';
import { SignInRefused } from './find-admin.ts';
import { newId } from './new-id.ts';
import { lost } from './organization-routes.ts';
import type { Admin, AdminPorts } from './ports.ts';
import { readBody } from './read-body.ts';
import { etagOf, matchesEtag, renderTime } from './render-key.ts';
import { requireMayRule } from './require-role.ts';
import { createToken, requireSameOrigin } from './session-cookie.ts';

const role = z.enum(ROLES);
export const memberPatch = z.strictObject({ role, etag: z.string().max(40).exactOptional() });
export const invitationCreate = z.strictObject({ email: z.email().max(254).toLowerCase(), role });
export const invitationAccept = z.strictObject({ token: z.string().min(1).max(200) });

const INVITATION_MS = 7 * 86_400_000;

/** `/admin/v1/members` and `/admin/v1/invitations`. */
export function addMemberRoutes(app: AdminApp, ports: AdminPorts): void {
  const { members, invitations } = ports.people;

  app.get('/members', async (c) => {
    const all = await members.list(c.get('admin').organization_id);
    return c.json({ data: all.map(renderMember), next_cursor: null });
  });

  app.get('/members/:id', async (c) => {
    const member = await requireMember(ports, c.get('admin'), c.req.param('id'));
    c.header('etag', etagOf(member.version));
    return c.json(renderMember(member));
  });

  app.patch('/members/:id', async (c) => {
    const admin = c.get('admin');
    const changes = await readBody(c, memberPatch);
    const before = await requireMember(ports, admin, c.req.param('id'));
    const etag = c.req.header('if-match') ?? changes.etag;
    if (etag !== undefined && !matchesEtag(etag, before.version)) throw lost();
    requireMayRule(admin, before.role, changes.role);
    if (before.role === changes.role) return c.json(renderMember(before));
    const now_ms = ports.clock.now_ms();
    const after = { ...before, role: changes.role, version: before.version + 1, updated_at_ms: now_ms };
    const entry = entryOf(
      ports,
      admin,
      'member.update',
      'member',
      before.id,
      renderMember(before),
      renderMember(after),
    );
    if (!(await members.update(after, entry))) throw lostOrLast(before.role, changes.role);
    c.header('etag', etagOf(after.version));
    return c.json(renderMember(after));
  });

  app.delete('/members/:id', async (c) => {
    const admin = c.get('admin');
    const member = await requireMember(ports, admin, c.req.param('id'));
    const etag = c.req.header('if-match');
    if (etag !== undefined && !matchesEtag(etag, member.version)) throw lost();
    requireMayRule(admin, member.role);
    const entry = entryOf(ports, admin, 'member.delete', 'member', member.id, renderMember(member), null);
    if (!(await members.remove(member, entry))) throw lostOrLast(member.role, null);
    return c.json({ id: member.id, deleted: true });
  });

  app.get('/invitations', async (c) => {
    const all = await invitations.list(c.get('admin').organization_id);
    return c.json({ data: all.map(renderInvitation), next_cursor: null });
  });

  app.post('/invitations', async (c) => {
    const admin = c.get('admin');
    const { email, role } = await readBody(c, invitationCreate);
    requireMayRule(admin, role);
    const known = await members.list(admin.organization_id);
    if (known.some((member) => member.email === email))
      throw new GatewayError('conflict', 'There is a member with this email. Change its role instead.', {
        param: 'email',
      });
    const now_ms = ports.clock.now_ms();
    const invitation: InvitationRecord = {
      id: newId(ports, 'inv'),
      organization_id: admin.organization_id,
      email,
      role,
      expires_at_ms: now_ms + INVITATION_MS,
      accepted_at_ms: null,
      created_by: `admin:${admin.id}`,
      created_at_ms: now_ms,
    };
    const token = createToken(ports);
    const shown = renderInvitation(invitation);
    await invitations.create(
      invitation,
      await hashKey(token),
      entryOf(ports, admin, 'invitation.create', 'invitation', invitation.id, null, shown),
    );
    const url = `${new URL(c.req.url).origin}/#invitation=${token}`;
    return c.json({ ...shown, token, url }, 201);
  });

  app.delete('/invitations/:id', async (c) => {
    const admin = c.get('admin');
    const id = c.req.param('id');
    const entry = entryOf(ports, admin, 'invitation.delete', 'invitation', id, null, null);
    if (!(await invitations.remove(admin.organization_id, id, entry)))
      throw new GatewayError('not_found', 'There is no such invitation, or it is accepted.');
    return c.json({ id, deleted: true });
  });

  app.post('/invitations/accept', async (c) => {
    requireSameOrigin(askingOf(c), false);
    const { token } = await readBody(c, invitationAccept);
    const now_ms = ports.clock.now_ms();
    const invitation = await invitations.findOpen(await hashKey(token), now_ms);
    if (invitation === null) throw new SignInRefused('invitation');
    const { organization_id, email, role } = invitation;
    const member: MemberRecord = {
      id: newId(ports, 'mem'),
      organization_id,
      email,
      role,
      version: 1,
      created_at_ms: now_ms,
      updated_at_ms: now_ms,
    };
    const { key_id, text } = createKey('admin', ports.randomBytes);
    const key = {
      key_id,
      organization_id,
      member_id: member.id,
      name: email,
      role,
      expires_at_ms: null,
      revoked_at_ms: null,
      created_by: `admin:${member.id}`,
      created_at_ms: now_ms,
    };
    const entry = entryOf(
      ports,
      { id: member.id },
      'member.create',
      'member',
      member.id,
      null,
      { ...renderMember(member), invitation: invitation.id, key_id },
      now_ms,
    );
    if (!(await invitations.accept(invitation, member, key, await hashKey(text), entry)))
      throw new SignInRefused('invitation');
    await ports.audit.seal(organization_id);
    return c.json({ member: renderMember(member), key_id, secret: text }, 201);
  });
}

/** @throws GatewayError not_found, also for a member of another organization. */
async function requireMember(ports: AdminPorts, admin: Admin, id: string): Promise<MemberRecord> {
  const member = await ports.people.members.find(admin.organization_id, id);
  if (member === null) throw new GatewayError('not_found', 'There is no such member.');
  return member;
}

/** Nothing was changed: which of the two it was cannot be told apart, but only one is likely. */
const lostOrLast = (before: Role, after: Role | null): GatewayError =>
  before === 'owner' && after !== 'owner'
    ? new GatewayError('conflict', 'Nobody would be owner then. Make somebody else owner first.')
    : lost();

export const entryOf = (
  ports: AdminPorts,
  admin: Pick<Admin, 'id'>,
  action: string,
  target_type: AuditEntry['target_type'],
  target_id: string,
  before: unknown,
  after: unknown,
  at_ms: number = ports.clock.now_ms(),
): AuditEntry => ({
  id: newId(ports, 'evt'),
  at_ms,
  actor: `admin:${admin.id}`,
  action,
  target_type,
  target_id,
  before,
  after,
});

const renderMember = (member: MemberRecord): MemberShown => ({
  id: member.id,
  email: member.email,
  role: member.role,
  etag: etagOf(member.version),
  created_at: renderTime(member.created_at_ms),
  updated_at: renderTime(member.updated_at_ms),
});

const renderInvitation = (invitation: InvitationRecord): InvitationShown => ({
  id: invitation.id,
  email: invitation.email,
  role: invitation.role,
  created_by: invitation.created_by,
  created_at: renderTime(invitation.created_at_ms),
  expires_at: renderTime(invitation.expires_at_ms),
  accepted_at: invitation.accepted_at_ms === null ? null : renderTime(invitation.accepted_at_ms),
});
