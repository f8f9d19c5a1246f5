import type { FoundSession, SessionRecord, SessionStore, SignedIn } from '@sluice/contract';
import { auditStatement } from './audit.ts';
import { migrated } from './migrate.ts';
import { createTenant } from './tenant.ts';

const SHOWN =
  'id, organization_id, key_id, member_id, method, client_ip, created_at_ms, seen_at_ms, expires_at_ms';
const OF_ONE = 'organization_id = ?1 AND key_id IS ?2 AND member_id IS ?3';
/** A member is the same one by whatever key. */
const OF_WHOM = `(${OF_ONE} OR (organization_id = ?1 AND member_id = ?3))`;

export const createSessionStore = (db: D1Database): SessionStore => ({
  async create(session, token_hash, key_hash, audit) {
    const tenant = createTenant(db, session.organization_id);
    const insert = tenant.prepare(
      'INSERT INTO sessions (organization_id, id, token_hash, key_id, key_hash, member_id, method, client_ip, ' +
        'created_at_ms, seen_at_ms, expires_at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10)',
      session.id,
      token_hash,
      session.key_id,
      key_hash,
      session.member_id,
      session.method,
      session.client_ip,
      session.created_at_ms,
      session.expires_at_ms,
    );
    // Those that nobody can use any more go with the next sign-in.
    const forget = tenant.prepare(
      'DELETE FROM sessions WHERE organization_id = ?1 AND expires_at_ms < ?2',
      session.created_at_ms,
    );
    await migrated(db, () => db.batch([insert, forget, auditStatement(tenant, audit)]));
  },

  async find(token_hash) {
    const row = await migrated(db, () =>
      db
        .prepare(
          `SELECT ${SHOWN.replaceAll(/\w+/g, (column) => `sessions.${column}`)}, sessions.key_hash, ` +
            'CASE WHEN sessions.member_id IS NULL THEN admin_keys.role ELSE members.role END AS role, ' +
            'admin_keys.expires_at_ms AS key_expires_at_ms, admin_keys.revoked_at_ms AS key_revoked_at_ms, ' +
            'admin_keys.secret_hash AS stored_hash, organizations.closed_at_ms FROM sessions ' +
            'LEFT JOIN organizations ON organizations.id = sessions.organization_id ' +
            'LEFT JOIN admin_keys ON admin_keys.organization_id = sessions.organization_id ' +
            'AND admin_keys.key_id = sessions.key_id ' +
            'LEFT JOIN members ON members.organization_id = sessions.organization_id ' +
            'AND members.id = sessions.member_id WHERE sessions.token_hash = ?1',
        )
        .bind(token_hash)
        .first<Omit<FoundSession, 'is_closed'> & { closed_at_ms: number | null }>(),
    );
    if (row === null) return null;
    const { closed_at_ms, ...found } = row;
    return { ...found, is_closed: closed_at_ms !== null };
  },

  async list({ organization_id, key_id, member_id }) {
    const tenant = createTenant(db, organization_id);
    const { results } = await migrated(db, () =>
      tenant
        .prepare(
          `SELECT ${SHOWN} FROM sessions WHERE ${OF_WHOM} ORDER BY created_at_ms DESC LIMIT 100`,
          key_id,
          member_id,
        )
        .all<SessionRecord>(),
    );
    return results;
  },

  async touch(organization_id, id, now_ms) {
    await createTenant(db, organization_id)
      .prepare('UPDATE sessions SET seen_at_ms = ?3 WHERE organization_id = ?1 AND id = ?2', id, now_ms)
      .run();
  },

  async remove(organization_id, id, audit) {
    const tenant = createTenant(db, organization_id);
    await db.batch([
      tenant.prepare('DELETE FROM sessions WHERE organization_id = ?1 AND id = ?2', id),
      auditStatement(tenant, audit),
    ]);
  },

  async removeAll({ organization_id, key_id, member_id }, audit) {
    const tenant = createTenant(db, organization_id);
    const [removed] = await migrated(db, () =>
      db.batch([
        tenant.prepare(`DELETE FROM sessions WHERE ${OF_WHOM}`, key_id, member_id),
        tenant.prepare(`DELETE FROM sign_in_links WHERE ${OF_WHOM}`, key_id, member_id),
        auditStatement(tenant, audit),
      ]),
    );
    return removed?.meta.changes ?? 0;
  },

  async createLink(who, token_hash, expires_at_ms, audit) {
    const tenant = createTenant(db, who.organization_id);
    const insert = tenant.prepare(
      'INSERT INTO sign_in_links (organization_id, token_hash, key_id, key_hash, member_id, expires_at_ms) ' +
        'VALUES (?1, ?2, ?3, ?4, ?5, ?6)',
      token_hash,
      who.key_id,
      who.key_hash,
      who.member_id,
      expires_at_ms,
    );
    const forget = tenant.prepare(
      'DELETE FROM sign_in_links WHERE organization_id = ?1 AND expires_at_ms < ?2',
      audit.at_ms,
    );
    await migrated(db, () => db.batch([insert, forget, auditStatement(tenant, audit)]));
  },

  async takeLink(token_hash, now_ms) {
    const row = await migrated(db, () =>
      db
        .prepare(
          'DELETE FROM sign_in_links WHERE token_hash = ?1 RETURNING organization_id, key_id, key_hash, member_id, expires_at_ms',
        )
        .bind(token_hash)
        .first<SignedIn & { expires_at_ms: number }>(),
    );
    if (row === null || row.expires_at_ms <= now_ms) return null;
    const { expires_at_ms: _, ...who } = row;
    return who;
  },
});
