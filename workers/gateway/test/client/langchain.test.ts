import { type BaseMessage, HumanMessage, SystemMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { base_url, createVirtualKey, cutModel } from './harness.ts';

const TARGETS = ['gpt-4o-mini', 'claude-sonnet-4-5', 'gemini-2.5-flash'];
const configuration = { baseURL: `${base_url}/v1` };

type Chunk = Awaited<ReturnType<ChatOpenAI['invoke']>>;

const modelFor = (apiKey: string, model: string, useResponsesApi: boolean): ChatOpenAI =>
  new ChatOpenAI({ model, apiKey, configuration, useResponsesApi, maxRetries: 0 });

const weather = tool(({ city }: { city: string }) => `Sunny in ${city}, 21 degrees`, {
  name: 'get_weather',
  description: 'The weather in a city',
  schema: z.object({ city: z.string() }),
});
const person = z.object({ name: z.string(), age: z.number().int() });

const tokens = z.object({
  input_tokens: z.number().positive(),
  output_tokens: z.number().positive(),
  total_tokens: z.number(),
});

async function collect(
  stream: AsyncIterable<Chunk>,
  look: (chunk: Chunk) => void = () => {},
): Promise<Chunk> {
  let whole: Chunk | undefined;
  for await (const chunk of stream) {
    look(chunk);
    whole = whole === undefined ? chunk : whole.concat(chunk);
  }
  if (whole === undefined) throw new Error('the stream was empty');
  return whole;
}

/** What LangChain throws: its client's own error, with the status of the answer. */
async function errorOf(promise: Promise<unknown>): Promise<{ status: number; message: string }> {
  const error = await promise.then(
    () => null,
    (caught: unknown) => caught,
  );
  if (!(error instanceof Error) || !('status' in error))
    throw new Error(`not a client error: ${String(error)}`);
  return { status: Number(error.status), message: error.message };
}

describe.each([
  ['chat completions', false],
  ['responses', true],
])('ChatOpenAI of LangChain over %s', (_name, responses) => {
  describe.each(TARGETS)('on %s', (id) => {
    let model: ChatOpenAI;
    beforeAll(async () => {
      model = modelFor((await createVirtualKey()).secret, id, responses);
    });

    it('answers with text and counts its tokens', async () => {
      const answer = await model.invoke([new SystemMessage('Be brief.'), new HumanMessage('Say hello')]);
      expect(answer.text).toContain('Say hello');
      const { input_tokens, output_tokens, total_tokens } = tokens.parse(answer.usage_metadata);
      expect(total_tokens).toBe(input_tokens + output_tokens);
    });

    it('streams the text in pieces, with the tokens at the end', async () => {
      const pieces: string[] = [];
      const whole = await collect(await model.stream('Tell me about rivers'), (chunk) => {
        if (chunk.text !== '') pieces.push(chunk.text);
      });
      expect(pieces.length).toBeGreaterThan(1);
      expect(pieces.join('')).toContain('Tell me about rivers');
      tokens.parse(whole.usage_metadata);
    });

    it.each([false, true])(
      'calls tools, takes their results back and ends with text (stream: %s)',
      async (stream) => {
        const bound = model.bindTools([weather]);
        const ask = async (messages: BaseMessage[]): Promise<Chunk> =>
          stream ? collect(await bound.stream(messages)) : bound.invoke(messages);
        for (const [question, count] of [
          ['Weather in Paris?', 1],
          ['Weather in parallel, twice', 2],
        ] as const) {
          const messages: BaseMessage[] = [new HumanMessage(question)];
          const first = await ask(messages);
          const calls = first.tool_calls ?? [];
          expect(calls.length).toBe(count);
          expect(new Set(calls.map((call) => call.id)).size).toBe(count);
          for (const call of calls)
            expect(call).toMatchObject({ name: 'get_weather', args: { city: 'Ghent' } });
          messages.push(first);
          for (const call of calls) messages.push(await weather.invoke({ ...call, type: 'tool_call' }));
          const second = await ask(messages);
          expect(second.tool_calls ?? []).toEqual([]);
          expect(second.text).toContain('Sunny in Ghent, 21 degrees');
        }
      },
    );

    it('calls the tool that it is made to call', async () => {
      const bound = model.bindTools([weather], { tool_choice: 'get_weather' });
      expect((await bound.invoke('Hello')).tool_calls?.[0]?.name).toBe('get_weather');
    });

    it.each(['jsonSchema', 'functionCalling'] as const)('fills a schema by %s', async (method) => {
      const structured = model.withStructuredOutput(person, { name: 'person', method });
      const answer = await structured.invoke('A person');
      expect(person.parse(answer)).toEqual(answer);
    });

    it('fills a schema in a stream', async () => {
      const structured = model.withStructuredOutput(person, { name: 'person', method: 'jsonSchema' });
      let last: unknown;
      for await (const partial of await structured.stream('A person')) last = partial;
      expect(person.parse(last)).toEqual(last);
    });

    it('answers a batch, each question its own answer', async () => {
      const answers = await model.batch(['Apples?', 'Pears?', 'Plums?']);
      expect(answers.map((answer) => /Apples|Pears|Plums/.exec(answer.text)?.[0])).toEqual([
        'Apples',
        'Pears',
        'Plums',
      ]);
    });
  });

  it('gets 401 for a wrong key', async () => {
    const { status } = await errorOf(modelFor('slu_dev_wrong', 'gpt-4o-mini', responses).invoke('Hi'));
    expect(status).toBe(401);
  });

  it('is told which model is unknown', async () => {
    const { secret } = await createVirtualKey();
    const { status, message } = await errorOf(modelFor(secret, 'no-such-model', responses).invoke('Hi'));
    expect(status).toBe(400);
    expect(message).toContain('no-such-model');
  });

  it.each(TARGETS)('sees %s break off in the middle of a stream as an error, not as an end', async (id) => {
    const model = modelFor((await createVirtualKey()).secret, cutModel(id), responses);
    let text = '';
    const read = async (): Promise<void> => {
      for await (const chunk of await model.stream('Tell me about rivers')) text += chunk.text;
    };
    await expect(read()).rejects.toThrow();
    expect(text).not.toBe('');
  });
});

describe.each(['text-embedding-3-small', 'gemini-embedding-001'])(
  'OpenAIEmbeddings of LangChain on %s',
  (model) => {
    const embeddingsFor = (apiKey: string, more: { dimensions?: number; encodingFormat?: 'float' } = {}) =>
      new OpenAIEmbeddings({ model, apiKey, configuration, maxRetries: 0, ...more });
    const dot = (a: number[], b: number[]): number => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);

    it('puts texts that share words near each other, in the order of the inputs', async () => {
      const embeddings = embeddingsFor((await createVirtualKey()).secret);
      const [river = [], law = [], again = []] = await embeddings.embedDocuments([
        'a quiet river in spring',
        'tax law of 1984',
        'the quiet river',
      ]);
      expect(dot(river, again)).toBeGreaterThan(dot(river, law));
      expect(dot(await embeddings.embedQuery('the quiet river'), again)).toBeCloseTo(1, 4);
    });

    it('gets as many dimensions as it asked for, as base64 or as numbers', async () => {
      const { secret } = await createVirtualKey();
      const packed = await embeddingsFor(secret, { dimensions: 64 }).embedQuery('river');
      const plain = await embeddingsFor(secret, { dimensions: 64, encodingFormat: 'float' }).embedQuery(
        'river',
      );
      expect(packed.length).toBe(64);
      expect(dot(packed, plain)).toBeCloseTo(1, 4);
    });

    it('gets 401 for a wrong key', async () => {
      expect((await errorOf(embeddingsFor('slu_dev_wrong').embedQuery('river'))).status).toBe(401);
    });
  },
);
