import { GatewayError, type LimitsView, type ModelRequest, type RequestBounds } from '@sluice/contract';
import { RefusedError } from '@sluice/core/budgets/refusal';
import { HOPS_HEADER } from '@sluice/core/calling/attempt';
import { type PipelinePorts, type Served, serve } from '@sluice/core/pipeline';
import type { CompactReceipt } from '@sluice/core/receipt';
import type { GatewayRequest } from '@sluice/core/request';
import { generatedBounds } from '@sluice/core/token-estimate';
import { corsHeaders } from './cors.ts';
import { readCredential } from './credential.ts';
import { findHostedTool } from './doors/hosted-tools.ts';
import type { ModelRoute } from './doors/model-routes.ts';
import { errorResponse } from './errors.ts';
import { addAnthropicLimitHeaders, addLimitHeaders } from './limit-headers.ts';
import { readHints } from './read-hints.ts';

/** One model call through a door: HTTP in, the eight stages, HTTP out. */
export async function serveModel(
  request: Request,
  { door, read }: Pick<ModelRoute, 'door' | 'read'>,
  ports: PipelinePorts,
): Promise<Response> {
  const request_id = `req_${ports.random.id(20)}`;
  const received_at_ms = ports.clock.now_ms();
  const origin = request.headers.get('origin');
  let extra: Record<string, string> = {};
  try {
    const hops = readHops(request.headers.get(HOPS_HEADER));
    const { text, bytes, asked } = await read(request);
    const incoming: GatewayRequest = {
      request_id,
      received_at_ms,
      door,
      credential: readCredential(request.headers),
      client_ip: request.headers.get('cf-connecting-ip'),
      origin,
      body_text: text,
      body_bytes: bytes,
      asked,
      bounds: boundsOf(door, asked, bytes),
      client_headers: door.forwards === undefined ? NO_HEADERS : pick(request.headers, door.forwards),
      hops,
      ...readIdempotencyKey(request.headers.get('idempotency-key')),
      hints: readHints(asked, (name) => request.headers.get(name)),
      client_gone: request.signal,
    };
    const serving = serve(incoming, ports);
    // A client that leaves ends the request's own lifetime; what it used must still be settled.
    ports.after('serve', serving.then(ignore, ignore));
    const served = await serving;
    const headers = answerHeaders(served, incoming, ports.clock.now_ms());
    const { result } = served;
    if (door.request_id_header !== undefined) headers[door.request_id_header] = request_id;
    if (result.kind === 'failed') {
      extra = headers;
      throw result.error;
    }
    if (result.kind === 'stream') {
      headers['content-type'] = result.content_type ?? 'text/event-stream; charset=utf-8';
      headers['cache-control'] = 'no-cache';
      return new Response(result.body, { headers });
    }
    headers['content-type'] = result.content_type ?? 'application/json';
    return new Response(result.body_text, { headers });
  } catch (error) {
    if (error instanceof RefusedError) tellLimits(extra, error.limits, door, ports.clock.now_ms());
    if (extra['x-llm-gateway'] === undefined) {
      const latency_ms = ports.clock.now_ms() - received_at_ms;
      extra['x-llm-gateway'] = JSON.stringify({
        ...NOTHING_DONE,
        request_id,
        latency_ms,
        overhead_ms: latency_ms,
      });
      extra['server-timing'] = `gateway;dur=${latency_ms}`;
    }
    if (door.request_id_header !== undefined) extra[door.request_id_header] = request_id;
    // A page must be able to read why it was refused; what it learns is the error body and nothing else.
    if (origin !== null && extra['access-control-allow-origin'] === undefined)
      extra = { ...extra, ...corsHeaders(origin, [origin]) };
    return errorResponse(error, request_id, extra, door.renderError);
  }
}

const ignore = (): void => undefined;

function boundsOf(door: ModelRoute['door'], asked: ModelRequest, bytes: number): RequestBounds {
  const bounds = door.bounds?.(asked, bytes) ?? generatedBounds(asked);
  const hosted = door.operation === 'chat' ? findHostedTool(asked) : undefined;
  if (hosted !== undefined) bounds.unpriced = hosted;
  return bounds;
}

const NO_HEADERS: Record<string, string> = {};

function pick(headers: Headers, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = headers.get(name);
    if (value !== null) picked[name] = value;
  }
  return picked;
}

const IDEMPOTENCY_CHARS_MAX = 255;

/** @throws GatewayError invalid_request */
function readIdempotencyKey(value: string | null): { idempotency_key?: string } {
  if (value === null || value === '') return {};
  if (value.length > IDEMPOTENCY_CHARS_MAX)
    throw new GatewayError(
      'invalid_request',
      `Idempotency-Key may have at most ${IDEMPOTENCY_CHARS_MAX} characters.`,
      { param: 'idempotency-key' },
    );
  return { idempotency_key: value };
}

/** One gateway behind another is a set-up; three in a row are a loop. */
const HOPS_MAX = 2;

/** @throws GatewayError invalid_request when the request has come round. */
function readHops(value: string | null): number {
  const hops = value === null ? 0 : Number(value);
  // Who writes anything else there has nothing to gain: it counts as none.
  if (!Number.isInteger(hops) || hops < 0) return 0;
  if (hops >= HOPS_MAX)
    throw new GatewayError(
      'invalid_request',
      'This request has already passed this gateway: one of its connections points back at it. Correct the base URL of that connection.',
    );
  return hops;
}

/** The compact receipt of a request that was refused before anything was called. */
const NOTHING_DONE: CompactReceipt = {
  request_id: '',
  routing_decision: 'none',
  provider: null,
  model: null,
  cost_usd: 0,
  latency_ms: 0,
  overhead_ms: 0,
  cache: 'off',
  fallback_used: false,
  degraded: [],
};

function answerHeaders(served: Served, request: GatewayRequest, now_ms: number): Record<string, string> {
  const overhead_ms = served.known.admitted_at_ms - request.received_at_ms;
  const provider_ms = now_ms - served.known.admitted_at_ms;
  const headers: Record<string, string> = {
    'x-request-id': request.request_id,
    'x-llm-gateway': toAscii(served.compact),
    'server-timing': `gateway;dur=${overhead_ms}, provider;dur=${provider_ms}`,
  };
  if (served.known.cache_status !== undefined) addCacheHeaders(headers, served);
  tellLimits(headers, served.limits, request.door, now_ms);
  if (request.origin !== null) Object.assign(headers, corsHeaders(request.origin, served.policy.origins));
  return headers;
}

function tellLimits(
  headers: Record<string, string>,
  limits: LimitsView,
  door: GatewayRequest['door'],
  now_ms: number,
): void {
  addLimitHeaders(headers, limits, now_ms);
  if (door.tells_anthropic_limits === true) addAnthropicLimitHeaders(headers, limits, now_ms);
}

/** `age` in whole seconds, as of any cache. */
function addCacheHeaders(headers: Record<string, string>, { known }: Served): void {
  headers['x-cache'] = known.cache_status ?? 'off';
  if (known.cache?.kind === 'idempotency') headers['idempotent-replayed'] = 'true';
  if (known.cache !== undefined) headers['age'] = String(Math.floor(known.cache.age_ms / 1_000));
}

/** Header values are Latin-1 at best: JSON escapes everything beyond ASCII. */
function toAscii(json: string): string {
  if (!/[^\x20-\x7e]/.test(json)) return json;
  return json.replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
