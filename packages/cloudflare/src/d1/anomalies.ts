import type { AnomalyStore, HourlySpend, SpendAnomaly } from '@sluice/contract';
import { migrated } from './migrate.ts';
import { createTenant } from './tenant.ts';

const COLUMN = { key: 'key_id', project: 'project_id' } as const;

export const createAnomalyStore = (db: D1Database): AnomalyStore => ({
  async organizations() {
    const { results } = await migrated(db, () =>
      db.prepare('SELECT id FROM organizations ORDER BY id').all<{ id: string }>(),
    );
    return results.map(({ id }) => id);
  },

  async spentIn(organization_id, hour_ms, usd_nanos_min) {
    const tenant = createTenant(db, organization_id);
    const spent: HourlySpend[] = [];
    for (const scope of ['key', 'project'] as const) {
      const column = COLUMN[scope];
      const { results } = await migrated(db, () =>
        tenant
          .prepare(
            `SELECT '${scope}' AS scope, ${column} AS scope_id, hour_ms, sum(cost_usd_nanos) AS spent_usd_nanos ` +
              `FROM usage_hourly WHERE organization_id = ?1 AND hour_ms = ?2 AND ${column} <> '' ` +
              `GROUP BY ${column} HAVING sum(cost_usd_nanos) >= ?3`,
            hour_ms,
            usd_nanos_min,
          )
          .all<HourlySpend>(),
      );
      spent.push(...results);
    }
    return spent;
  },

  async history(organization_id, scope, scope_ids, since_ms, until_ms) {
    const tenant = createTenant(db, organization_id);
    const column = COLUMN[scope];
    const { results } = await migrated(db, () =>
      tenant
        .prepare(
          `SELECT '${scope}' AS scope, ${column} AS scope_id, hour_ms, sum(cost_usd_nanos) AS spent_usd_nanos ` +
            'FROM usage_hourly WHERE organization_id = ?1 AND hour_ms >= ?2 AND hour_ms < ?3 ' +
            `AND ${column} IN (SELECT value FROM json_each(?4)) GROUP BY ${column}, hour_ms ` +
            'HAVING sum(cost_usd_nanos) > 0 ORDER BY hour_ms',
          since_ms,
          until_ms,
          JSON.stringify(scope_ids),
        )
        .all<HourlySpend>(),
    );
    return results;
  },

  async known(organization_id, since_ms) {
    const tenant = createTenant(db, organization_id);
    const { results } = await migrated(db, () =>
      tenant
        .prepare(
          "SELECT scope || '/' || scope_id || '/' || hour_ms AS name FROM anomalies " +
            'WHERE organization_id = ?1 AND hour_ms >= ?2',
          since_ms,
        )
        .all<{ name: string }>(),
    );
    return new Set(results.map(({ name }) => name));
  },

  async add(organization_id, anomalies) {
    if (anomalies.length === 0) return;
    const tenant = createTenant(db, organization_id);
    const columns = [
      'id',
      'scope',
      'scope_id',
      'hour_ms',
      'spent_usd_nanos',
      'expected_usd_nanos',
      'score',
      'basis',
      'detected_at_ms',
    ];
    await migrated(db, () =>
      tenant
        .prepare(
          `INSERT OR IGNORE INTO anomalies (organization_id, ${columns.join(', ')}) ` +
            `SELECT ?1, ${columns.map((column) => `row.value ->> '${column}'`).join(', ')} FROM json_each(?2) AS row`,
          JSON.stringify(anomalies),
        )
        .run(),
    );
  },

  async list(organization_id, filter, limit, after) {
    const tenant = createTenant(db, organization_id);
    const { results } = await migrated(db, () =>
      tenant
        .prepare(
          'SELECT * FROM anomalies WHERE organization_id = ?1 AND (?2 IS NULL OR scope = ?2) ' +
            'AND (?3 IS NULL OR scope_id = ?3) AND (hour_ms, id) < (?4, ?5) ' +
            'ORDER BY hour_ms DESC, id DESC LIMIT ?6',
          filter.scope,
          filter.scope_id,
          after?.at_ms ?? Number.MAX_SAFE_INTEGER,
          after?.id ?? '',
          limit,
        )
        .all<SpendAnomaly>(),
    );
    return results;
  },
});
