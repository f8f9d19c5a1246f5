import type { TraceRecord } from '@sluice/contract';
import { createTenant } from '../d1/tenant.ts';
import { renderFields, renderWords } from '../d1/trace-words.ts';

const ROWS_MAX = 500;
const ROUNDS_MAX = 40;

/** Traces of an organization before a moment, with the words and the content that they are found by. */
export async function forgetTraces(
  db: D1Database,
  organization_id: string,
  before_ms: number,
): Promise<number> {
  const tenant = createTenant(db, organization_id);
  const old = `SELECT id FROM traces WHERE organization_id = ?1 AND at_ms < ?2 ORDER BY at_ms, id LIMIT ${ROWS_MAX}`;
  let forgotten = 0;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const results = await db.batch([
      tenant.prepare(`DELETE FROM trace_words WHERE rowid IN (${old})`, before_ms),
      tenant.prepare(`DELETE FROM traces WHERE id IN (${old})`, before_ms),
    ]);
    const rows = results[1]?.meta.changes ?? 0;
    forgotten += rows;
    if (rows < ROWS_MAX) break;
  }
  return forgotten;
}

interface OldContent {
  request_id: string;
  id: number | null;
  record: string | null;
}

/** Prompts and answers before a moment: their traces stay, and are no longer found by what was said. */
export async function forgetContent(
  db: D1Database,
  organization_id: string,
  before_ms: number,
): Promise<number> {
  const tenant = createTenant(db, organization_id);
  let forgotten = 0;
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const { results } = await tenant
      .prepare(
        'SELECT old.request_id, traces.id, traces.record FROM trace_contents AS old LEFT JOIN traces ' +
          'ON traces.organization_id = old.organization_id AND traces.request_id = old.request_id ' +
          `WHERE old.organization_id = ?1 AND old.at_ms < ?2 ORDER BY old.at_ms LIMIT ${ROWS_MAX}`,
        before_ms,
      )
      .all<OldContent>();
    if (results.length === 0) break;
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
    forgotten += results.length;
    if (results.length < ROWS_MAX) break;
  }
  return forgotten;
}

const INDEX_ANEW =
  'INSERT OR REPLACE INTO trace_words (rowid, fields, words) ' +
  "SELECT row.value ->> 'id', row.value ->> 'fields', row.value ->> 'words' FROM json_each(?1) AS row";
