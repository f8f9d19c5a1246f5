import type { InvitationRecord, InvitationStore } from '@sluice/contract';
import { changeWithAudit, insertAdminKey } from './admin-keys.ts';
import { auditStatement } from './audit.ts';
import { migrated } from './migrate.ts';
import { createTenant } from './tenant.ts';

const SHOWN = 'id, organization_id, email, role, expires_at_ms, accepted_at_ms, created_by, created_at_ms';

export const createInvitationStore = (db: D1Database): InvitationStore => ({
  async create(invitation, token_hash, audit) {
    const tenant = createTenant(db, invitation.organization_id);
    const insert = tenant.prepare(
      'INSERT INTO invitations (organization_id, id, email, role, token_hash, expires_at_ms, created_by, ' +
        'created_at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)',
      invitation.id,
      invitation.email,
      invitation.role,
      token_hash,
      invitation.expires_at_ms,
      invitation.created_by,
      invitation.created_at_ms,
    );
    await migrated(db, () => db.batch([insert, auditStatement(tenant, audit)]));
  },

  async list(organization_id) {
    const tenant = createTenant(db, organization_id);
    const { results } = await migrated(db, () =>
      tenant
        .prepare(
          `SELECT ${SHOWN} FROM invitations WHERE organization_id = ?1 ORDER BY created_at_ms DESC LIMIT 1000`,
        )
        .all<InvitationRecord>(),
    );
    return results;
  },

  async findOpen(token_hash, now_ms) {
    return await migrated(db, () =>
      db
        .prepare(
          `SELECT ${SHOWN} FROM invitations WHERE token_hash = ?1 AND accepted_at_ms IS NULL AND expires_at_ms > ?2 ` +
            'AND NOT EXISTS (SELECT 1 FROM organizations WHERE organizations.id = invitations.organization_id ' +
            'AND organizations.closed_at_ms IS NOT NULL)',
        )
        .bind(token_hash, now_ms)
        .first<InvitationRecord>(),
    );
  },

  async accept(invitation, member, key, secret_hash, audit) {
    const tenant = createTenant(db, invitation.organization_id);
    const openFrom = (place: number) =>
      `FROM invitations WHERE organization_id = ?1 AND id = ?${place} AND accepted_at_ms IS NULL ` +
      `AND expires_at_ms > ?${place + 1}`;
    const values = [invitation.id, audit.at_ms];
    const results = await migrated(db, () =>
      db.batch([
        tenant.prepare(
          'INSERT INTO members (organization_id, id, email, role, created_at_ms, updated_at_ms) ' +
            `SELECT ?1, ?2, ?3, ?4, ?5, ?5 ${openFrom(6)}`,
          member.id,
          member.email,
          member.role,
          member.created_at_ms,
          ...values,
        ),
        insertAdminKey(tenant, key, secret_hash, { from: openFrom(10), values }),
        auditStatement(tenant, audit, { from: openFrom(9), values }),
        tenant.prepare(
          'UPDATE invitations SET accepted_at_ms = ?3 WHERE organization_id = ?1 AND id = ?2 ' +
            'AND accepted_at_ms IS NULL AND expires_at_ms > ?3',
          invitation.id,
          audit.at_ms,
        ),
      ]),
    );
    return results.at(-1)?.meta.changes === 1;
  },

  async remove(organization_id, id, audit) {
    const may = 'organization_id = ?1 AND id = ?2 AND accepted_at_ms IS NULL';
    return await changeWithAudit(
      db,
      createTenant(db, organization_id),
      audit,
      { table: 'invitations', may, values: [id] },
      [[`DELETE FROM invitations WHERE ${may}`, []]],
    );
  },
});
