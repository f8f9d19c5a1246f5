import {
  type AfterPort,
  type Answer,
  type AnyProtocol,
  type CallAsk,
  type ClockPort,
  type FetchPort,
  GatewayError,
  type PipePort,
  type ProviderCall,
  type ProviderFailure,
  type RenderedRequest,
  type ScannedAnswer,
  type Target,
} from '@sluice/contract';
import {
  type HeadRead,
  type ReadNext,
  readHead,
  readNextOf,
  type StreamHead,
  type Tee,
  teeOf,
} from '../streams/stream-head.ts';
import type { AttemptWatch } from './attempt-watch.ts';
import { boundedText } from './bounded-text.ts';
import { failureOf, failureOfCause } from './failures.ts';
import { guardedFetch, requireOwnAddress } from './guarded-fetch.ts';
import { passesThrough } from './protocol-for.ts';
import { addsReceipt, dropsUsage } from './stream-changes.ts';

export interface AttemptPorts {
  fetch: FetchPort;
  clock: ClockPort;
  after: AfterPort;
  pipe: PipePort;
}

/** One request, ready for one target. */
export interface Sending {
  target: Target;
  protocol: AnyProtocol;
  rendered: RenderedRequest;
  /** Read into events even where the client could have the bytes: they go on with a stream of other bytes. */
  translated?: boolean;
}

/** What one call to one target came to, before anything of it is shown to the client. */
export type Attempted =
  | { kind: 'translated'; status: number; answer: Answer }
  | {
      kind: 'passed';
      status: number;
      body_text: string;
      scanned: ScannedAnswer;
      content_type: string | null;
    }
  | { kind: 'bytes'; status: number; body: ReadableStream<Uint8Array>; content_type: string }
  | { kind: 'stream'; status: number; head: StreamHead; reader: ReadableStreamDefaultReader<Uint8Array> }
  /** A stream that goes to the client untouched. */
  | { kind: 'stream'; status: number; head: StreamHead; tee: Tee }
  | { kind: 'failed'; failure: ProviderFailure }
  | { kind: 'client_gone' };

const ANSWER_BYTES_MAX = 32 << 20;
const ERROR_BYTES_MAX = 1 << 18;

/** Sends a rendered request and reads up to the whole answer, or up to a stream's first content. Never throws. */
export async function attempt(
  ask: CallAsk,
  sending: Sending,
  watch: AttemptWatch,
  ports: AttemptPorts,
): Promise<Attempted> {
  const { provider, connection } = sending.target;
  let status: number | null = null;
  try {
    let call = renderCall(ask, sending);
    if (provider.prepare !== undefined) {
      call = await provider.prepare(call, connection, {
        fetch: guardedFetch(ports.fetch, connection),
        now_ms: ports.clock.now_ms(),
        signal: watch.signal,
      });
      requireOwnAddress(call.url, connection);
    }
    const { url, headers, body } = call;
    const response = await ports.fetch(url, { method: 'POST', headers, body, signal: watch.signal });
    status = response.status;
    return await read(ask, sending, response, watch, ports.clock);
  } catch (error) {
    const { cause } = watch;
    if (cause === 'client_gone' || cause === 'lost') return { kind: 'client_gone' };
    if (error instanceof GatewayError) return failed(failureOf('auth', error.message, status));
    const own = cause === null ? null : failureOfCause(cause, status);
    const words = error instanceof Error ? error.message : 'unknown';
    return {
      kind: 'failed',
      failure: own ?? failureOf('network', `The connection to the provider failed: ${words}`, status),
    };
  }
}

/** Built from scratch: nothing of what the client sent goes on but the body. */
export function renderCall(
  ask: Pick<CallAsk, 'hops' | 'stream'>,
  { target, rendered }: { target: Pick<Target, 'connection' | 'provider'>; rendered: RenderedRequest },
): ProviderCall {
  const { connection, provider } = target;
  const headers: Record<string, string> = {
    [HOPS_HEADER]: String(ask.hops),
    ...rendered.headers,
    ...provider.authorize(connection.credential),
  };
  // A form's content type holds its boundary, which only the sender of the form knows.
  if (rendered.form === undefined) headers['content-type'] ??= 'application/json';
  // A compressing proxy would hold chunks back until its block is full.
  if (ask.stream) headers['accept-encoding'] = 'identity';
  return {
    url: connection.base_url.replace(/\/+$/, '') + rendered.path,
    headers,
    body: rendered.form ?? rendered.body,
  };
}

/** Counts the gateways that a request has passed, so that one that is connected to itself does not call for ever. */
export const HOPS_HEADER = 'x-llm-gateway-hops';

async function read(
  ask: CallAsk,
  sending: Sending,
  response: Response,
  watch: AttemptWatch,
  clock: ClockPort,
): Promise<Attempted> {
  const { status } = response;
  const { protocol } = sending;
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
  const type = response.headers.get('content-type') ?? '';
  if (protocol.answers === 'bytes' && response.body !== null)
    return { kind: 'bytes', status, body: response.body, content_type: type || 'application/octet-stream' };
  // Whisper takes no notice of the wish for a stream, and answers as ever.
  const is_whole = protocol.answers === 'text' && !type.startsWith('text/event-stream');
  if (!ask.stream || is_whole) return readWhole(ask, protocol, response, watch);
  if (type.startsWith('application/json') || type.startsWith('text/html') || response.body === null) {
    const found = parseWhole(protocol, (await boundedText(response, ERROR_BYTES_MAX)) ?? '', status);
    return found.kind === 'failed' ? found : failed(malformed('The provider did not stream.', status));
  }
  if (passesWhole(ask, sending)) {
    const tee = teeOf(response.body);
    const cancel = (): void => {
      for (const branch of [tee.reader, tee.client]) branch.cancel().catch(() => undefined);
    };
    const found = await headOf(protocol, true, readNextOf(tee.reader), cancel, status);
    return 'failure' in found ? failed(found.failure) : { kind: 'stream', status, head: found.head, tee };
  }
  const reader = response.body.getReader();
  const cancel = (): void => void reader.cancel().catch(() => undefined);
  const pass = sending.translated !== true && passesOn(ask, protocol);
  const found = await headOf(protocol, pass, () => reader.read(), cancel, status);
  return 'failure' in found ? failed(found.failure) : { kind: 'stream', status, head: found.head, reader };
}

async function headOf(
  protocol: AnyProtocol,
  pass: boolean,
  readNext: ReadNext,
  cancel: () => void,
  status: number,
): Promise<HeadRead> {
  const found = await readHead(readNext, protocol, pass, status);
  if ('head' in found) return found;
  cancel();
  return found.failure.status === null ? { failure: { ...found.failure, status } } : found;
}

/** Nobody has to read it before the client does. */
const passesOn = (ask: CallAsk, protocol: AnyProtocol): boolean =>
  ask.guard == null && passesThrough(protocol, ask.door);

/** Nothing is to be taken out of the stream and nothing put in. */
const passesWhole = (ask: CallAsk, { protocol, rendered, translated }: Sending): boolean =>
  translated !== true &&
  ask.tap == null &&
  passesOn(ask, protocol) &&
  !dropsUsage(ask, rendered) &&
  !addsReceipt(ask);

async function readWhole(
  ask: CallAsk,
  protocol: AnyProtocol,
  response: Response,
  watch: AttemptWatch,
): Promise<Attempted> {
  const { status } = response;
  watch.expectRest();
  const text = await boundedText(response, ANSWER_BYTES_MAX);
  if (text === null) return failed(malformed('The answer is larger than 32 MiB.', status));
  const scan = passesOn(ask, protocol) ? protocol.pass_through : undefined;
  if (scan === undefined) {
    const parsed = parseWhole(protocol, text, status);
    if (parsed.kind === 'translated') parsed.answer.usage ??= protocol.usageOf?.(ask.asked) ?? null;
    return parsed;
  }
  const any_text = protocol.answers === 'text';
  if (!any_text && !startsObject(text)) return failed(malformed('The answer is not a JSON object.', status));
  const scanned = scan.scanAnswer(text);
  if (scanned.failure !== null) return failed(scanned.failure);
  scanned.usage ??= protocol.usageOf?.(ask.asked) ?? null;
  const content_type = any_text ? response.headers.get('content-type') : null;
  return { kind: 'passed', status, body_text: text, scanned, content_type };
}

function parseWhole(protocol: AnyProtocol, text: string, status: number): Attempted {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return failed(malformed('The answer is not JSON.', status));
  }
  const parsed = protocol.parseAnswer(body);
  return 'failure' in parsed ? failed(parsed.failure) : { kind: 'translated', status, answer: parsed.answer };
}

const failed = (failure: ProviderFailure): Attempted => ({ kind: 'failed', failure });

const malformed = (message: string, status: number): ProviderFailure =>
  failureOf('malformed', message, status);

const startsObject = (text: string): boolean => /^\s*\{/.test(text);
