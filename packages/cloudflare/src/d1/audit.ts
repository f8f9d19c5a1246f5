import type { AuditEntry, AuditStore } from '@sluice/contract';
import type { InferSelectModel } from 'drizzle-orm';
import { migrated } from './migrate.ts';
import type { audit } from './schema.ts';
import { createTenant, type SqlValue, type Tenant } from './tenant.ts';

type AuditRow = InferSelectModel<typeof audit>;

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
  async list(organization_id, limit, after) {
    const tenant = createTenant(db, organization_id);
    const { results } = await migrated(db, () =>
      tenant
        .prepare(
          'SELECT * FROM audit WHERE organization_id = ?1 AND (at_ms, id) < (?2, ?3) ' +
            'ORDER BY at_ms DESC, id DESC LIMIT ?4',
          after?.at_ms ?? Number.MAX_SAFE_INTEGER,
          after?.id ?? '',
          limit,
        )
        .all<AuditRow>(),
    );
    return results.map((row) => ({
      id: row.id,
      at_ms: row.at_ms,
      actor: row.actor,
      action: row.action,
      target_type: row.target_type as AuditEntry['target_type'],
      target_id: row.target_id,
      before: row.before === null ? null : JSON.parse(row.before),
      after: row.after === null ? null : JSON.parse(row.after),
    }));
  },
});
