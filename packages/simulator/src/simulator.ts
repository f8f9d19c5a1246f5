import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerChat, type FaultMemory } from './answer.ts';
import { answerControl, type ControlState } from './control.ts';
import { findFailure, parseFaults, retryHeaders } from './faults.ts';
import { parseForm } from './form.ts';
import { answerToken, serviceAccount, TOKEN_PATH } from './google-token.ts';
import { isObject, type JsonObject, parseJson } from './json.ts';
import { type Attempt, createLedger, type Ledger, type SimulatorPrices } from './ledger.ts';
import { findOperation } from './operations.ts';
import { createPromptCache } from './prompt-cache.ts';
import type { Failure, Rendered } from './protocol.ts';
import { createReplays, deliverReplay } from './replay.ts';
import { parseDirectives } from './reply.ts';
import { findRoute, modelOf, type Route, renderModels } from './routes.ts';
import { createWire } from './wire.ts';

export interface SimulatorOptions {
  /** 0 (default) = any free port. */
  port?: number;
  host?: string;
  /** A folder of recorded exchanges. */
  replay?: string;
  /** By model name, `*` for all others. */
  prices?: Record<string, SimulatorPrices>;
}

export interface Simulator {
  port: number;
  url: string;
  ledger: Ledger;
  /** Every attempt since the last reset, oldest first. */
  attempts: readonly Attempt[];
  canaryHits(): number;
  addReplay(key: string, exchange: unknown): void;
  /** Forgets attempts, prompt caches and the memory of faults; prices and replays stay. */
  reset(): void;
  /** Ends every connection, answered or not. */
  close(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return new Uint8Array(Buffer.concat(chunks));
}

function flatHeaders(request: IncomingMessage): Record<string, string | undefined> {
  const flat: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.headers))
    flat[name] = Array.isArray(value) ? value.join(', ') : value;
  return flat;
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

interface Arrived {
  url: URL;
  headers: Record<string, string | undefined>;
  text: string;
  response: ServerResponse;
}

interface State extends ControlState {
  memory: FaultMemory;
  url: string;
}

/** `/replay/<key>[@options]/any/path`; the key may be encoded, `~` stands for `/`. */
function findReplay(state: State, path: string, model: string): ReturnType<State['replays']['find']> {
  const segment = /^\/replay\/([^/]+)/.exec(path)?.[1];
  return state.replays.find(segment === undefined ? model : decodeURIComponent(segment));
}

async function answerReplay(state: State, arrived: Arrived, body: unknown, model: string): Promise<boolean> {
  const { url, headers, text, response } = arrived;
  const found = findReplay(state, url.pathname, model);
  if (found === null) return false;
  const key = /^\/replay\/([^/]+)/.exec(url.pathname)?.[1] ?? model;
  const what = {
    protocol: 'replay' as const,
    model: decodeURIComponent(key),
    path: url.pathname,
    stream: false,
    fault: null,
  };
  const attempt = state.ledger.open(what, headers, body, Buffer.byteLength(text));
  await deliverReplay(createWire(response, attempt, false), found.recording, found.options);
  return true;
}

function lastUserText(route: Route, body: JsonObject, model: string): string {
  return route.protocol.readAsk(body, model, false).last_user_text;
}

async function answerRoute(
  state: State,
  route: Route,
  arrived: Arrived,
  body: JsonObject | null,
): Promise<void> {
  const { url, headers, text, response } = arrived;
  const { protocol } = route;
  const given = body ?? {};
  const model = modelOf(route, given);
  const stream = route.stream ?? given['stream'] === true;
  const directives = parseDirectives(route.action === 'operation' ? '' : lastUserText(route, given, model));
  const faults = parseFaults(model, directives.fault);
  const attempt = state.ledger.open(
    {
      protocol: route.action === 'operation' ? 'operation' : protocol.id,
      model,
      path: url.pathname,
      stream,
      fault: faults.map((fault) => fault.name).join('+') || null,
    },
    headers,
    body,
    Buffer.byteLength(text),
  );
  const wire = createWire(
    response,
    attempt,
    faults.some((fault) => fault.name === 'gzip'),
  );
  const serial = String(attempt.id);
  const send = async (rendered: Rendered): Promise<void> => {
    wire.head(rendered.status, rendered.headers);
    await wire.write(rendered.body);
    await wire.end();
  };
  const refuse = (failure: Failure): Promise<void> => send(protocol.renderFailure(failure, model, serial));
  const unauthorized = protocol.authenticate(headers, url.searchParams, { path: url.pathname, text });
  if (unauthorized !== null) return refuse(unauthorized);
  if (body === null) {
    return refuse({
      kind: 'invalid',
      message: 'We could not parse the JSON body of your request. The server expected an object.',
    });
  }
  if (route.action === 'generate') {
    return answerChat(
      wire,
      { protocol, body, model, stream, faults, directives, url: state.url },
      state.memory,
    );
  }
  for (const fault of faults) {
    const failure = findFailure(fault);
    if (failure === null) continue;
    const rendered = protocol.renderFailure(failure, model, serial);
    return send({ ...rendered, headers: { ...rendered.headers, ...retryHeaders(fault, Date.now()) } });
  }
  const json = { 'content-type': 'application/json', ...protocol.renderHeaders(serial, attempt.id) };
  if (route.action === 'operation') {
    const performed = findOperation(url.pathname)?.(body, model, serial);
    if (performed === undefined || 'kind' in performed) return refuse(performed ?? { kind: 'not_found' });
    const { input_tokens, output_tokens, units } = performed;
    Object.assign(attempt.billed, { input_tokens, output_tokens, units });
    wire.head(200, { ...json, 'content-type': performed.content_type });
    const cut = faults.find((fault) => fault.name.startsWith('cut-'))?.name.slice('cut-'.length);
    const delay_ms = faults.find((fault) => fault.name === 'delay')?.number ?? 0;
    for (const piece of performed.pieces) {
      await wire.write(piece);
      if (cut === 'abort' || cut === 'rst' || cut === 'fin') return wire.cut(cut);
      if (faults.some((fault) => fault.name === 'stall')) return wire.hold();
      if (delay_ms > 0) await wire.wait(delay_ms);
    }
    return wire.end();
  }
  // Google's count takes the contents alone, or a whole request in this member.
  const whole = isObject(body['generateContentRequest']) ? body['generateContentRequest'] : body;
  const tokens = protocol.readAsk(whole, model, false).input_tokens;
  const counted = protocol.id === 'gemini' ? { totalTokens: tokens } : { input_tokens: tokens };
  return send({ status: 200, headers: json, body: JSON.stringify(counted) });
}

async function answer(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = request.method ?? 'GET';
  const headers = flatHeaders(request);
  const url = new URL(request.url ?? '/', state.url);
  const bytes = await readBody(request);
  const text = new TextDecoder().decode(bytes);
  if (url.pathname === '/canary') {
    state.canary_hits++;
    return sendJson(response, 200, { canary: true });
  }
  if (url.pathname === TOKEN_PATH) {
    const { status, body } = answerToken(state.url, text);
    return sendJson(response, status, body);
  }
  if (url.pathname === '/__sim/service-account') return sendJson(response, 200, serviceAccount(state.url));
  if (url.pathname.startsWith('/__sim/')) {
    const told = answerControl(state, method, url, text);
    return sendJson(response, told?.status ?? 404, told?.body ?? { error: 'No such control.' });
  }
  const type = headers['content-type'] ?? '';
  const parsed = type.startsWith('multipart/') ? await parseForm(bytes, type) : parseJson(text)?.value;
  const body = isObject(parsed) ? parsed : null;
  const route = findRoute(method, url.pathname, headers);
  const model = route === null ? '' : modelOf(route, body ?? {});
  if (await answerReplay(state, { url, headers, text, response }, parsed, model)) return;
  if (route === null) {
    return sendJson(response, 404, {
      error: {
        message: `Invalid URL (${method} ${url.pathname})`,
        type: 'invalid_request_error',
        param: null,
        code: null,
      },
    });
  }
  if (route.action !== 'models') return answerRoute(state, route, { url, headers, text, response }, body);
  const unauthorized = route.protocol.authenticate(headers, url.searchParams, { path: url.pathname, text });
  if (unauthorized === null) return sendJson(response, 200, renderModels(route.protocol));
  const rendered = route.protocol.renderFailure(unauthorized, '', 'models');
  response.writeHead(rendered.status, rendered.headers);
  response.end(rendered.body);
}

/** Starts a server that speaks the providers' wire formats on a real socket, and fails in them when asked to. */
export async function createSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const host = options.host ?? '127.0.0.1';
  const ledger = createLedger({ ...options.prices });
  const replays = createReplays();
  if (options.replay !== undefined) replays.addFolder(options.replay);
  const memory: FaultMemory = { hits: new Map(), first_hit_ms: new Map(), cache: createPromptCache() };
  const state: State = {
    ledger,
    replays,
    memory,
    canary_hits: 0,
    price_list: null,
    url: `http://${host}`,
    reset() {
      ledger.reset();
      memory.hits.clear();
      memory.first_hit_ms.clear();
      memory.cache.reset();
      state.canary_hits = 0;
    },
  };
  const server = createServer((request, response) => {
    answer(state, request, response).catch((error: unknown) => {
      // A defect here must be seen as one, never be taken for a fault that was asked for.
      if (!request.destroyed || !response.destroyed) console.error('simulator defect:', error);
      response.destroy();
    });
  });
  // As providers do: Node's own five seconds cut a kept connection just as a gateway sends the next request on it.
  server.keepAliveTimeout = 65_000;
  server.on('connection', (socket) => socket.setNoDelay(true));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: options.port ?? 0, host, backlog: 4_096 }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  state.url = `http://${host}:${port}`;
  return {
    port,
    url: state.url,
    ledger,
    attempts: ledger.attempts,
    canaryHits: () => state.canary_hits,
    addReplay: (key, exchange) => replays.add(key, exchange),
    reset: () => state.reset(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
