import { type AdminKeyRecord, GatewayError, ROLES } from '@sluice/contract';
import { createKey, hashKey } from '@sluice/core/key-format';
import * as z from 'zod';
import type { AdminKeyShown } from '../described/answers/people-answers.ts';
import type { AdminApp } from './create-admin.ts';
import { entryOf } from './member-routes.ts';
import type { AdminPorts } from './ports.ts';
import { readBody } from './read-body.ts';
import { renderTime } from './render-key.ts';
import { requireMayRule } from './require-role.ts';

export const adminKeyCreate = z
  .strictObject({
    name: z.string().trim().min(1).max(100),
    role: z.enum(ROLES).exactOptional(),
    /** Whose it is: it has that member's role. */
    member: z.string().max(64).exactOptional(),
    expires_at: z.iso.datetime({ offset: true }).nullable().default(null),
  })
  .refine(({ role, member }) => (role === undefined) !== (member === undefined), 'say either role or member');

/** `/admin/v1/admin-keys`: a secret is in the answer to a creation, once, and nowhere else ever. */
export function addAdminKeyRoutes(app: AdminApp, ports: AdminPorts): void {
  const { admin_keys, members } = ports.people;

  app.get('/admin-keys', async (c) => {
    const all = await admin_keys.list(c.get('admin').organization_id);
    return c.json({ data: all.map(renderKeyOfAdmin), next_cursor: null });
  });

  app.post('/admin-keys', async (c) => {
    const admin = c.get('admin');
    const asked = await readBody(c, adminKeyCreate);
    const member =
      asked.member === undefined ? null : await members.find(admin.organization_id, asked.member);
    const role = asked.member === undefined ? asked.role : member?.role;
    if (role === undefined)
      throw new GatewayError('not_found', 'There is no such member.', { param: 'member' });
    requireMayRule(admin, role);
    const now_ms = ports.clock.now_ms();
    const { key_id, text } = createKey('admin', ports.randomBytes);
    const key: AdminKeyRecord = {
      key_id,
      organization_id: admin.organization_id,
      member_id: member?.id ?? null,
      name: asked.name,
      role,
      expires_at_ms: asked.expires_at === null ? null : Date.parse(asked.expires_at),
      revoked_at_ms: null,
      created_by: `admin:${admin.id}`,
      created_at_ms: now_ms,
    };
    const shown = renderKeyOfAdmin(key);
    const entry = entryOf(ports, admin, 'admin_key.create', 'admin_key', key_id, null, shown, now_ms);
    await admin_keys.create(key, await hashKey(text), entry);
    return c.json({ ...shown, secret: text }, 201);
  });

  app.post('/admin-keys/:id/revoke', async (c) => {
    const admin = c.get('admin');
    const key = await admin_keys.find(admin.organization_id, c.req.param('id'));
    if (key === null) throw new GatewayError('not_found', 'There is no such admin key.');
    requireMayRule(admin, key.role);
    if (key.revoked_at_ms !== null) return c.json(renderKeyOfAdmin(key));
    const now_ms = ports.clock.now_ms();
    const after = { ...key, revoked_at_ms: now_ms };
    const entry = entryOf(
      ports,
      admin,
      'admin_key.revoke',
      'admin_key',
      key.key_id,
      renderKeyOfAdmin(key),
      renderKeyOfAdmin(after),
      now_ms,
    );
    if (!(await admin_keys.revoke(admin.organization_id, key.key_id, entry)))
      throw new GatewayError(
        'conflict',
        'Nobody would be owner then. Make another key or member owner first; one that does not expire.',
      );
    return c.json(renderKeyOfAdmin(after));
  });
}

export const renderKeyOfAdmin = (key: AdminKeyRecord): AdminKeyShown => ({
  id: key.key_id,
  name: key.name,
  role: key.role,
  member_id: key.member_id,
  created_by: key.created_by,
  created_at: renderTime(key.created_at_ms),
  expires_at: key.expires_at_ms === null ? null : renderTime(key.expires_at_ms),
  revoked_at: key.revoked_at_ms === null ? null : renderTime(key.revoked_at_ms),
});
