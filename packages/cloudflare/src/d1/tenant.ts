/**
 * The way to D1 for everything that belongs to an organization. The id is bound as `?1` of every statement, and a
 * statement that never compares or writes `organization_id` does not run at all, so that a forgotten condition is
 * a crash in the first test and not one customer's data in another's answer.
 */
export interface Tenant {
  readonly organization_id: string;
  /** @param sql refers to the organization as `?1` and to `values` from `?2` on; they are never pasted into it. */
  prepare(sql: string, ...values: SqlValue[]): D1PreparedStatement;
}

export type SqlValue = string | number | null;

export const createTenant = (db: D1Database, organization_id: string): Tenant => ({
  organization_id,
  prepare(sql, ...values) {
    if (!sql.includes('organization_id') || !sql.includes('?1')) {
      throw new Error(`A tenant statement must name its organization_id: ${sql.slice(0, 80)}`);
    }
    return db.prepare(sql).bind(organization_id, ...values);
  },
});
