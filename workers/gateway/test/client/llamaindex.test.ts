import type { ChatMessage, ToolCallLLMMessageOptions } from '@llamaindex/core/llms';
import { tool } from '@llamaindex/core/tools';
import { OpenAI, OpenAIEmbedding, OpenAIResponses } from '@llamaindex/openai';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { base_url, createVirtualKey, cutModel } from './harness.ts';

const TARGETS = ['gpt-4o-mini', 'claude-sonnet-4-5', 'gemini-2.5-flash'];
const baseURL = `${base_url}/v1`;

type Message = ChatMessage<ToolCallLLMMessageOptions>;

const modelFor = (apiKey: string, model: string): OpenAI =>
  new OpenAI({ apiKey, baseURL, model, maxRetries: 0 });

const weather = tool({
  name: 'get_weather',
  description: 'The weather in a city',
  parameters: z.object({ city: z.string() }),
  execute: ({ city }) => `Sunny in ${city}, 21 degrees`,
});
const person = z.object({ name: z.string(), age: z.number().int() });
const user = (content: string): Message => ({ role: 'user', content });

async function statusOf(promise: Promise<unknown>): Promise<{ status: number; message: string }> {
  const error = await promise.then(
    () => null,
    (caught: unknown) => caught,
  );
  if (!(error instanceof Error) || !('status' in error))
    throw new Error(`not a client error: ${String(error)}`);
  return { status: Number(error.status), message: error.message };
}

describe.each(TARGETS)('OpenAI of LlamaIndex on %s', (id) => {
  let model: OpenAI;
  beforeAll(async () => {
    model = modelFor((await createVirtualKey()).secret, id);
  });

  it('answers with text', async () => {
    const { message } = await model.chat({
      messages: [{ role: 'system', content: 'Be brief.' }, user('Say hello')],
    });
    expect(message.role).toBe('assistant');
    expect(message.content).toContain('Say hello');
  });

  it('streams the text in pieces', async () => {
    const pieces: string[] = [];
    const stream = await model.chat({ messages: [user('Tell me about rivers')], stream: true });
    for await (const { delta } of stream) if (delta !== '') pieces.push(delta);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.join('')).toContain('Tell me about rivers');
  });

  it.each([
    ['Weather in Paris?', 1],
    ['Weather in parallel, twice', 2],
  ])('calls tools, takes their results back and ends with text: %s', async (question, count) => {
    const messages = [user(question)];
    const first = await model.exec({ messages, tools: [weather] });
    expect(first.toolCalls.length).toBe(count);
    expect(new Set(first.toolCalls.map((call) => call.id)).size).toBe(count);
    messages.push(...first.newMessages);
    const second = await model.exec({ messages, tools: [weather] });
    expect(second.toolCalls).toEqual([]);
    expect(second.newMessages.at(-1)?.content).toContain('Sunny in Ghent, 21 degrees');
  });

  it.each([
    ['Weather in Paris?', 1],
    ['Weather in parallel, twice', 2],
  ])('calls tools in a stream: %s', async (question, count) => {
    const messages = [user(question)];
    const first = await model.exec({ messages, tools: [weather], stream: true });
    for await (const _ of first.stream);
    messages.push(...first.newMessages());
    expect(messages.filter(({ options }) => options && 'toolResult' in options).length).toBe(count);
    const second = await model.exec({ messages, tools: [weather], stream: true });
    let text = '';
    for await (const { delta } of second.stream) text += delta;
    expect(text).toContain('Sunny in Ghent, 21 degrees');
  });

  it('fills a schema by response format', async () => {
    const { message } = await model.chat({ messages: [user('A person')], responseFormat: person });
    const answer: unknown = JSON.parse(String(message.content));
    expect(person.parse(answer)).toEqual(answer);
  });

  it('fills a schema by a tool', async () => {
    const { object } = await model.exec({ messages: [user('A person')], responseFormat: person });
    expect(person.parse(object)).toEqual(object);
  });
});

describe('OpenAI of LlamaIndex, where something is wrong', () => {
  it('gets 401 for a wrong key', async () => {
    const model = modelFor('slu_dev_wrong', 'gpt-4o-mini');
    expect((await statusOf(model.chat({ messages: [user('Hi')] }))).status).toBe(401);
  });

  it('is told which model is unknown', async () => {
    const model = modelFor((await createVirtualKey()).secret, 'no-such-model');
    const { status, message } = await statusOf(model.chat({ messages: [user('Hi')] }));
    expect(status).toBe(400);
    expect(message).toContain('no-such-model');
  });

  it.each(TARGETS)('sees %s break off in the middle of a stream as an error, not as an end', async (id) => {
    const model = modelFor((await createVirtualKey()).secret, cutModel(id));
    let text = '';
    const read = async (): Promise<void> => {
      const stream = await model.chat({ messages: [user('Rivers')], stream: true });
      for await (const { delta } of stream) text += delta;
    };
    await expect(read()).rejects.toThrow();
    expect(text).not.toBe('');
  });
});

describe.each(TARGETS)('OpenAIResponses of LlamaIndex on %s', (id) => {
  let model: OpenAIResponses;
  beforeAll(async () => {
    const { secret } = await createVirtualKey();
    model = new OpenAIResponses({ apiKey: secret, baseURL, model: id, maxRetries: 0 });
  });

  it('answers with text, whole and streamed', async () => {
    const whole = await model.chat({ messages: [user('Say hello')] });
    expect(JSON.stringify(whole.message.content)).toContain('Say hello');
    let text = '';
    for await (const { delta } of await model.chat({ messages: [user('Say hello')], stream: true }))
      text += delta;
    expect(text).toContain('Say hello');
  });

  it.each([
    ['Weather in Paris?', 1],
    ['Weather in parallel, twice', 2],
  ])('calls tools, takes their results back and ends with text: %s', async (question, count) => {
    const messages: Message[] = [user(question)];
    const first = await model.exec({ messages, tools: [weather] });
    expect(first.toolCalls.length).toBe(count);
    messages.push(...(first.newMessages as Message[]));
    const second = await model.exec({ messages, tools: [weather] });
    expect(JSON.stringify(second.newMessages.at(-1)?.content)).toContain('Sunny in Ghent, 21 degrees');
  });
});

it('OpenAIResponses of LlamaIndex gets 401 for a wrong key, and is told which model is unknown', async () => {
  const ask = async (apiKey: string, model: string) => {
    const responses = new OpenAIResponses({ apiKey, baseURL, model, maxRetries: 0 });
    return statusOf(responses.chat({ messages: [user('Hi')] }));
  };
  expect((await ask('slu_dev_wrong', 'gpt-4o-mini')).status).toBe(401);
  const unknown = await ask((await createVirtualKey()).secret, 'no-such-model');
  expect(unknown.status).toBe(400);
  expect(unknown.message).toContain('no-such-model');
});

describe.each(['text-embedding-3-small', 'gemini-embedding-001'])(
  'OpenAIEmbedding of LlamaIndex on %s',
  (model) => {
    const embeddingFor = (apiKey: string, dimensions?: number): OpenAIEmbedding =>
      new OpenAIEmbedding({
        apiKey,
        baseURL,
        model,
        maxRetries: 0,
        ...(dimensions === undefined ? {} : { dimensions }),
      });
    const dot = (a: number[], b: number[]): number => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);

    it('puts texts that share words near each other, in the order of the inputs', async () => {
      const embedding = embeddingFor((await createVirtualKey()).secret);
      const [river = [], law = [], again = []] = await embedding.getTextEmbeddings([
        'a quiet river in spring',
        'tax law of 1984',
        'the quiet river',
      ]);
      expect(dot(river, again)).toBeGreaterThan(dot(river, law));
      expect(dot(await embedding.getTextEmbedding('the quiet river'), again)).toBeCloseTo(1, 4);
    });

    it('gets as many dimensions as it asked for', async () => {
      const embedding = embeddingFor((await createVirtualKey()).secret, 64);
      expect((await embedding.getTextEmbedding('river')).length).toBe(64);
    });

    it('gets 401 for a wrong key', async () => {
      expect((await statusOf(embeddingFor('slu_dev_wrong').getTextEmbedding('river'))).status).toBe(401);
    });
  },
);
