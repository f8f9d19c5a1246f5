import { env as bindings } from 'cloudflare:workers';
import type { Env } from '@sluice/cloudflare/env';
import type { KeyLedger } from '@sluice/cloudflare/objects/key-ledger';
import type { BudgetPolicy, KeyPolicy, KeyUsage, TraceRecord } from '@sluice/contract';
import { createKey, hashKey } from '@sluice/core/key-format';
import { budgetOf, policyOf } from '@sluice/core/limits/test-policy';
import type { Stage } from '@sluice/core/pipeline';
import { expect, onTestFinished, vi } from 'vitest';
import { createGateway } from '../../src/wire.ts';

export const realEnv = bindings as unknown as Env;
export const ledgers = realEnv.KEY_LEDGER as unknown as DurableObjectNamespace<KeyLedger>;

/** One call that the gateway makes to a provider. */
export interface UpstreamCall {
  model: string;
  host: string;
  path: string;
  body: Record<string, unknown>;
  /** The body as it was sent. */
  text: string;
  headers: Record<string, string>;
  signal: AbortSignal;
}
export type Upstream = (call: UpstreamCall) => Response | Promise<Response>;

interface FixtureOptions {
  upstream: Upstream;
  /** Connections beside those that every fixture has; models are theirs alone. */
  connections?: { id: string; provider: string; models: string[] }[];
  env?: Partial<Env>;
}

let fixtures = 0;

/**
 * A gateway of its own over the real objects and D1, with scripted providers in place of the network. Its
 * connections are its own too, so that no test meets the open breakers of another.
 */
export function createGatewayFixture({ upstream, connections = [], env = {} }: FixtureOptions) {
  const serial = `${Date.now().toString(36)}-${fixtures++}`;
  const calls: UpstreamCall[] = [];
  const stages: Stage[] = [];
  const spied = vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const url = new URL(String(input));
    const sent = init?.body instanceof FormData ? Object.fromEntries(init.body) : String(init?.body);
    const body = (typeof sent === 'string' ? JSON.parse(sent) : sent) as Record<string, unknown>;
    const signal = init?.signal ?? new AbortController().signal;
    const model = String(body['model'] ?? /models\/([^:]+):/.exec(url.pathname)?.[1]);
    const call = {
      model,
      host: url.hostname,
      path: url.pathname,
      body,
      text: String(init?.body),
      headers: init?.headers as Record<string, string>,
      signal,
    };
    calls.push(call);
    return upstream(call);
  });
  onTestFinished(() => spied.mockRestore());

  const own = connections.map(({ id, provider, models }) => ({
    id: `${id}-${serial}`,
    provider,
    models,
    base_url: `http://${id}.test/v1`,
  }));
  const common = ['openai', 'anthropic', 'gemini'].map((provider) => ({
    id: `${provider}-${serial}`,
    provider,
    base_url: `http://${provider}.test/v1`,
  }));
  const gateway = createGateway(
    {
      ...realEnv,
      SLUICE_UPSTREAMS: JSON.stringify([...own, ...common]),
      // What is traced here must not turn up in the database of another test.
      TRACES: { send: async () => undefined } as unknown as Queue,
      SLUICE_TRACE_FLUSH_MS: '20',
      ...env,
    },
    { passed: (stage) => stages.push(stage) },
  );

  async function createVirtualKey(policy: Partial<KeyPolicy> = {}) {
    const { key_id, text } = createKey('dev', (length) => crypto.getRandomValues(new Uint8Array(length)));
    const stub = ledgers.getByName(key_id);
    await stub.putPolicy(
      policyOf({
        organization_id: 'org_default',
        secrets: [{ hash: await hashKey(text), expires_at_ms: null }],
        ...policy,
        key_id,
      }),
    );
    return { key_id, secret: text, stub };
  }

  function post(
    secret: string,
    body: Record<string, unknown> | FormData,
    { signal, path = '/v1/chat/completions' }: { signal?: AbortSignal; path?: string } = {},
  ): Promise<Response> {
    const request = new Request(`http://gateway${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${secret}`,
        ...(body instanceof FormData ? {} : { 'content-type': 'application/json' }),
      },
      body: body instanceof FormData ? body : JSON.stringify(body),
      ...(signal === undefined ? {} : { signal }),
    });
    return Promise.resolve(gateway.fetch(request));
  }

  return { gateway, calls, stages, serial, createVirtualKey, post };
}

export const budget = (limit_usd_nanos: number, more: Partial<BudgetPolicy> = {}): BudgetPolicy =>
  budgetOf(limit_usd_nanos, { window: 'total', ...more });

export const hello = (model: string, more: Record<string, unknown> = {}) => ({
  model,
  messages: [{ role: 'user', content: 'Hello' }],
  max_tokens: 100,
  ...more,
});

const USAGE = { prompt_tokens: 8, completion_tokens: 5, total_tokens: 13 };

export const wholeAnswer = (text = 'Good day', usage: unknown = USAGE): Response =>
  Response.json({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_763_700_000,
    model: 'gpt-4o-mini',
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    ...(usage === null ? {} : { usage }),
  });

export const chunkOf = (delta: unknown, finish_reason: string | null = null): string =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_763_700_000,
    model: 'gpt-4o-mini',
    choices: [{ index: 0, delta, finish_reason }],
  })}\n\n`;
export const USAGE_CHUNK = `data: ${JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_763_700_000,
  model: 'gpt-4o-mini',
  choices: [],
  usage: USAGE,
})}\n\n`;
export const DONE = 'data: [DONE]\n\n';

const encoder = new TextEncoder();

/**
 * What a provider streams: text or bytes.
 * @param end `'break'`: the connection resets. A signal: silence until it fires, as the body of a fetch does.
 */
export function streamed(
  parts: readonly (string | Uint8Array)[],
  end: 'close' | 'break' | AbortSignal = 'close',
): Response {
  let at = 0;
  const body = new ReadableStream({
    // As the body of a fetch, which can be read into a buffer of the reader's own.
    type: 'bytes',
    start(controller: ReadableByteStreamController) {
      if (typeof end !== 'string')
        end.addEventListener('abort', () => controller.error(new DOMException('aborted', 'AbortError')));
    },
    pull(controller: ReadableByteStreamController) {
      const part = parts[at++];
      // A copy, because a byte stream takes the buffer away.
      if (part !== undefined)
        controller.enqueue(typeof part === 'string' ? encoder.encode(part) : part.slice());
      else if (end === 'close') {
        controller.close();
        controller.byobRequest?.respond(0);
      } else if (end === 'break') controller.error(new Error('connection reset'));
      else return new Promise<void>(() => undefined);
      return undefined;
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

export const streamedHello = (): Response =>
  streamed([
    chunkOf({ role: 'assistant', content: '' }),
    chunkOf({ content: 'Good ' }),
    chunkOf({ content: 'day' }),
    chunkOf({}, 'stop'),
    USAGE_CHUNK,
    DONE,
  ]);

/** Answers like a provider that is well, in the way that was asked for. */
export const healthy: Upstream = ({ body }) => (body['stream'] === true ? streamedHello() : wholeAnswer());

/** Never answers; ends with the abort of its caller, as a fetch does. */
export const silent: Upstream = ({ signal }) =>
  new Promise((_, reject) => {
    const leave = () => reject(new DOMException('aborted', 'AbortError'));
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave);
  });

/** Waits until everything of the key is closed, and gives its numbers then. */
export async function settledUsage(stub: DurableObjectStub<KeyLedger>, within_ms = 5_000): Promise<KeyUsage> {
  return vi.waitFor(
    async () => {
      const usage = await stub.usage();
      if (usage === null) throw new Error('no such key');
      expect(usage.in_flight).toBe(0);
      for (const { held_usd_nanos } of usage.budgets) expect(held_usd_nanos).toBe(0);
      return usage as KeyUsage;
    },
    { timeout: within_ms, interval: 20 },
  );
}

export async function traceOf(stub: DurableObjectStub<KeyLedger>, request_id: string): Promise<TraceRecord> {
  const json = await stub.record(request_id, 3_000);
  if (json === null) throw new Error(`no record of ${request_id}`);
  return JSON.parse(json) as TraceRecord;
}

export const idOf = (response: Response): string => response.headers.get('x-request-id') ?? '';

/** Of an error in the envelope of any door. */
export async function codeOf(response: Response): Promise<string> {
  const { error } = (await response.json()) as { error: { code?: string; details?: { error_code: string } } };
  return error.code ?? error.details?.error_code ?? '';
}
