import type { Feedback, StoredTrace, TraceFilter, TraceRecord, TraceStore } from '@sluice/contract';
import { migrated } from './migrate.ts';
import { createTenant } from './tenant.ts';
import { renderTraceQuery } from './trace-query.ts';

interface ListedRow {
  record: string;
  score_milli: number | null;
}

export const createTraceStore = (db: D1Database): TraceStore => ({
  async list(organization_id, filter: TraceFilter, limit, after) {
    const { sql, values } = renderTraceQuery(organization_id, filter, limit, after);
    const tenant = createTenant(db, organization_id);
    const { results } = await migrated(db, () => tenant.prepare(sql, ...values).all<ListedRow>());
    return results.map(readRow);
  },

  find: (organization_id, request_id) => findTrace(db, organization_id, request_id),

  receipt: (organization_id, request_id) => findReceipt(db, organization_id, request_id),

  async chain(organization_id, key_id, limit, after) {
    const tenant = createTenant(db, organization_id);
    const { results } = await migrated(db, () =>
      tenant
        .prepare(
          'SELECT chain_sequence AS sequence, receipt FROM traces WHERE organization_id = ?1 AND key_id = ?2 ' +
            'AND chain_sequence > ?3 AND chain_sequence IS NOT NULL ORDER BY chain_sequence LIMIT ?4',
          key_id,
          after,
          limit,
        )
        .all<{ sequence: number; receipt: string }>(),
    );
    return results.map(({ sequence, receipt }) => ({ sequence, receipt: JSON.parse(receipt) }));
  },

  async lastUsed(organization_id, key_ids) {
    const tenant = createTenant(db, organization_id);
    // One look into the index of chains for each key, however much it was used.
    const { results } = await migrated(db, () =>
      tenant
        .prepare(
          'SELECT value AS key_id, (SELECT at_ms FROM traces WHERE organization_id = ?1 AND key_id = value ' +
            'AND chain_sequence IS NOT NULL ORDER BY chain_sequence DESC LIMIT 1) AS at_ms FROM json_each(?2)',
          JSON.stringify(key_ids),
        )
        .all<{ key_id: string; at_ms: number | null }>(),
    );
    return new Map(results.flatMap(({ key_id, at_ms }) => (at_ms === null ? [] : [[key_id, at_ms]])));
  },
});

const readRow = ({ record, score_milli }: ListedRow): StoredTrace => ({
  ...(JSON.parse(record) as TraceRecord),
  score_milli,
});

interface WholeRow extends ListedRow {
  request_body: string | null;
  response_text: string | null;
  feedback_at_ms: number | null;
  comment: string | null;
  metadata: string | null;
}

/** @returns `null` when the organization has no such trace, or has it no longer. */
export async function findTrace(
  db: D1Database,
  organization_id: string,
  request_id: string,
): Promise<(StoredTrace & { feedback: Feedback | null }) | null> {
  const tenant = createTenant(db, organization_id);
  const row = await migrated(db, () => tenant.prepare(WHOLE, request_id).first<WholeRow>());
  if (row === null) return null;
  const { score_milli, feedback_at_ms, request_body, response_text } = row;
  const feedback =
    score_milli === null || feedback_at_ms === null
      ? null
      : {
          organization_id,
          request_id,
          at_ms: feedback_at_ms,
          score_milli,
          comment: row.comment,
          metadata: JSON.parse(row.metadata ?? '{}') as Record<string, string>,
        };
  return { ...readRow(row), request_body, response_text, feedback };
}

const WHOLE =
  'SELECT t.record, t.score_milli, c.request_body, c.response_text, f.at_ms AS feedback_at_ms, f.comment, f.metadata ' +
  'FROM traces AS t ' +
  'LEFT JOIN trace_contents AS c ON c.organization_id = t.organization_id AND c.request_id = t.request_id ' +
  'LEFT JOIN feedback AS f ON f.organization_id = t.organization_id AND f.request_id = t.request_id ' +
  'WHERE t.organization_id = ?1 AND t.request_id = ?2';

/** The receipt as it was signed when its trace was stored; `null` when there is none (yet). */
export async function findReceipt(
  db: D1Database,
  organization_id: string,
  request_id: string,
): Promise<Record<string, unknown> | null> {
  const tenant = createTenant(db, organization_id);
  const row = await migrated(db, () =>
    tenant
      .prepare('SELECT receipt FROM traces WHERE organization_id = ?1 AND request_id = ?2', request_id)
      .first<{ receipt: string | null }>(),
  );
  return row?.receipt == null ? null : (JSON.parse(row.receipt) as Record<string, unknown>);
}
