import type { AdminKeyRecord, AdminKeyStore, AuditEntry, FoundAdminKey, Role } from '@sluice/contract';
import { auditStatement } from './audit.ts';
import { migrated } from './migrate.ts';
import { DEFAULT_ORGANIZATION_ID } from './organization-config.ts';
import { createTenant, type SqlValue, type Tenant } from './tenant.ts';

/** Columns that administrators may see: no hash leaves this file but to be compared. */
const SHOWN =
  'key_id, organization_id, member_id, name, role, expires_at_ms, revoked_at_ms, created_by, created_at_ms';

/**
 * Somebody stays owner when this member (`?2`, or `''`) or key (`?3`, or `''`) is none any more: another member, or a
 * key that is nobody's in person and still works. The deployment's own organization always has the deployment's key.
 */
export const ANOTHER_OWNER =
  `(?1 = '${DEFAULT_ORGANIZATION_ID}' OR ` +
  "EXISTS (SELECT 1 FROM members WHERE organization_id = ?1 AND role = 'owner' AND id <> ?2) OR " +
  "EXISTS (SELECT 1 FROM admin_keys WHERE organization_id = ?1 AND role = 'owner' AND key_id <> ?3 " +
  'AND member_id IS NULL AND revoked_at_ms IS NULL AND expires_at_ms IS NULL))';

export const createAdminKeyStore = (db: D1Database): AdminKeyStore => ({
  async create(key, secret_hash, audit) {
    const tenant = createTenant(db, key.organization_id);
    await migrated(db, () =>
      db.batch([insertAdminKey(tenant, key, secret_hash), auditStatement(tenant, audit)]),
    );
  },

  async findSecret(key_id) {
    const row = await migrated(db, () =>
      db
        .prepare(
          'SELECT admin_keys.organization_id, admin_keys.secret_hash, admin_keys.member_id, ' +
            'CASE WHEN admin_keys.member_id IS NULL THEN admin_keys.role ELSE members.role END AS role, ' +
            'admin_keys.expires_at_ms, admin_keys.revoked_at_ms, organizations.closed_at_ms FROM admin_keys ' +
            'LEFT JOIN organizations ON organizations.id = admin_keys.organization_id ' +
            'LEFT JOIN members ON members.organization_id = admin_keys.organization_id ' +
            'AND members.id = admin_keys.member_id WHERE admin_keys.key_id = ?1',
        )
        .bind(key_id)
        .first<Omit<FoundAdminKey, 'is_closed'> & { closed_at_ms: number | null }>(),
    );
    if (row === null) return null;
    const { closed_at_ms, ...found } = row;
    return { ...found, is_closed: closed_at_ms !== null };
  },

  async find(organization_id, key_id) {
    const tenant = createTenant(db, organization_id);
    return await migrated(db, () =>
      tenant
        .prepare(`SELECT ${SHOWN} FROM admin_keys WHERE organization_id = ?1 AND key_id = ?2`, key_id)
        .first<AdminKeyRecord>(),
    );
  },

  async list(organization_id) {
    const tenant = createTenant(db, organization_id);
    const { results } = await migrated(db, () =>
      tenant
        .prepare(
          `SELECT ${SHOWN} FROM admin_keys WHERE organization_id = ?1 ORDER BY created_at_ms DESC, key_id`,
        )
        .all<AdminKeyRecord>(),
    );
    return results;
  },

  async revoke(organization_id, key_id, audit) {
    const tenant = createTenant(db, organization_id);
    const may =
      'organization_id = ?1 AND key_id = ?3 AND revoked_at_ms IS NULL AND ' +
      `(role <> 'owner' OR member_id IS NOT NULL OR ${ANOTHER_OWNER})`;
    return await changeWithAudit(db, tenant, audit, { table: 'admin_keys', may, values: ['', key_id] }, [
      [`UPDATE admin_keys SET revoked_at_ms = ?4 WHERE ${may}`, [audit.at_ms]],
    ]);
  },
});

export const insertAdminKey = (
  tenant: Tenant,
  key: AdminKeyRecord,
  secret_hash: string,
  only: { from: string; values: SqlValue[] } = { from: '', values: [] },
): D1PreparedStatement =>
  tenant.prepare(
    'INSERT INTO admin_keys (organization_id, key_id, member_id, name, role, secret_hash, expires_at_ms, ' +
      `created_by, created_at_ms) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 ${only.from}`,
    key.key_id,
    key.member_id,
    key.name,
    key.role satisfies Role,
    secret_hash,
    key.expires_at_ms,
    key.created_by,
    key.created_at_ms,
    ...only.values,
  );

/**
 * Changes one row and writes its audit entry, both or neither. The entry comes first, under the same condition.
 * @param row.may of which `row.values` are `?2`, `?3`, …; those of the changes follow. The first change decides.
 * @returns whether there was such a row.
 */
export async function changeWithAudit(
  db: D1Database,
  tenant: Tenant,
  audit: AuditEntry,
  row: { table: string; may: string; values: SqlValue[] },
  changes: [sql: string, values: SqlValue[]][],
): Promise<boolean> {
  // The entry's own values are `?2` to `?8`.
  const from = row.may.replaceAll(/\?([2-9])/g, (_, place) => `?${Number(place) + 7}`);
  const [, changed] = await migrated(db, () =>
    db.batch([
      auditStatement(tenant, audit, { from: `FROM ${row.table} WHERE ${from}`, values: row.values }),
      ...changes.map(([sql, values]) => tenant.prepare(sql, ...row.values, ...values)),
    ]),
  );
  return (changed?.meta.changes ?? 0) > 0;
}
