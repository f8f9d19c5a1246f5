import { GatewayError, type Pool, type Prices } from '@sluice/contract';
import { toUsd } from '@sluice/core/money';
import { reportPool } from '@sluice/core/routing/pool-report';
import * as z from 'zod';
import type { PoolReport } from '../described/answers/routing-answers.ts';
import { toNanos } from './apply-key-changes.ts';
import type { AdminApp } from './create-admin.ts';
import type { AdminPorts } from './ports.ts';
import { readQuery } from './read-body.ts';
import { renderTime } from './render-key.ts';
import { storedName } from './routing-schema.ts';
import { addKind, type Kind } from './stored-routes.ts';

const model = z.string().trim().min(1).max(200);

const poolFields = {
  model,
  connection_ids: z
    .array(z.string().min(1).max(100))
    .min(1)
    .max(100)
    .refine((ids) => new Set(ids).size === ids.length, 'each connection once'),
  /** Of each endpoint. */
  usd_per_hour: z.number().min(0).max(100_000),
  in_flight_max: z.int().min(1).max(100_000),
  overflow: z.array(model).max(8),
  health_path: z
    .string()
    .regex(/^\/(?!\/)[\x21-\x7e]{0,200}$/, 'a path on the endpoint’s host, as /health')
    .nullable(),
};

export const poolBody = z.strictObject({
  name: storedName,
  ...poolFields,
  in_flight_max: poolFields.in_flight_max.default(8),
  overflow: poolFields.overflow.default([]),
  health_path: poolFields.health_path.default(null),
});
export const poolPatch = z
  .strictObject({ ...poolFields, etag: z.string().max(40).exactOptional() })
  .partial();

const POOLS: Kind<Pool> = {
  list: 'pools',
  target_type: 'pool',
  createSchema: poolBody,
  changeSchema: poolPatch,
  create(body) {
    const { usd_per_hour, ...fields } = body as z.output<typeof poolBody>;
    return { ...fields, usd_nanos_per_hour: toNanos(usd_per_hour) };
  },
  change(before, body) {
    const { usd_per_hour, etag: _, ...fields } = body as z.output<typeof poolPatch>;
    const usd_nanos_per_hour = usd_per_hour === undefined ? before.usd_nanos_per_hour : toNanos(usd_per_hour);
    return { ...before, ...fields, usd_nanos_per_hour } as Pool;
  },
  of: ({ routing }) => routing.pools,
  put: (config, pools) => ({ ...config, routing: { ...config.routing, pools: requireApart(pools) } }),
  render: renderPool,
};

export function renderPool({ usd_nanos_per_hour, ...pool }: Pool) {
  return { ...pool, usd_per_hour: toUsd(usd_nanos_per_hour) };
}

/** @throws GatewayError invalid_request when two pools serve one model: a name must lead to one of them. */
function requireApart(pools: Pool[]): Pool[] {
  const models = new Set(pools.map((pool) => pool.model));
  if (models.size < pools.length)
    throw new GatewayError(
      'invalid_request',
      'Another pool serves this model already. Add the endpoint there.',
      {
        param: 'model',
      },
    );
  return pools;
}

export const reportQuery = z.strictObject({
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  /** What to compare with; the first model of the overflow unless it is said. */
  model: model.optional(),
});

const DAY_MS = 86_400_000;
const REPORT_SPAN_MS = 7 * DAY_MS;

/** `/admin/v1/pools`: self-hosted endpoints that cost by the hour. */
export function addPoolRoutes(app: AdminApp, ports: AdminPorts): void {
  addKind(app, ports, POOLS);

  app.get('/pools/:name/report', async (c) => {
    const query = readQuery(c, reportQuery);
    const { organization_id } = c.get('admin');
    const { config } = await ports.organizations.require(organization_id);
    const pool = config.routing.pools.find((one) => one.name === c.req.param('name'));
    if (pool === undefined) throw new GatewayError('not_found', 'There is no such pool.');
    const now_ms = ports.clock.now_ms();
    const until_ms = Math.min(now_ms, query.to === undefined ? now_ms : Date.parse(query.to));
    const since_ms = query.from === undefined ? until_ms - REPORT_SPAN_MS : Date.parse(query.from);
    if (since_ms >= until_ms)
      throw new GatewayError('invalid_request', 'from must be before to, and before now.', { param: 'from' });
    const used = await ports.usage.ofConnections(
      organization_id,
      pool.connection_ids,
      pool.model,
      since_ms,
      until_ms,
    );
    const compared = query.model ?? pool.overflow[0] ?? null;
    const prices = compared === null ? null : await pricesOf(compared, organization_id, ports);
    const report = reportPool(pool, used, until_ms - since_ms, prices);
    const { gpu_ms, cost_usd_nanos, ...tokens } = used;
    const shown: PoolReport = {
      pool: pool.name,
      model: pool.model,
      from: renderTime(since_ms),
      to: renderTime(until_ms),
      endpoints: pool.connection_ids.length,
      ...tokens,
      gpu_hours: gpu_ms / 3_600_000,
      gpu_cost_usd: toUsd(report.paid_usd_nanos),
      attributed_cost_usd: toUsd(cost_usd_nanos),
      utilization: report.utilization,
      compared_with: compared,
      api_cost_usd: usd(report.api_usd_nanos),
      saved_usd: usd(report.saved_usd_nanos),
      break_even_requests_per_day: report.break_even_requests_per_day,
    };
    return c.json(shown);
  });
}

const usd = (usd_nanos: number | null): number | null => (usd_nanos === null ? null : toUsd(usd_nanos));

/** The organization's own price, else the catalogue's; `null` = unknown. */
async function pricesOf(name: string, organization_id: string, ports: AdminPorts): Promise<Prices | null> {
  const slash = name.indexOf('/');
  const bare = name.slice(slash + 1);
  const named = slash > 0 && ports.findProvider(name.slice(0, slash)) !== null;
  const providers = named ? [name.slice(0, slash)] : ports.catalogue.providersOf(name);
  const model = named ? bare : name;
  const own = await ports.organizations.models(organization_id);
  for (const { provider, model: priced, prices } of own)
    if (prices !== null && priced === model && (!named || providers.includes(provider))) return prices;
  for (const provider of providers) {
    const prices = ports.catalogue.find(provider, model)?.prices ?? null;
    if (prices !== null) return prices;
  }
  return null;
}
