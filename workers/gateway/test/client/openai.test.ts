import OpenAI from 'openai';
import { zodResponseFormat, zodTextFormat } from 'openai/helpers/zod';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { attemptsOn, base_url, createVirtualKey, hello, openaiFor, receiptOf } from './harness.ts';

const TARGETS = ['gpt-4o-mini', 'claude-sonnet-4-5', 'gemini-2.5-flash'];
const person = z.object({ name: z.string(), age: z.number().int() });
const weather = {
  name: 'get_weather',
  description: 'The weather in a city',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

const postTo = (path: string, key: string, body: object): Promise<Response> =>
  fetch(`${base_url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
  });

/** What a person uses of the client beside plain calls, which `chat.test.ts` and `responses.test.ts` cover. */
describe.each(TARGETS)('the conveniences of the official client on %s', (model) => {
  let client: OpenAI;
  beforeAll(async () => {
    client = openaiFor((await createVirtualKey()).secret);
  });

  it.each([false, true])(
    'run functions by themselves until there is an answer (stream: %s)',
    async (stream) => {
      const asked: string[] = [];
      const body = {
        model,
        messages: [{ role: 'user' as const, content: 'Weather in parallel, twice' }],
        tools: [
          {
            type: 'function' as const,
            function: {
              ...weather,
              parse: (text: string) => JSON.parse(text) as { city: string },
              function: ({ city }: { city: string }) => {
                asked.push(city);
                return `Sunny in ${city}, 21 degrees`;
              },
            },
          },
        ],
      };
      const runner = stream
        ? client.chat.completions.runTools({
            ...body,
            stream: true,
            stream_options: { include_usage: true },
          })
        : client.chat.completions.runTools(body);
      expect(await runner.finalContent()).toContain('Sunny in Ghent, 21 degrees');
      expect(asked).toEqual(['Ghent', 'Ghent']);
      expect((await runner.totalUsage()).total_tokens).toBeGreaterThan(0);
    },
  );

  it('parse an answer by a zod schema, whole and streamed', async () => {
    const body = { ...hello(model, 'A person'), response_format: zodResponseFormat(person, 'person') };
    const whole = await client.chat.completions.parse(body);
    expect(person.parse(whole.choices[0]?.message.parsed)).toEqual(whole.choices[0]?.message.parsed);
    const streamed = await client.chat.completions.stream(body).finalChatCompletion();
    expect(streamed.choices[0]?.message.parsed).toEqual(whole.choices[0]?.message.parsed);
  });

  it('parse a response by a zod schema', async () => {
    const answer = await client.responses.parse({
      model,
      input: 'A person',
      text: { format: zodTextFormat(person, 'person') },
    });
    expect(person.parse(answer.output_parsed)).toEqual(answer.output_parsed);
  });

  it('leave a stream by breaking out of its loop, and the provider is left too', async () => {
    const own = `${model}-${Date.now().toString(36)}-sim-tokens-400`;
    const stream = await client.chat.completions.create({
      ...hello(own, '[sim chunks=400 delay_ms=20] Rivers'),
      stream: true,
    });
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
    let attempt = (await attemptsOn(own))[0];
    for (let i = 0; i < 100 && attempt?.client_closed !== true; i++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      attempt = (await attemptsOn(own))[0];
    }
    expect(attempt?.client_closed).toBe(true);
    expect(attempt?.chunks_sent).toBeLessThan(400);
  });
});

it.each([
  ['an answer', { previous_response_id: 'resp_1', input: 'And then?' }],
  [
    'an item',
    {
      input: [
        { type: 'item_reference', id: 'msg_1' },
        { role: 'user', content: 'And then?' },
      ],
    },
  ],
  ['a file', { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'file-1' }] }] }],
] as const)(
  '%s that OpenAI has stored is held for, though the request does not show its length',
  async (_what, body) => {
    const { secret } = await createVirtualKey({ budgets: [{ window: 'daily', limit_usd: 1, hard: true }] });
    const ask = async (more: object): Promise<number> => {
      const response = await postTo('/v1/responses', secret, {
        model: 'gpt-4o-mini',
        max_output_tokens: 50,
        ...more,
      });
      const { limits } = await receiptOf(secret, response.headers.get('x-request-id') ?? '');
      return limits.held_usd;
    };
    const plain = await ask({ input: 'And then?' });
    const stored = await ask(body);
    expect(plain).toBeGreaterThan(0);
    expect(stored).toBeGreaterThan(100 * plain);
  },
);

describe('errors of the official client', () => {
  const errorOf = async (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => null,
      (error: unknown) => error,
    );

  it('a wrong key is an AuthenticationError', async () => {
    const error = await errorOf(openaiFor('slu_dev_wrong').chat.completions.create(hello('gpt-4o-mini')));
    if (!(error instanceof OpenAI.AuthenticationError)) throw new Error(String(error));
    expect(error.code).toBe('invalid_api_key');
    expect(error.requestID).toMatch(/^req_/);
  });

  it('an unknown model is a BadRequestError, whole and streamed', async () => {
    const client = openaiFor((await createVirtualKey()).secret);
    for (const stream of [false, true]) {
      const error = await errorOf(client.chat.completions.create({ ...hello('no-such-model'), stream }));
      if (!(error instanceof OpenAI.BadRequestError)) throw new Error(String(error));
      expect(error.code).toBe('unknown_model');
    }
  });

  it('a limit that is used up is a RateLimitError with the time to wait', async () => {
    const client = openaiFor((await createVirtualKey({ rate_limit: 1 })).secret);
    await client.chat.completions.create(hello('gpt-4o-mini'));
    const error = await errorOf(client.chat.completions.create(hello('gpt-4o-mini')));
    if (!(error instanceof OpenAI.RateLimitError)) throw new Error(String(error));
    expect(error.code).toBe('rate_limit_exceeded');
    expect(Number(error.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('a model that the key may not use is a PermissionDeniedError', async () => {
    const client = openaiFor((await createVirtualKey({ model_allowlist: ['gpt-4o-mini'] })).secret);
    const error = await errorOf(client.chat.completions.create(hello('claude-sonnet-4-5')));
    if (!(error instanceof OpenAI.PermissionDeniedError)) throw new Error(String(error));
    expect(error.code).toBe('model_not_allowed');
  });
});

it('models.list and models.retrieve show what the key may use', async () => {
  const client = openaiFor((await createVirtualKey({ model_allowlist: ['anthropic/*'] })).secret);
  const ids: string[] = [];
  for await (const model of client.models.list()) ids.push(model.id);
  expect(ids).toContain('anthropic/claude-sonnet-4-5');
  expect(ids.filter((id) => id.startsWith('openai/'))).toEqual([]);
  expect((await client.models.retrieve('claude-sonnet-4-5')).id).toBe('claude-sonnet-4-5');
});
