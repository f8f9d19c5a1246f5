import {
  type Feedback,
  GatewayError,
  type KeyPolicy,
  type LedgerPort,
  type OrganizationSettings,
  type ScopePort,
  type TokenPort,
  type TraceRecord,
} from '@sluice/contract';
import type { PipelinePorts } from '@sluice/core/pipeline';
import { narrowSettings } from '@sluice/core/routing/narrow-settings';
import { authenticate } from '@sluice/core/stages/authenticate';
import { type Context, Hono } from 'hono';
import { noRouteResponse } from './allowed-methods.ts';
import { answerPage } from './answer-page.ts';
import { corsHeaders, preflight } from './cors.ts';
import { readCredential } from './credential.ts';
import { MODEL_ROUTES } from './doors/model-routes.ts';
import { errorResponse } from './errors.ts';
import { renderKey } from './key-view.ts';
import { listModels } from './model-list.ts';
import type { Header } from './read-hints.ts';
import { readReceipt, type SignedReceipts } from './read-receipt.ts';
import { readStream } from './read-stream.ts';
import { serveModel } from './serve-model.ts';

export interface AppPorts {
  pipeline: PipelinePorts;
  ledger: LedgerPort;
  /** Ledgers of shared budgets; absent = this deployment has none. */
  scopes?: ScopePort;
  tokens: TokenPort;
  /** Sends waiting settlements of a key now; what a reader of receipts wants to see. */
  flush: (key_id: string) => Promise<void>;
  /** A trace that has left its ledger: from the database, of this organization only; `null` when there is none. */
  findTrace: (organization_id: string, request_id: string) => Promise<TraceRecord | null>;
  /** Keeps what was said of an answer. */
  putFeedback: (feedback: Feedback) => Promise<void>;
  /** Receipts as they were signed, loaded when first used. */
  receipts: () => Promise<SignedReceipts>;
  /** The administration, loaded when first used: it and its schemas stay out of the request path. */
  admin: () => Promise<{ fetch: (request: Request) => Response | Promise<Response> }>;
  /** Answers `GET /metrics`, loaded when first used. */
  metrics: (request: Request) => Promise<Response>;
  /** The page of the console, from the static files; `null` where it was not built. */
  page: () => Promise<Response | null>;
  version: string;
}

const NO_CONSOLE =
  'Sluice is running. Its console was not built: npm run build, then start again. The API reference is at /docs.\n';

/** Everything that answers over HTTP. Default: nothing without a key. */
export function createApp(ports: AppPorts): Hono {
  const app = new Hono();

  for (const route of MODEL_ROUTES) app.post(route.path, (c) => serveModel(c.req.raw, route, ports.pipeline));
  app.options('*', (c) => preflight(c.req.raw));
  app.get('/v1/models', (c) => withKey(c, ports, listModels(ports), FROM_PAGES));
  app.get('/v1/models/*', (c) =>
    withKey(c, ports, listModels(ports, decodeName(c.req.path.slice('/v1/models/'.length))), FROM_PAGES),
  );
  app.get('/v1/key', (c) => withKey(c, ports, renderKey(ports), FROM_PAGES));
  app.get('/v1/receipts/:id', (c) => withKey(c, ports, readReceipt(ports, c.req.param('id')), FROM_PAGES));
  app.get('/v1/streams/:id', (c) => withKey(c, ports, readStream(ports, c.req.param('id')), FROM_PAGES));
  app.post('/v1/feedback', (c) =>
    withKey(
      c,
      ports,
      async (caller) => (await import('./give-feedback.ts')).giveFeedback(c, caller, ports),
      FROM_PAGES,
    ),
  );
  app.get('/.well-known/sluice-receipt-keys.json', async (c) => {
    const keys = await (await ports.receipts()).publicKeys();
    return c.json(keys, 200, { 'cache-control': 'public, max-age=300', 'access-control-allow-origin': '*' });
  });
  // Keys stay on servers: no page may make tokens, so no header here invites one.
  app.post('/v1/tokens', (c) =>
    withKey(c, ports, async (caller) => (await import('./mint-token.ts')).mintToken(c, caller, ports), {
      status: 201,
      cors: false,
    }),
  );
  app.get('/openapi.json', async () =>
    (await import('./described/answer-openapi.ts')).answerOpenapi(ports.version),
  );
  app.get('/healthz', (c) => c.json({ status: 'ok', version: ports.version }));
  app.get('/metrics', (c) => ports.metrics(c.req.raw));
  app.all('/admin/*', async (c) => (await ports.admin()).fetch(c.req.raw));

  app.get('/', async (c) => (await answerPage(c.req.raw, ports.page)) ?? c.text(NO_CONSOLE));
  app.notFound(
    async (c) => (await answerPage(c.req.raw, ports.page)) ?? noRouteResponse(app, c.req, newId(ports)),
  );
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
export type KeyedRead = (caller: {
  policy: KeyPolicy;
  settings: OrganizationSettings;
  header: Header;
}) => Promise<unknown>;

interface Keyed {
  /** A browser token may call it, too: its handler then answers of that token alone. */
  tokens?: boolean;
  /** False: no page is told anything. */
  cors?: boolean;
  status?: number;
}

const FROM_PAGES: Keyed = { tokens: true };

/** A call that needs a virtual key and touches no provider. */
async function withKey(c: Context, ports: AppPorts, read: KeyedRead, keyed: Keyed = {}): Promise<Response> {
  const origin = keyed.cors === false ? null : (c.req.header('origin') ?? null);
  const request_id = newId(ports);
  try {
    const caller = {
      credential: readCredential(c.req.raw.headers),
      client_ip: c.req.header('cf-connecting-ip') ?? null,
      origin: c.req.header('origin') ?? null,
    };
    // It makes no admission, which is where an isolate learns of changes: so the ledger is asked each time.
    const policy = await authenticate(caller, ports.pipeline, true);
    if (policy.token !== undefined && keyed.tokens !== true)
      throw new GatewayError(
        'forbidden',
        'A browser token cannot do this. Use the key that it was made from.',
      );
    const settings = narrowSettings(
      await ports.pipeline.organizations.settings(policy.organization_id),
      policy,
    );
    const body = await read({ policy, settings, header: (name) => c.req.header(name) ?? null });
    const headers = { 'x-request-id': request_id, ...corsHeaders(origin, policy.origins) };
    if (body instanceof ReadableStream)
      return new Response(body, {
        headers: {
          ...headers,
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-cache',
        },
      });
    return Response.json(body, { status: keyed.status ?? 200, headers });
  } catch (error) {
    return errorResponse(error, request_id, origin === null ? {} : corsHeaders(origin, [origin]));
  }
}
