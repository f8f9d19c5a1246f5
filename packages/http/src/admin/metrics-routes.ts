import { type BudgetRecord, GatewayError, type HealthSnapshot, type MetricStore } from '@sluice/contract';
import { hashKey } from '@sluice/core/key-format';
import { type OrganizationMetrics, renderFamilies } from '@sluice/core/telemetry/metric-families';
import {
  chooseExposition,
  EXPOSITION_TYPES,
  renderExposition,
} from '@sluice/core/telemetry/render-exposition';
import { findView } from './budget-routes.ts';
import type { AdminApp } from './create-admin.ts';
import { isSameHash } from './find-admin.ts';
import type { AdminPorts } from './ports.ts';

/** Where metrics are on. */
export interface MetricPorts {
  store: MetricStore;
  /** Shows what of all organizations there is. */
  token: string;
  version: string;
}

/** More would be more than a scraper should have to keep. */
const SERIES_MAX = 2_000;
const BUDGETS_MAX = 100;
const ORGANIZATIONS_MAX = 100;
/** Read at the same time: each is two queries, a call to its board, and one for each budget. */
const AT_ONCE = 5;

/** `/admin/v1/metrics`: of one's own organization, for whoever has an admin key. Scrapers ask `/metrics`. */
export function addMetricsRoutes(app: AdminApp, ports: AdminPorts): void {
  app.get('/metrics', async (c) => {
    const metrics = requireMetrics(ports.metrics);
    const read = await readOrganization(ports, metrics, c.get('admin').organization_id);
    return answer(c.req.raw, [read], metrics, ports);
  });
}

/**
 * `GET /metrics`: of all organizations for the token, of one's own for an admin key.
 * @param asAdmin answers whoever has no token: strangers are not told whether metrics are on.
 */
export async function answerMetrics(
  request: Request,
  ports: AdminPorts,
  asAdmin: (request: Request) => Response | Promise<Response>,
): Promise<Response> {
  const { metrics } = ports;
  const shown = /^bearer\s+(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  // Hashes are of one length, and compared in full.
  const is_token =
    metrics !== undefined &&
    shown !== undefined &&
    isSameHash(await hashKey(shown), await hashKey(metrics.token));
  if (!is_token) return await asAdmin(new Request(new URL('/admin/v1/metrics', request.url), request));
  const tenants = await ports.people.tenants.list();
  const open = tenants.filter(({ closed_at_ms }) => closed_at_ms === null).slice(0, ORGANIZATIONS_MAX);
  const read: OrganizationMetrics[] = [];
  for (let at = 0; at < open.length; at += AT_ONCE)
    read.push(
      ...(await Promise.all(
        open.slice(at, at + AT_ONCE).map(({ id }) => readOrganization(ports, metrics, id)),
      )),
    );
  return answer(request, read, metrics, ports);
}

function requireMetrics(metrics: MetricPorts | undefined): MetricPorts {
  if (metrics !== undefined) return metrics;
  throw new GatewayError(
    'not_found',
    'Metrics are off here. Set the secret SLUICE_METRICS_TOKEN, of 16 characters or more, to switch them on.',
  );
}

function answer(
  request: Request,
  read: OrganizationMetrics[],
  { version }: MetricPorts,
  ports: AdminPorts,
): Response {
  const format = chooseExposition(request.headers.get('accept'));
  const text = renderExposition(renderFamilies(read, version, ports.clock.now_ms()), format);
  return new Response(text, {
    headers: { 'content-type': EXPOSITION_TYPES[format], 'cache-control': 'no-store' },
  });
}

/** Never throws: what cannot be read is told to be missing, beside what can. */
async function readOrganization(
  ports: AdminPorts,
  { store }: MetricPorts,
  organization_id: string,
): Promise<OrganizationMetrics> {
  const [sums, health, budgets] = await Promise.all([
    store.list(organization_id, SERIES_MAX).catch(() => null),
    ports.health(organization_id).catch(() => null),
    readBudgets(ports, organization_id).catch(() => null),
  ]);
  return { organization_id, sums, health: health as HealthSnapshot | null, budgets };
}

/** Those of one subject; each user's own would be a series for each user. */
async function readBudgets(
  ports: AdminPorts,
  organization_id: string,
): Promise<OrganizationMetrics['budgets']> {
  const all = { scope: null, subject: null };
  const [rows, { config_version }] = await Promise.all([
    ports.budgets.list(organization_id, all, BUDGETS_MAX, null),
    ports.organizations.require(organization_id),
  ]);
  const views = await Promise.all(
    rows.map(async (budget: BudgetRecord) => {
      const view = await findView(ports, budget, config_version);
      return view === null ? null : { name: budget.name, view: { ...view, id: budget.id } };
    }),
  );
  return views.filter((one) => one !== null);
}
