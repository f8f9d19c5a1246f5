import type { AuditEntry, AuditStore, ChainedEntry } from '@sluice/contract';
import { type AuditRow, sealAudit, verifyAudit } from './audit-chain.ts';
import { migrated } from './migrate.ts';
import { createTenant, type SqlValue, type Tenant } from './tenant.ts';

/**
 * The entry of a change, to be put into the change's own batch.
 * @param only `from` is a FROM clause (its values from `?9` on): the entry is written when it finds a row.
 */
export function auditStatement(
  tenant: Tenant,
  entry: AuditEntry,
  only: { from: string; values: SqlValue[] } = { from: '', values: [] },
): D1PreparedStatement {
  return tenant.prepare(
    'INSERT INTO audit (organization_id, id, at_ms, actor, action, target_type, target_id, before, after) ' +
      `SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, json_extract(?8, '$.before'), json_extract(?8, '$.after') ${only.from}`,
    entry.id,
    entry.at_ms,
    entry.actor,
    entry.action,
    entry.target_type,
    entry.target_id,
    JSON.stringify({ before: entry.before ?? null, after: entry.after ?? null }),
    ...only.values,
  );
}

export const createAuditStore = (db: D1Database): AuditStore => ({
  async list(organization_id, filter, limit, after) {
    const tenant = createTenant(db, organization_id);
    const { results } = await migrated(db, () =>
      tenant
        .prepare(
          'SELECT * FROM audit WHERE organization_id = ?1 AND (at_ms, id) < (?2, ?3) ' +
            'AND (?5 IS NULL OR actor = ?5) AND (?6 IS NULL OR action = ?6 OR ' +
            "(substr(?6, -1) = '.' AND substr(action, 1, length(?6)) = ?6)) " +
            'AND (?7 IS NULL OR target_type = ?7) AND (?8 IS NULL OR target_id = ?8) ' +
            'AND at_ms >= ?9 AND at_ms < ?10 ORDER BY at_ms DESC, id DESC LIMIT ?4',
          after?.at_ms ?? Number.MAX_SAFE_INTEGER,
          after?.id ?? '',
          limit,
          filter.actor,
          filter.action,
          filter.target_type,
          filter.target_id,
          filter.since_ms ?? 0,
          filter.until_ms ?? Number.MAX_SAFE_INTEGER,
        )
        .all<AuditRow>(),
    );
    return results.map(entryOf);
  },

  async add(organization_id, entry) {
    await migrated(db, () => auditStatement(createTenant(db, organization_id), entry).run());
  },

  seal: (organization_id) => sealAudit(db, organization_id),
  verify: (organization_id, from_sequence) => verifyAudit(db, organization_id, from_sequence),
});

const entryOf = (row: AuditRow): ChainedEntry => ({
  id: row.id,
  sequence: row.sequence,
  at_ms: row.at_ms,
  actor: row.actor,
  action: row.action,
  target_type: row.target_type as AuditEntry['target_type'],
  target_id: row.target_id,
  before: row.before === null ? null : JSON.parse(row.before),
  after: row.after === null ? null : JSON.parse(row.after),
  previous_hash: row.previous_hash,
  hash: row.hash,
});
