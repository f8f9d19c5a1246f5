import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSimulator, type Simulator } from './simulator.ts';

const readJson = async (response: Response): Promise<ReturnType<typeof JSON.parse>> =>
  JSON.parse(await response.text());

let simulator: Simulator;
beforeAll(async () => {
  simulator = await createSimulator({ prices: { '*': { input: 150_000_000, output: 600_000_000 } } });
});
afterAll(() => simulator.close());
beforeEach(() => simulator.reset());

const openai = (): OpenAI => new OpenAI({ apiKey: 'sk-test', baseURL: `${simulator.url}/v1`, maxRetries: 0 });
const anthropic = (): Anthropic =>
  new Anthropic({ apiKey: 'sk-ant-test', baseURL: simulator.url, maxRetries: 0 });

const weather = {
  type: 'object',
  properties: {
    city: { type: 'string' },
    unit: { enum: ['celsius', 'fahrenheit'] },
    days: { type: 'integer', minimum: 2, maximum: 4 },
  },
  required: ['city'],
};
const hello = [{ role: 'user' as const, content: 'Tell me about locks.' }];

async function gemini(path: string, body: unknown): Promise<Response> {
  return fetch(`${simulator.url}/v1beta/models/${path}`, {
    method: 'POST',
    headers: { 'x-goog-api-key': 'g-test', 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

describe('OpenAI', () => {
  test('a stream joins to the very text of the whole answer, and its usage agrees with the ledger', async () => {
    const whole = await openai().chat.completions.create({ model: 'gpt-4o-mini', messages: hello });
    const stream = await openai().chat.completions.create({
      model: 'gpt-4o-mini',
      messages: hello,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let usage: OpenAI.CompletionUsage | null | undefined;
    const finishes: string[] = [];
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      if (chunk.choices[0]?.finish_reason) finishes.push(chunk.choices[0].finish_reason);
      if (chunk.choices.length > 0) expect(chunk.usage).toBeNull();
      else usage = chunk.usage;
    }
    expect(text).toBe(whole.choices[0]?.message.content);
    expect(text).toContain('Tell me about locks.');
    expect(finishes).toEqual(['stop']);
    expect(usage).toEqual(whole.usage);
    expect(simulator.attempts[1]?.billed).toMatchObject({
      input_tokens: usage?.prompt_tokens,
      output_tokens: usage?.completion_tokens,
    });
  });

  test('without include_usage no chunk has a usage key', async () => {
    const stream = await openai().chat.completions.create({
      model: 'gpt-4o-mini',
      messages: hello,
      stream: true,
    });
    for await (const chunk of stream) expect('usage' in chunk).toBe(false);
  });

  test('two parallel tool calls stream one after another, and their results are quoted in the next answer', async () => {
    const tools = ['get_weather', 'get_time'].map((name) => ({
      type: 'function' as const,
      function: { name, parameters: weather },
    }));
    const messages: OpenAI.ChatCompletionMessageParam[] = [
      { role: 'user', content: 'Both in parallel, please.' },
    ];
    const runner = openai().chat.completions.stream({ model: 'gpt-4o-mini', messages, tools });
    const message = (await runner.finalChatCompletion()).choices[0]?.message;
    const calls = message?.tool_calls ?? [];
    expect(calls.map((call) => (call.type === 'function' ? call.function.name : null))).toEqual([
      'get_weather',
      'get_time',
    ]);
    const first = calls[0];
    expect(first?.type === 'function' ? JSON.parse(first.function.arguments) : null).toMatchObject({
      city: 'Ghent',
    });
    const answer = await openai().chat.completions.create({
      model: 'gpt-4o-mini',
      tools,
      messages: [
        ...messages,
        { role: 'assistant', content: null, tool_calls: calls },
        ...calls.map((call) => ({ role: 'tool' as const, tool_call_id: call.id, content: '17 degrees' })),
      ],
    });
    expect(answer.choices[0]?.message.content).toContain('17 degrees');
  });

  test('limits, stops, n and a schema are honoured', async () => {
    const short = await openai().chat.completions.create({
      model: 'gpt-4o-mini',
      messages: hello,
      max_tokens: 5,
      n: 2,
    });
    expect(short.choices.map((choice) => choice.finish_reason)).toEqual(['length', 'length']);
    expect(short.usage?.completion_tokens).toBe(10);
    const stopped = await openai().chat.completions.create({
      model: 'gpt-4o-mini',
      messages: hello,
      stop: 'about',
    });
    expect(stopped.choices[0]?.message.content).toBe('You said "Tell me ');
    const json = await openai().chat.completions.create({
      model: 'gpt-4o-mini',
      messages: hello,
      response_format: { type: 'json_schema', json_schema: { name: 'weather', schema: weather } },
    });
    expect(JSON.parse(json.choices[0]?.message.content ?? '')).toMatchObject({
      city: 'Ghent',
      days: expect.any(Number),
    });
  });

  test('reasoning models refuse max_tokens and bill their reasoning', async () => {
    const refused = openai().chat.completions.create({ model: 'gpt-5', messages: hello, max_tokens: 50 });
    await expect(refused).rejects.toMatchObject({
      status: 400,
      code: 'unsupported_parameter',
      param: 'max_tokens',
    });
    const answer = await openai().chat.completions.create({
      model: 'gpt-5',
      messages: hello,
      max_completion_tokens: 500,
    });
    expect(answer.usage?.completion_tokens_details?.reasoning_tokens).toBe(64);
    expect(simulator.attempts[1]?.billed.output_tokens).toBe(answer.usage?.completion_tokens);
  });

  test('a long prefix that was seen before is reported and billed as cached', async () => {
    const long = [{ role: 'system' as const, content: 'Rules of the harbour. '.repeat(400) }, ...hello];
    const usages: (number | undefined)[] = [];
    for (let i = 0; i < 2; i++) {
      const answer = await openai().chat.completions.create({ model: 'gpt-4o-mini', messages: long });
      usages.push(answer.usage?.prompt_tokens_details?.cached_tokens);
    }
    expect(usages[0]).toBe(0);
    expect(usages[1]).toBeGreaterThan(1024);
    expect(simulator.attempts[1]?.billed.cached_tokens).toBe(usages[1]);
  });

  test('bad and absent credentials and leaked gateway fields are refused in OpenAI words', async () => {
    const bad = new OpenAI({ apiKey: 'bad-key', baseURL: `${simulator.url}/v1`, maxRetries: 0 });
    await expect(bad.models.list()).rejects.toMatchObject({ status: 401, code: 'invalid_api_key' });
    const absent = await fetch(`${simulator.url}/v1/chat/completions`, { method: 'POST', body: '{}' });
    expect(absent.status).toBe(401);
    const leaked = { model: 'gpt-4o-mini', messages: hello, 'x-cache': { enabled: true } };
    await expect(openai().chat.completions.create(leaked)).rejects.toMatchObject({ status: 400 });
  });
});

describe('Anthropic', () => {
  test('a stream is accumulated by the SDK to the whole answer', async () => {
    const ask = { model: 'claude-sonnet-4-6', max_tokens: 300, messages: hello };
    const whole = await anthropic().messages.create(ask);
    const streamed = await anthropic().messages.stream(ask).finalMessage();
    expect(streamed.content).toEqual(whole.content);
    expect(streamed.stop_reason).toBe('end_turn');
    expect(streamed.usage.output_tokens).toBe(whole.usage.output_tokens);
    expect(simulator.attempts[1]?.billed.output_tokens).toBe(whole.usage.output_tokens);
  });

  test('thinking must come back signed and unaltered before a tool result', async () => {
    const tools: Anthropic.Tool[] = [{ name: 'get_weather', input_schema: { ...weather, type: 'object' } }];
    const base = {
      model: 'claude-sonnet-4-6',
      max_tokens: 4000,
      tools,
      thinking: { type: 'enabled' as const, budget_tokens: 1024 },
    };
    const first = await anthropic()
      .messages.stream({ ...base, messages: hello })
      .finalMessage();
    expect(first.content.map((block) => block.type)).toEqual(['thinking', 'tool_use']);
    expect(first.stop_reason).toBe('tool_use');
    const use = first.content.find((block) => block.type === 'tool_use');
    const result = {
      role: 'user' as const,
      content: [{ type: 'tool_result' as const, tool_use_id: use?.id ?? '', content: 'rain' }],
    };
    const again = (content: Anthropic.ContentBlockParam[]): Promise<Anthropic.Message> =>
      anthropic().messages.create({ ...base, messages: [...hello, { role: 'assistant', content }, result] });
    const content = first.content as Anthropic.ContentBlockParam[];
    const answer = await again(content);
    expect(JSON.stringify(answer.content)).toContain('rain');
    await expect(again(content.slice(1))).rejects.toThrow(/Expected `thinking` or `redacted_thinking`/);
    const altered = content.map((block) =>
      block.type === 'thinking' ? { ...block, signature: 'AAAA' } : block,
    );
    await expect(again(altered)).rejects.toThrow(/Invalid `signature`/);
  });

  test('only marked prefixes are cached, outside input_tokens', async () => {
    const system = [
      {
        type: 'text' as const,
        text: 'Rules of the harbour. '.repeat(400),
        cache_control: { type: 'ephemeral' as const },
      },
    ];
    const ask = { model: 'claude-sonnet-4-6', max_tokens: 50, system, messages: hello };
    const first = await anthropic().messages.create(ask);
    const second = await anthropic().messages.create(ask);
    expect(first.usage).toMatchObject({ cache_creation_input_tokens: 2200, cache_read_input_tokens: 0 });
    expect(second.usage).toMatchObject({ cache_creation_input_tokens: 0, cache_read_input_tokens: 2200 });
    expect(simulator.attempts[1]?.billed.input_tokens).toBe(2200 + second.usage.input_tokens);
  });

  test.each([
    ['no max_tokens', { max_tokens: undefined }, /max_tokens: Field required/],
    [
      'a first message that is not the user',
      { messages: [{ role: 'assistant', content: 'a' }, ...hello] },
      /first message must use/,
    ],
    [
      'an empty text block',
      { messages: [{ role: 'user', content: [{ type: 'text', text: '' }] }] },
      /non-empty/,
    ],
    ['temperature on a new model', { model: 'claude-opus-4-7', temperature: 1 }, /deprecated for this model/],
    [
      'prefill on a new model',
      { model: 'claude-opus-4-8', messages: [...hello, { role: 'assistant', content: 'x' }] },
      /prefill/,
    ],
    [
      'an unanswered tool_use',
      {
        messages: [
          ...hello,
          { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'b', input: {} }] },
          ...hello,
        ],
      },
      /ids were found without/,
    ],
    ['an unknown field', { 'x-cache': {} }, /Extra inputs are not permitted/],
  ])('refuses %s in its own words', async (_name, change, message) => {
    const ask = {
      model: 'claude-sonnet-4-6',
      max_tokens: 50,
      messages: hello,
      ...change,
    } as unknown as Anthropic.MessageCreateParamsNonStreaming;
    await expect(anthropic().messages.create(ask)).rejects.toThrow(message);
  });

  test('continues a prefill to the text that an uncut answer has', async () => {
    const ask = { model: 'claude-sonnet-4-6', max_tokens: 300, messages: hello };
    const whole = await anthropic().messages.create(ask);
    const text = whole.content[0]?.type === 'text' ? whole.content[0].text : '';
    const begun = text.slice(0, 40).trimEnd();
    const rest = await anthropic().messages.create({
      ...ask,
      messages: [...hello, { role: 'assistant', content: begun }],
    });
    expect(begun + (rest.content[0]?.type === 'text' ? rest.content[0].text : '')).toBe(text);
  });
});

describe('Gemini', () => {
  const contents = [{ role: 'user', parts: [{ text: 'Tell me about locks.' }] }];
  const tools = [{ functionDeclarations: [{ name: 'get_weather', parametersJsonSchema: weather }] }];

  test('a stream has CRLF events that join to the whole text, and no terminator', async () => {
    const whole = await readJson(await gemini('gemini-2.5-flash:generateContent', { contents }));
    const sse = await (await gemini('gemini-2.5-flash:streamGenerateContent?alt=sse', { contents })).text();
    const events = sse.split('\r\n\r\n').filter((event) => event !== '');
    const parsed = events.map((event) => JSON.parse(event.replace(/^data: /, '')));
    const text = parsed.map((event) => event.candidates[0].content.parts[0].text).join('');
    expect(text).toBe(whole.candidates[0].content.parts[0].text);
    expect(parsed.at(-1)).toMatchObject({
      candidates: [{ finishReason: 'STOP' }],
      usageMetadata: whole.usageMetadata,
    });
    expect(parsed.filter((event) => event.candidates[0].finishReason !== undefined)).toHaveLength(1);
  });

  test('Gemini 3 refuses a function call that comes back unsigned or altered', async () => {
    const answer = await readJson(await gemini('gemini-3-pro-preview:generateContent', { contents, tools }));
    const part = answer.candidates[0].content.parts[0];
    expect(part.thoughtSignature).toMatch(/^CiQB/);
    const result = {
      role: 'user',
      parts: [{ functionResponse: { name: 'get_weather', response: { sky: 'grey' } } }],
    };
    const again = async (call: unknown): Promise<[number, string]> => {
      const sent = [...contents, { role: 'model', parts: [call] }, result];
      const response = await gemini('gemini-3-pro-preview:generateContent', { contents: sent, tools });
      return [response.status, await response.text()];
    };
    expect(await again(part)).toEqual([200, expect.stringContaining('grey')]);
    expect(await again({ functionCall: part.functionCall })).toEqual([
      400,
      expect.stringContaining('missing a thought_signature'),
    ]);
    expect((await again({ ...part, thoughtSignature: 'AAAA' }))[0]).toBe(400);
    expect((await again({ ...part, thoughtSignature: 'skip_thought_signature_validator' }))[0]).toBe(200);
  });

  test('refuses foreign roles, nameless tool results and a bad key as 400', async () => {
    const foreign = await gemini('gemini-2.5-flash:generateContent', {
      contents: [{ ...contents[0], role: 'assistant' }],
    });
    expect(await foreign.json()).toMatchObject({
      error: { code: 400, message: 'Please use a valid role: user, model.' },
    });
    const nameless = [...contents, { role: 'user', parts: [{ functionResponse: { response: {} } }] }];
    expect((await gemini('gemini-2.5-flash:generateContent', { contents: nameless })).status).toBe(400);
    const bad = await fetch(`${simulator.url}/v1beta/models/gemini-2.5-flash:generateContent?key=bad-key`, {
      method: 'POST',
      body: '{}',
    });
    expect(bad.status).toBe(400);
    expect(await bad.text()).toContain('API_KEY_INVALID');
  });
});

test('the ledger prices what was produced, in nano-dollars rounded up per request', async () => {
  const answer = await openai().chat.completions.create({ model: 'gpt-4o-mini', messages: hello });
  const read = await readJson(await fetch(`${simulator.url}/__sim/ledger`));
  const { prompt_tokens, completion_tokens } = answer.usage ?? { prompt_tokens: 0, completion_tokens: 0 };
  expect(read.usd_nanos).toBe(prompt_tokens * 150 + completion_tokens * 600);
  const [attempt] = await readJson(await fetch(`${simulator.url}/__sim/attempts?model=gpt-4o-mini`));
  expect(attempt.request_headers.authorization).toBe('…test');
  expect(attempt).toMatchObject({
    status: 200,
    stream: false,
    client_closed: false,
    request_body: { messages: hello },
  });
  await fetch(`${simulator.url}/__sim/attempts`, { method: 'DELETE' });
  expect(simulator.attempts).toHaveLength(0);
});

test('an embedding is nearer to a text with the same words than to another', async () => {
  const { data } = await openai().embeddings.create({
    model: 'text-embedding-3-small',
    input: ['open the lock gate', 'open the lock gate now', 'bake bread'],
  });
  const dot = (a: number[], b: number[]): number => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
  const [first, near, far] = data.map((item) => item.embedding);
  expect(dot(first ?? [], near ?? [])).toBeGreaterThan(0.7);
  expect(dot(first ?? [], far ?? [])).toBeLessThan(0.3);
});
