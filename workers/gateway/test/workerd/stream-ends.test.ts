import OpenAI from 'openai';
import { describe, expect, it, vi } from 'vitest';
import {
  budget,
  chunkOf,
  codeOf,
  createGatewayFixture,
  DONE,
  healthy,
  hello,
  idOf,
  settledUsage,
  streamed,
  traceOf,
  type Upstream,
  USAGE_CHUNK,
} from './gateway-fixture.ts';
import { renderAnthropic, renderGemini } from './random-stream-fixture.ts';

const anthropic = renderAnthropic({ text: ['Good ', 'day'], tools: [], finish_reason: 'stop' });
const gemini = renderGemini({ text: ['Good ', 'day'], tools: [], finish_reason: 'stop' });

/** The way through the gateway, what asks for it, and a stream up to its first content. */
const WAYS = [
  ['piped', 'gpt-4o-mini', { stream_options: { include_usage: true } }, [chunkOf({ content: 'Good ' })]],
  ['filtered', 'gpt-4o-mini', {}, [chunkOf({ content: 'Good ' })]],
  ['from Anthropic', 'claude-sonnet-4-5', {}, [anthropic.slice(0, anthropic.indexOf('"day"') - 60)]],
  ['from Gemini', 'gemini-2.5-flash', {}, [gemini.slice(0, gemini.indexOf('\r\n\r\n') + 4)]],
] as const;

describe.each(WAYS)('a stream that is %s', (_way, model, asked, head) => {
  const start = async (upstream: Upstream, more: Record<string, unknown> = {}) => {
    const fixture = createGatewayFixture({ upstream });
    const key = await fixture.createVirtualKey({ budgets: [budget(1e12)] });
    const body = { ...hello(model, { stream: true, ...asked }), ...more };
    return { ...fixture, ...key, body };
  };

  it.each(['close', 'break'] as const)(
    'and ends without its end (%s): one error event, no [DONE], no finish, charged once, and the SDK throws',
    async (end) => {
      const { post, secret, stub, body } = await start(() => streamed(head, end));
      const response = await post(secret, body);
      expect(response.status).toBe(200);
      const text = await response.text();
      expect(text).toContain('Good ');
      expect(text.match(/"error":/g)).toHaveLength(1);
      expect(text).toContain('provider_stream_broken');
      expect(text).not.toContain('[DONE]');
      expect(text).not.toMatch(/"finish_reason":"/);
      const trace = await traceOf(stub, idOf(response));
      expect(trace).toMatchObject({ ending: 'truncated', usage: { estimated: true } });
      expect((await settledUsage(stub)).budgets[0]?.spent_usd_nanos).toBe(trace.settled_usd_nanos);
      expect(trace.settled_usd_nanos).toBeGreaterThan(0);
      const client = new OpenAI({
        apiKey: secret,
        baseURL: 'http://gateway/v1',
        maxRetries: 0,
        fetch: (_, init) => post(secret, JSON.parse(String(init?.body)) as Record<string, unknown>),
      });
      const reading = async () => {
        const stream = await client.chat.completions.create({
          model,
          messages: [{ role: 'user', content: 'Hello' }],
          stream: true,
        });
        for await (const _ of stream);
      };
      await expect(reading()).rejects.toThrow(OpenAI.APIError);
    },
  );

  it('and stalls after content ends at the idle deadline, and nobody else is asked', async () => {
    const { post, secret, stub, body, calls } = await start(({ signal }) => streamed(head, signal), {
      'x-timeout': { idle_ms: 400 },
      'x-fallback-chain': ['gpt-4.1-mini'],
      'x-stream-failover': 'stop',
    });
    const began_ms = Date.now();
    const text = await (await post(secret, body)).text();
    const took_ms = Date.now() - began_ms;
    expect(text.match(/"error":/g)).toHaveLength(1);
    expect(text).not.toContain('[DONE]');
    // A tenth of the deadline, and what a loaded machine adds; never before it.
    expect(took_ms).toBeGreaterThanOrEqual(390);
    expect(took_ms).toBeLessThan(1_000);
    expect(calls).toHaveLength(1);
    await settledUsage(stub);
  });

  it('and is silent before content ends at the first-byte deadline, and the next target answers', async () => {
    const { post, secret, stub, body, calls } = await start(
      (call) => (call.model === model ? streamed([': hello\n\n'], call.signal) : healthy(call)),
      { 'x-timeout': { first_byte_ms: 300 }, 'x-fallback-chain': ['gpt-4.1-mini'] },
    );
    const began_ms = Date.now();
    const response = await post(secret, body);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('[DONE]');
    expect(Date.now() - began_ms).toBeGreaterThanOrEqual(290);
    // The silent target may have been given a second chance.
    expect([...new Set(calls.map((call) => call.model))]).toEqual([model, 'gpt-4.1-mini']);
    for (const call of calls) expect(call.signal.aborted).toBe(call.model === model);
    const trace = await traceOf(stub, idOf(response));
    expect(trace.attempts[0]).toMatchObject({ error: 'timeout' });
  });

  it('and is left after its first content stops the provider, and what came is billed', async () => {
    const { post, secret, stub, body, calls } = await start(({ signal }) => streamed(head, signal));
    const leaving = new AbortController();
    const response = await post(secret, body, { signal: leaving.signal });
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    leaving.abort();
    await vi.waitFor(() => expect(calls[0]?.signal.aborted).toBe(true), { timeout: 2_000 });
    const trace = await traceOf(stub, idOf(response));
    expect(trace).toMatchObject({ ending: 'aborted', usage: { estimated: true } });
    const spent = (await settledUsage(stub)).budgets[0]?.spent_usd_nanos ?? 0;
    expect(spent).toBeGreaterThan(0);
    expect(spent).toBeLessThanOrEqual(trace.held_usd_nanos);
  });
});

describe('the shapes in which usage comes', () => {
  const words = [chunkOf({ content: 'Good ' }), chunkOf({ content: 'day' })];
  const usage = { prompt_tokens: 8, completion_tokens: 5, total_tokens: 13 };
  const inFinish = chunkOf({}, 'stop').replace(/\}\n\n$/, `,"usage":${JSON.stringify(usage)}}\n\n`);
  const EXACT = 8 * 150 + 5 * 600;

  it.each([
    ['in a last chunk without choices', [...words, chunkOf({}, 'stop'), USAGE_CHUNK, DONE], EXACT],
    ['with the finish', [...words, inFinish, DONE], EXACT],
    ['without [DONE]', [...words, chunkOf({}, 'stop'), USAGE_CHUNK], EXACT],
    ['nowhere: estimated, and flagged', [...words, chunkOf({}, 'stop'), DONE], null],
    ['nowhere and without [DONE]', [...words, chunkOf({}, 'stop')], null],
  ] as const)('%s', async (_name, parts, exact) => {
    for (const include_usage of [true, false]) {
      const { post, createVirtualKey } = createGatewayFixture({ upstream: () => streamed(parts) });
      const { secret, stub } = await createVirtualKey({ budgets: [budget(1e12)] });
      const response = await post(
        secret,
        hello('gpt-4o-mini', { stream: true, stream_options: { include_usage } }),
      );
      const text = await response.text();
      expect(text).not.toContain('"error"');
      const trace = await traceOf(stub, idOf(response));
      expect(trace.ending).toBe('complete');
      expect(trace.usage?.estimated).toBe(exact === null);
      if (exact !== null) expect(trace.settled_usd_nanos).toBe(exact);
      else expect(trace.settled_usd_nanos).toBeGreaterThan(0);
      expect((await settledUsage(stub)).budgets[0]?.spent_usd_nanos).toBe(trace.settled_usd_nanos);
    }
  });

  it('a stream is complete only with a finish: [DONE] alone is a break', async () => {
    const { post, createVirtualKey } = createGatewayFixture({ upstream: () => streamed([...words, DONE]) });
    const { secret, stub } = await createVirtualKey();
    const response = await post(secret, hello('gpt-4o-mini', { stream: true }));
    await response.text();
    expect((await traceOf(stub, idOf(response))).ending).toBe('truncated');
  });
});

describe('data that cannot be read', () => {
  it.each(WAYS.slice(0, 3))(
    'one bad event of sixty: the other fifty-nine arrive (%s)',
    async (_way, model, asked) => {
      const words = Array.from({ length: 59 }, (_, i) => `w${i} `);
      const all =
        model === 'gpt-4o-mini'
          ? [...words.map((content) => chunkOf({ content })), chunkOf({}, 'stop'), DONE]
          : renderAnthropic({ text: words, tools: [], finish_reason: 'stop' }).split(/(?<=\n\n)/);
      const bad =
        model === 'gpt-4o-mini' ? 'data: {"choices":[{\n\n' : 'event: content_block_delta\ndata: {"ty\n\n';
      const parts = [...all.slice(0, 30), bad, ...all.slice(30)];
      const { post, createVirtualKey } = createGatewayFixture({ upstream: () => streamed(parts) });
      const { secret } = await createVirtualKey();
      const text = await (await post(secret, hello(model, { stream: true, ...asked }))).text();
      for (const word of words) expect(text).toContain(`"content":"${word}"`);
      expect(text).not.toContain('"error"');
    },
  );

  it('three bad events in a row end a translated stream in an error event', async () => {
    const all = renderAnthropic({ text: ['Good ', 'day'], tools: [], finish_reason: 'stop' }).split(
      /(?<=\n\n)/,
    );
    const bad = 'event: content_block_delta\ndata: {"ty\n\n';
    const parts = [...all.slice(0, 3), bad, bad, bad, ...all.slice(3)];
    const { post, createVirtualKey } = createGatewayFixture({ upstream: () => streamed(parts) });
    const { secret } = await createVirtualKey();
    const text = await (await post(secret, hello('claude-sonnet-4-5', { stream: true }))).text();
    expect(text.match(/"error":/g)).toHaveLength(1);
    expect(text).not.toContain('[DONE]');
  });

  it.each([
    ['HTML with 200', () => new Response('<html>sorry</html>', { headers: { 'content-type': 'text/html' } })],
    ['an error with 200', () => Response.json({ error: { message: 'secret words', type: 'server_error' } })],
    ['no JSON', () => new Response('oops', { headers: { 'content-type': 'application/json' } })],
    ['nothing', () => new Response('', { headers: { 'content-type': 'application/json' } })],
  ])('%s becomes a safe 502 for both kinds of request', async (_name, answer) => {
    for (const stream of [false, true]) {
      const { post, createVirtualKey } = createGatewayFixture({ upstream: answer });
      const { secret, stub } = await createVirtualKey({ budgets: [budget(1e12)] });
      const response = await post(secret, hello('gpt-4o-mini', { stream }));
      expect(response.status).toBe(502);
      const text = await response.clone().text();
      expect(text).not.toMatch(/sorry|secret words|oops/);
      expect(await codeOf(response)).toBe('provider_error');
      expect((await settledUsage(stub)).budgets[0]?.spent_usd_nanos).toBe(0);
    }
  });
});
