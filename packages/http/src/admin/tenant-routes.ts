import { type AdminKeyRecord, GatewayError, type TenantRecord } from '@sluice/contract';
import { createKey, hashKey } from '@sluice/core/key-format';
import * as z from 'zod';
import type { TenantShown } from '../described/answers/people-answers.ts';
import { renderKeyOfAdmin } from './admin-key-routes.ts';
import { putInForce } from './change-key.ts';
import type { AdminApp } from './create-admin.ts';
import { entryOf } from './member-routes.ts';
import { newId } from './new-id.ts';
import { tellIsolates } from './organization-routes.ts';
import type { Admin, AdminPorts } from './ports.ts';
import { readBody } from './read-body.ts';
import { renderTime } from './render-key.ts';
import { requireDeployment } from './require-role.ts';

export const tenantCreate = z.strictObject({ name: z.string().trim().min(1).max(100) });

const KEYS_TOLD_AT_ONCE = 20;

/**
 * `/admin/v1/organizations`: for whoever has the key of the deployment. They make and close organizations, and never
 * see into them.
 */
export function addTenantRoutes(app: AdminApp, ports: AdminPorts): void {
  const { tenants } = ports.people;
  const requireOurs = (admin: Admin) => requireDeployment(admin, ports.decidesPrices(admin.organization_id));

  app.get('/organizations', async (c) => {
    requireOurs(c.get('admin'));
    const all = await tenants.list();
    return c.json({ data: all.map(renderTenant), next_cursor: null });
  });

  app.post('/organizations', async (c) => {
    const admin = c.get('admin');
    requireOurs(admin);
    const { name } = await readBody(c, tenantCreate);
    const now_ms = ports.clock.now_ms();
    const tenant: TenantRecord = { id: newId(ports, 'org'), name, created_at_ms: now_ms, closed_at_ms: null };
    const { key, text } = ownerKey(ports, admin, tenant.id);
    const shown = renderTenant(tenant);
    const entry = entryOf(
      ports,
      admin,
      'organization.create',
      'organization',
      tenant.id,
      null,
      shown,
      now_ms,
    );
    await tenants.create(tenant, key, await hashKey(text), entry);
    await noteAtHome(ports, admin, 'organization.create', tenant);
    return c.json({ ...shown, admin_key: { ...renderKeyOfAdmin(key), secret: text } }, 201);
  });

  app.post('/organizations/:id/owner-keys', async (c) => {
    const admin = c.get('admin');
    requireOurs(admin);
    const tenant = await requireOpen(ports, c.req.param('id'));
    const { key, text } = ownerKey(ports, admin, tenant.id);
    const shown = renderKeyOfAdmin(key);
    const entry = entryOf(ports, admin, 'admin_key.create', 'admin_key', key.key_id, null, shown);
    await ports.people.admin_keys.create(key, await hashKey(text), entry);
    await noteAtHome(ports, admin, 'organization.owner_key', tenant);
    return c.json({ ...shown, secret: text }, 201);
  });

  app.post('/organizations/:id/close', async (c) => {
    const admin = c.get('admin');
    requireOurs(admin);
    const id = c.req.param('id');
    if (id === admin.organization_id)
      throw new GatewayError('conflict', 'The organization of the deployment itself stays open.');
    const tenant = await tenants.find(id);
    if (tenant === null) throw new GatewayError('not_found', 'There is no such organization.');
    const closed = { ...tenant, closed_at_ms: tenant.closed_at_ms ?? ports.clock.now_ms() };
    const entry = entryOf(
      ports,
      admin,
      'organization.close',
      'organization',
      id,
      renderTenant(tenant),
      renderTenant(closed),
    );
    const version = await tenants.close(id, entry);
    if (version !== null) await noteAtHome(ports, admin, 'organization.close', closed);
    // Also of one that was closed before: the same request can be sent again until it is in force.
    if (version !== null) await tellIsolates(ports, id, version);
    await endKeys(ports, id);
    return c.json(renderTenant(closed));
  });
}

/** Tells every key's ledger. @throws GatewayError limits_unavailable when one could not be told. */
async function endKeys(ports: AdminPorts, organization_id: string): Promise<void> {
  let after = null;
  for (;;) {
    const keys = await ports.keys.list(organization_id, KEYS_TOLD_AT_ONCE, after);
    await Promise.all(keys.map((key) => putInForce(ports, key.key_id)));
    const last = keys.at(-1);
    if (last === undefined || keys.length < KEYS_TOLD_AT_ONCE) return;
    after = { at_ms: last.created_at_ms, id: last.key_id };
  }
}

function ownerKey(
  ports: AdminPorts,
  admin: Admin,
  organization_id: string,
): { key: AdminKeyRecord; text: string } {
  const { key_id, text } = createKey('admin', ports.randomBytes);
  return {
    text,
    key: {
      key_id,
      organization_id,
      member_id: null,
      name: 'First owner',
      role: 'owner',
      expires_at_ms: null,
      revoked_at_ms: null,
      created_by: `admin:${admin.id}`,
      created_at_ms: ports.clock.now_ms(),
    },
  };
}

/** The new organization has the entry in its own log; whoever did it finds it in theirs, too. */
const noteAtHome = (ports: AdminPorts, admin: Admin, action: string, tenant: TenantRecord): Promise<void> =>
  ports.audit.add(
    admin.organization_id,
    entryOf(ports, admin, action, 'organization', tenant.id, null, renderTenant(tenant)),
  );

/** @throws GatewayError not_found */
async function requireOpen(ports: AdminPorts, id: string): Promise<TenantRecord> {
  const tenant = await ports.people.tenants.find(id);
  if (tenant === null || tenant.closed_at_ms !== null)
    throw new GatewayError('not_found', 'There is no such organization, or it is closed.');
  return tenant;
}

const renderTenant = (tenant: TenantRecord): TenantShown => ({
  id: tenant.id,
  name: tenant.name,
  created_at: renderTime(tenant.created_at_ms),
  closed_at: tenant.closed_at_ms === null ? null : renderTime(tenant.closed_at_ms),
});
