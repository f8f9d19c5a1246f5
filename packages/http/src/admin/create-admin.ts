import { GatewayError } from '@sluice/contract';
import { type Context, Hono } from 'hono';
import { noRouteResponse } from '../allowed-methods.ts';
import { errorResponse } from '../errors.ts';
import { addAnomalyRoutes } from './anomaly-routes.ts';
import { addAuditRoutes } from './audit-routes.ts';
import { addBudgetRoutes } from './budget-routes.ts';
import { addCacheRoutes } from './cache-routes.ts';
import { addConnectionRoutes } from './connection-routes.ts';
import { addDoctorRoutes } from './doctor-routes.ts';
import { findAdmin } from './find-admin.ts';
import { addGuardRoutes } from './guard-routes.ts';
import { addKeyRoutes } from './key-routes.ts';
import { addModelRoutes } from './model-routes.ts';
import { newId } from './new-id.ts';
import { addOrganizationRoutes } from './organization-routes.ts';
import { addPoolRoutes } from './pool-routes.ts';
import type { AdminPorts, AdminVariables } from './ports.ts';
import { addPriceChangeRoutes } from './price-change-routes.ts';
import { addReconciliationRoutes, EXPORT_BYTES_MAX } from './reconciliation-routes.ts';
import { addReportRoutes } from './report-routes.ts';
import { addSimulateRoutes } from './simulate-routes.ts';
import { addStatementRoutes } from './statement-routes.ts';
import { addStoredRoutes } from './stored-routes.ts';
import { addUsageRoutes } from './usage-routes.ts';
import { addWebhookRoutes } from './webhook-routes.ts';

export type AdminApp = Hono<AdminVariables>;

const BODY_BYTES_MAX = 1_000_000;

/**
 * `/admin/v1`: every route, also one that does not exist, first asks for an admin key. Each answer to a bad one is
 * the same, whatever was bad about it.
 */
export function createAdmin(ports: AdminPorts): AdminApp {
  const app: AdminApp = new Hono<AdminVariables>().basePath('/admin/v1');

  app.use('*', async (c, next) => {
    const request_id = newId(ports, 'req');
    c.set('request_id', request_id);
    c.set('admin', await findAdmin(c.req.header('authorization') ?? null, ports));
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
  addOrganizationRoutes(app, ports);
  addBudgetRoutes(app, ports);
  addConnectionRoutes(app, ports);
  addModelRoutes(app, ports);
  addPriceChangeRoutes(app, ports);
  addStoredRoutes(app, ports);
  addGuardRoutes(app, ports);
  addPoolRoutes(app, ports);
  addCacheRoutes(app, ports);
  addSimulateRoutes(app, ports);
  addReportRoutes(app, ports);
  addDoctorRoutes(app, ports);
  addAuditRoutes(app, ports);
  addUsageRoutes(app, ports);
  addStatementRoutes(app, ports);
  addReconciliationRoutes(app, ports);
  addAnomalyRoutes(app, ports);
  addWebhookRoutes(app, ports);

  app.notFound((c) => noRouteResponse(app, c.req, c.get('request_id') ?? newId(ports, 'req')));
  app.onError((error, c) => {
    if (error instanceof GatewayError && error.code === 'invalid_api_key') logRefused(c);
    return errorResponse(error, c.get('request_id') ?? newId(ports, 'req'));
  });
  return app;
}

/** The change is made, whatever becomes of this: what is not sealed now is sealed with the next change or read. */
async function sealAudit(ports: AdminPorts, c: Context<AdminVariables>): Promise<void> {
  try {
    await ports.audit.seal(c.get('admin').organization_id);
  } catch {
    console.error(JSON.stringify({ event: 'audit_not_sealed', request_id: c.get('request_id') }));
  }
}

/** Into the log and not into D1: whoever has no key must not be able to make us write. */
const logRefused = (c: Context<AdminVariables>): void =>
  console.warn(
    JSON.stringify({
      event: 'admin_sign_in_refused',
      request_id: c.get('request_id'),
      client_ip: c.req.header('cf-connecting-ip') ?? null,
    }),
  );
