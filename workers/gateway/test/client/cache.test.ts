import Anthropic from '@anthropic-ai/sdk';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type Attempt,
  admin,
  attemptsOn,
  base_url,
  createVirtualKey,
  eventually,
  keyView,
  openaiFor,
  receiptOf,
} from './harness.ts';

const run = Date.now().toString(36);
let asked = 0;
/** A question that nobody asked before, without a number that could differ. */
const question = (): string => `Tell me about the river ${run}${asked++} in one sentence`;

const CACHED = { cache: { enabled: true } };
const { body: before } = await admin<{ cache: object }>('GET', 'organization');
/** What was not said before is taken back by `null`: a change leaves all else as it is. */
const restore = () => admin('PATCH', 'organization', { cache: { enabled: null, ...before.cache } });
afterAll(async () => {
  expect((await restore()).status).toBe(200);
});

interface Cached {
  cache: {
    status: string;
    kind: string | null;
    saved_usd: number | null;
    similarity: number | null;
    age_seconds: number | null;
    near_misses: { because: string }[];
    embedding: {
      model: string | null;
      tokens: number;
      cost_usd: number | null;
      skipped: string | null;
    } | null;
  };
  cost: { provider_cost_usd: number };
}
const cacheOf = async (key: string, response: Response): Promise<Cached> =>
  (await receiptOf(key, response.headers.get('x-request-id') ?? '')) as unknown as Cached;

const attemptsFor = async (model: string, text: string): Promise<Attempt[]> =>
  (await attemptsOn(model)).filter(({ request_body }) =>
    JSON.stringify(request_body).toLowerCase().includes(text.toLowerCase()),
  );

interface Told {
  text: string;
  response: Response;
}
type Ask = (key: string, text: string, stream: boolean, headers?: Record<string, string>) => Promise<Told>;

const askChat: Ask = async (key, content, stream, headers = {}) => {
  const body = { model: 'gpt-4o-mini', messages: [{ role: 'user' as const, content }] };
  const { completions } = openaiFor(key).chat;
  if (!stream) {
    const { data, response } = await completions.create(body, { headers }).withResponse();
    return { text: data.choices[0]?.message.content ?? '', response };
  }
  const { data, response } = await completions.create({ ...body, stream: true }, { headers }).withResponse();
  let text = '';
  for await (const chunk of data) text += chunk.choices[0]?.delta.content ?? '';
  return { text, response };
};

const askResponses: Ask = async (key, input, stream, headers = {}) => {
  const { responses } = openaiFor(key);
  const body = { model: 'gpt-4o-mini', input };
  if (!stream) {
    const { data, response } = await responses.create(body, { headers }).withResponse();
    return { text: data.output_text, response };
  }
  const { data, response } = await responses.create({ ...body, stream: true }, { headers }).withResponse();
  let text = '';
  for await (const event of data) if (event.type === 'response.output_text.delta') text += event.delta;
  return { text, response };
};

const askMessages: Ask = async (key, content, stream, headers = {}) => {
  const { messages } = new Anthropic({ baseURL: base_url, apiKey: key, maxRetries: 0 });
  const body = { model: 'gpt-4o-mini', max_tokens: 500, messages: [{ role: 'user' as const, content }] };
  if (!stream) {
    const { data, response } = await messages.create(body, { headers }).withResponse();
    return {
      text: data.content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
      response,
    };
  }
  const { data, response } = await messages.create({ ...body, stream: true }, { headers }).withResponse();
  let text = '';
  for await (const event of data)
    if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') text += event.delta.text;
  return { text, response };
};

/** The answer is kept behind its response: asks until it is there. */
const untilHit = (ask: () => Promise<Told>): Promise<Told> =>
  eventually(ask, ({ response }) => response.headers.get('x-cache') === 'hit', 20);

describe.each([
  ['chat', askChat],
  ['responses', askResponses],
  ['messages', askMessages],
] as const)('the official client at %s', (_door, ask) => {
  it.each([false, true])(
    'gets the same answer again, at no cost, and the receipt says what that saved (stream: %s)',
    async (stream) => {
      const { secret } = await createVirtualKey({ ...CACHED, limits: { total_usd: 5 } });
      const text = question();
      const first = await ask(secret, text, stream);
      expect(first.response.headers.get('x-cache')).toBe('miss');
      const paid = await cacheOf(secret, first.response);
      const hit = await untilHit(() => ask(secret, text, stream));
      expect(hit.text).toBe(first.text);
      expect(Number(hit.response.headers.get('age'))).toBeGreaterThanOrEqual(0);
      const receipt = await cacheOf(secret, hit.response);
      expect(receipt.cache).toMatchObject({
        status: 'hit',
        kind: 'exact',
        saved_usd: paid.cost.provider_cost_usd,
      });
      expect(receipt.cost.provider_cost_usd).toBe(0);
      // The other way of sending it is the same request.
      expect((await ask(secret, text, !stream)).text).toBe(first.text);
      const calls = await attemptsFor('gpt-4o-mini', text);
      const view = await keyView(secret);
      expect(view.budgets[0]?.spent_usd).toBeCloseTo(calls.length * paid.cost.provider_cost_usd, 9);
      expect(view.budgets[0]?.held_usd).toBe(0);
    },
  );
});

describe('the cache', () => {
  it('saves what usage says per day and key, to the nano-dollar of the receipts', async () => {
    const { id, secret } = await createVirtualKey(CACHED);
    const text = question();
    await askChat(secret, text, false);
    await untilHit(() => askChat(secret, text, false));
    const told: Cached[] = [];
    for (let i = 0; i < 3; i++)
      told.push(await cacheOf(secret, (await askChat(secret, text, i === 1)).response));
    interface Row {
      requests: number;
      cache_hits: number;
      cache_saved_usd_nanos: number;
    }
    const { body } = await eventually(
      () => admin<{ data: Row[]; totals: Row }>('GET', `usage?group_by=day,key&key=${id}`),
      ({ body: { totals } }) => totals.cache_hits >= 4,
    );
    const saved = Math.round((told[0]?.cache.saved_usd ?? 0) * 1e9);
    expect(saved).toBeGreaterThan(0);
    expect(body.totals.cache_saved_usd_nanos).toBe(saved * body.totals.cache_hits);
    expect(body.data).toMatchObject([
      { cache_hits: body.totals.cache_hits, cache_saved_usd_nanos: saved * body.totals.cache_hits },
    ]);
  });

  it('answers other words for the same question; what is close but another question is in the receipt; a pair is parted', async () => {
    const { secret } = await createVirtualKey({
      cache: { enabled: true, semantic: true, similarity_threshold: 0.9 },
    });
    const place = `Valdoria${run.replaceAll(/\d/g, '')}`;
    const asking = (players: number, end = '?'): string =>
      `What are the rules of the old board game ${place} when it is played by ${players} players on a rainy evening${end}`;
    const first = await askChat(secret, asking(2), false);
    const hit = await untilHit(() => askChat(secret, asking(2, ' ?').toLowerCase(), false));
    expect(hit.text).toBe(first.text);
    const { similarity } = (await cacheOf(secret, hit.response)).cache;
    expect(similarity).toBeGreaterThanOrEqual(0.9);

    const other = await askChat(secret, asking(3), false);
    expect(other.response.headers.get('x-cache')).toBe('miss');
    const { near_misses } = (await cacheOf(secret, other.response)).cache;
    expect(near_misses[0]?.because).toContain('numbers differ');

    const request_id = hit.response.headers.get('x-request-id');
    const parted = await eventually(
      () => admin<{ pair: string }>('POST', 'cache/never-match', { request_id }),
      ({ status }) => status !== 404,
    );
    expect(parted.status).toBe(201);
    const missed = await eventually(
      () => askChat(secret, asking(2, ' ?').toLowerCase(), false),
      ({ response }) => response.headers.get('x-cache') !== 'hit',
      5,
    );
    expect(missed.response.headers.get('x-cache')).not.toBe('hit');
    expect((await admin('DELETE', `cache/never-match/${parted.body.pair}`)).status).toBe(200);
  });

  it('takes its vectors from a connection where the key names one', async () => {
    const { secret } = await createVirtualKey({
      cache: { enabled: true, semantic: true, embedder: 'openai/text-embedding-3-small' },
    });
    const text = question();
    await askChat(secret, text, false);
    const asked_for = await eventually(
      () => attemptsFor('text-embedding-3-small', text.toLowerCase()),
      (attempts) => attempts.length > 0,
      40,
    );
    expect(asked_for.length).toBeGreaterThan(0);
  });

  it('pays for its vectors with the request, out of its budget, to the nano-dollar of the bill', async () => {
    const embedder = `text-embedding-3-small`;
    const { secret } = await createVirtualKey({
      budget_monthly_usd: 1,
      cache: { enabled: true, semantic: true, similarity_threshold: 0.9, embedder: `openai/${embedder}` },
    });
    const text = `${question()} for somebody who has never seen it, please`;
    const cost_usd_nanos = async ({ response }: Told): Promise<number> =>
      Math.round((await cacheOf(secret, response)).cost.provider_cost_usd * 1e9);
    const first = await askChat(secret, text, false);
    const same = await untilHit(() => askChat(secret, text, false));
    expect(await attemptsFor(embedder, text)).toHaveLength(1);
    expect(await cost_usd_nanos(same)).toBe(0);
    const other = await untilHit(() => askChat(secret, text.toUpperCase(), false));

    const billed = async (model: string, input: number, output: number): Promise<number> => {
      let nanos = 0;
      for (const attempt of await attemptsFor(model, text)) {
        const { billed: of } = attempt as unknown as {
          billed: { input_tokens: number; output_tokens: number };
        };
        nanos += of.input_tokens * input + of.output_tokens * output;
      }
      return nanos;
    };
    const vectors = await billed(embedder, 20, 0);
    const answers = await billed('gpt-4o-mini', 150, 600);
    expect(vectors).toBeGreaterThan(0);
    const { embedding } = (await cacheOf(secret, other.response)).cache;
    expect(embedding).toMatchObject({ model: embedder, skipped: null });
    // A hit costs what its vector did, and nothing else.
    expect(await cost_usd_nanos(other)).toBe(Math.round((embedding?.cost_usd ?? 0) * 1e9));
    const spent = await eventually(
      async () => Math.round(((await keyView(secret)).budgets[0]?.spent_usd ?? 0) * 1e9),
      (nanos) => nanos === vectors + answers,
    );
    expect(spent).toBe(vectors + answers);
    expect(await cost_usd_nanos(first)).toBeGreaterThan(answers - 1);
  });

  it('asks no embedder without a known price on behalf of a budget, and says so', async () => {
    const embedder = `text-embedding-unpriced-${run}`;
    const cache = { enabled: true, semantic: true, embedder: `openai/${embedder}` };
    const held = await createVirtualKey({ budget_monthly_usd: 1, cache });
    const free = await createVirtualKey({ cache });
    const refused = await askChat(held.secret, question(), false);
    const { cache: told, cost } = await cacheOf(held.secret, refused.response);
    expect(told.embedding?.skipped).toContain('no known price');
    expect(cost.provider_cost_usd).toBeGreaterThan(0);
    expect(await attemptsOn(embedder)).toEqual([]);
    await askChat(free.secret, question(), false);
    const asked_for = await eventually(
      () => attemptsOn(embedder),
      ({ length }) => length > 0,
    );
    expect(asked_for).toHaveLength(1);
  });

  it('answers no organization that turned it off, and no key, whatever a request asks for', async () => {
    const wanted = { 'x-cache': '{"enabled":true}' };
    const off = await createVirtualKey({ cache: { enabled: false } });
    const on = await createVirtualKey();
    const text = question();
    await askChat(on.secret, text, false, wanted);
    await untilHit(() => askChat(on.secret, text, false, wanted));
    expect((await askChat(off.secret, text, false, wanted)).response.headers.get('x-cache')).not.toBe('hit');
    expect((await admin('PATCH', 'organization', { cache: { enabled: false } })).status).toBe(200);
    const refused = await eventually(
      () => askChat(on.secret, text, false, wanted),
      ({ response }) => response.headers.get('x-cache') !== 'hit',
    );
    expect(refused.response.headers.get('x-cache')).not.toBe('hit');
    expect((await restore()).status).toBe(200);
  });

  it('keeps nothing of a model that its key excludes', async () => {
    const { secret } = await createVirtualKey({ cache: { enabled: true, excluded_models: ['gpt-4o*'] } });
    const text = question();
    for (let i = 0; i < 2; i++)
      expect((await askChat(secret, text, false)).response.headers.get('x-cache')).not.toBe('hit');
    expect(await attemptsFor('gpt-4o-mini', text)).toHaveLength(2);
  });

  it('gives the official client one answer under one Idempotency-Key', async () => {
    const { secret } = await createVirtualKey();
    const text = question();
    const headers = { 'idempotency-key': `idem-${run}` };
    const told = await Promise.all([1, 2, 3].map(() => askChat(secret, text, false, headers)));
    expect(new Set(told.map((one) => one.text)).size).toBe(1);
    expect(
      told.filter(({ response }) => response.headers.get('idempotent-replayed') === 'true'),
    ).toHaveLength(2);
    expect(await attemptsFor('gpt-4o-mini', text)).toHaveLength(1);
    await expect(askChat(secret, question(), false, headers)).rejects.toMatchObject({ status: 409 });
  });
});
