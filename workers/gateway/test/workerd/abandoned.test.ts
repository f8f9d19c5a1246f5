import { abortAllDurableObjects } from 'cloudflare:test';
import { describe, expect, it, vi } from 'vitest';
import {
  budget,
  chunkOf,
  createGatewayFixture,
  healthy,
  hello,
  idOf,
  ledgers,
  settledUsage,
  silent,
  streamed,
  traceOf,
  type Upstream,
  type UpstreamCall,
} from './gateway-fixture.ts';

const onlyBudget = { budgets: [budget(1e12)] };

describe.each([false, true])('a client that leaves before the first byte (stream: %s)', (stream) => {
  it.each([
    ['gpt-4o-mini', 'before any answer', silent],
    ['claude-sonnet-4-5', 'before any answer', silent],
    ['gemini-2.5-flash', 'before any answer', silent],
    ['gpt-4o-mini', 'after the headers', hangingBody],
    ['claude-sonnet-4-5', 'after the headers', hangingBody],
  ] as const)(
    '%s, %s: the provider is let go at once, the input is billed, nothing stays held',
    async (model, _when, upstream) => {
      const { post, calls, createVirtualKey } = createGatewayFixture({ upstream });
      const { secret, stub } = await createVirtualKey(onlyBudget);
      const leaving = new AbortController();
      const answering = post(secret, hello(model, { stream }), { signal: leaving.signal }).catch(() => null);
      await vi.waitFor(() => expect(calls).toHaveLength(1));
      expect((await stub.usage())?.budgets[0]?.held_usd_nanos).toBeGreaterThan(0);
      leaving.abort();
      await vi.waitFor(() => expect(calls[0]?.signal.aborted).toBe(true), { timeout: 1_000, interval: 5 });
      await answering;
      const usage = await settledUsage(stub, 1_000);
      expect(usage.budgets[0]?.spent_usd_nanos).toBeGreaterThan(0);
      expect(calls).toHaveLength(1);
    },
  );

  it('whose request had not been sent yet pays nothing', async () => {
    const { post, calls, createVirtualKey } = createGatewayFixture({ upstream: healthy });
    const { secret, stub } = await createVirtualKey(onlyBudget);
    const leaving = new AbortController();
    leaving.abort();
    await post(secret, hello('gpt-4o-mini', { stream }), { signal: leaving.signal }).catch(() => null);
    expect(calls).toEqual([]);
    expect((await settledUsage(stub)).budgets[0]?.spent_usd_nanos).toBe(0);
  });
});

/** Headers, and then nothing until the caller leaves. */
function hangingBody({ signal, body }: UpstreamCall): Response {
  const type = body['stream'] === true ? 'text/event-stream' : 'application/json';
  return new Response(streamed([], signal).body, { headers: { 'content-type': type } });
}

/** A model for each kind of failure, so that no breaker of one is in the way of the others. */
const SAD_MODELS: Record<string, string> = {
  fails: 'gpt-4.1-mini',
  'times out': 'gpt-4.1-nano',
  breaks: 'gpt-4.1',
  unknown: 'no-such-model',
};

describe('500 requests of every fate', () => {
  const fates = [
    'ok',
    'fails',
    'times out',
    'leaves',
    'leaves later',
    'unknown',
    'refused',
    'breaks',
  ] as const;

  it('leave no hold, nothing in flight, and a charge that the provider can account for', async () => {
    const upstream: Upstream = (call) => {
      const text = JSON.stringify(call.body['messages']);
      if (text.includes('fails')) return new Response('{"error":{"message":"no"}}', { status: 500 });
      if (text.includes('times out') || text.includes('"leaves"')) return silent(call);
      if (text.includes('leaves later')) return streamed([chunkOf({ content: 'word' })], call.signal);
      if (text.includes('breaks')) return streamed([chunkOf({ content: 'word' })], 'break');
      return healthy(call);
    };
    const { post, createVirtualKey } = createGatewayFixture({
      upstream,
      connections: [{ id: 'sad', provider: 'openai', models: ['gpt-4.1', 'gpt-4.1-mini', 'gpt-4.1-nano'] }],
    });
    const { secret, stub } = await createVirtualKey(onlyBudget);
    const { secret: poor, stub: poor_stub } = await createVirtualKey({ budgets: [budget(10)] });
    const statuses = new Map<string, number>();

    async function once(i: number): Promise<void> {
      const fate = fates[i % fates.length] ?? 'ok';
      const stream = fate === 'leaves later' || fate === 'breaks' || i % 3 === 0;
      const model = SAD_MODELS[fate] ?? 'gpt-4o-mini';
      const leaving = new AbortController();
      const body = {
        ...hello(model, { stream }),
        messages: [{ role: 'user', content: fate }],
        ...(fate === 'times out' ? { 'x-timeout': { first_byte_ms: 30, total_ms: 60 } } : {}),
      };
      const answering = post(fate === 'refused' ? poor : secret, body, { signal: leaving.signal });
      if (fate === 'leaves') setTimeout(() => leaving.abort(), 5);
      const response = await answering.catch(() => null);
      statuses.set(fate, response?.status ?? 0);
      if (fate === 'leaves later') {
        const reader = response?.body?.getReader();
        await reader?.read();
        await reader?.cancel();
        leaving.abort();
      } else await response?.text().catch(() => undefined);
    }

    for (let start = 0; start < 500; start += 50)
      await Promise.all(Array.from({ length: 50 }, (_, i) => once(start + i)));
    expect(Object.fromEntries(statuses)).toMatchObject({ ok: 200, unknown: 400, refused: 402 });
    const usage = await settledUsage(stub, 10_000);
    expect(usage.budgets[0]?.spent_usd_nanos).toBeGreaterThan(0);
    expect((await settledUsage(poor_stub)).budgets[0]?.spent_usd_nanos).toBe(0);
  });
});

it('an object that dies while the provider is at work keeps the hold, holds once, and is settled once', async () => {
  let answer = (): void => undefined;
  const { post, calls, createVirtualKey } = createGatewayFixture({
    upstream: async (call) => {
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return healthy(call);
    },
  });
  const { secret, stub, key_id } = await createVirtualKey({ ...onlyBudget, strict: true });
  const answering = post(secret, hello('gpt-4o-mini'));
  await vi.waitFor(() => expect(calls).toHaveLength(1));
  const held = (await stub.usage())?.budgets[0]?.held_usd_nanos ?? 0;
  expect(held).toBeGreaterThan(0);
  await abortAllDurableObjects();
  const again = ledgers.getByName(key_id);
  expect((await again.usage())?.budgets[0]?.held_usd_nanos).toBe(held);
  answer();
  const response = await answering;
  expect(response.status).toBe(200);
  await response.text();
  // 8 input tokens of 150 nano-dollars, 5 output tokens of 600.
  const trace = await traceOf(again, idOf(response));
  expect(trace.settled_usd_nanos).toBe(8 * 150 + 5 * 600);
  const usage = await vi.waitFor(async () => {
    const seen = await again.usage();
    expect(seen?.budgets[0]?.held_usd_nanos).toBe(0);
    return seen;
  });
  const reserve = 4 * held;
  expect(usage?.budgets[0]?.spent_usd_nanos).toBeLessThanOrEqual(trace.settled_usd_nanos + reserve);
  expect(usage?.budgets[0]?.spent_usd_nanos).toBeGreaterThanOrEqual(trace.settled_usd_nanos);
});
