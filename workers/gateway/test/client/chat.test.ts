import type OpenAI from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import { createVirtualKey, hello, openaiFor, receiptOf } from './harness.ts';

const MODELS = ['gpt-4o-mini', 'claude-sonnet-4-5', 'gemini-2.5-flash', 'auto'];

const weather: OpenAI.ChatCompletionTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather in a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

describe.each(MODELS)('the official client on %s', (model) => {
  let client: OpenAI;
  let key: string;
  beforeAll(async () => {
    key = (await createVirtualKey()).secret;
    client = openaiFor(key);
  });

  it('gets a whole answer in exact shape, with its receipt', async () => {
    const { data, response } = await client.chat.completions.create(hello(model)).withResponse();
    expect(data.object).toBe('chat.completion');
    expect(data.choices[0]?.message.role).toBe('assistant');
    expect(data.choices[0]?.message.content?.length).toBeGreaterThan(5);
    expect(data.choices[0]?.finish_reason).toBe('stop');
    expect(data.usage?.total_tokens).toBe(
      (data.usage?.prompt_tokens ?? 0) + (data.usage?.completion_tokens ?? 0),
    );
    const compact = (data as unknown as Record<string, Record<string, unknown>>)['x-llm-gateway'];
    expect(compact?.['request_id']).toBe(response.headers.get('x-request-id'));
    expect(compact?.['cost_usd'], JSON.stringify(compact)).toBeGreaterThan(0);
    const receipt = await receiptOf(key, String(compact?.['request_id']));
    expect(receipt.cost.provider_cost_usd).toBe(compact?.['cost_usd']);
    expect(receipt.execution.tokens?.['total']).toBe(data.usage?.total_tokens);
    expect(receipt.routing.reason).toContain(receipt.execution.model);
  });

  it('streams the same text that a final completion is made of', async () => {
    const stream = client.chat.completions.stream(hello(model, 'Tell me about rivers'));
    let text = '';
    stream.on('content', (delta) => {
      text += delta;
    });
    const final = await stream.finalChatCompletion();
    expect(final.choices[0]?.message.content).toBe(text);
    expect(final.choices[0]?.finish_reason).toBe('stop');
    expect(text.length).toBeGreaterThan(5);
  });

  it('sends a usage chunk only when it was asked for', async () => {
    const plain = await client.chat.completions.create({ ...hello(model), stream: true });
    for await (const chunk of plain) {
      expect(chunk.choices.length).toBe(1);
      expect(chunk.usage ?? null).toBeNull();
    }
    const asked = await client.chat.completions.create({
      ...hello(model),
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of asked) chunks.push(chunk);
    expect(chunks.at(-1)?.choices).toEqual([]);
    expect(chunks.at(-1)?.usage?.total_tokens).toBeGreaterThan(0);
    expect(new Set(chunks.map((chunk) => chunk.id)).size).toBe(1);
  });

  it.each([false, true])('calls a tool and takes its result (stream: %s)', async (stream) => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Weather in Paris?' }];
    const ask = async (): Promise<OpenAI.ChatCompletion> => {
      const body = { model, messages, tools: [weather] };
      return stream
        ? client.chat.completions.stream(body).finalChatCompletion()
        : client.chat.completions.create(body);
    };
    const first = await ask();
    const message = first.choices[0]?.message;
    expect(first.choices[0]?.finish_reason).toBe('tool_calls');
    const call = message?.tool_calls?.[0];
    if (message === undefined || call?.type !== 'function') throw new Error('no tool call came');
    expect(call.function.name).toBe('get_weather');
    expect(JSON.parse(call.function.arguments)).toHaveProperty('city');
    messages.push(message, { role: 'tool', tool_call_id: call.id, content: 'Sunny, 21 degrees' });
    const second = await ask();
    expect(second.choices[0]?.finish_reason).toBe('stop');
    expect(second.choices[0]?.message.content).toContain('Sunny, 21 degrees');
  });

  it.each([false, true])('keeps parallel tool calls apart (stream: %s)', async (stream) => {
    const body = {
      model,
      messages: [{ role: 'user' as const, content: 'Weather in parallel for two cities' }],
      tools: [weather],
    };
    const answer = stream
      ? await client.chat.completions.stream(body).finalChatCompletion()
      : await client.chat.completions.create(body);
    const calls = answer.choices[0]?.message.tool_calls ?? [];
    expect(calls.length).toBe(2);
    expect(new Set(calls.map((call) => call.id)).size).toBe(2);
    for (const call of calls)
      if (call.type === 'function') expect(JSON.parse(call.function.arguments)).toHaveProperty('city');
  });

  it('answers by a JSON schema', async () => {
    const answer = await client.chat.completions.create({
      ...hello(model, 'A person'),
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'person',
          strict: true,
          schema: {
            type: 'object',
            properties: { name: { type: 'string' }, age: { type: 'integer' } },
            required: ['name', 'age'],
            additionalProperties: false,
          },
        },
      },
    });
    const person = JSON.parse(answer.choices[0]?.message.content ?? '') as Record<string, unknown>;
    expect(typeof person['name']).toBe('string');
    expect(Number.isInteger(person['age'])).toBe(true);
    expect(answer.choices[0]?.finish_reason).toBe('stop');
  });

  it('stops at the output limit and says so', async () => {
    const answer = await client.chat.completions.create({ ...hello(model, 'Long story'), max_tokens: 5 });
    expect(answer.choices[0]?.finish_reason).toBe('length');
    expect(answer.usage?.completion_tokens).toBeLessThanOrEqual(5);
  });
});
