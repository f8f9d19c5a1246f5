import { GatewayError } from '@sluice/contract';
import { type Context, Hono } from 'hono';
import { matchedRoutes } from 'hono/route';
import { noRouteResponse } from '../allowed-methods.ts';
import type { RouteEntry } from '../described/entry.ts';
import { errorResponse } from '../errors.ts';
import { addActivityRoutes } from './activity-routes.ts';
import { addAdminKeyRoutes } from './admin-key-routes.ts';
import { addAnomalyRoutes } from './anomaly-routes.ts';
import { askingOf } from './asking.ts';
import { addAuditRoutes } from './audit-routes.ts';
import { addBudgetRoutes } from './budget-routes.ts';
import { addCacheRoutes } from './cache-routes.ts';
import { addConnectionRoutes } from './connection-routes.ts';
import { addDoctorRoutes } from './doctor-routes.ts';
import { findAdmin, SignInRefused } from './find-admin.ts';
import { addGuardRoutes } from './guard-routes.ts';
import { addKeyRoutes } from './key-routes.ts';
import { addMemberRoutes } from './member-routes.ts';
import { addMetricsRoutes } from './metrics-routes.ts';
import { addModelRoutes } from './model-routes.ts';
import { newId } from './new-id.ts';
import { addOrganizationRoutes } from './organization-routes.ts';
import { addPoolRoutes } from './pool-routes.ts';
import type { Admin, AdminPorts, AdminVariables } from './ports.ts';
import { addPriceChangeRoutes } from './price-change-routes.ts';
import { addProviderRoutes } from './provider-routes.ts';
import { addRecommendationRoutes } from './recommendation-routes.ts';
import { addReconciliationRoutes, EXPORT_BYTES_MAX } from './reconciliation-routes.ts';
import { addReportRoutes } from './report-routes.ts';
import { requireRole } from './require-role.ts';
import { findRoute } from './route-table.ts';
import { addSavedFilterRoutes } from './saved-filter-routes.ts';
import { addSessionRoutes } from './session-routes.ts';
import { createSignInRefusals } from './sign-in-refusals.ts';
import { addSimulateRoutes } from './simulate-routes.ts';
import { addStatementRoutes } from './statement-routes.ts';
import { addStoredRoutes } from './stored-routes.ts';
import { addTelemetryRoutes } from './telemetry-routes.ts';
import { addTenantRoutes } from './tenant-routes.ts';
import { addTokenRoutes } from './token-routes.ts';
import { addTraceRoutes } from './trace-routes.ts';
import { addUsageRoutes } from './usage-routes.ts';
import { addWebhookRoutes } from './webhook-routes.ts';

export type AdminApp = Hono<AdminVariables>;

const BODY_BYTES_MAX = 1_000_000;

/**
 * `/admin/v1`: every route, also one that does not exist, first asks for an admin key or a session, and then whether
 * its role may call it. Each answer to a bad one is the same, whatever was bad about it.
 */
export function createAdmin(ports: AdminPorts): AdminApp {
  const app: AdminApp = new Hono<AdminVariables>().basePath('/admin/v1');

  app.use('*', async (c, next) => {
    const request_id = newId(ports, 'req');
    c.set('request_id', request_id);
    const entry = entryOf(c);
    if (entry?.credential !== 'nobody_asked') {
      const admin = await findAdmin(askingOf(c), ports);
      c.set('admin', admin);
      // What is nowhere is said to be so to whoever came in.
      if (entry !== undefined) requireRole(admin, entry);
    }
    const bytes_max = c.req.path.endsWith('/reconciliations') ? EXPORT_BYTES_MAX : BODY_BYTES_MAX;
    if (Number(c.req.header('content-length') ?? 0) > bytes_max) {
      throw new GatewayError('request_too_large', `The body may have at most ${bytes_max / 1e6} megabytes.`);
    }
    await next();
    if (c.req.method !== 'GET') await sealAudit(ports, c);
    c.header('x-request-id', request_id);
    c.header('cache-control', 'no-store');
  });

  addKeyRoutes(app, ports);
  addTokenRoutes(app, ports);
  addOrganizationRoutes(app, ports);
  addTenantRoutes(app, ports);
  addMemberRoutes(app, ports);
  addAdminKeyRoutes(app, ports);
  addSessionRoutes(app, ports);
  addBudgetRoutes(app, ports);
  addProviderRoutes(app, ports);
  addConnectionRoutes(app, ports);
  addModelRoutes(app, ports);
  addPriceChangeRoutes(app, ports);
  addStoredRoutes(app, ports);
  addGuardRoutes(app, ports);
  addPoolRoutes(app, ports);
  addCacheRoutes(app, ports);
  addSimulateRoutes(app, ports);
  addTraceRoutes(app, ports);
  addSavedFilterRoutes(app, ports);
  addReportRoutes(app, ports);
  addDoctorRoutes(app, ports);
  addAuditRoutes(app, ports);
  addUsageRoutes(app, ports);
  addActivityRoutes(app, ports);
  addStatementRoutes(app, ports);
  addReconciliationRoutes(app, ports);
  addAnomalyRoutes(app, ports);
  addRecommendationRoutes(app, ports);
  addWebhookRoutes(app, ports);
  addTelemetryRoutes(app, ports);
  addMetricsRoutes(app, ports);

  app.notFound((c) => noRouteResponse(app, c.req, c.get('request_id') ?? newId(ports, 'req')));
  const refusals = createSignInRefusals(ports);
  app.onError(async (error, c) => {
    const request_id = c.get('request_id') ?? newId(ports, 'req');
    if (!(error instanceof SignInRefused)) return errorResponse(error, request_id);
    const client_ip = c.req.header('cf-connecting-ip') ?? null;
    return errorResponse(await refusals(error, { client_ip, request_id }), request_id);
  });
  return app;
}

/** What the table says of the route that will answer: `null` = nothing, `undefined` = there is no such route. */
function entryOf(c: Context): RouteEntry | null | undefined {
  const route = matchedRoutes(c).find(({ method }) => method !== 'ALL');
  return route === undefined ? undefined : findRoute(route.method, route.path);
}

/** The change is made, whatever becomes of this: what is not sealed now is sealed with the next change or read. */
async function sealAudit(ports: AdminPorts, c: Context<AdminVariables>): Promise<void> {
  try {
    // Who signs in is nobody yet, and seals by itself.
    const admin: Admin | undefined = c.get('admin');
    if (admin !== undefined) await ports.audit.seal(admin.organization_id);
  } catch {
    console.error(JSON.stringify({ event: 'audit_not_sealed', request_id: c.get('request_id') }));
  }
}
