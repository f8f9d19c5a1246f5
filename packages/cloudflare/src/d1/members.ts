import type { MemberRecord, MemberStore } from '@sluice/contract';
import { ANOTHER_OWNER, changeWithAudit } from './admin-keys.ts';
import { migrated } from './migrate.ts';
import { createTenant } from './tenant.ts';

/** Of a change that takes an owner's role: somebody else has to have it. `?2` is the member, `?4` the version. */
const UNCHANGED = "organization_id = ?1 AND id = ?2 AND version = ?4 AND '' = ?3";

export const createMemberStore = (db: D1Database): MemberStore => ({
  async find(organization_id, id) {
    const tenant = createTenant(db, organization_id);
    return await migrated(db, () =>
      tenant
        .prepare('SELECT * FROM members WHERE organization_id = ?1 AND id = ?2', id)
        .first<MemberRecord>(),
    );
  },

  async list(organization_id) {
    const tenant = createTenant(db, organization_id);
    const { results } = await migrated(db, () =>
      tenant.prepare('SELECT * FROM members WHERE organization_id = ?1 ORDER BY email').all<MemberRecord>(),
    );
    return results;
  },

  async findEverywhere(email) {
    const { results } = await migrated(db, () =>
      db
        .prepare(
          'SELECT members.*, organizations.name AS organization_name FROM members ' +
            'LEFT JOIN organizations ON organizations.id = members.organization_id ' +
            'WHERE members.email = ?1 AND organizations.closed_at_ms IS NULL ORDER BY members.created_at_ms',
        )
        .bind(email)
        .all<MemberRecord & { organization_name: string }>(),
    );
    return results;
  },

  async update(member, audit) {
    const may = `${UNCHANGED} AND (?5 = 'owner' OR role <> 'owner' OR ${ANOTHER_OWNER})`;
    const values = [member.id, '', member.version - 1, member.role];
    return await changeWithAudit(
      db,
      createTenant(db, member.organization_id),
      audit,
      { table: 'members', may, values },
      [
        [
          `UPDATE members SET role = ?5, version = version + 1, updated_at_ms = ?6 WHERE ${may}`,
          [member.updated_at_ms],
        ],
      ],
    );
  },

  async remove(member, audit) {
    const may = `${UNCHANGED} AND (role <> 'owner' OR ${ANOTHER_OWNER})`;
    const gone =
      'organization_id = ?1 AND member_id = ?2 AND ?4 = ?4 AND ?3 = ?3 AND NOT EXISTS ' +
      '(SELECT 1 FROM members WHERE organization_id = ?1 AND id = ?2)';
    return await changeWithAudit(
      db,
      createTenant(db, member.organization_id),
      audit,
      { table: 'members', may, values: [member.id, '', member.version] },
      [
        [`DELETE FROM members WHERE ${may}`, []],
        [`UPDATE admin_keys SET revoked_at_ms = ?5 WHERE ${gone} AND revoked_at_ms IS NULL`, [audit.at_ms]],
        [`DELETE FROM sessions WHERE ${gone}`, []],
      ],
    );
  },
});
