import type { TraceFilter, TraceRecord, TraceStore } from '@sluice/contract';
import { migrated } from './migrate.ts';
import { createTenant, type SqlValue } from './tenant.ts';

export const createTraceStore = (db: D1Database): TraceStore => ({
  async list(organization_id, filter, limit, after) {
    const { conditions, values } = conditionsOf(filter);
    const tenant = createTenant(db, organization_id);
    const position = [after?.at_ms ?? Number.MAX_SAFE_INTEGER, after?.id ?? '', limit];
    const next = values.length + 2;
    const { results } = await migrated(db, () =>
      tenant
        .prepare(
          `SELECT record FROM traces WHERE organization_id = ?1 ${conditions} ` +
            `AND (at_ms, request_id) < (?${next}, ?${next + 1}) ` +
            `ORDER BY at_ms DESC, request_id DESC LIMIT ?${next + 2}`,
          ...values,
          ...position,
        )
        .all<{ record: string }>(),
    );
    return results.map((row) => JSON.parse(row.record) as TraceRecord);
  },

  find: (organization_id, request_id) => findTrace(db, organization_id, request_id),
});

/** @returns `null` when the organization has no such trace, or has it no longer. */
export async function findTrace(
  db: D1Database,
  organization_id: string,
  request_id: string,
): Promise<TraceRecord | null> {
  const tenant = createTenant(db, organization_id);
  const row = await migrated(db, () =>
    tenant
      .prepare('SELECT record FROM traces WHERE organization_id = ?1 AND request_id = ?2', request_id)
      .first<{ record: string }>(),
  );
  return row === null ? null : (JSON.parse(row.record) as TraceRecord);
}

/** The filter's own words never reach the SQL text: only constants of this table do. */
const CONDITIONS: { [Field in keyof TraceFilter]: (slot: string) => string } = {
  key_id: (slot) => `key_id = ${slot}`,
  project_id: (slot) => `project_id = ${slot}`,
  user_id: (slot) => `user_id = ${slot}`,
  session_id: (slot) => `session_id = ${slot}`,
  provider: (slot) => `provider = ${slot}`,
  model: (slot) => `model = ${slot}`,
  status: (slot) => `(status = ${slot} OR status / 100 = ${slot})`,
  since_ms: (slot) => `at_ms >= ${slot}`,
  until_ms: (slot) => `at_ms < ${slot}`,
  cost_usd_nanos_min: (slot) => `cost_usd_nanos >= ${slot}`,
  text: (slot) => `instr(lower(record), lower(${slot})) > 0`,
};

function conditionsOf(filter: TraceFilter): { conditions: string; values: SqlValue[] } {
  let conditions = '';
  const values: SqlValue[] = [];
  for (const field of Object.keys(CONDITIONS) as (keyof TraceFilter)[]) {
    const value = filter[field];
    if (value === null) continue;
    values.push(value);
    conditions += ` AND ${CONDITIONS[field](`?${values.length + 1}`)}`;
  }
  return { conditions, values };
}
