import { GatewayError, type ListPosition, type StoredTrace, type TraceFilter } from '@sluice/contract';
import { toUsd } from '@sluice/core/money';
import { fallbackUsed, renderReceipt } from '@sluice/core/receipt';
import type { TraceShown, TraceSummary } from '../described/answers/trace-answers.ts';
import type { AdminApp } from './create-admin.ts';
import { parseCursor, renderPage } from './cursor.ts';
import { type Cell, exportRows, type Pages } from './export-rows.ts';
import type { AdminPorts } from './ports.ts';
import { readQuery } from './read-body.ts';
import { renderTime } from './render-key.ts';
import { parseTraceFilter, traceExportQuery, traceQuery } from './trace-filter.ts';
import { renderTraceRow, TRACE_COLUMNS } from './trace-rows.ts';

/** A record is a few kilobytes: a page stays far below what one answer of D1 may hold. */
const EXPORT_PAGE_ROWS = 500;

/** `/admin/v1/traces`: requests as pages, as a file, one with everything, and its receipt. */
export function addTraceRoutes(app: AdminApp, ports: AdminPorts): void {
  app.get('/traces', async (c) => {
    const query = readQuery(c, traceQuery);
    const { organization_id } = c.get('admin');
    const after = parseCursor(query.cursor);
    const rows = await ports.traces.list(organization_id, parseTraceFilter(query), query.limit + 1, after);
    return c.json(renderPage(rows, query.limit, renderTraceSummary, positionOf));
  });

  app.get('/traces/export', async (c) => {
    const query = readQuery(c, traceExportQuery);
    const { organization_id } = c.get('admin');
    const pages = pagesOf(ports, organization_id, parseTraceFilter(query), query.format);
    return await exportRows(query.format, `traces-${organization_id}`, [...TRACE_COLUMNS], pages, c.req.raw);
  });

  app.get('/traces/:id', async (c) => {
    const { organization_id } = c.get('admin');
    return c.json(renderTrace(await requireTrace(ports, organization_id, c.req.param('id'))));
  });

  app.get('/traces/:id/receipt', async (c) => {
    const { organization_id } = c.get('admin');
    const id = c.req.param('id');
    const signed = await ports.traces.receipt(organization_id, id);
    return c.json(signed ?? renderReceipt(await requireTrace(ports, organization_id, id)));
  });
}

/** @throws GatewayError not_found */
async function requireTrace(
  ports: Pick<AdminPorts, 'traces'>,
  organization_id: string,
  id: string,
): Promise<WholeTrace> {
  const trace = await ports.traces.find(organization_id, id);
  if (trace === null) throw new GatewayError('not_found', 'There is no such trace, or it is no longer kept.');
  return trace;
}

async function* pagesOf(
  ports: Pick<AdminPorts, 'traces'>,
  organization_id: string,
  filter: TraceFilter,
  format: 'json' | 'csv',
): AsyncGenerator<Record<string, Cell>[], void> & Pages {
  let after: ListPosition | null = null;
  for (;;) {
    const rows: StoredTrace[] = await ports.traces.list(organization_id, filter, EXPORT_PAGE_ROWS, after);
    yield rows.map((row) => renderTraceRow(row, format));
    const last = rows.at(-1);
    if (last === undefined || rows.length < EXPORT_PAGE_ROWS) return;
    after = positionOf(last);
  }
}

const positionOf = ({ at_ms, request_id }: StoredTrace): ListPosition => ({ at_ms, id: request_id });

const usd = (usd_nanos: number | null): number | null => (usd_nanos === null ? null : toUsd(usd_nanos));

const scoreOf = ({ score_milli }: StoredTrace): number | null =>
  score_milli === null ? null : score_milli / 1_000;

const renderTraceSummary = (trace: StoredTrace): TraceSummary => ({
  request_id: trace.request_id,
  timestamp: renderTime(trace.at_ms),
  key_id: trace.key_id,
  project_id: trace.project_id,
  user_id: trace.user_id,
  session_id: trace.session_id,
  model_requested: trace.model_requested,
  provider: trace.provider,
  model: trace.model,
  stream: trace.stream,
  status: trace.status,
  error_code: trace.error_code,
  ending: trace.ending,
  usage: trace.usage,
  cost_usd: usd(trace.cost_usd_nanos),
  score: scoreOf(trace),
  latency_ms: trace.latency_ms,
  ttft_ms: trace.ttft_ms,
  cache: trace.cache_status,
  ...(trace.cache === undefined ? {} : { cache_hit: trace.cache }),
  ...(trace.cache_near_misses === undefined ? {} : { cache_near_misses: trace.cache_near_misses }),
  ...(trace.guards === undefined ? {} : { guards: trace.guards }),
  fallback_used: fallbackUsed(trace),
  degraded: trace.degraded,
});

type WholeTrace = NonNullable<Awaited<ReturnType<AdminPorts['traces']['find']>>>;

/** Everything recorded; money also in dollars, as everywhere outside. */
const renderTrace = ({ score_milli, feedback, ...trace }: WholeTrace): TraceShown => ({
  ...trace,
  score: scoreOf({ ...trace, score_milli }),
  feedback: feedback === null ? null : { comment: feedback.comment, metadata: feedback.metadata },
  timestamp: renderTime(trace.at_ms),
  cost_usd: usd(trace.cost_usd_nanos),
  platform_fee_usd: toUsd(trace.platform_fee_usd_nanos),
  savings_usd: usd(trace.savings_usd_nanos),
  held_usd: toUsd(trace.held_usd_nanos),
  settled_usd: toUsd(trace.settled_usd_nanos),
});
