import { describe, expect, it } from 'vitest';
import {
  attemptsOn,
  createVirtualKey,
  eventually,
  hello,
  keyView,
  post,
  receiptOf,
  simulator_url,
} from './harness.ts';

describe('a hard budget', () => {
  it.each([
    { stream: false, shards: 1 },
    { stream: true, shards: 1 },
    { stream: true, shards: 4 },
  ])(
    'of 0.001 dollars is never overspent by 500 requests at once (stream: $stream, over $shards ledgers)',
    async ({ stream, shards }) => {
      const budgets = [{ window: 'total', limit_usd: 0.001, hard: true }];
      const key = await createVirtualKey({ budgets, shards });
      const body = { ...hello('gpt-4o-mini', 'A few words'), max_tokens: 200, stream };
      const statuses = new Map<number, number>();
      await Promise.all(
        Array.from({ length: 500 }, async () => {
          const response = await post(key.secret, body);
          statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
          await response.text();
        }),
      );
      const view = await eventually(
        () => keyView(key.secret),
        (seen) => seen.budgets[0]?.held_usd === 0,
      );
      const budget = view.budgets[0];
      expect(budget?.held_usd).toBe(0);
      expect(budget?.spent_usd).toBeGreaterThan(0);
      expect(budget?.spent_usd).toBeLessThanOrEqual(0.001);
      expect(statuses.get(200)).toBeGreaterThan(0);
      const refused = (statuses.get(402) ?? 0) + (statuses.get(429) ?? 0);
      expect((statuses.get(200) ?? 0) + refused).toBe(500);
    },
  );

  it('of a key that is split gives every request its receipt, and refuses rates that cannot be divided', async () => {
    const budgets = [{ window: 'total', limit_usd: 1, hard: true }];
    const key = await createVirtualKey({ budgets, shards: 3 });
    let nanos = 0;
    for (let i = 0; i < 6; i++) {
      const response = await post(key.secret, hello('gpt-4o-mini', `Number ${i}`));
      await response.text();
      const receipt = await receiptOf(key.secret, response.headers.get('x-request-id') ?? '');
      nanos += Math.round((receipt.cost.provider_cost_usd ?? Number.NaN) * 1e9);
    }
    const view = await eventually(
      () => keyView(key.secret),
      (seen) => Math.round((seen.budgets[0]?.spent_usd ?? 0) * 1e9) === nanos,
    );
    expect(Math.round((view.budgets[0]?.spent_usd ?? 0) * 1e9)).toBe(nanos);
    await expect(createVirtualKey({ shards: 3, rate_limit: 2 })).rejects.toThrow('rate_limit');
  });

  it('equals what the provider would bill, to the nano-dollar', async () => {
    const key = await createVirtualKey({ budgets: [{ window: 'total', limit_usd: 1, hard: true }] });
    await fetch(`${simulator_url}/__sim/attempts`, { method: 'DELETE' });
    let receipts = 0;
    for (const stream of [false, true]) {
      const response = await post(key.secret, { ...hello('gpt-4o-mini', 'Count with me'), stream });
      await response.text();
      const receipt = await receiptOf(key.secret, response.headers.get('x-request-id') ?? '');
      receipts += receipt.cost.provider_cost_usd ?? Number.NaN;
    }
    const billed = (await attemptsOn('gpt-4o-mini')).map(
      (attempt) => (attempt as unknown as { billed: { input_tokens: number; output_tokens: number } }).billed,
    );
    const nanos = billed.reduce(
      (sum, { input_tokens, output_tokens }) => sum + input_tokens * 150 + output_tokens * 600,
      0,
    );
    expect(Math.round(receipts * 1e9)).toBe(nanos);
    const view = await keyView(key.secret);
    expect(Math.round((view.budgets[0]?.spent_usd ?? 0) * 1e9)).toBe(nanos);
  });

  it('lowers the output limit to what it can still pay, and says so', async () => {
    const key = await createVirtualKey({ budgets: [{ window: 'daily', limit_usd: 0.0001, hard: true }] });
    const response = await post(key.secret, hello('gpt-4o-mini', 'B07: a long story please'));
    expect(response.status).toBe(200);
    await response.text();
    const receipt = await receiptOf(key.secret, response.headers.get('x-request-id') ?? '');
    expect(receipt.degraded.join()).toContain('output limit lowered');
    const sent = (await attemptsOn('gpt-4o-mini')).at(-1)?.request_body;
    const limit = Number(sent?.['max_completion_tokens'] ?? sent?.['max_tokens']);
    expect(limit).toBeGreaterThanOrEqual(16);
    expect(limit * 600).toBeLessThanOrEqual(100_000);
  });

  it('refuses with 402 and the numbers when it is spent, and SDKs do not retry that', async () => {
    const key = await createVirtualKey({ budgets: [{ window: 'monthly', limit_usd: 0.000001, hard: true }] });
    const response = await post(key.secret, hello('gpt-4o-mini'));
    expect(response.status).toBe(402);
    const { error } = (await response.json()) as { error: Record<string, unknown> };
    expect(error).toMatchObject({
      code: 'budget_exceeded',
      window: 'monthly',
      limit_usd: 0.000001,
      spent_usd: 0,
    });
    expect(typeof error['resets_at']).toBe('string');
  });

  it('refuses a model whose price is unknown before anything is sent', async () => {
    const key = await createVirtualKey({ budgets: [{ window: 'daily', limit_usd: 1, hard: true }] });
    const response = await post(key.secret, hello('openai/gpt-4o-mini-of-no-price'));
    expect(response.status).toBe(403);
    expect(await attemptsOn('gpt-4o-mini-of-no-price')).toEqual([]);
    const free = await createVirtualKey();
    expect((await post(free.secret, hello('openai/gpt-4o-mini-of-no-price'))).status).toBe(200);
  });

  it('may be set in euros', async () => {
    const key = await createVirtualKey({ budget_monthly_eur: 250, budget_alert_pct: 80 });
    const view = (await keyView(key.secret)).budgets[0] as unknown as Record<string, unknown>;
    expect(view).toMatchObject({ currency: 'eur', limit_amount: 250, window: 'monthly', hard: true });
    expect(view['limit_usd']).toBeGreaterThan(0);
  });

  it('allows no single request above its own limit', async () => {
    const key = await createVirtualKey({ per_request_limit_usd: 0.000001 });
    const response = await post(key.secret, hello('gpt-4o-mini'));
    expect(response.status).toBe(402);
    expect(((await response.json()) as { error: { code: string } }).error.code).toBe(
      'per_request_limit_exceeded',
    );
  });
});

describe('rate limits', () => {
  it('refuse the request after the last one of the minute, with both families of headers', async () => {
    const key = await createVirtualKey({ rate_limit: 3 });
    const statuses: number[] = [];
    let last = new Response();
    for (let i = 0; i < 4; i++) {
      last = await post(key.secret, hello('gpt-4o-mini'));
      statuses.push(last.status);
      if (last.status === 200) await last.text();
    }
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(last.headers.get('x-ratelimit-limit-requests')).toBe('3');
    expect(last.headers.get('x-ratelimit-remaining')).toBe('0');
    const { error } = (await last.json()) as { error: { code: string; limit: string } };
    expect(error).toMatchObject({
      code: 'rate_limit_exceeded',
      limit: 'requests_per_minute',
      scope: 'key',
      resets_at: expect.stringMatching(/^20.*Z$/),
    });
  });

  it('hold concurrency to its number', async () => {
    const key = await createVirtualKey({ concurrency: 2 });
    const slow = { ...hello('gpt-4o-mini-sim-slow-800', 'Slowly'), stream: true };
    const answers = await Promise.all([1, 2, 3, 4].map(() => post(key.secret, slow)));
    const statuses = answers.map(({ status }) => status).sort();
    await Promise.all(answers.map((answer) => answer.text()));
    expect(statuses).toEqual([200, 200, 429, 429]);
    const view = await eventually(
      () => keyView(key.secret),
      (seen) => seen.limits.in_flight === 0,
    );
    expect(view.limits.in_flight).toBe(0);
  });
});
