import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  admin,
  attemptsOn,
  base_url,
  type CreatedKey,
  createVirtualKey,
  hello,
  post,
  receiptOf,
} from './harness.ts';

const ORIGIN = 'https://shop.example';
const MODEL = 'gpt-4o-mini';

interface Minted {
  token: string;
  token_id: string;
  expires_at: string;
}

async function mint(
  key: string,
  ask: unknown = {},
  headers: Record<string, string> = {},
): Promise<{
  status: number;
  body: Minted & { error?: { code: string; param: string | null } };
  headers: Headers;
}> {
  const response = await fetch(`${base_url}/v1/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(ask),
  });
  return { status: response.status, body: (await response.json()) as never, headers: response.headers };
}

const get = (key: string, path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${base_url}/v1/${path}`, { headers: { authorization: `Bearer ${key}`, ...headers } });

const keys: string[] = [];
async function createKey(settings: Record<string, unknown> = {}): Promise<CreatedKey> {
  const key = await createVirtualKey(settings);
  keys.push(key.id);
  return key;
}
afterAll(async () => {
  for (const id of keys) await admin('POST', `keys/${id}/revoke`);
});

describe('a browser token', () => {
  let key: CreatedKey;
  beforeAll(async () => {
    key = await createKey({ budget_monthly_usd: 5, rate_limit: 1000, metadata: { team: 'shop' } });
  });

  it('answers a whole request and a stream through the official client, from its own origin', async () => {
    const { status, body } = await mint(key.secret, { origins: [ORIGIN], ttl_seconds: 60 });
    expect(status).toBe(201);
    expect(body.token).toMatch(/^slu_tok_/);
    const left_ms = Date.parse(body.expires_at) - Date.now();
    expect(left_ms).toBeGreaterThan(30_000);
    expect(left_ms).toBeLessThanOrEqual(60_000);
    const client = new OpenAI({
      apiKey: body.token,
      baseURL: `${base_url}/v1`,
      maxRetries: 0,
      dangerouslyAllowBrowser: true,
      defaultHeaders: { origin: ORIGIN },
    });
    const { data, response } = await client.chat.completions.create(hello(MODEL)).withResponse();
    expect(data.choices[0]?.message.content?.length).toBeGreaterThan(3);
    expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
    let text = '';
    for await (const chunk of await client.chat.completions.create({ ...hello(MODEL), stream: true }))
      text += chunk.choices[0]?.delta.content ?? '';
    expect(text.length).toBeGreaterThan(3);
  });

  it('lives fifteen minutes by default and two hours at most', async () => {
    const usual = await mint(key.secret);
    const left_ms = Date.parse(usual.body.expires_at) - Date.now();
    expect(Math.abs(left_ms - 900_000)).toBeLessThan(20_000);
    const long = await mint(key.secret, { ttl_seconds: 7201 });
    expect([long.status, long.body.error?.param]).toEqual([400, 'ttl_seconds']);
    expect((await mint(key.secret, { ttl_seconds: 7200 })).status).toBe(201);
  });

  it('is refused from another origin and from none, and calls nobody', async () => {
    const { token } = (await mint(key.secret, { origins: [ORIGIN] })).body;
    const model = `gpt-4o-mini-origin-${Date.now()}`;
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `${ORIGIN}.evil.example` },
      {},
    ]) {
      const response = await post(token, hello(model), headers as Record<string, string>);
      expect(response.status).toBe(403);
      expect(((await response.json()) as { error: { code: string } }).error.code).toBe('origin_not_allowed');
    }
    expect(await attemptsOn(model)).toEqual([]);
  });

  it('reaches the models that both it and its key name, by any way', async () => {
    const { token } = (await mint(key.secret, { models: ['openai/gpt-4o-mini'] })).body;
    expect((await post(token, hello(MODEL))).status).toBe(200);
    const other = await post(token, hello('claude-sonnet-4-5'));
    expect(other.status).toBe(403);
    const by_chain = await post(token, { ...hello(MODEL), 'x-fallback-chain': ['claude-sonnet-4-5'] });
    expect([200, 403]).toContain(by_chain.status);
    if (by_chain.status === 200)
      expect(((await by_chain.json()) as { model: string }).model).toContain('gpt-4o-mini');
    const auto = await post(token, hello('auto'));
    expect(auto.status).toBe(200);
    const receipt = JSON.parse(auto.headers.get('x-llm-gateway') ?? '') as { model: string };
    expect(receipt.model).toBe('gpt-4o-mini');
    const listed = (await (await get(token, 'models')).json()) as { data: { id: string }[] };
    expect(listed.data.map(({ id }) => id)).toContain('openai/gpt-4o-mini');
    expect(listed.data.map(({ id }) => id)).not.toContain('claude-sonnet-4-5');
  });

  it('says who calls, whatever the page says, and its receipt carries the key and the token', async () => {
    const { token, token_id } = (await mint(key.secret, { user: 'ann', metadata: { seat: '12' } })).body;
    const response = await post(token, {
      ...hello(MODEL),
      user: 'bob',
      'x-metadata': { seat: '1', tab: 'a' },
    });
    const id = response.headers.get('x-request-id') ?? '';
    expect(((await receiptOf(key.secret, id)) as unknown as { token_id: string }).token_id).toBe(token_id);
    expect((await receiptOf(token, id)).request_id).toBe(id);
    const other = (await mint(key.secret)).body.token;
    expect((await get(other, `receipts/${id}`)).status).toBe(404);
  });

  it('shows a page nothing of what its key has left', async () => {
    const { token, token_id } = (await mint(key.secret, { rate_limit: 7, limit_usd: 0.25 })).body;
    const view = (await (await get(token, 'key')).json()) as Record<string, unknown>;
    expect(view).toMatchObject({ token_id, rate_limit: 7, limit_usd: 0.25 });
    expect(Object.keys(view).filter((name) => /budget|project|name|key_id|limits/.test(name))).toEqual([]);
  });

  it('gets no answer again that another token of its key was given', async () => {
    const [ann, bob] = [await mint(key.secret, { user: 'ann' }), await mint(key.secret, { user: 'bob' })];
    const headers = { 'idempotency-key': `same-${Date.now()}` };
    const one = (await (await post(ann.body.token, hello(MODEL), headers)).json()) as { id: string };
    const again = (await (await post(ann.body.token, hello(MODEL), headers)).json()) as { id: string };
    const other = await post(bob.body.token, hello(MODEL, 'another question'), headers);
    expect(again.id).toBe(one.id);
    expect(other.status).toBe(200);
    expect(((await other.json()) as { id: string }).id).not.toBe(one.id);
  });

  it('makes no tokens, and says so', async () => {
    const { token } = (await mint(key.secret)).body;
    const second = await mint(token);
    expect([second.status, second.body.error?.code]).toEqual([403, 'forbidden']);
  });

  it('ends with its key: revoked, disabled or with another secret', async () => {
    const own = await createKey();
    const { token } = (await mint(own.secret)).body;
    expect((await post(token, hello(MODEL))).status).toBe(200);
    await admin('POST', `keys/${own.id}/disable`);
    expect((await post(token, hello(MODEL))).status).toBe(403);
    await admin('POST', `keys/${own.id}/enable`);
    expect((await post(token, hello(MODEL))).status).toBe(200);
    const rotated = await admin<CreatedKey>('POST', `keys/${own.id}/rotate`, { overlap_seconds: 0 });
    expect((await post(token, hello(MODEL))).status).toBe(401);
    const next = (await mint(rotated.body.secret)).body.token;
    expect((await post(next, hello(MODEL))).status).toBe(200);
    await admin('POST', `keys/${own.id}/revoke`);
    expect((await post(next, hello(MODEL))).status).toBe(401);
  });
});

describe('a token that would be wider than its key', () => {
  it('is refused, naming the field', async () => {
    const { secret } = await createKey({
      origins: [ORIGIN],
      model_allowlist: ['gpt-4o-mini', 'anthropic/*'],
      rate_limit: 10,
      budget_monthly_usd: 1,
    });
    const wider: [string, unknown][] = [
      ['origins', ['https://evil.example']],
      ['models', ['gpt-4o']],
      ['models', ['openai/*']],
      ['models', ['*']],
      ['models', ['anthropic*']],
      ['rate_limit', 11],
      ['limit_usd', 1.01],
    ];
    for (const [field, value] of wider) {
      const { status, body } = await mint(secret, { [field]: value });
      expect([field, status, body.error?.code, body.error?.param]).toEqual([field, 403, 'forbidden', field]);
    }
    const within = {
      origins: [ORIGIN],
      models: ['openai/gpt-4o-mini', 'claude-sonnet-4-5', 'anthropic/claude-*'],
      rate_limit: 10,
      limit_usd: 1,
    };
    expect((await mint(secret, within)).status).toBe(201);
    expect((await mint(secret, { ttl: 5 })).status).toBe(400);
    expect((await mint(secret, { origins: ['null'] })).status).toBe(400);
    expect((await mint(secret, { origins: ['https://shop.example/'] })).status).toBe(400);
  });
});

describe('the way to tokens', () => {
  it('is closed to pages: no preflight and no answer invites one', async () => {
    const { secret } = await createKey({ origins: [ORIGIN] });
    const minted = await mint(secret, {}, { origin: ORIGIN });
    const preflight = await fetch(`${base_url}/v1/tokens`, {
      method: 'OPTIONS',
      headers: { origin: ORIGIN, 'access-control-request-method': 'POST' },
    });
    for (const headers of [minted.headers, preflight.headers])
      expect(headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('a token that an administrator makes', () => {
  type Refused = Minted & { error?: { code: string; param: string | null } };
  const mintFor = (id: string, ask: unknown = {}) => admin<Refused>('POST', `keys/${id}/tokens`, ask);

  it('needs no secret, works as any other, may do no more than its key, and is in the audit log', async () => {
    const key = await createKey({ model_allowlist: ['gpt-4o-*'], rate_limit: 50 });
    const { status, body } = await mintFor(key.id, { limit_usd: 1, ttl_seconds: 60 });
    expect(status).toBe(201);
    expect((await post(body.token, hello(MODEL))).status).toBe(200);
    expect((await post(body.token, hello('gemini-2.5-flash'))).status).toBe(403);
    const wider = await mintFor(key.id, { rate_limit: 51 });
    expect([wider.status, wider.body.error?.param]).toEqual([403, 'rate_limit']);
    const log = await admin<{ data: { after: { token_id: string } }[] }>(
      'GET',
      `audit?action=key.token&target_id=${key.id}`,
    );
    expect(log.body.data.map(({ after }) => after.token_id)).toEqual([body.token_id]);
    expect(JSON.stringify(log.body)).not.toContain('slu_tok_');
  });

  it('ends with the secret that its key has then, and none is made for a key that is off', async () => {
    const key = await createKey();
    const { body } = await mintFor(key.id);
    await admin('POST', `keys/${key.id}/rotate`, { overlap_seconds: 0 });
    expect((await post(body.token, hello(MODEL))).status).toBe(401);
    const next = await mintFor(key.id);
    expect((await post(next.body.token, hello(MODEL))).status).toBe(200);
    await admin('POST', `keys/${key.id}/revoke`);
    expect((await mintFor(key.id)).status).toBe(409);
    expect((await mintFor('nobody')).status).toBe(404);
  });
});
