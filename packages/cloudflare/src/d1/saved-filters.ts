import type { AuditEntry, SavedFilter, SavedFilterStore } from '@sluice/contract';
import { auditStatement } from './audit.ts';
import { migrated } from './migrate.ts';
import { createTenant, type Tenant } from './tenant.ts';

interface SavedFilterRow extends Omit<SavedFilter, 'query' | 'shared'> {
  query: string;
  shared: number;
}

export const createSavedFilterStore = (db: D1Database): SavedFilterStore => ({
  async list(organization_id, owner) {
    const { results } = await migrated(db, () =>
      createTenant(db, organization_id)
        .prepare(
          'SELECT * FROM saved_filters WHERE organization_id = ?1 AND (shared = 1 OR owner = ?2) ORDER BY name, id',
          owner,
        )
        .all<SavedFilterRow>(),
    );
    return results.map(filterOf);
  },

  async find(organization_id, id) {
    const row = await migrated(db, () =>
      createTenant(db, organization_id)
        .prepare('SELECT * FROM saved_filters WHERE organization_id = ?1 AND id = ?2', id)
        .first<SavedFilterRow>(),
    );
    return row === null ? null : filterOf(row);
  },

  async create(filter, count_max, audit) {
    const tenant = createTenant(db, filter.organization_id);
    const room = '(SELECT count(*) FROM saved_filters WHERE organization_id = ?1) <';
    const results = await migrated(db, () =>
      db.batch([
        // The entry first, under the same condition: what is not made leaves none.
        auditStatement(tenant, audit, { from: `WHERE ${room} ?9`, values: [count_max] }),
        tenant.prepare(
          'INSERT INTO saved_filters (organization_id, id, owner, shared, name, query, version, created_at_ms, ' +
            `updated_at_ms) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8 WHERE ${room} ?9`,
          filter.id,
          filter.owner,
          filter.shared ? 1 : 0,
          filter.name,
          JSON.stringify(filter.query),
          filter.version,
          filter.created_at_ms,
          count_max,
        ),
      ]),
    );
    return results.at(-1)?.meta.changes === 1;
  },

  update(filter, audit) {
    const tenant = createTenant(db, filter.organization_id);
    const change = tenant.prepare(
      'UPDATE saved_filters SET version = ?3 + 1, shared = ?4, name = ?5, query = ?6, updated_at_ms = ?7 ' +
        'WHERE organization_id = ?1 AND id = ?2 AND version = ?3',
      filter.id,
      filter.version - 1,
      filter.shared ? 1 : 0,
      filter.name,
      JSON.stringify(filter.query),
      filter.updated_at_ms,
    );
    return changeOne(db, tenant, filter.id, filter.version - 1, change, audit);
  },

  remove(organization_id, id, version, audit) {
    const tenant = createTenant(db, organization_id);
    const change = tenant.prepare(
      'DELETE FROM saved_filters WHERE organization_id = ?1 AND id = ?2 AND version = ?3',
      id,
      version,
    );
    return changeOne(db, tenant, id, version, change, audit);
  },
});

const filterOf = ({ query, shared, ...row }: SavedFilterRow): SavedFilter => ({
  ...row,
  shared: shared === 1,
  query: JSON.parse(query) as Record<string, string>,
});

/** The change and its audit entry together, or neither when the version is another. */
async function changeOne(
  db: D1Database,
  tenant: Tenant,
  id: string,
  version: number,
  change: D1PreparedStatement,
  audit: AuditEntry,
): Promise<boolean> {
  const unchanged = 'FROM saved_filters WHERE organization_id = ?1 AND id = ?9 AND version = ?10';
  const results = await migrated(db, () =>
    db.batch([auditStatement(tenant, audit, { from: unchanged, values: [id, version] }), change]),
  );
  return results.at(-1)?.meta.changes === 1;
}
