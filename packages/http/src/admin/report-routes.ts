import { GatewayError, type StoredTrace } from '@sluice/contract';
import { toUsd } from '@sluice/core/money';
import { fallbackUsed } from '@sluice/core/receipt';
import * as z from 'zod';
import { toNanos } from './apply-key-changes.ts';
import { requireKey } from './change-key.ts';
import type { AdminApp } from './create-admin.ts';
import { pageQuery, parseCursor, renderPage } from './cursor.ts';
import type { AdminPorts } from './ports.ts';
import { readQuery } from './read-body.ts';
import { renderTime } from './render-key.ts';

const text = z.string().min(1).max(256).optional();
const dollars = z.coerce.number().min(0).max(1_000_000).optional();
const number = z.coerce.number().int().min(0).optional();
const score = z.coerce.number().min(0).max(1).optional();
const time = z.iso.datetime({ offset: true }).optional();

export const traceQuery = z.strictObject({
  ...pageQuery,
  key: text,
  project: text,
  user: text,
  session: text,
  provider: text,
  model: text,
  status: z
    .string()
    .regex(/^([1-5][0-9]{2}|[1-5](xx)?)$/, 'a status as 429, or a class as 4xx')
    .optional(),
  since: time,
  until: time,
  token: text,
  connection: text,
  model_requested: text,
  door: text,
  error_code: text,
  finish_reason: text,
  ending: text,
  cache: text,
  split: text,
  strategy: text,
  stream: z.enum(['true', 'false']).optional(),
  min_cost_usd: dollars,
  max_cost_usd: dollars,
  min_latency_ms: number,
  max_latency_ms: number,
  min_score: score,
  max_score: score,
  /** `name:value`, several joined by commas. */
  metadata: z
    .string()
    .max(2_000)
    .regex(/^[^:,]+:[^,]*(,[^:,]+:[^,]*)*$/, 'written as team:checkout,env:live')
    .optional(),
  q: text,
});

export const chainQuery = z.strictObject({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

/** `/admin/v1/traces`, `/health`: reads only. */
export function addReportRoutes(app: AdminApp, ports: AdminPorts): void {
  app.get('/traces', async (c) => {
    const query = readQuery(c, traceQuery);
    const filter = {
      key_id: query.key ?? null,
      project_id: query.project ?? null,
      user_id: query.user ?? null,
      session_id: query.session ?? null,
      provider: query.provider ?? null,
      model: query.model ?? null,
      status: query.status === undefined ? null : Number.parseInt(query.status, 10),
      since_ms: timeOf(query.since),
      until_ms: timeOf(query.until),
      token_id: query.token ?? null,
      connection_id: query.connection ?? null,
      model_requested: query.model_requested ?? null,
      door: query.door ?? null,
      error_code: query.error_code ?? null,
      finish_reason: query.finish_reason ?? null,
      ending: query.ending ?? null,
      cache_status: query.cache ?? null,
      split_arm: query.split ?? null,
      strategy: query.strategy ?? null,
      stream: query.stream ?? null,
      cost_usd_nanos_min: query.min_cost_usd === undefined ? null : toNanos(query.min_cost_usd),
      cost_usd_nanos_max: query.max_cost_usd === undefined ? null : toNanos(query.max_cost_usd),
      latency_ms_min: query.min_latency_ms ?? null,
      latency_ms_max: query.max_latency_ms ?? null,
      score_milli_min: query.min_score === undefined ? null : Math.round(query.min_score * 1_000),
      score_milli_max: query.max_score === undefined ? null : Math.round(query.max_score * 1_000),
      metadata: metadataOf(query.metadata),
      text: query.q ?? null,
    };
    const { organization_id } = c.get('admin');
    const after = parseCursor(query.cursor);
    const rows = await ports.traces.list(organization_id, filter, query.limit + 1, after);
    return c.json(
      renderPage(rows, query.limit, renderTraceSummary, (trace) => ({
        at_ms: trace.at_ms,
        id: trace.request_id,
      })),
    );
  });

  app.get('/traces/:id', async (c) => {
    const trace = await ports.traces.find(c.get('admin').organization_id, c.req.param('id'));
    if (trace === null)
      throw new GatewayError('not_found', 'There is no such trace, or it is no longer kept.');
    return c.json(renderTrace(trace));
  });

  app.get('/keys/:id/receipts', async (c) => {
    const { after, limit } = readQuery(c, chainQuery);
    const rows = await ports.traces.chain(
      c.get('admin').organization_id,
      c.req.param('id'),
      limit + 1,
      after,
    );
    // A key of another organization is no key here, and not one without receipts.
    if (rows.length === 0) await requireKey(ports, c.get('admin'), c.req.param('id'));
    const shown = rows.slice(0, limit);
    return c.json({
      data: shown.map(({ receipt }) => receipt),
      next_after: rows.length > limit ? (shown.at(-1)?.sequence ?? null) : null,
    });
  });

  app.get('/health', async (c) => c.json(await ports.health(c.get('admin').organization_id)));
}

const metadataOf = (text: string | undefined): Record<string, string> | null =>
  text === undefined
    ? null
    : Object.fromEntries(
        text.split(',').map((pair) => {
          const at = pair.indexOf(':');
          return [pair.slice(0, at), pair.slice(at + 1)];
        }),
      );

const timeOf = (text: string | undefined): number | null => (text === undefined ? null : Date.parse(text));

const usd = (usd_nanos: number | null): number | null => (usd_nanos === null ? null : toUsd(usd_nanos));

const scoreOf = ({ score_milli }: StoredTrace): number | null =>
  score_milli === null ? null : score_milli / 1_000;

const renderTraceSummary = (trace: StoredTrace) => ({
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
  fallback_used: fallbackUsed(trace),
  degraded: trace.degraded,
});

type WholeTrace = NonNullable<Awaited<ReturnType<AdminPorts['traces']['find']>>>;

/** Everything recorded; money also in dollars, as everywhere outside. */
const renderTrace = ({ score_milli, feedback, ...trace }: WholeTrace) => ({
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
