import type {
  CallAsk,
  Connection,
  HealthPort,
  HealthSnapshot,
  Outcome,
  ProtocolId,
  Target,
} from '@sluice/contract';
import { vi } from 'vitest';
import { createRetryBudgets } from '../routing/retry-budget.ts';
import type { CallPorts } from '../stages/call.ts';
import { door, protocolOf } from './fake-wire.ts';

export { sse } from './fake-wire.ts';

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
    region: null,
    settings: {},
    private_allowed: true,
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
    const body = bodyOf(script, one, gone);
    body.tee = () => nativeTee(body);
    return new Response(body, {
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

/** A tee as workerd has it: reads can be BYOB, and a source that breaks takes nothing away of what was not read yet. */
function nativeTee(
  body: ReadableStream<Uint8Array>,
): [ReadableStream<Uint8Array>, ReadableStream<Uint8Array>] {
  const reader = body.getReader();
  const queues: Uint8Array[][] = [[], []];
  let pulling: Promise<void> | null = null;
  let ended = false;
  let broken: unknown = null;
  const pullSource = async (): Promise<void> => {
    try {
      const { done, value } = await reader.read();
      if (done) ended = true;
      else for (const queue of queues) queue.push(value);
    } catch (error) {
      broken = error;
    }
    pulling = null;
  };
  let left = 0;
  const branch = (queue: Uint8Array[]): ReadableStream<Uint8Array> =>
    new ReadableStream({
      type: 'bytes',
      pull: async (controller: ReadableByteStreamController) => {
        while (queue.length === 0 && !ended && broken === null) {
          pulling ??= pullSource();
          await pulling;
        }
        const chunk = queue.shift();
        if (chunk !== undefined) controller.enqueue(new Uint8Array(chunk));
        else if (broken !== null) controller.error(broken);
        else {
          controller.close();
          controller.byobRequest?.respond(0);
        }
      },
      cancel: async () => {
        left += 1;
        if (left === 2) await reader.cancel();
      },
    } as unknown as UnderlyingSource<Uint8Array>) as unknown as ReadableStream<Uint8Array>;
  return [branch(queues[0] ?? []), branch(queues[1] ?? [])];
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
  asked: { model: 'm', messages: [{ role: 'user', content: 'x'.repeat(40) }] },
  client_headers: {},
  hops: 1,
  input_tokens: 20,
  body_text: 'x'.repeat(80),
  door,
  stream: true,
  include_usage: true,
  timeouts: { first_byte_ms: 1_000, idle_ms: 500, total_ms: 60_000 },
  asked_timeouts: { first_byte_ms: 1_000 },
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
