import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  budget,
  codeOf,
  createGatewayFixture,
  healthy,
  hello,
  settledUsage,
  silent,
  type Upstream,
  wholeAnswer,
} from './gateway-fixture.ts';

afterEach(() => vi.restoreAllMocks());

const down: Upstream = () => Response.json({ error: { message: 'overloaded' } }, { status: 503 });

/** Moves every clock of the gateway and of its objects. */
function forward(ms: number): void {
  const now = Date.now;
  const shifted = () => now() + ms;
  vi.spyOn(Date, 'now').mockImplementation(shifted);
}

/** Opens the breaker of a model by failures one after another; counts what reached the provider. */
async function breakDown(
  post: (body: Record<string, unknown>) => Promise<Response>,
  model: string,
): Promise<void> {
  for (let i = 0; i < 6; i++) await (await post(hello(model))).text();
}

describe('a hard outage', () => {
  it('opens after exactly five failures, then costs no call, answers at once, and holds no money', async () => {
    const { post, calls, createVirtualKey } = createGatewayFixture({ upstream: down });
    const { secret, stub } = await createVirtualKey({ budgets: [budget(1e12)] });
    for (let i = 0; i < 30; i++) await (await post(secret, hello('gpt-4o-mini'))).text();
    expect(calls).toHaveLength(5);
    const response = await post(secret, hello('gpt-4o-mini', { stream: true }));
    expect([response.status, await codeOf(response)]).toEqual([503, 'no_provider_available']);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(response.headers.get('retry-after'))).toBeLessThanOrEqual(6);
    expect(calls).toHaveLength(5);
    expect((await settledUsage(stub)).budgets[0]?.spent_usd_nanos).toBe(0);
  });

  it('of a whole chain answers 503 with the soonest return, and asks nobody', async () => {
    const { post, calls, createVirtualKey } = createGatewayFixture({ upstream: down });
    const { secret, stub } = await createVirtualKey({ budgets: [budget(1e12)] });
    const chain = ['gpt-4o-mini', 'claude-sonnet-4-5', 'gemini-2.5-flash'];
    for (const model of chain) await breakDown((body) => post(secret, body), model);
    calls.length = 0;
    const response = await post(secret, hello('gpt-4o-mini', { 'x-fallback-chain': chain.slice(1) }));
    expect([response.status, await codeOf(response)]).toEqual([503, 'no_provider_available']);
    expect(Number(response.headers.get('retry-after'))).toBeLessThanOrEqual(6);
    expect(calls).toEqual([]);
    expect((await settledUsage(stub)).budgets[0]?.held_usd_nanos).toBe(0);
  });
});

describe('a target whose pause is over', () => {
  async function openAndWait(after: Upstream) {
    let upstream: Upstream = down;
    const fixture = createGatewayFixture({ upstream: (call) => upstream(call) });
    const { secret, stub } = await fixture.createVirtualKey({ budgets: [budget(1e12)] });
    await breakDown((body) => fixture.post(secret, body), 'gpt-4o-mini');
    forward(6_000);
    upstream = after;
    fixture.calls.length = 0;
    return { ...fixture, secret, stub };
  }

  it('of two hundred at once exactly three reach it; two successes open it for all', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { post, calls, secret } = await openAndWait(async (call) => {
      await gate;
      return healthy(call);
    });
    const statuses: number[] = [];
    const all = Array.from({ length: 200 }, async () => {
      const response = await post(secret, hello('gpt-4o-mini'));
      await response.text();
      statuses.push(response.status);
    });
    await vi.waitFor(() => expect(statuses).toHaveLength(197));
    expect(calls).toHaveLength(3);
    release();
    await Promise.all(all);
    expect(statuses.filter((status) => status === 200)).toHaveLength(3);
    expect(statuses.filter((status) => status === 503)).toHaveLength(197);
    calls.length = 0;
    for (let i = 0; i < 10; i++) expect((await post(secret, hello('gpt-4o-mini'))).status).toBe(200);
    expect(calls).toHaveLength(10);
  });

  it.each([
    ['a bad request of the caller', () => Response.json({ error: { message: 'bad' } }, { status: 400 })],
    ['a caller who leaves', silent],
  ] as const)('a probe that ends in %s gives its slot back', async (_name, after) => {
    const { post, calls, secret, stub } = await openAndWait(after);
    for (let i = 1; i <= 5; i++) {
      const leaving = new AbortController();
      const answering = post(secret, hello('gpt-4o-mini'), { signal: leaving.signal }).catch(() => null);
      await vi.waitFor(() => expect(calls).toHaveLength(i), { timeout: 1_000, interval: 5 });
      leaving.abort();
      await answering;
    }
    await settledUsage(stub);
  });
});

it('three hundred bad requests of a caller close nothing to anybody', async () => {
  const { post, calls, createVirtualKey } = createGatewayFixture({
    upstream: (call) =>
      JSON.stringify(call.body).includes('bad')
        ? Response.json({ error: { message: 'bad' } }, { status: calls.length % 2 ? 400 : 422 })
        : healthy(call),
  });
  const { secret } = await createVirtualKey();
  const { secret: other } = await createVirtualKey();
  const bad = hello('gpt-4o-mini', { messages: [{ role: 'user', content: 'bad' }] });
  for (let i = 0; i < 6; i++)
    await Promise.all(
      Array.from({ length: 50 }, async () => expect((await post(secret, bad)).status).toBe(400)),
    );
  expect(calls).toHaveLength(300);
  expect((await post(other, hello('gpt-4o-mini'))).status).toBe(200);
});

describe('Retry-After of a provider', () => {
  const limited = (headers: Record<string, string>) => () =>
    Response.json({ error: { message: 'slow down' } }, { status: 429, headers });
  it.each([
    ['seconds', () => ({ 'retry-after': '90' }), 85, 90],
    ['an HTTP date', () => ({ 'retry-after': new Date(Date.now() + 90_000).toUTCString() }), 85, 90],
    ['milliseconds', () => ({ 'retry-after-ms': '90000' }), 85, 90],
    ['ten years', () => ({ 'retry-after': '315360000' }), 590, 600],
  ] as const)(
    'in %s keeps its connection out that long, capped, and is passed on',
    async (_name, headers, least, most) => {
      const { post, calls, createVirtualKey } = createGatewayFixture({ upstream: limited(headers()) });
      const { secret } = await createVirtualKey();
      await (await post(secret, hello('gpt-4o-mini'))).text();
      const tried = calls.length;
      const response = await post(secret, hello('gpt-4o-mini'));
      expect(response.status).toBe(503);
      const wait = Number(response.headers.get('retry-after'));
      expect(wait).toBeGreaterThanOrEqual(least);
      expect(wait).toBeLessThanOrEqual(most);
      expect(calls).toHaveLength(tried);
    },
  );

  it('that is garbage keeps nobody out for long', async () => {
    let limit = true;
    const { post, createVirtualKey } = createGatewayFixture({
      upstream: () => (limit ? limited({ 'retry-after': 'soon-ish' })() : wholeAnswer()),
    });
    const { secret } = await createVirtualKey();
    await (await post(secret, hello('gpt-4o-mini'))).text();
    limit = false;
    forward(61_000);
    expect((await post(secret, hello('gpt-4o-mini'))).status).toBe(200);
  });
});

it('five hundred requests against dead targets cause at most a fifth more calls, and three', async () => {
  const { post, calls, createVirtualKey } = createGatewayFixture({ upstream: down });
  const { secret } = await createVirtualKey();
  // A model each, so that no breaker helps.
  await Promise.all(
    Array.from({ length: 500 }, async (_, i) => (await post(secret, hello(`openai/dead-${i}`))).text()),
  );
  expect(calls.length).toBeLessThanOrEqual(500 * 1.2 + 3);
  expect(calls.length).toBeGreaterThanOrEqual(500);
});
