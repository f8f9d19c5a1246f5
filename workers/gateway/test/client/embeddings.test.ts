import { describe, expect, it } from 'vitest';
import {
  admin,
  attemptsOn,
  base_url,
  createVirtualKey,
  eventually,
  keyView,
  openaiFor,
  receiptOf,
} from './harness.ts';

const TEXTS = ['The cat sat on the mat', 'A dog in the park'];

/** A call without an SDK: what is on the wire is what is looked at. */
async function embed(key: string, body: unknown): Promise<{ status: number; body: Answer; id: string }> {
  const response = await fetch(`${base_url}/v1/embeddings`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const id = response.headers.get('x-request-id') ?? '';
  return { status: response.status, body: (await response.json()) as Answer, id };
}

interface Answer {
  data: { embedding: number[] | string; index: number }[];
  usage: { prompt_tokens: number; total_tokens: number };
  error?: { code: string; param: string | null; message: string };
  'x-llm-gateway'?: Record<string, unknown>;
}

const decode = (base64: string): number[] => {
  const bytes = Buffer.from(base64, 'base64');
  return Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4));
};

describe.each(['text-embedding-3-small', 'gemini-embedding-001'])('embeddings of %s', (model) => {
  it('come to the official client as numbers, one for each input, in its order', async () => {
    const client = openaiFor((await createVirtualKey()).secret);
    const both = await client.embeddings.create({ model, input: TEXTS });
    expect(both.data.map(({ index }) => index)).toEqual([0, 1]);
    expect(both.data[0]?.embedding).toHaveLength(256);
    const second = await client.embeddings.create({ model, input: TEXTS[1] ?? '' });
    expect(second.data[0]?.embedding).toEqual(both.data[1]?.embedding);
    expect(both.usage.total_tokens).toBeGreaterThan(0);
  });

  it('are the same as floats and as base64 of them, in as many dimensions as were asked for', async () => {
    const { secret } = await createVirtualKey();
    const floats = await embed(secret, { model, input: TEXTS, dimensions: 64, encoding_format: 'float' });
    const packed = await embed(secret, { model, input: TEXTS, dimensions: 64, encoding_format: 'base64' });
    for (const at of [0, 1]) {
      const numbers = floats.body.data[at]?.embedding as number[];
      const text = packed.body.data[at]?.embedding as string;
      expect(numbers).toHaveLength(64);
      expect(Buffer.from(text, 'base64')).toHaveLength(256);
      expect(decode(text)).toEqual(numbers.map(Math.fround));
    }
  });

  it('cost what was counted, in body, receipt and trace alike', async () => {
    const { secret, id } = await createVirtualKey();
    const answer = await embed(secret, { model, input: TEXTS });
    const receipt = await receiptOf(secret, answer.id);
    expect(receipt.execution.tokens?.['prompt']).toBe(answer.body.usage.prompt_tokens);
    expect(receipt.cost.provider_cost_usd).toBe(answer.body['x-llm-gateway']?.['cost_usd']);
    expect(receipt.cost.provider_cost_usd).toBeGreaterThan(0);
    const traces = await eventually(
      () => admin<{ data: { request_id: string }[] }>('GET', `traces?key=${id}`),
      ({ body }) => body.data.length > 0,
    );
    expect(traces.body.data).toMatchObject([{ request_id: answer.id }]);
  });
});

it('equals the bill of the provider to the nano-dollar, where the provider counts', async () => {
  const { secret } = await createVirtualKey();
  const { id } = await embed(secret, { model: 'text-embedding-3-large', input: TEXTS, user: 'bill' });
  const billed = (await attemptsOn('text-embedding-3-large')).at(-1) as unknown as {
    billed: { input_tokens: number };
  };
  const receipt = await receiptOf(secret, id);
  expect(Math.round((receipt.cost.provider_cost_usd ?? 0) * 1e9)).toBe(billed.billed.input_tokens * 130);
});

it('passes what it does not know on to a target of the same format, and nothing meant for itself', async () => {
  const { secret } = await createVirtualKey();
  const model = 'openai/text-embedding-unheard-of';
  await embed(secret, { model, input: [[1, 2], [3]], later_field: { a: 1 }, 'x-metadata': { team: 'a' } });
  const seen = (await attemptsOn('text-embedding-unheard-of')).at(-1)?.request_body;
  expect(seen).toEqual({ model: 'text-embedding-unheard-of', input: [[1, 2], [3]], later_field: { a: 1 } });
});

it('falls back to another provider, translated, when the first one fails', async () => {
  const { secret } = await createVirtualKey();
  const { status, body, id } = await embed(secret, {
    model: 'openai/embedder-sim-500',
    input: TEXTS,
    encoding_format: 'base64',
    'x-fallback-chain': ['gemini-embedding-001'],
  });
  expect(status).toBe(200);
  expect(typeof body.data[0]?.embedding).toBe('string');
  const receipt = await receiptOf(secret, id);
  expect(receipt.fallback.used).toBe(true);
  expect(receipt.execution.provider).toBe('gemini');
});

it('never falls back along a chain that was set for chat, since its vectors would be of another space', async () => {
  const { secret } = await createVirtualKey({ fallback_chain: ['gpt-4o-mini'] });
  const { status, id } = await embed(secret, { model: 'openai/embedder-alone-sim-500', input: 'a' });
  expect(status).toBe(502);
  const { fallback } = await receiptOf(secret, id);
  expect(new Set(fallback.attempts.map(({ model }) => model))).toEqual(new Set(['embedder-alone-sim-500']));
});

describe('a request that cannot work', () => {
  it.each([
    [{ input: [] }, 'input'],
    [{ input: ['a', 1] }, 'input[1]'],
    [{ input: { text: 'a' } }, 'input'],
    [{ input: 'a', dimensions: 0 }, 'dimensions'],
    [{ input: 'a', stream: true }, 'stream'],
    [{ input: 'a', encoding_format: 7 }, 'encoding_format'],
    [{ input: 'a', model: '' }, 'model'],
  ])('%j is refused by the name of its field', async (more, param) => {
    const { secret } = await createVirtualKey();
    const { status, body } = await embed(secret, { model: 'text-embedding-3-small', ...more });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: 'invalid_request', param });
  });

  it('with token ids says so where the target has no such thing', async () => {
    const { secret } = await createVirtualKey();
    const { status, body } = await embed(secret, { model: 'gemini-embedding-001', input: [1, 2, 3] });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ param: 'input', message: expect.stringContaining('token ids') });
  });

  it('for `auto` is refused: a default model for chat makes no vectors', async () => {
    const { secret } = await createVirtualKey();
    const { status, body } = await embed(secret, { model: 'auto', input: 'a' });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: 'invalid_request', param: 'model' });
  });

  it('for a model of chat only is refused, and nothing is sent', async () => {
    const { secret } = await createVirtualKey();
    const { status, body } = await embed(secret, { model: 'claude-haiku-4-5', input: 'a' });
    expect(status).toBe(400);
    expect(body.error?.message).toContain('embeddings');
  });
});

it('never overspends a hard budget with many requests at once', async () => {
  const key = await createVirtualKey({ budgets: [{ window: 'total', limit_usd: 0.00001, hard: true }] });
  const input =
    'Twenty tokens or so of a text that will be embedded again and again until the money is spent.';
  const statuses = await Promise.all(
    Array.from({ length: 100 }, async () => {
      const { status } = await embed(key.secret, { model: 'text-embedding-3-small', input });
      return status;
    }),
  );
  const spent = (await attemptsOn('text-embedding-3-small')).filter(
    ({ request_body }) => request_body?.['input'] === input,
  );
  expect(statuses.filter((status) => status === 200).length).toBe(spent.length);
  expect(spent.length).toBeGreaterThan(0);
  const view = await eventually(
    () => keyView(key.secret),
    ({ budgets }) => budgets[0]?.held_usd === 0,
  );
  // 24 tokens at 20 nano-dollars each.
  expect(Math.round((view.budgets[0]?.spent_usd ?? 0) * 1e9)).toBe(spent.length * 24 * 20);
  expect(spent.length * 24 * 20).toBeLessThanOrEqual(10_000);
});
