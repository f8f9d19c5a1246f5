import { createCachePort } from '@sluice/cloudflare/cache-port';
import type { KeyPolicy } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import {
  budget,
  createGatewayFixture,
  hello,
  realEnv,
  streamedHello,
  traceOf,
  wholeAnswer,
} from './gateway-fixture.ts';

const ON: Partial<KeyPolicy> = { cache: { enabled: true } };
let prompts = 0;
/** Every test asks something that nobody asked before. */
const fresh = (more: Record<string, unknown> = {}) =>
  hello('gpt-4o-mini', {
    messages: [{ role: 'user', content: `Prompt ${Date.now()} ${prompts++}` }],
    ...more,
  });

const toolCall = () =>
  Response.json({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'gpt-4o-mini',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c', type: 'function', function: { name: 'rm', arguments: '{}' } }],
        },
        finish_reason: 'tool_calls',
      },
    ],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  });

function fixture(
  upstream = (body: Record<string, unknown>) => (body['stream'] === true ? streamedHello() : wholeAnswer()),
) {
  return createGatewayFixture({ upstream: ({ body }) => upstream(body) });
}

/** Asks, and waits until what it left behind is stored. */
async function askTwice(
  made: ReturnType<typeof fixture>,
  secret: string,
  first: Record<string, unknown>,
  second = first,
  path?: string,
): Promise<[Response, string][]> {
  const answers: [Response, string][] = [];
  for (const body of [first, second]) {
    const response = await made.post(secret, body, path === undefined || body === first ? {} : { path });
    answers.push([response, await response.text()]);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return answers;
}

describe('the exact cache', () => {
  it.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])(
    'answers an identical request without a provider, at no cost (stored from a stream: %s, replayed as one: %s)',
    async (first, second) => {
      const made = fixture();
      const { secret, stub } = await made.createVirtualKey({ ...ON, budgets: [budget(1e9)] });
      const body = fresh();
      const [miss, hit] = await askTwice(
        made,
        secret,
        { ...body, stream: first },
        { ...body, stream: second },
      );
      expect(made.calls).toHaveLength(1);
      expect(miss?.[0].headers.get('x-cache')).toBe('miss');
      expect(hit?.[0].headers.get('x-cache')).toBe('hit');
      expect(Number(hit?.[0].headers.get('age'))).toBeGreaterThanOrEqual(0);
      expect(hit?.[1]).toContain(second ? 'data: [DONE]' : '"object":"chat.completion"');
      expect(hit?.[1]).toContain('Good day');
      const record = await traceOf(stub, hit?.[0].headers.get('x-request-id') ?? '');
      expect(record).toMatchObject({
        cache_status: 'hit',
        cache: { kind: 'exact' },
        cost_usd_nanos: 0,
        settled_usd_nanos: 0,
        usage: null,
        attempts: [],
        provider: 'openai',
      });
      expect(record.cache?.saved_usd_nanos).toBeGreaterThan(0);
      const usage = await stub.usage();
      expect(usage?.requests_today).toBe(2);
      expect(usage?.budgets[0]?.held_usd_nanos).toBe(0);
    },
  );

  it.each(['/v1/messages', '/v1/responses'])('answers in the shape of %s, too', async (path) => {
    const made = fixture();
    const { secret } = await made.createVirtualKey(ON);
    const body = fresh();
    const { messages, max_tokens, model } = body;
    const other =
      path === '/v1/messages'
        ? { model, max_tokens, messages }
        : { model, max_output_tokens: max_tokens, input: messages };
    const first =
      path === '/v1/messages' ? body : { ...body, max_tokens: undefined, max_completion_tokens: max_tokens };
    const [, hit] = await askTwice(made, secret, first, other, path);
    expect(hit?.[0].status).toBe(200);
    expect(hit?.[0].headers.get('x-cache')).toBe('hit');
    expect(hit?.[1]).toContain('Good day');
    expect(made.calls).toHaveLength(1);
  });

  it('is off unless somebody turns it on, and a request may', async () => {
    const made = fixture();
    const { secret } = await made.createVirtualKey();
    const body = fresh();
    const [first, second] = await askTwice(made, secret, body);
    expect(first?.[0].headers.get('x-cache')).toBeNull();
    expect(second?.[0].headers.get('x-cache')).toBeNull();
    const [, hit] = await askTwice(made, secret, { ...body, 'x-cache': { enabled: true } });
    expect(hit?.[0].headers.get('x-cache')).toBe('hit');
    expect(made.calls).toHaveLength(3);
  });

  it('never serves one key what another organization asked, and not where a key forbids it', async () => {
    const made = fixture();
    const body = { ...fresh(), 'x-cache': { enabled: true } };
    const one = await made.createVirtualKey(ON);
    const forbidden = await made.createVirtualKey({ cache: { enabled: false } });
    await askTwice(made, one.secret, body);
    const [, refused] = await askTwice(made, forbidden.secret, body);
    expect(refused?.[0].headers.get('x-cache')).toBeNull();
    expect(made.calls).toHaveLength(3);
    if (realEnv.CACHE_SHELF === undefined) throw new Error('no shelf');
    const port = createCachePort(realEnv.CACHE_SHELF, { now_ms: () => Date.now() });
    const prints = 'a'.repeat(64);
    const entry = {
      id: 'ans_1',
      organization_id: 'org_a',
      stored_at_ms: 0,
      request_id: 'r',
      provider: 'p',
      model: 'm',
      cost_usd_nanos: 1,
      answer: {
        id: null,
        model: null,
        created: null,
        choices: [],
        usage: null,
        service_tier: null,
        system_fingerprint: null,
      },
    };
    await port.store(prints, entry, Date.now() + 60_000);
    expect(await port.find('org_a', prints)).toMatchObject({ id: 'ans_1' });
    expect(await port.find('org_b', prints)).toBeNull();
    // Should a shelf ever hold another organization's row, it is still not served.
    const shelf = realEnv.CACHE_SHELF.getByName('org_b/a') as unknown as {
      store: (f: string, row: unknown) => Promise<void>;
    };
    await shelf.store(prints, { json: JSON.stringify(entry), expires_at_ms: Date.now() + 60_000 });
    expect(await port.find('org_b', prints)).toBeNull();
  });

  it('never keeps a tool call or a failed answer', async () => {
    const tools = [{ type: 'function', function: { name: 'rm', parameters: { type: 'object' } } }];
    for (const upstream of [toolCall, () => new Response('{}', { status: 400 })]) {
      const made = fixture(upstream);
      const { secret } = await made.createVirtualKey(ON);
      const [, second] = await askTwice(made, secret, fresh({ tools }));
      expect(second?.[0].headers.get('x-cache')).not.toBe('hit');
      expect(made.calls.length).toBeGreaterThan(1);
    }
  });

  it('serves no answer of a model that the key may not use', async () => {
    const made = fixture();
    const [maker, other] = [
      await made.createVirtualKey(ON),
      await made.createVirtualKey({ ...ON, model_allowlist: ['claude-sonnet-4-5'] }),
    ];
    const body = fresh();
    await askTwice(made, maker.secret, body);
    expect(made.calls).toHaveLength(1);
    const refused = await made.post(other.secret, body);
    expect(refused.status).toBe(403);
    expect(await refused.text()).not.toContain('Good day');
    // Its own plan has other targets for the same request: what they did not make is not theirs to serve.
    const chained = await made.post(other.secret, {
      ...body,
      'x-fallback-chain': ['claude-sonnet-4-5'],
    });
    expect(await chained.text()).not.toContain('Good day');
  });

  it.each([{ enabled: false }, { enabled: true, excluded_models: ['gpt-4o*'] }])(
    'answers nothing where the key says %j, whatever the request asks for',
    async (cache) => {
      const made = fixture();
      const { secret } = await made.createVirtualKey({ cache });
      const answers = await askTwice(made, secret, { ...fresh(), 'x-cache': { enabled: true } });
      expect(made.calls).toHaveLength(2);
      for (const [response] of answers) expect(response.headers.get('x-cache')).not.toBe('hit');
    },
  );

  it('serves no answer that is too old', async () => {
    const made = fixture();
    const { secret } = await made.createVirtualKey(ON);
    const body = { ...fresh(), 'x-cache': { ttl_seconds: 1 } };
    await askTwice(made, secret, body);
    expect(made.calls).toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await askTwice(made, secret, body);
    expect(made.calls).toHaveLength(2);
  });
});

describe('the semantic cache', () => {
  const SEMANTIC: Partial<KeyPolicy> = { cache: { enabled: true, semantic: true } };
  const asking = (text: string, more: Record<string, unknown> = {}) =>
    hello('gpt-4o-mini', {
      messages: [
        { role: 'system', content: `Test ${Date.now()}` },
        { role: 'user', content: text },
      ],
      ...more,
    });
  const paraphrased = (body: Record<string, unknown>, text: string) => ({
    ...body,
    messages: [...(body['messages'] as unknown[]).slice(0, -1), { role: 'user', content: text }],
  });

  it.each([false, true])(
    'answers the same question in other words, and says how alike they were (stream: %s)',
    async (stream) => {
      const made = fixture();
      const { secret, stub } = await made.createVirtualKey(SEMANTIC);
      const body = asking('How do I reset my password?', { stream });
      const [, hit] = await askTwice(
        made,
        secret,
        body,
        paraphrased(body, 'Please tell me, how can I reset my password'),
      );
      expect(hit?.[0].headers.get('x-cache')).toBe('hit');
      expect(hit?.[1]).toContain('Good ');
      expect(made.calls).toHaveLength(1);
      const record = await traceOf(stub, hit?.[0].headers.get('x-request-id') ?? '');
      expect(record.cache?.kind).toBe('semantic');
      expect(record.cache?.similarity).toBeGreaterThanOrEqual(0.95);
      expect(record.cost_usd_nanos).toBe(0);
    },
  );

  it('never takes one country for another, and tells of what was close', async () => {
    const made = fixture();
    const { secret, stub } = await made.createVirtualKey(SEMANTIC);
    const body = asking('How do I divide 20 by 4?');
    const [, miss] = await askTwice(made, secret, body, paraphrased(body, 'How do I divide 4 by 20?'));
    expect(miss?.[0].headers.get('x-cache')).toBe('miss');
    const record = await traceOf(stub, miss?.[0].headers.get('x-request-id') ?? '');
    expect(record.cache_near_misses?.[0]).toMatchObject({ because: 'the same words in another order' });
    expect(made.calls).toHaveLength(2);
  });

  it('compares nothing across another system prompt, model, parameter or organization', async () => {
    const made = fixture();
    const { secret } = await made.createVirtualKey(SEMANTIC);
    const body = asking('How do I reset my password?');
    const words = 'how can I reset my password';
    for (const other of [
      { ...paraphrased(body, words), temperature: 0.3 },
      { ...paraphrased(body, words), model: 'gpt-4o' },
      paraphrased(
        asking('x', {
          messages: [
            { role: 'system', content: 'Other' },
            { role: 'user', content: '' },
          ],
        }),
        words,
      ),
      { ...paraphrased(body, words), 'x-cache': { namespace: 'b' } },
    ]) {
      const [, miss] = await askTwice(made, secret, body, other);
      expect(miss?.[0].headers.get('x-cache')).toBe('miss');
    }
  });

  it('keeps its threshold when a caller asks for a lower one, and takes a higher one', async () => {
    const made = fixture();
    const { secret, stub } = await made.createVirtualKey({
      cache: { enabled: true, similarity_threshold: 0.99 },
    });
    const body = asking('How do I export data to a file?');
    const close = paraphrased(body, 'Please tell me about how you would export data to a file');
    const [, miss] = await askTwice(made, secret, body, {
      ...close,
      'x-cache': { similarity_threshold: 0.5 },
    });
    expect(miss?.[0].headers.get('x-cache')).toBe('miss');
    const record = await traceOf(stub, miss?.[0].headers.get('x-request-id') ?? '');
    expect(record.cache_near_misses?.[0]?.because).toBe('below the threshold of 0.99');
  });
});

describe('identical requests at the same time', () => {
  const slowly = (answer: (body: Record<string, unknown>) => Response) =>
    createGatewayFixture({
      upstream: async ({ body }) => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        return answer(body);
      },
    });

  it.each([false, true])(
    'share one call, each with an answer and a receipt of its own (stream: %s)',
    async (stream) => {
      const made = slowly((body) => (body['stream'] === true ? streamedHello() : wholeAnswer()));
      const { secret, stub } = await made.createVirtualKey({ ...ON, budgets: [budget(1e9)] });
      const body = fresh({ stream });
      const answers = await Promise.all(
        [1, 2, 3, 4].map(async () => {
          const response = await made.post(secret, body);
          return { id: response.headers.get('x-request-id') ?? '', text: await response.text() };
        }),
      );
      expect(made.calls).toHaveLength(1);
      expect(new Set(answers.map(({ id }) => id)).size).toBe(4);
      for (const { text } of answers) expect(text).toContain('Good ');
      const records = await Promise.all(answers.map(({ id }) => traceOf(stub, id)));
      expect(records.filter(({ cache }) => cache?.kind === 'flight')).toHaveLength(3);
      expect(records.filter(({ cost_usd_nanos }) => (cost_usd_nanos ?? 0) > 0)).toHaveLength(1);
    },
  );

  it('ask for themselves when the first one fails or calls a tool', async () => {
    for (const answer of [toolCall, () => new Response('{}', { status: 400 })]) {
      const made = slowly(answer);
      const { secret } = await made.createVirtualKey(ON);
      const body = fresh();
      await Promise.all([1, 2, 3].map(async () => (await made.post(secret, body)).text()));
      expect(made.calls).toHaveLength(3);
    }
  });
});
