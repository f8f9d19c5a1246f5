import { describe, expect, it } from 'vitest';
import { admin, base_url, createVirtualKey, hello, post, receiptOf } from './harness.ts';

interface ErrorBody {
  error: { code: string; message: string; param: string | null; request_id: string };
}

const errorOf = async (response: Response): Promise<ErrorBody['error']> =>
  ((await response.json()) as ErrorBody).error;

const get = (path: string, key: string, method = 'GET'): Promise<Response> =>
  fetch(`${base_url}${path}`, { method, headers: { authorization: `Bearer ${key}` } });

describe('names that JavaScript and URLs make special', () => {
  it.each(['__proto__', 'constructor', 'toString', 'openai/', '/gpt-4o'])(
    'a model called %s is unknown, and nothing breaks',
    async (model) => {
      const { secret } = await createVirtualKey();
      const response = await post(secret, hello(model));
      expect(response.status).toBe(400);
      expect((await errorOf(response)).code).toBe('unknown_model');
    },
  );

  it('a model id that is not percent-encoded as it should be is unknown, and nothing breaks', async () => {
    const { secret } = await createVirtualKey();
    const response = await get('/v1/models/%zz', secret);
    expect(response.status).toBe(404);
    expect((await errorOf(response)).code).toBe('not_found');
  });
});

it.each([
  ['GET', '/v1/chat/completions', 'POST'],
  ['DELETE', '/v1/models', 'GET'],
  ['PUT', '/v1/key', 'GET'],
  ['POST', '/v1/receipts/req_x', 'GET'],
])('%s %s is answered with 405 and the method that would do', async (method, path, allow) => {
  const { secret } = await createVirtualKey();
  const response = await get(path, secret, method);
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe(allow);
  expect((await errorOf(response)).code).toBe('method_not_allowed');
});

it('the administration tells a wrong method from a wrong path', async () => {
  const { id } = await createVirtualKey();
  expect((await admin('DELETE', `keys/${id}`)).status).toBe(405);
  expect((await admin('GET', 'nothing')).status).toBe(404);
});

it.each([
  ['x-routing-hints', { priority: 'fast' }, 'x-routing-hints.priority'],
  ['x-routing-hints', '{bad', 'x-routing-hints'],
  ['x-routing-hints', { prefer: [] }, 'x-routing-hints.prefer'],
  ['x-cache', { enabled: 'yes' }, 'x-cache.enabled'],
  ['x-cache', { similarity_threshold: 2 }, 'x-cache.similarity_threshold'],
  ['x-stream-failover', 'banana', 'x-stream-failover'],
])(
  'a hint %s that cannot be read is refused by name, in the body and as a header',
  async (name, value, param) => {
    const { secret } = await createVirtualKey();
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    for (const response of [
      await post(secret, { ...hello('gpt-4o-mini'), [name]: value }),
      await post(secret, hello('gpt-4o-mini'), { [name]: text }),
    ]) {
      expect(response.status).toBe(400);
      expect(await errorOf(response)).toMatchObject({ code: 'invalid_hints', param });
    }
  },
);

it('every hint of the contract is taken as written there, and none of it reaches a provider', async () => {
  const { secret } = await createVirtualKey();
  const response = await post(secret, {
    ...hello('gpt-4o-mini'),
    'x-routing-hints': {
      priority: 'cost',
      max_latency_ms: 2000,
      prefer_providers: ['openai'],
      exclude_providers: ['gemini'],
      min_quality_score: 0.5,
    },
    'x-cache': { enabled: true, similarity_threshold: 0.9, ttl_seconds: 60, namespace: 'a' },
    'x-stream-failover': 'stop',
    'x-timeout': { total_ms: 60_000 },
    'x-metadata': { team: 'checkout' },
  });
  expect(response.status).toBe(200);
});

it('a refusal has a request id, a compact receipt and the time it took, like every answer', async () => {
  const { secret } = await createVirtualKey();
  const response = await post(secret, hello('no-such-model'));
  const request_id = response.headers.get('x-request-id');
  expect(request_id).toMatch(/^req_/);
  expect(response.headers.get('server-timing')).toMatch(/^gateway;dur=\d+/);
  expect(JSON.parse(response.headers.get('x-llm-gateway') ?? '')).toMatchObject({
    request_id,
    provider: null,
    cost_usd: 0,
    fallback_used: false,
  });
  expect((await errorOf(response)).request_id).toBe(request_id);
});

it('the receipt says so when the model that was asked for is unknown and the chain stepped in', async () => {
  const { secret } = await createVirtualKey();
  const response = await post(secret, { ...hello('no-such-model'), 'x-fallback-chain': ['gpt-4o-mini'] });
  expect(response.status).toBe(200);
  const receipt = await receiptOf(secret, response.headers.get('x-request-id') ?? '');
  expect(receipt.fallback.used).toBe(true);
  expect(receipt.routing.strategy).toBe('fallback_chain');
  expect(receipt.routing.reason).toContain('no-such-model was left out');
  expect(JSON.parse(response.headers.get('x-llm-gateway') ?? '')).toMatchObject({ fallback_used: true });
});

it('a client that gives a provider no time cannot close that provider for others', async () => {
  const { secret } = await createVirtualKey();
  const model = 'gpt-4o-mini-sim-tokens-5';
  const slow = { ...hello(model, '[sim first_ms=3000] hi'), 'x-timeout': { first_byte_ms: 20 } };
  for (let i = 0; i < 8; i++) {
    const response = await post(secret, { ...slow, stream: i % 2 === 0 });
    expect(response.status).toBe(504);
    await response.text();
  }
  expect((await post(secret, hello(model))).status).toBe(200);
});

describe('a key as the contract writes it', () => {
  it('is taken field for field, short forms and null included', async () => {
    const { status, body } = await admin<Record<string, unknown>>('POST', 'keys', {
      name: 'Production backend',
      project: 'shop',
      environment: 'live',
      plan: 'pro',
      rate_limit: 120,
      tokens_per_minute: 200_000,
      requests_per_day: 10_000,
      concurrency: 20,
      routing_strategy: 'balanced',
      model_allowlist: ['gpt-4o', 'anthropic/*'],
      provider_allowlist: [],
      ip_allowlist: ['203.0.113.0/24'],
      origins: ['https://shop.example'],
      expires_at: null,
      budgets: [{ window: 'monthly', limit_usd: 250, hard: true, alert_percents: [80, 90, 100] }],
      budget_monthly_eur: 250,
      budget_alert_pct: 80,
      per_request_limit_usd: 0.5,
      cache: { enabled: true, similarity_threshold: 0.95, ttl_seconds: 3600 },
      metadata: { team: 'checkout' },
      limits: { daily_usd: 5, weekly_usd: 20 },
      alerts: { threshold_percent: 75, webhook_url: 'https://hooks.example/x' },
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({ project: 'shop', plan: 'pro', metadata: { team: 'checkout' } });
    expect((body['budgets'] as { id: string }[]).map(({ id }) => id).sort()).toEqual(
      ['daily', 'monthly', 'monthly_eur', 'weekly'].sort(),
    );
  });

  it('takes null for whatever may be absent, and a PATCH with null empties it', async () => {
    const fields = [
      ...['project', 'plan', 'rate_limit', 'tokens_per_minute', 'requests_per_day', 'concurrency'],
      ...['routing_strategy', 'model_allowlist', 'provider_allowlist', 'ip_allowlist', 'origins'],
      ...['expires_at', 'budgets', 'budget_monthly_eur', 'budget_alert_pct', 'per_request_limit_usd'],
      ...['cache', 'metadata', 'limits', 'alerts'],
    ];
    const none = Object.fromEntries(fields.map((field) => [field, null]));
    const created = await admin('POST', 'keys', { name: 'a', environment: null, ...none });
    expect(created.status).toBe(201);
    const full = await createVirtualKey({ model_allowlist: ['gpt-4o'], metadata: { a: 'b' }, rate_limit: 5 });
    const patched = await admin('PATCH', `keys/${full.id}`, none);
    expect(patched.status).toBe(200);
    expect(patched.body).toMatchObject({ model_allowlist: [], metadata: {}, rate_limit: null, budgets: [] });
  });

  it('shows its etag as a header too, and takes it back as HTTP writes it', async () => {
    const { id } = await createVirtualKey();
    const { etag, body } = await admin('GET', `keys/${id}`);
    expect(etag).toBe(body['etag']);
    const patch = async (if_match: string, name: string): Promise<number> => {
      const { status } = await admin('PATCH', `keys/${id}`, { name, etag: if_match });
      return status;
    };
    expect(await patch('"999"', 'a')).toBe(409);
    expect(await patch(`W/${etag}`, 'b')).toBe(200);
    expect(await patch(String(etag), 'c')).toBe(409);
    expect(await patch('*', 'd')).toBe(200);
  });
});
