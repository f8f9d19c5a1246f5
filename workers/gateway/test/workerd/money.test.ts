import { describe, expect, it } from 'vitest';
import {
  budget,
  codeOf,
  createGatewayFixture,
  healthy,
  hello,
  idOf,
  settledUsage,
  traceOf,
  wholeAnswer,
} from './gateway-fixture.ts';

/** What gpt-4o-mini costs a token, in nano-dollars. */
const INPUT = 150;
const OUTPUT = 600;
const EXACT = 8 * INPUT + 5 * OUTPUT;

describe.each([false, true])('500 requests at once on a budget for ten holds (stream: %s)', (stream) => {
  it('exactly ten reach the provider, and all others are told that money is held', async () => {
    const body = hello('gpt-4o-mini', { stream });
    const warm = createGatewayFixture({ upstream: healthy });
    const { secret: rich, stub: rich_stub } = await warm.createVirtualKey({ budgets: [budget(1e12)] });
    const first = await warm.post(rich, body);
    await first.text();
    const { held_usd_nanos } = await traceOf(rich_stub, idOf(first));

    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { post, calls, createVirtualKey } = createGatewayFixture({
      upstream: async (call) => {
        if (calls.length > 10) release();
        await held;
        return healthy(call);
      },
    });
    const limit = held_usd_nanos * 10;
    const { secret, stub } = await createVirtualKey({ budgets: [budget(limit)] });
    const statuses: number[] = [];
    const codes = new Set<string>();
    const all = Array.from({ length: 500 }, async () => {
      const response = await post(secret, body);
      statuses.push(response.status);
      if (response.status === 200) await response.text();
      else {
        codes.add(await codeOf(response));
        expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      }
      if (statuses.length === 490) release();
    });
    await Promise.all(all);
    expect(calls).toHaveLength(10);
    expect(statuses.filter((status) => status === 200)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(490);
    expect([...codes]).toEqual(['budget_held']);
    const { budgets } = await settledUsage(stub);
    expect(budgets[0]?.spent_usd_nanos).toBe(10 * EXACT);
    expect(10 * EXACT).toBeLessThanOrEqual(limit);
  });
});

describe('a request that names no output limit', () => {
  it('is sent with one that the rest of the budget pays for', async () => {
    const { post, calls, createVirtualKey } = createGatewayFixture({ upstream: healthy });
    const { secret } = await createVirtualKey({ budgets: [budget(100_000)] });
    const { max_tokens: _, ...body } = hello('gpt-4o-mini');
    const response = await post(secret, body);
    expect(response.status).toBe(200);
    const sent = calls[0]?.body ?? {};
    const limit = Number(sent['max_completion_tokens'] ?? sent['max_tokens']);
    expect(limit).toBeGreaterThanOrEqual(16);
    expect(limit * OUTPUT).toBeLessThanOrEqual(100_000);
  });

  it('is refused unsent where fewer than 16 tokens could be paid', async () => {
    const { post, calls, createVirtualKey } = createGatewayFixture({ upstream: healthy });
    const { secret } = await createVirtualKey({ budgets: [budget(15 * OUTPUT)] });
    const { max_tokens: _, ...body } = hello('gpt-4o-mini');
    const response = await post(secret, body);
    expect(response.status).toBe(402);
    expect(await codeOf(response)).toBe('budget_exceeded');
    expect(calls).toEqual([]);
  });
});

describe('prices that are not plain', () => {
  it('unpriced: a key with a budget is refused unsent, one without is served at an unknown cost', async () => {
    const { post, calls, createVirtualKey } = createGatewayFixture({ upstream: healthy });
    const { secret } = await createVirtualKey({ budgets: [budget(1e12)] });
    const refused = await post(secret, hello('openai/model-of-no-price'));
    expect([refused.status, await codeOf(refused)]).toEqual([403, 'model_unpriced']);
    expect(calls).toEqual([]);
    const { secret: free, stub } = await createVirtualKey();
    const served = await post(free, hello('openai/model-of-no-price'));
    expect(served.status).toBe(200);
    expect((await traceOf(stub, idOf(served))).cost_usd_nanos).toBeNull();
  });

  it('unpriced in the fallback chain only: refused all the same, for a hold must cover every target', async () => {
    const { post, calls, createVirtualKey } = createGatewayFixture({ upstream: healthy });
    const { secret } = await createVirtualKey({ budgets: [budget(1e12)] });
    const chain = { 'x-fallback-chain': ['openai/model-of-no-price'] };
    expect((await post(secret, hello('gpt-4o-mini', chain))).status).toBe(403);
    expect(calls).toEqual([]);
  });

  it('usage missing: charged by an estimate that is flagged, within the hold, and never nothing', async () => {
    const { post, createVirtualKey } = createGatewayFixture({
      upstream: () => wholeAnswer('Good day', null),
    });
    const { secret, stub } = await createVirtualKey({ budgets: [budget(1e12)] });
    const response = await post(secret, hello('gpt-4o-mini'));
    await response.text();
    const trace = await traceOf(stub, idOf(response));
    expect(trace.usage?.estimated).toBe(true);
    expect(trace.settled_usd_nanos).toBeGreaterThan(0);
    expect(trace.settled_usd_nanos).toBeLessThanOrEqual(trace.held_usd_nanos);
    expect((await settledUsage(stub)).budgets[0]?.spent_usd_nanos).toBe(trace.settled_usd_nanos);
  });

  it('a tier that the request crosses is in the hold and in the charge', async () => {
    const tokens = 250_000;
    const { post, createVirtualKey } = createGatewayFixture({
      upstream: () =>
        Response.json({
          candidates: [
            { content: { role: 'model', parts: [{ text: 'Good day' }] }, finishReason: 'STOP', index: 0 },
          ],
          usageMetadata: { promptTokenCount: tokens, candidatesTokenCount: 10, totalTokenCount: tokens + 10 },
        }),
    });
    const { secret, stub } = await createVirtualKey({ budgets: [budget(1e13)] });
    const ask = async (content: string) => {
      const response = await post(secret, hello('gemini-2.5-pro', { messages: [{ role: 'user', content }] }));
      expect(response.status).toBe(200);
      await response.text();
      return traceOf(stub, idOf(response));
    };
    const long = await ask('word '.repeat(tokens));
    // Above 200,000 input tokens: 2.50 and 15 dollars a million (ai.google.dev/gemini-api/docs/pricing).
    expect(long.settled_usd_nanos).toBe(tokens * 2_500 + 10 * 15_000);
    expect(long.held_usd_nanos).toBeGreaterThanOrEqual(long.settled_usd_nanos);
    const short = await ask('word '.repeat(100));
    expect(short.held_usd_nanos).toBeLessThan(700 * 1_250 + 100 * 10_000 + 1_000_000);
  });
});
