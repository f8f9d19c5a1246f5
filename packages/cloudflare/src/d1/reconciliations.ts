import type { ReconciledRow, Reconciliation, ReconciliationStore } from '@sluice/contract';
import { auditStatement } from './audit.ts';
import { migrated } from './migrate.ts';
import { createTenant } from './tenant.ts';

export const createReconciliationStore = (db: D1Database): ReconciliationStore => ({
  async add({ rows, ...summary }, audit) {
    const tenant = createTenant(db, summary.organization_id);
    await migrated(db, () =>
      db.batch([
        tenant.prepare(
          'INSERT INTO reconciliations (organization_id, id, at_ms, summary, rows) VALUES (?1, ?2, ?3, ?4, ?5)',
          summary.id,
          summary.at_ms,
          JSON.stringify(summary),
          JSON.stringify(rows),
        ),
        auditStatement(tenant, audit),
      ]),
    );
  },

  async find(organization_id, id) {
    const tenant = createTenant(db, organization_id);
    const row = await migrated(db, () =>
      tenant
        .prepare('SELECT summary, rows FROM reconciliations WHERE organization_id = ?1 AND id = ?2', id)
        .first<{ summary: string; rows: string }>(),
    );
    if (row === null) return null;
    return {
      ...(JSON.parse(row.summary) as Omit<Reconciliation, 'rows'>),
      rows: JSON.parse(row.rows) as ReconciledRow[],
    };
  },

  async list(organization_id, limit, after) {
    const tenant = createTenant(db, organization_id);
    const { results } = await migrated(db, () =>
      tenant
        .prepare(
          'SELECT summary FROM reconciliations WHERE organization_id = ?1 AND (at_ms, id) < (?2, ?3) ' +
            'ORDER BY at_ms DESC, id DESC LIMIT ?4',
          after?.at_ms ?? Number.MAX_SAFE_INTEGER,
          after?.id ?? '',
          limit,
        )
        .all<{ summary: string }>(),
    );
    return results.map(({ summary }) => JSON.parse(summary) as Omit<Reconciliation, 'rows'>);
  },
});
