import {
  type AnswerEvent,
  type CallAsk,
  type Connection,
  type Door,
  GatewayError,
  type HealthPort,
  type HealthSnapshot,
  noUsage,
  type Outcome,
  type PassThrough,
  type Protocol,
  type ProtocolId,
  type ProviderFailure,
  type ScannedAnswer,
  type StreamParser,
  type Target,
  type Usage,
} from '@sluice/contract';
import { vi } from 'vitest';
import { createRetryBudgets } from '../routing/retry-budget.ts';
import type { CallPorts } from '../stages/call.ts';
import { failureOf } from './failures.ts';

/**
 * A tiny wire format, so that the call stage is tested without a provider: `{t}` text, `{role}` nothing, `{f}` finish,
 * `{u: [input, output]}` usage, `{e: kind}` an error, `[DONE]` at the end. A whole answer is one object with all.
 */
interface Wire {
  t?: string;
  role?: boolean;
  f?: 'stop';
  u?: [number, number];
  e?: ProviderFailure['kind'];
}

export const sse = (...wires: (Wire | '[DONE]')[]): string =>
  wires.map((one) => `data: ${one === '[DONE]' ? one : JSON.stringify(one)}\n\n`).join('');

const usageOf = ([input_tokens, output_tokens]: [number, number]): Usage => ({
  ...noUsage(),
  input_tokens,
  output_tokens,
});

function eventsOf(wire: Wire): AnswerEvent[] {
  const events: AnswerEvent[] = [];
  if (wire.e !== undefined) events.push({ type: 'error', failure: failureOf(wire.e, 'from the stream') });
  if (wire.t !== undefined) events.push({ type: 'text', choice: 0, text: wire.t });
  if (wire.f !== undefined)
    events.push({ type: 'finish', choice: 0, finish_reason: wire.f, native_finish_reason: wire.f });
  if (wire.u !== undefined) events.push({ type: 'usage', usage: usageOf(wire.u) });
  return events;
}

function createParser(): StreamParser {
  let buffer = '';
  let row = 0;
  const parser = {
    complete: false,
    malformed: 0,
    push(text: string): AnswerEvent[] {
      buffer += text;
      const events: AnswerEvent[] = [];
      for (let at = buffer.indexOf('\n\n'); at >= 0; at = buffer.indexOf('\n\n')) {
        const line = buffer.slice(6, at);
        buffer = buffer.slice(at + 2);
        if (line === '[DONE]') continue;
        try {
          const wire = JSON.parse(line) as Wire;
          row = 0;
          if (wire.f !== undefined) parser.complete = true;
          events.push(...eventsOf(wire));
        } catch {
          parser.malformed += 1;
          row += 1;
          if (row === 3) events.push({ type: 'error', failure: failureOf('malformed', 'three in a row') });
        }
      }
      if (buffer.length > 1 << 20)
        events.push({ type: 'error', failure: failureOf('malformed', 'a giant line') });
      return events;
    },
    end: (): AnswerEvent[] => [],
  };
  return parser;
}

function scanEvents(events: AnswerEvent[], complete: boolean): ScannedAnswer {
  const found: ScannedAnswer = {
    usage: null,
    finish_reason: null,
    native_finish_reason: null,
    model: null,
    complete,
    failure: null,
    output_chars: 0,
  };
  for (const event of events) {
    if (event.type === 'usage') found.usage = event.usage;
    if (event.type === 'text') found.output_chars += event.text.length;
    if (event.type === 'finish') found.finish_reason = event.finish_reason;
    if (event.type === 'error') found.failure = event.failure;
  }
  return found;
}

function scanStream(text: string): ScannedAnswer {
  const parser = createParser();
  const events = parser.push(text);
  return scanEvents(events, parser.complete);
}

const pass_through: PassThrough = {
  scanAnswer: (text) => {
    const wire = JSON.parse(text) as Wire;
    return scanEvents(eventsOf(wire), wire.f !== undefined);
  },
  scanHead: (text) => {
    const { failure, output_chars, finish_reason } = scanStream(text);
    return { failure, content: output_chars > 0 || finish_reason !== null };
  },
  scanStream,
  createFilter: ({ drop_usage, receipt }) => {
    let buffer = '';
    return {
      push(text) {
        buffer += text;
        let out = '';
        for (let at = buffer.indexOf('\n\n'); at >= 0; at = buffer.indexOf('\n\n')) {
          const event = buffer.slice(0, at + 2);
          buffer = buffer.slice(at + 2);
          if (!event.includes('"u":')) out += event;
          else if (!drop_usage) {
            const rider = receipt();
            out += rider === null ? event : event.replace('}', `,"receipt":${rider}}`);
          }
        }
        return out;
      },
      end: () => buffer,
    };
  },
};

export const protocolOf = (id: ProtocolId): Protocol => ({
  id,
  renderRequest: (_chat, { model, stream }) => {
    if (model === 'cannot') throw new GatewayError('invalid_request', 'This target has no such thing.');
    return {
      path: '/v1/go',
      headers: { 'x-wire': id },
      body: JSON.stringify({ model, stream }),
      dropped: [],
      usage_added: model === 'adds-usage',
    };
  },
  parseAnswer: (body) => {
    const wire = body as Wire;
    if (wire.e !== undefined) return { failure: failureOf(wire.e, 'with status 200') };
    return {
      answer: {
        id: null,
        model: null,
        created: null,
        choices: [
          {
            index: 0,
            content: wire.t ?? null,
            refusal: null,
            reasoning: [],
            tool_calls: [],
            annotations: [],
            logprobs: null,
            finish_reason: 'stop',
            native_finish_reason: 'stop',
            images: [],
          },
        ],
        usage: wire.u === undefined ? null : usageOf(wire.u),
        service_tier: null,
        system_fingerprint: null,
      },
    };
  },
  createStreamParser: createParser,
  parseFailure: (status, header) => {
    const kind =
      status === 429
        ? 'rate_limited'
        : status === 401
          ? 'auth'
          : status === 400
            ? 'invalid_request'
            : status === 404
              ? 'model_not_found'
              : 'overloaded';
    const told = header('retry-after');
    return {
      ...failureOf(kind, 'said so', status),
      retry_after_ms: told === null ? null : Number(told) * 1_000,
    };
  },
  ...(id === 'chat-completions' ? { pass_through } : {}),
});

export const door: Door = {
  answerId: (request_id) => request_id,
  protocol: 'chat-completions',
  renderAnswer: (answer, _head, receipt) => JSON.stringify({ rendered: answer.choices[0]?.content, receipt }),
  spliceReceipt: (text, receipt) => `${text.slice(0, -1)},"receipt":${receipt}}`,
  createStreamRenderer: () => ({
    push: (event) => (event.type === 'text' ? `data: <${event.text}>\n\n` : ''),
    end: (receipt) => `${receipt === null ? '' : `data: ${receipt}\n\n`}data: [DONE]\n\n`,
    fail: (error) => `data: {"error":"${error.code}"}\n\n`,
  }),
  renderError: (error) => error.code,
  renderStreamError: (error) => `data: {"error":"${error.code}"}\n\n`,
};

export const target = (
  name: string,
  wire: ProtocolId = 'chat-completions',
  model = `model-${name}`,
): Target => {
  const connection: Connection = {
    id: `conn_${name}`,
    organization_id: 'org',
    provider: name,
    name,
    base_url: `https://${name}.test/`,
    credential: `key-${name}`,
    models: null,
    weight: 1,
    enabled: true,
    timeouts: {},
  };
  return {
    connection,
    provider: {
      id: name,
      name,
      protocol: protocolOf(wire),
      base_url: connection.base_url,
      env_key: null,
      authorize: (credential) => ({ authorization: `Bearer ${credential}` }),
      price_provider: name,
      docs_url: '',
    },
    model,
    abilities: {
      context_tokens: null,
      output_tokens_max: null,
      tools: null,
      vision: null,
      json_schema: null,
      reasoning: null,
    },
    prices: null,
    price_source: null,
  };
};

/** What a scripted upstream does after its chunks. */
type Last = 'close' | 'reset' | 'hang';
export interface Script {
  status?: number;
  headers?: Record<string, string>;
  chunks?: (string | Uint8Array)[];
  /** Between chunks, in the tests' own time. */
  every_ms?: number;
  last?: Last;
  /** No answer at all: the connection fails, or nothing ever comes. */
  never?: 'refused' | 'silent';
}

const WAIT = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export interface Sent {
  url: string;
  headers: Record<string, string>;
  aborted: boolean;
  chunks_sent: number;
  at_ms: number;
}

/** Answers each call with the next script of its host; the last one repeats. */
export function upstream(scripts: Record<string, Script[]>): { fetch: CallPorts['fetch']; sent: Sent[] } {
  const sent: Sent[] = [];
  const turns = new Map<string, number>();
  const fetch: CallPorts['fetch'] = async (url, init) => {
    const host = new URL(url).hostname.split('.')[0] ?? '';
    const turn = turns.get(host) ?? 0;
    turns.set(host, turn + 1);
    const list = scripts[host] ?? [];
    const script = list[Math.min(turn, list.length - 1)] ?? {};
    const one: Sent = {
      url,
      headers: init.headers as Record<string, string>,
      aborted: false,
      chunks_sent: 0,
      at_ms: Date.now(),
    };
    sent.push(one);
    const signal = init.signal ?? new AbortController().signal;
    const gone = new Promise<never>((_, reject) => {
      const leave = (): void => {
        one.aborted = true;
        reject(new DOMException('aborted', 'AbortError'));
      };
      if (signal.aborted) leave();
      else signal.addEventListener('abort', leave);
    });
    gone.catch(() => undefined);
    if (script.never === 'refused') throw new Error('connection refused');
    if (script.never === 'silent') return gone;
    return new Response(bodyOf(script, one, gone), {
      status: script.status ?? 200,
      headers: { 'content-type': 'text/event-stream', ...script.headers },
    });
  };
  return { fetch, sent };
}

function bodyOf(script: Script, one: Sent, gone: Promise<never>): ReadableStream<Uint8Array> {
  const chunks = script.chunks ?? [];
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        gone.catch((error) => controller.error(error));
      },
      pull: async (controller) => {
        const chunk = chunks[one.chunks_sent];
        if (chunk === undefined) {
          if (script.every_ms !== undefined) await WAIT(script.every_ms);
          if (script.last === 'reset') throw new Error('Network connection lost.');
          if (script.last === 'hang') await gone;
          controller.close();
          return;
        }
        if (script.every_ms !== undefined && one.chunks_sent > 0) await WAIT(script.every_ms);
        one.chunks_sent += 1;
        controller.enqueue(typeof chunk === 'string' ? encoder.encode(chunk) : chunk);
      },
      cancel: () => {
        one.aborted = true;
      },
    },
    { highWaterMark: 0 },
  );
}

/** A pipe as workerd has it: a write ends when it is read, a reader that leaves fails the writes, reads can be BYOB. */
export function bytePipe(): ReturnType<CallPorts['pipe']> {
  let demand = Promise.withResolvers<void>();
  let served: (() => void) | null = null;
  let into: ReadableByteStreamController | null = null;
  let outOf: WritableStreamDefaultController | null = null;
  const readable = new ReadableStream({
    type: 'bytes',
    start: (controller: ReadableByteStreamController) => {
      into = controller;
    },
    pull: () =>
      new Promise<void>((resolve) => {
        served = resolve;
        demand.resolve();
      }),
    cancel: () => {
      outOf?.error(new Error('Nobody reads.'));
      demand.resolve();
    },
  } as unknown as UnderlyingSource<Uint8Array>) as unknown as ReadableStream<Uint8Array>;
  const writable = new WritableStream<Uint8Array>({
    start: (controller) => {
      outOf = controller;
    },
    write: async (chunk) => {
      await demand.promise;
      demand = Promise.withResolvers();
      if (chunk.byteLength > 0) into?.enqueue(new Uint8Array(chunk));
      served?.();
    },
    close: () => {
      into?.close();
      into?.byobRequest?.respond(0);
      served?.();
    },
    abort: (reason) => into?.error(reason),
  });
  return { readable, writable };
}

export const HEALTHY: HealthSnapshot = { targets: {}, config_version: 1, read_at_ms: 0 } as HealthSnapshot;

export interface Bed {
  ports: CallPorts;
  outcomes: Outcome[];
  background: Promise<unknown>[];
}

export function bed(fetch: CallPorts['fetch'], health: Partial<HealthPort> = {}): Bed {
  const outcomes: Outcome[] = [];
  const background: Promise<unknown>[] = [];
  const ports: CallPorts = {
    fetch,
    health: {
      peek: () => HEALTHY,
      report: (_org, one) => outcomes.push(one),
      probe: async () => null,
      ...health,
    },
    clock: { now_ms: () => Date.now() },
    random: { id: (length) => 'x'.repeat(length), number: () => 0.5 },
    after: (_name, work) => background.push(work),
    pipe: bytePipe,
    retries: createRetryBudgets(),
  };
  return { ports, outcomes, background };
}

export const askFor = (plan: Target[], more: Partial<CallAsk> = {}): CallAsk => ({
  request_id: 'req_1',
  organization_id: 'org',
  plan,
  fallback: true,
  chat: { model: 'm', messages: [{ role: 'user', content: 'x'.repeat(40) }] },
  body_text: 'x'.repeat(80),
  door,
  stream: true,
  include_usage: true,
  timeouts: { first_byte_ms: 1_000, idle_ms: 500, total_ms: 60_000 },
  output_tokens_max: null,
  client_gone: new AbortController().signal,
  receipt: null,
  receipt_in_stream: false,
  retain_content: false,
  ...more,
});

/** Lets the tests' own time run until the promise settles. */
export async function inTime<T>(work: Promise<T>, limit_ms = 120_000): Promise<T> {
  let settled = false;
  const marked = work.finally(() => {
    settled = true;
  });
  marked.catch(() => undefined);
  for (let ms = 0; !settled && ms < limit_ms; ms += 5) await vi.advanceTimersByTimeAsync(5);
  if (!settled) throw new Error('It never settled.');
  return marked;
}
