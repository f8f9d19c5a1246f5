import type { PeopleStores, TenantRecord, TenantStore } from '@sluice/contract';
import { createAdminKeyStore, insertAdminKey } from './admin-keys.ts';
import { auditStatement } from './audit.ts';
import { createInvitationStore } from './invitations.ts';
import { createMemberStore } from './members.ts';
import { migrated } from './migrate.ts';
import { createSessionStore } from './sessions.ts';
import { createTenant } from './tenant.ts';

export const createPeopleStores = (db: D1Database): PeopleStores => ({
  admin_keys: createAdminKeyStore(db),
  members: createMemberStore(db),
  invitations: createInvitationStore(db),
  sessions: createSessionStore(db),
  tenants: createTenantStore(db),
});

const createTenantStore = (db: D1Database): TenantStore => ({
  async list() {
    const { results } = await migrated(db, () =>
      db
        .prepare('SELECT id, name, created_at_ms, closed_at_ms FROM organizations ORDER BY created_at_ms, id')
        .all<TenantRecord>(),
    );
    return results;
  },

  async find(id) {
    return await migrated(db, () =>
      db
        .prepare('SELECT id, name, created_at_ms, closed_at_ms FROM organizations WHERE id = ?1')
        .bind(id)
        .first<TenantRecord>(),
    );
  },

  async create(organization, key, secret_hash, audit) {
    const tenant = createTenant(db, organization.id);
    await migrated(db, () =>
      db.batch([
        db
          .prepare(
            'INSERT INTO organizations (id, name, created_at_ms, updated_at_ms) VALUES (?1, ?2, ?3, ?3)',
          )
          .bind(organization.id, organization.name, organization.created_at_ms),
        insertAdminKey(tenant, key, secret_hash),
        auditStatement(tenant, audit),
      ]),
    );
  },

  async close(id, audit) {
    const tenant = createTenant(db, id);
    const [, closed] = await migrated(db, () =>
      db.batch<{ config_version: number }>([
        auditStatement(tenant, audit, {
          from: 'FROM organizations WHERE id = ?1 AND closed_at_ms IS NULL',
          values: [],
        }),
        db
          .prepare(
            'UPDATE organizations SET closed_at_ms = ?2, updated_at_ms = ?2, config_version = config_version + 1 ' +
              'WHERE id = ?1 AND closed_at_ms IS NULL RETURNING config_version',
          )
          .bind(id, audit.at_ms),
      ]),
    );
    return closed?.results[0]?.config_version ?? null;
  },
});
