import type { AuditFilter, ChainedEntry } from '@sluice/contract';
import * as z from 'zod';
import type { AuditEntryShown } from '../described/answers/record-answers.ts';
import type { AdminApp } from './create-admin.ts';
import { pageQuery, parseCursor, renderPage } from './cursor.ts';
import { type Cell, exportRows, type Pages } from './export-rows.ts';
import type { AdminPorts } from './ports.ts';
import { readQuery } from './read-body.ts';
import { renderTime } from './render-key.ts';

const text = z.string().min(1).max(256).optional();
const time = z.iso.datetime({ offset: true }).optional();

const filterQuery = {
  actor: text,
  action: text,
  target_type: text,
  target_id: text,
  since: time,
  until: time,
};
export const listQuery = z.strictObject({ ...pageQuery, ...filterQuery });
export const exportQuery = z.strictObject({
  ...filterQuery,
  format: z.enum(['json', 'csv']).default('json'),
});
export const verifyQuery = z.strictObject({
  from_sequence: z.coerce.number().int().min(0).max(1e12).default(0),
});

const EXPORT_PAGE = 500;
const COLUMNS = [
  'sequence',
  'timestamp',
  'id',
  'actor',
  'action',
  'target_type',
  'target_id',
  'before',
  'after',
  'at_ms',
  'previous_hash',
  'hash',
];

/** `/admin/v1/audit`: who changed what, as pages, as a file, and proven whole. */
export function addAuditRoutes(app: AdminApp, ports: AdminPorts): void {
  app.get('/audit', async (c) => {
    const query = readQuery(c, listQuery);
    const { organization_id } = c.get('admin');
    const rows = await ports.audit.list(
      organization_id,
      filterOf(query),
      query.limit + 1,
      parseCursor(query.cursor),
    );
    return c.json(
      renderPage(rows, query.limit, renderEntry, (entry) => ({ at_ms: entry.at_ms, id: entry.id })),
    );
  });

  app.get('/audit/export', async (c) => {
    const { format, ...query } = readQuery(c, exportQuery);
    const { organization_id } = c.get('admin');
    await ports.audit.seal(organization_id);
    const pages = pagesOf(ports, organization_id, filterOf(query), format);
    return await exportRows(format, `audit-${organization_id}`, COLUMNS, pages, c.req.raw);
  });

  app.get('/audit/verify', async (c) => {
    const { from_sequence } = readQuery(c, verifyQuery);
    const proof = await ports.audit.verify(c.get('admin').organization_id, from_sequence);
    return c.json({ ok: proof.problem === null, ...proof });
  });
}

async function* pagesOf(
  ports: Pick<AdminPorts, 'audit'>,
  organization_id: string,
  filter: AuditFilter,
  format: 'json' | 'csv',
): Pages {
  let after = null;
  for (;;) {
    const rows: ChainedEntry[] = await ports.audit.list(organization_id, filter, EXPORT_PAGE, after);
    yield rows.map((row) => renderRow(row, format));
    const last = rows.at(-1);
    if (last === undefined || rows.length < EXPORT_PAGE) return;
    after = { at_ms: last.at_ms, id: last.id };
  }
}

/** A cell holds text: what was changed stands in it as JSON. */
const renderRow = (entry: ChainedEntry, format: 'json' | 'csv') => {
  const rendered = { ...entry, timestamp: renderTime(entry.at_ms) };
  const row =
    format === 'json' ? rendered : { ...rendered, before: textOf(entry.before), after: textOf(entry.after) };
  // JSON downloads carry what was changed as it is; only spreadsheets need cells.
  return row as unknown as Record<string, Cell>;
};

const textOf = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));

const filterOf = (query: z.output<z.ZodObject<typeof filterQuery>>): AuditFilter => ({
  actor: query.actor ?? null,
  action: query.action ?? null,
  target_type: query.target_type ?? null,
  target_id: query.target_id ?? null,
  since_ms: query.since === undefined ? null : Date.parse(query.since),
  until_ms: query.until === undefined ? null : Date.parse(query.until),
});

const renderEntry = ({ at_ms, ...entry }: ChainedEntry): AuditEntryShown => ({
  ...entry,
  timestamp: renderTime(at_ms),
});
