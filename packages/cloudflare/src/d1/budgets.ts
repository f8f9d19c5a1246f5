import type { AuditEntry, BudgetRecord, BudgetStore } from '@sluice/contract';
import { auditStatement } from './audit.ts';
import { migrated } from './migrate.ts';
import type { BudgetRow } from './scope-policy.ts';
import { createTenant, type Tenant } from './tenant.ts';

const recordOf = (row: BudgetRow): BudgetRecord => ({
  ...row,
  subject: row.subject === '' ? null : row.subject,
  hard: row.hard === 1,
  alert_percents: JSON.parse(row.alert_percents) as number[],
});

export const createBudgetStore = (db: D1Database): BudgetStore => ({
  async create(budget, audit) {
    const tenant = createTenant(db, budget.organization_id);
    const subject = budget.subject ?? '';
    const [, inserted, bumped] = await migrated(db, () =>
      db.batch<{ config_version: number }>([
        auditStatement(tenant, audit, {
          from:
            'WHERE NOT EXISTS (SELECT 1 FROM budgets WHERE organization_id = ?1 AND scope = ?9 AND subject = ?10 ' +
            'AND "window" = ?11)',
          values: [budget.scope, subject, budget.window],
        }),
        tenant.prepare(
          'INSERT INTO budgets (organization_id, id, name, scope, subject, "window", currency, limit_amount, hard, ' +
            'alert_percents, version, created_at_ms, updated_at_ms) ' +
            'VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ' +
            'ON CONFLICT (organization_id, scope, subject, "window") DO NOTHING',
          budget.id,
          budget.name,
          budget.scope,
          subject,
          budget.window,
          budget.currency,
          budget.limit_amount,
          budget.hard ? 1 : 0,
          JSON.stringify(budget.alert_percents),
          budget.version,
          budget.created_at_ms,
          budget.updated_at_ms,
        ),
        bumpWhere(tenant, audit, budget.id, budget.version),
      ]),
    );
    return inserted?.meta.changes === 1 ? (bumped?.results[0]?.config_version ?? 0) : null;
  },

  async find(organization_id, id) {
    const tenant = createTenant(db, organization_id);
    const row = await migrated(db, () =>
      tenant.prepare('SELECT * FROM budgets WHERE organization_id = ?1 AND id = ?2', id).first<BudgetRow>(),
    );
    return row === null ? null : recordOf(row);
  },

  async count(organization_id) {
    const tenant = createTenant(db, organization_id);
    const row = await migrated(db, () =>
      tenant
        .prepare('SELECT count(*) AS count FROM budgets WHERE organization_id = ?1')
        .first<{ count: number }>(),
    );
    return row?.count ?? 0;
  },

  async list(organization_id, filter, limit, after) {
    const tenant = createTenant(db, organization_id);
    const { results } = await migrated(db, () =>
      tenant
        .prepare(
          'SELECT * FROM budgets WHERE organization_id = ?1 AND (created_at_ms, id) < (?2, ?3) ' +
            'AND (?5 IS NULL OR scope = ?5) AND (?6 IS NULL OR subject = ?6) ' +
            'ORDER BY created_at_ms DESC, id DESC LIMIT ?4',
          after?.at_ms ?? Number.MAX_SAFE_INTEGER,
          after?.id ?? '',
          limit,
          filter.scope,
          filter.subject,
        )
        .all<BudgetRow>(),
    );
    return results.map(recordOf);
  },

  async update(budget, audit) {
    const tenant = createTenant(db, budget.organization_id);
    const change = tenant.prepare(
      'UPDATE budgets SET name = ?4, currency = ?5, limit_amount = ?6, hard = ?7, alert_percents = ?8, ' +
        'version = ?9, updated_at_ms = ?10 WHERE organization_id = ?1 AND id = ?2 AND version = ?3',
      budget.id,
      budget.version - 1,
      budget.name,
      budget.currency,
      budget.limit_amount,
      budget.hard ? 1 : 0,
      JSON.stringify(budget.alert_percents),
      budget.version,
      budget.updated_at_ms,
    );
    return await changeOne(db, tenant, budget.id, budget.version - 1, change, audit);
  },

  async remove(organization_id, id, version, audit) {
    const tenant = createTenant(db, organization_id);
    const change = tenant.prepare(
      'DELETE FROM budgets WHERE organization_id = ?1 AND id = ?2 AND version = ?3',
      id,
      version,
    );
    return await changeOne(db, tenant, id, version, change, audit);
  },
});

/** The change, its audit entry and the new config version together, or none of them when the version is another. */
async function changeOne(
  db: D1Database,
  tenant: Tenant,
  id: string,
  version: number,
  change: D1PreparedStatement,
  audit: AuditEntry,
): Promise<number | null> {
  const unchanged = 'FROM budgets WHERE organization_id = ?1 AND id = ?9 AND version = ?10';
  const [, bumped, changed] = await migrated(db, () =>
    db.batch<{ config_version: number }>([
      // Before the change, under the same condition: a lost race leaves nothing.
      auditStatement(tenant, audit, { from: unchanged, values: [id, version] }),
      bumpWhere(tenant, audit, id, version),
      change,
    ]),
  );
  return changed?.meta.changes === 1 ? (bumped?.results[0]?.config_version ?? 0) : null;
}

/** Grows the organization's version where this version of the budget stands. */
const bumpWhere = (tenant: Tenant, audit: AuditEntry, id: string, version: number): D1PreparedStatement =>
  tenant.prepare(
    'UPDATE organizations SET config_version = config_version + 1, updated_at_ms = ?2 WHERE id = ?1 AND EXISTS ' +
      '(SELECT 1 FROM budgets WHERE organization_id = ?1 AND id = ?3 AND version = ?4) RETURNING config_version',
    audit.at_ms,
    id,
    version,
  );
