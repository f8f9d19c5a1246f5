import type {
  AfterPort,
  Answer,
  CallAsk,
  ClockPort,
  FetchPort,
  PipePort,
  ProviderFailure,
  RenderedRequest,
  ScannedAnswer,
  Target,
} from '@sluice/contract';
import { readHead, type StreamHead } from '../streams/stream-head.ts';
import type { AttemptWatch } from './attempt-watch.ts';
import { boundedText } from './bounded-text.ts';
import { failureOf, failureOfCause } from './failures.ts';

export interface AttemptPorts {
  fetch: FetchPort;
  clock: ClockPort;
  after: AfterPort;
  pipe: PipePort;
}

/** What one call to one target came to, before anything of it is shown to the client. */
export type Attempted =
  | { kind: 'translated'; status: number; answer: Answer }
  | { kind: 'passed'; status: number; body_text: string; scanned: ScannedAnswer }
  | {
      kind: 'stream';
      status: number;
      head: StreamHead;
      reader: ReadableStreamDefaultReader<Uint8Array>;
      body: ReadableStream<Uint8Array>;
    }
  | { kind: 'failed'; failure: ProviderFailure }
  | { kind: 'client_gone' };

const ANSWER_BYTES_MAX = 32 << 20;
const ERROR_BYTES_MAX = 1 << 18;

/** Door and provider speak the same format, so the provider's own bytes may be sent on. */
export const passesThrough = (ask: CallAsk, target: Target): boolean =>
  target.provider.protocol.id === ask.door.protocol && target.provider.protocol.pass_through !== undefined;

/** Sends a rendered request and reads up to the whole answer, or up to a stream's first content. Never throws. */
export async function attempt(
  ask: CallAsk,
  target: Target,
  rendered: RenderedRequest,
  watch: AttemptWatch,
  ports: AttemptPorts,
): Promise<Attempted> {
  let status: number | null = null;
  try {
    const response = await ports.fetch(target.connection.base_url.replace(/\/+$/, '') + rendered.path, {
      method: 'POST',
      headers: headersOf(ask, target, rendered),
      body: rendered.body,
      signal: watch.signal,
    });
    status = response.status;
    return await read(ask, target, response, watch, ports.clock);
  } catch (error) {
    const { cause } = watch;
    if (cause === 'client_gone') return { kind: 'client_gone' };
    const own = cause === null ? null : failureOfCause(cause, status);
    const words = error instanceof Error ? error.message : 'unknown';
    return {
      kind: 'failed',
      failure: own ?? failureOf('network', `The connection to the provider failed: ${words}`, status),
    };
  }
}

/** Built from scratch: nothing of what the client sent goes on but the body. */
const headersOf = (ask: CallAsk, target: Target, rendered: RenderedRequest): Record<string, string> => {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    ...rendered.headers,
    ...target.provider.authorize(target.connection.credential),
  };
  // A compressing proxy would hold chunks back until its block is full.
  if (ask.stream) headers['accept-encoding'] = 'identity';
  return headers;
};

async function read(
  ask: CallAsk,
  target: Target,
  response: Response,
  watch: AttemptWatch,
  clock: ClockPort,
): Promise<Attempted> {
  const { status } = response;
  const { protocol } = target.provider;
  if (status >= 300 && status < 400) {
    response.body?.cancel().catch(() => undefined);
    return failed(
      failureOf('network', `The provider redirected (${status}); redirects are not followed.`, status),
    );
  }
  if (!response.ok) {
    const text = (await boundedText(response, ERROR_BYTES_MAX)) ?? '';
    return failed(protocol.parseFailure(status, (name) => response.headers.get(name), text, clock.now_ms()));
  }
  if (!ask.stream) return readWhole(ask, target, response, watch);
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('application/json') || type.startsWith('text/html') || response.body === null) {
    const found = parseWhole(target, (await boundedText(response, ERROR_BYTES_MAX)) ?? '', status);
    return found.kind === 'failed' ? found : failed(malformed('The provider did not stream.', status));
  }
  const reader = response.body.getReader();
  const found = await readHead(reader, protocol, passesThrough(ask, target), status);
  if ('failure' in found) {
    reader.cancel().catch(() => undefined);
    return failed(found.failure.status === null ? { ...found.failure, status } : found.failure);
  }
  return { kind: 'stream', status, head: found.head, reader, body: response.body };
}

async function readWhole(
  ask: CallAsk,
  target: Target,
  response: Response,
  watch: AttemptWatch,
): Promise<Attempted> {
  const { status } = response;
  watch.expectRest();
  const text = await boundedText(response, ANSWER_BYTES_MAX);
  if (text === null) return failed(malformed('The answer is larger than 32 MiB.', status));
  const scan = passesThrough(ask, target) ? target.provider.protocol.pass_through : undefined;
  if (scan === undefined) return parseWhole(target, text, status);
  if (!startsObject(text)) return failed(malformed('The answer is not a JSON object.', status));
  const scanned = scan.scanAnswer(text);
  if (scanned.failure !== null) return failed(scanned.failure);
  return { kind: 'passed', status, body_text: text, scanned };
}

function parseWhole(target: Target, text: string, status: number): Attempted {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return failed(malformed('The answer is not JSON.', status));
  }
  const parsed = target.provider.protocol.parseAnswer(body);
  return 'failure' in parsed ? failed(parsed.failure) : { kind: 'translated', status, answer: parsed.answer };
}

const failed = (failure: ProviderFailure): Attempted => ({ kind: 'failed', failure });

const malformed = (message: string, status: number): ProviderFailure =>
  failureOf('malformed', message, status);

const startsObject = (text: string): boolean => /^\s*\{/.test(text);
