import { GatewayError, type ReconciledRow, type ReconciledSide, type Reconciliation } from '@sluice/contract';
import { toUsd } from '@sluice/core/money';
import { type OurDay, reconcile } from '@sluice/core/spend/reconcile';
import type { Context } from 'hono';
import * as z from 'zod';
import type { ReconciliationShown, ReconciliationSummary } from '../described/answers/billing-answers.ts';
import type { AdminApp } from './create-admin.ts';
import { pageQuery, parseCursor, renderPage } from './cursor.ts';
import { newId } from './new-id.ts';
import type { AdminPorts, AdminVariables } from './ports.ts';
import { readQuery } from './read-body.ts';
import { renderTime } from './render-key.ts';

/** An export with a row for each minute and key is some megabytes a month. */
export const EXPORT_BYTES_MAX = 10_000_000;

const DAY_MS = 86_400_000;
const DAYS_MAX = 100;
/** Days times models; what is stored is one value in D1. */
const ROWS_MAX = 3_000;

export const importQuery = z.strictObject({
  tolerance_percent: z.coerce.number().min(0).max(100).default(0.5),
  tolerance_usd: z.coerce.number().min(0).max(1_000_000).default(0.01),
});
export const listQuery = z.strictObject(pageQuery);

/** `/admin/v1/reconciliations`: a provider's own export beside what we counted, by UTC day and model. */
export function addReconciliationRoutes(app: AdminApp, ports: AdminPorts): void {
  app.post('/reconciliations', async (c) => {
    const { tolerance_percent, tolerance_usd } = readQuery(c, importQuery);
    const text = await readExport(c);
    const admin = c.get('admin');
    const { provider, format, lines } = ports.parseBillingExport(text);
    const days = lines.map(({ day }) => day).sort();
    const first_day = days[0] ?? '';
    const last_day = days.at(-1) ?? '';
    const from_ms = Date.parse(first_day);
    const until_ms = Date.parse(last_day) + DAY_MS;
    if (until_ms - from_ms > DAYS_MAX * DAY_MS)
      throw new GatewayError(
        'invalid_request',
        `The export spans over ${DAYS_MAX} days. Send fewer at once.`,
      );
    const tolerance = { percent: tolerance_percent, usd_nanos: Math.round(tolerance_usd * 1e9) };
    const rows = reconcile(
      lines,
      await ourDays(ports, admin.organization_id, provider, from_ms, until_ms),
      tolerance,
    );
    if (rows.length > ROWS_MAX)
      throw new GatewayError(
        'invalid_request',
        `The export has ${rows.length} days and models; ${ROWS_MAX} can be compared at once. Send fewer days.`,
      );
    const has_money = rows.some(({ theirs }) => theirs !== null && theirs.usd_nanos !== null);
    const reconciliation: Reconciliation = {
      id: newId(ports, 'recon'),
      organization_id: admin.organization_id,
      at_ms: ports.clock.now_ms(),
      actor: `admin:${admin.id}`,
      provider,
      format,
      first_day,
      last_day,
      tolerance,
      theirs_usd_nanos: has_money ? rows.reduce((sum, row) => sum + (row.theirs?.usd_nanos ?? 0), 0) : null,
      ours_usd_nanos: rows.reduce((sum, row) => sum + (row.ours?.usd_nanos ?? 0), 0),
      flagged_rows: rows.filter(({ flags }) => flags.length > 0).length,
      rows,
    };
    await ports.reconciliations.add(reconciliation, {
      id: newId(ports, 'evt'),
      at_ms: reconciliation.at_ms,
      actor: reconciliation.actor,
      action: 'reconciliation.create',
      target_type: 'reconciliation',
      target_id: reconciliation.id,
      before: null,
      after: renderSummary(reconciliation),
    });
    return c.json(renderReconciliation(reconciliation), 201);
  });

  app.get('/reconciliations', async (c) => {
    const { limit, cursor } = readQuery(c, listQuery);
    const rows = await ports.reconciliations.list(
      c.get('admin').organization_id,
      limit + 1,
      parseCursor(cursor),
    );
    return c.json(renderPage(rows, limit, renderSummary, ({ at_ms, id }) => ({ at_ms, id })));
  });

  app.get('/reconciliations/:id', async (c) => {
    const found = await ports.reconciliations.find(c.get('admin').organization_id, c.req.param('id'));
    if (found === null) throw new GatewayError('not_found', 'There is no such reconciliation.');
    return c.json(renderReconciliation(found));
  });
}

/** @throws GatewayError request_too_large */
async function readExport(c: Context<AdminVariables>): Promise<string> {
  const bytes = await c.req.arrayBuffer();
  if (bytes.byteLength > EXPORT_BYTES_MAX)
    throw new GatewayError(
      'request_too_large',
      'The export is over ten megabytes. Send fewer days, or days instead of minutes.',
    );
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new GatewayError('invalid_request', 'The export is not UTF-8 text.');
  }
}

async function ourDays(
  ports: AdminPorts,
  organization_id: string,
  provider: string,
  from_ms: number,
  until_ms: number,
): Promise<OurDay[]> {
  const query = {
    groups: ['day', 'model'] as ('day' | 'model')[],
    from_ms,
    until_ms,
    time_zone: 'UTC',
    filter: { provider },
  };
  const days: OurDay[] = [];
  let after = null;
  do {
    const page = await ports.usage.page(organization_id, query, 5_000, after);
    for (const { day, model, ...sums } of page.rows)
      days.push({ day: day ?? '', model: model ?? null, sums });
    after = page.next;
  } while (after !== null);
  return days;
}

const usd = (usd_nanos: number | null): number | null => (usd_nanos === null ? null : toUsd(usd_nanos));

const renderSummary = (reconciliation: Omit<Reconciliation, 'rows'>): ReconciliationSummary => ({
  id: reconciliation.id,
  created_at: renderTime(reconciliation.at_ms),
  actor: reconciliation.actor,
  provider: reconciliation.provider,
  format: reconciliation.format,
  first_day: reconciliation.first_day,
  last_day: reconciliation.last_day,
  time_zone: 'UTC',
  tolerance_percent: reconciliation.tolerance.percent,
  tolerance_usd: toUsd(reconciliation.tolerance.usd_nanos),
  theirs_usd: usd(reconciliation.theirs_usd_nanos),
  ours_usd: toUsd(reconciliation.ours_usd_nanos),
  difference_usd:
    reconciliation.theirs_usd_nanos === null
      ? null
      : toUsd(reconciliation.theirs_usd_nanos - reconciliation.ours_usd_nanos),
  flagged_rows: reconciliation.flagged_rows,
});

const renderReconciliation = (reconciliation: Reconciliation): ReconciliationShown => ({
  ...renderSummary(reconciliation),
  rows: reconciliation.rows.map(renderRow),
});

const renderRow = ({ usd_nanos_difference, token_difference, theirs, ours, ...row }: ReconciledRow) => ({
  day: row.day,
  model: row.model,
  flags: row.flags,
  theirs: renderSide(theirs),
  ours: renderSide(ours),
  difference: { tokens: token_difference, usd: usd(usd_nanos_difference) },
});

const renderSide = (side: ReconciledSide | null) =>
  side === null ? null : { requests: side.requests, tokens: side.tokens, usd: usd(side.usd_nanos) };
