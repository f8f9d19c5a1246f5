import type { Statement, StatementStore } from '@sluice/contract';
import { migrated } from './migrate.ts';
import { createTenant } from './tenant.ts';

interface Row {
  statement: string;
  frozen_at_ms: number;
}

export function createStatementStore(db: D1Database): StatementStore {
  const find: StatementStore['find'] = async (organization_id, month) => {
    const tenant = createTenant(db, organization_id);
    const row = await migrated(db, () =>
      tenant
        .prepare(
          'SELECT statement, frozen_at_ms FROM statements WHERE organization_id = ?1 AND month = ?2',
          month,
        )
        .first<Row>(),
    );
    return row === null ? null : toFrozen(row);
  };
  return {
    find,

    async freeze(statement, frozen_at_ms) {
      const tenant = createTenant(db, statement.organization_id);
      await migrated(db, () =>
        tenant
          .prepare(
            'INSERT OR IGNORE INTO statements (organization_id, month, statement, frozen_at_ms) VALUES (?1, ?2, ?3, ?4)',
            statement.month,
            JSON.stringify(statement),
            frozen_at_ms,
          )
          .run(),
      );
      return (await find(statement.organization_id, statement.month)) ?? { statement, frozen_at_ms };
    },

    async list(organization_id) {
      const tenant = createTenant(db, organization_id);
      const { results } = await migrated(db, () =>
        tenant
          .prepare(
            "SELECT month, frozen_at_ms, statement -> '$.totals' AS totals FROM statements " +
              'WHERE organization_id = ?1 ORDER BY month DESC LIMIT 600',
          )
          .all<{ month: string; frozen_at_ms: number; totals: string }>(),
      );
      return results.map((row) => ({ ...row, totals: JSON.parse(row.totals) as Statement['totals'] }));
    },
  };
}

const toFrozen = (row: Row) => ({
  statement: JSON.parse(row.statement) as Statement,
  frozen_at_ms: row.frozen_at_ms,
});
