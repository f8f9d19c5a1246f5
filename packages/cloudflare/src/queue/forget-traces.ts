import type { TraceRecord } from '@sluice/contract';
import { createTenant } from '../d1/tenant.ts';
import { renderFields, renderWords } from '../d1/trace-words.ts';

/**
 * The oldest traces of an organization before a moment, with the words that they are found by.
 * @returns how many; fewer than `rows_max` = none is left.
 */
export async function forgetTraces(
  db: D1Database,
  organization_id: string,
  before_ms: number,
  rows_max: number,
): Promise<number> {
  const tenant = createTenant(db, organization_id);
  const old = 'SELECT id FROM traces WHERE organization_id = ?1 AND at_ms < ?2 ORDER BY at_ms, id LIMIT ?3';
  const results = await db.batch([
    tenant.prepare(`DELETE FROM trace_words WHERE rowid IN (${old})`, before_ms, rows_max),
    // Told by the rows themselves: D1's count of changes holds rows of the index, too.
    tenant.prepare(`DELETE FROM traces WHERE id IN (${old}) RETURNING 1`, before_ms, rows_max),
  ]);
  return results[1]?.results.length ?? 0;
}

interface OldContent {
  request_id: string;
  id: number | null;
  record: string | null;
}

/**
 * The oldest prompts and answers before a moment: their traces stay, and are no longer found by what was said.
 * @returns how many; fewer than `rows_max` = none is left.
 */
export async function forgetContent(
  db: D1Database,
  organization_id: string,
  before_ms: number,
  rows_max: number,
): Promise<number> {
  const tenant = createTenant(db, organization_id);
  const { results } = await tenant
    .prepare(
      'SELECT old.request_id, traces.id, traces.record FROM trace_contents AS old LEFT JOIN traces ' +
        'ON traces.organization_id = old.organization_id AND traces.request_id = old.request_id ' +
        'WHERE old.organization_id = ?1 AND old.at_ms < ?2 ORDER BY old.at_ms LIMIT ?3',
      before_ms,
      rows_max,
    )
    .all<OldContent>();
  if (results.length === 0) return 0;
  const index = results.flatMap(({ id, record }) => {
    if (id === null || record === null) return [];
    const trace = JSON.parse(record) as TraceRecord;
    return [{ id, fields: renderFields(trace), words: renderWords(trace, false) }];
  });
  await db.batch([
    db.prepare(INDEX_ANEW).bind(JSON.stringify(index)),
    tenant.prepare(
      'DELETE FROM trace_contents WHERE organization_id = ?1 AND request_id IN (SELECT value FROM json_each(?2))',
      JSON.stringify(results.map(({ request_id }) => request_id)),
    ),
  ]);
  return results.length;
}

const INDEX_ANEW =
  'INSERT OR REPLACE INTO trace_words (rowid, fields, words) ' +
  "SELECT row.value ->> 'id', row.value ->> 'fields', row.value ->> 'words' FROM json_each(?1) AS row";
