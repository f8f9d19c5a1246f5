import type { KeyPolicy, LedgerPort, OrganizationSettings, TraceRecord } from '@sluice/contract';
import type { PipelinePorts } from '@sluice/core/pipeline';
import { authenticate, type KeyCachePort } from '@sluice/core/stages/authenticate';
import { type Context, Hono } from 'hono';
import { noRouteResponse } from './allowed-methods.ts';
import { corsHeaders, preflight } from './cors.ts';
import { readCredential } from './credential.ts';
import { MODEL_ROUTES } from './doors/model-routes.ts';
import { errorResponse } from './errors.ts';
import { renderHomePage } from './home-page.ts';
import { renderKey } from './key-view.ts';
import { listModels } from './model-list.ts';
import { readReceipt } from './read-receipt.ts';
import { serveModel } from './serve-model.ts';

export interface AppPorts {
  pipeline: PipelinePorts;
  ledger: LedgerPort;
  /** Sends waiting settlements of a key now; what a reader of receipts wants to see. */
  flush: (key_id: string) => Promise<void>;
  /** A trace that has left its ledger: from the database, of this organization only; `null` when there is none. */
  findTrace: (organization_id: string, request_id: string) => Promise<TraceRecord | null>;
  /** The administration, loaded when first used: it and its schemas stay out of the request path. */
  admin: () => Promise<{ fetch: (request: Request) => Response | Promise<Response> }>;
  version: string;
}

const HOME_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
};

/** Everything that answers over HTTP. Default: nothing without a key. */
export function createApp(ports: AppPorts): Hono {
  const app = new Hono();

  for (const route of MODEL_ROUTES) app.post(route.path, (c) => serveModel(c.req.raw, route, ports.pipeline));
  app.options('*', (c) => preflight(c.req.raw));
  app.get('/v1/models', (c) => withKey(c, ports, listModels(ports)));
  app.get('/v1/models/*', (c) =>
    withKey(c, ports, listModels(ports, decodeName(c.req.path.slice('/v1/models/'.length)))),
  );
  app.get('/v1/key', (c) => withKey(c, ports, renderKey(ports)));
  app.get('/v1/receipts/:id', (c) => withKey(c, ports, readReceipt(ports, c.req.param('id'))));
  app.get('/', () => new Response(renderHomePage(ports.version), { headers: HOME_HEADERS }));
  app.get('/healthz', (c) => c.json({ status: 'ok', version: ports.version }));
  app.all('/admin/*', async (c) => (await ports.admin()).fetch(c.req.raw));

  app.notFound((c) => noRouteResponse(app, c.req, newId(ports)));
  app.onError((error) => errorResponse(error, newId(ports)));
  return app;
}

/** What is not percent-encoded as it should be is taken as it stands. */
function decodeName(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

const newId = (ports: AppPorts): string => `req_${ports.pipeline.random.id(20)}`;

/** What a keyed read needs of its caller. */
export type KeyedRead = (caller: { policy: KeyPolicy; settings: OrganizationSettings }) => Promise<unknown>;

/** A read that needs a virtual key and touches no provider. */
async function withKey(c: Context, ports: AppPorts, read: KeyedRead): Promise<Response> {
  const origin = c.req.header('origin') ?? null;
  const request_id = newId(ports);
  try {
    const request = {
      credential: readCredential(c.req.raw.headers),
      client_ip: c.req.header('cf-connecting-ip') ?? null,
      origin,
    };
    const policy = await authenticate(request, { clock: ports.pipeline.clock, keys: freshKeys(ports) });
    const settings = await ports.pipeline.organizations.settings(policy.organization_id);
    const body = await read({ policy, settings });
    return Response.json(body, {
      headers: { 'x-request-id': request_id, ...corsHeaders(origin, policy.origins) },
    });
  } catch (error) {
    return errorResponse(error, request_id, origin === null ? {} : corsHeaders(origin, [origin]));
  }
}

/** Reads make no admission, which is where an isolate learns of changes: so they ask the ledger each time. */
function freshKeys({ pipeline, ledger }: AppPorts): KeyCachePort {
  return {
    ...pipeline.keys,
    async policy(key_id) {
      const policy = await ledger.policy(key_id);
      pipeline.keys.learn(key_id, policy);
      return policy;
    },
  };
}
