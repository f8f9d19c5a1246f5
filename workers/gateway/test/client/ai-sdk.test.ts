import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import {
  APICallError,
  cosineSimilarity,
  embed,
  embedMany,
  generateText,
  isStepCount,
  type LanguageModel,
  type ModelMessage,
  Output,
  streamText,
  tool,
} from 'ai';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { attemptsOn, base_url, createVirtualKey, cutModel } from './harness.ts';

const TARGETS = ['gpt-4o-mini', 'claude-sonnet-4-5', 'gemini-2.5-flash'];
const baseURL = `${base_url}/v1`;

/** Each of the SDK's providers, and so each of the gateway's chat doors, as a person would set it up. */
const PROVIDERS: Record<string, (apiKey: string) => (model: string) => Exclude<LanguageModel, string>> = {
  'openai.chat': (apiKey) => createOpenAI({ baseURL, apiKey }).chat,
  'openai (responses)': (apiKey) => createOpenAI({ baseURL, apiKey }),
  anthropic: (apiKey) => createAnthropic({ baseURL, apiKey }),
  'openai-compatible': (apiKey) =>
    createOpenAICompatible({
      name: 'sluice',
      baseURL,
      apiKey,
      includeUsage: true,
      supportsStructuredOutputs: true,
    }),
};

const weather = tool({
  description: 'The weather in a city',
  inputSchema: z.object({ city: z.string() }),
  execute: ({ city }) => `Sunny in ${city}, 21 degrees`,
});
const person = z.object({ name: z.string(), age: z.number().int() });

/** Nothing is retried, so that a test sees what the gateway said; errors of streams are for the test, not the console. */
const QUIET = { maxRetries: 0, onError: () => {} };
const ONCE = { maxRetries: 0 };

describe.each(Object.keys(PROVIDERS))('the AI SDK with %s', (name) => {
  const providerOf = PROVIDERS[name];
  if (providerOf === undefined) throw new Error(`no provider ${name}`);

  describe.each(TARGETS)('on %s', (id) => {
    let model: Exclude<LanguageModel, string>;
    beforeAll(async () => {
      model = providerOf((await createVirtualKey()).secret)(id);
    });

    it('answers with text, a finish reason and the tokens', async () => {
      const { text, finishReason, usage } = await generateText({
        ...ONCE,
        model,
        instructions: 'Be brief.',
        prompt: 'Say hello',
      });
      expect(text).toContain('Say hello');
      expect(finishReason).toBe('stop');
      expect(usage.inputTokens).toBeGreaterThan(0);
      expect(usage.outputTokens).toBeGreaterThan(0);
    });

    it('streams the text in pieces, with the tokens at the end', async () => {
      const result = streamText({ ...QUIET, model, prompt: 'Tell me about rivers' });
      const pieces: string[] = [];
      for await (const piece of result.textStream) pieces.push(piece);
      expect(pieces.length).toBeGreaterThan(1);
      expect(pieces.join('')).toBe(await result.text);
      expect(pieces.join('')).toContain('Tell me about rivers');
      expect(await result.finishReason).toBe('stop');
      expect((await result.usage).inputTokens).toBeGreaterThan(0);
      expect((await result.usage).outputTokens).toBeGreaterThan(0);
    });

    it('calls a tool, takes its result back and ends with text', async () => {
      const { steps, text } = await generateText({
        ...ONCE,
        model,
        tools: { weather },
        stopWhen: isStepCount(3),
        prompt: 'Weather in Paris?',
      });
      expect(steps.length).toBe(2);
      expect(steps[0]?.finishReason).toBe('tool-calls');
      expect(steps[0]?.toolCalls[0]).toMatchObject({ toolName: 'weather', input: { city: 'Ghent' } });
      expect(steps[1]?.finishReason).toBe('stop');
      expect(text).toContain('Sunny in Ghent, 21 degrees');
    });

    it('does the same in a stream', async () => {
      const result = streamText({
        ...QUIET,
        model,
        tools: { weather },
        stopWhen: isStepCount(3),
        prompt: 'Weather in Paris?',
      });
      const steps = await result.steps;
      expect(steps.map((step) => step.finishReason)).toEqual(['tool-calls', 'stop']);
      expect(await result.text).toContain('Sunny in Ghent, 21 degrees');
    });

    it.each([false, true])('keeps parallel calls and their results apart (stream: %s)', async (stream) => {
      const ask = {
        model,
        tools: { weather },
        stopWhen: isStepCount(3),
        prompt: 'Weather in parallel, twice',
      };
      const steps = stream
        ? await streamText({ ...QUIET, ...ask }).steps
        : (await generateText({ ...ONCE, ...ask })).steps;
      const ids = steps[0]?.toolCalls.map((call) => call.toolCallId) ?? [];
      expect(new Set(ids).size).toBe(2);
      expect(steps[0]?.toolResults.map((result) => result.toolCallId).sort()).toEqual([...ids].sort());
      expect(steps[1]?.finishReason).toBe('stop');
    });

    it('carries on a conversation that it kept itself', async () => {
      const messages: ModelMessage[] = [{ role: 'user', content: 'First question' }];
      const whole = { ...ONCE, model, providerOptions: { openai: { store: false } } };
      const first = await generateText({ ...whole, messages });
      messages.push(...first.response.messages, { role: 'user', content: 'Second question' });
      const second = await generateText({ ...whole, messages });
      expect(second.text).toContain('Second question');
      expect(second.usage.inputTokens ?? 0).toBeGreaterThan(first.usage.inputTokens ?? 0);
    });

    it('fills a schema', async () => {
      const { output } = await generateText({
        ...ONCE,
        model,
        output: Output.object({ schema: person }),
        prompt: 'A person',
      });
      expect(person.parse(output)).toEqual(output);
    });

    it('fills a schema in a stream', async () => {
      const result = streamText({
        ...QUIET,
        model,
        output: Output.object({ schema: person }),
        prompt: 'A person',
      });
      let last: unknown;
      for await (const partial of result.partialOutputStream) last = partial;
      expect(person.parse(last)).toEqual(await result.output);
    });

    it('stops at the output limit and says so', async () => {
      const { finishReason, usage } = await generateText({
        ...ONCE,
        model,
        maxOutputTokens: 16,
        prompt: '[sim tokens=200] Long story',
      });
      expect(finishReason).toBe('length');
      expect(usage.outputTokens).toBeLessThanOrEqual(16);
    });
  });

  it('gets a typed error for a wrong key, which it does not retry', async () => {
    const failing = generateText({
      ...ONCE,
      model: providerOf('slu_dev_wrong')('gpt-4o-mini'),
      prompt: 'Hi',
    });
    const error: unknown = await failing.catch((caught: unknown) => caught);
    if (!APICallError.isInstance(error)) throw new Error(`not an APICallError: ${String(error)}`);
    expect(error.statusCode).toBe(401);
    expect(error.isRetryable).toBe(false);
    expect(error.message).toMatch(/key/i);
  });

  it.each([false, true])('gets a typed error that names the unknown model (stream: %s)', async (stream) => {
    const model = providerOf((await createVirtualKey()).secret)('no-such-model');
    const seen: unknown[] = [];
    if (stream) {
      const result = streamText({
        ...ONCE,
        model,
        prompt: 'Hi',
        onError: ({ error }) => void seen.push(error),
      });
      await result.consumeStream();
    } else {
      await generateText({ ...ONCE, model, prompt: 'Hi' }).catch((error: unknown) => seen.push(error));
    }
    const error = seen[0];
    if (!APICallError.isInstance(error)) throw new Error(`not an APICallError: ${String(error)}`);
    expect(error.statusCode).toBeGreaterThanOrEqual(400);
    expect(error.statusCode).toBeLessThan(405);
    expect(error.message).toContain('no-such-model');
  });

  it.each(TARGETS)('sees %s break off in the middle of a stream as an error, not as an end', async (id) => {
    const model = providerOf((await createVirtualKey()).secret)(cutModel(id));
    const seen: unknown[] = [];
    const prompt = 'Tell me about rivers';
    const result = streamText({ ...ONCE, model, prompt, onError: ({ error }) => void seen.push(error) });
    let text = '';
    for await (const piece of result.textStream) text += piece;
    expect(text).not.toBe('');
    expect(seen.length).toBe(1);
  });
});

const thinking = { anthropic: { thinking: { type: 'enabled', budgetTokens: 1024 } } };
const encrypted = ['reasoning.encrypted_content'];
const effort = { store: false, reasoningEffort: 'low', reasoningSummary: 'auto', include: encrypted };
const forced = { openai: { ...effort, forceReasoning: true } };
const low = { sluice: { reasoningEffort: 'low' } };

/** How each of the SDK's providers asks for visible reasoning, and what of it must reach the model again. */
const THINKING = [
  ['anthropic', 'claude-sonnet-4-5', thinking, '"signature":'],
  ['anthropic', 'gemini-2.5-flash', thinking, '"thoughtSignature":'],
  ['openai (responses)', 'gpt-5', { openai: effort }, '"encrypted_content":'],
  ['openai (responses)', 'claude-sonnet-4-5', forced, '"signature":'],
  ['openai (responses)', 'gemini-2.5-flash', forced, '"thoughtSignature":'],
  // This provider has no place for a signature, so nothing signed can come back from it.
  ['openai-compatible', 'claude-sonnet-4-5', low, null],
  ['openai-compatible', 'gemini-2.5-flash', low, null],
] as const;

describe.each(THINKING)('reasoning through the AI SDK with %s on %s', (name, base, options, signed) => {
  it.each([false, true])('is shown, and goes back with the result of a tool (stream: %s)', async (stream) => {
    const id = `${base}-${Date.now().toString(36)}-sim-tokens-40`;
    const model = PROVIDERS[name]?.((await createVirtualKey()).secret)(id);
    if (model === undefined) throw new Error(`no provider ${name}`);
    const ask = {
      model,
      maxOutputTokens: 2048,
      providerOptions: structuredClone(options) as never,
      tools: { weather },
      stopWhen: isStepCount(3),
      prompt: 'Weather in Paris?',
    };
    const steps = stream
      ? await streamText({ ...QUIET, ...ask }).steps
      : (await generateText({ ...ONCE, ...ask })).steps;
    expect(steps.map((step) => step.finishReason)).toEqual(['tool-calls', 'stop']);
    expect(steps[0]?.reasoningText ?? '').toContain('The question is');
    expect(steps[1]?.text).toContain('Sunny in Ghent, 21 degrees');
    const [first, second] = (await attemptsOn(id)).map(({ request_body }) => JSON.stringify(request_body));
    if (signed === null) return;
    expect(first).not.toContain(signed);
    expect(second).toContain(signed);
  });
});

describe("the AI SDK where it counts on OpenAI's storage", () => {
  const converse = async (id: string) => {
    const model = createOpenAI({ baseURL, apiKey: (await createVirtualKey()).secret })(id);
    const messages: ModelMessage[] = [{ role: 'user', content: 'First question' }];
    const first = await generateText({ ...ONCE, model, messages });
    messages.push(...first.response.messages, { role: 'user', content: 'Second question' });
    return generateText({ ...ONCE, model, messages });
  };

  it('refers to what OpenAI has stored, which reaches OpenAI as it is', async () => {
    const id = `gpt-4o-mini-${Date.now().toString(36)}-sim-tokens-20`;
    expect((await converse(id)).text).toContain('Second question');
    const bodies = (await attemptsOn(id)).map(({ request_body }) => JSON.stringify(request_body));
    expect(bodies.map((body) => body.includes('item_reference'))).toEqual([false, true]);
  });

  it.each(['claude-sonnet-4-5', 'gemini-2.5-flash'])('is told by %s what to set instead', async (id) => {
    const error: unknown = await converse(id).catch((caught: unknown) => caught);
    if (!APICallError.isInstance(error)) throw new Error(`not an APICallError: ${String(error)}`);
    expect(error.statusCode).toBe(400);
    expect(error.message).toContain('`store: false`');
  });
});

describe.each([
  ['openai', 'text-embedding-3-small'],
  ['openai', 'gemini-embedding-001'],
  ['openai-compatible', 'text-embedding-3-small'],
  ['openai-compatible', 'gemini-embedding-001'],
])('embeddings of the AI SDK with %s on %s', (name, id) => {
  const modelFor = (apiKey: string) =>
    name === 'openai'
      ? createOpenAI({ baseURL, apiKey }).embeddingModel(id)
      : createOpenAICompatible({ name: 'sluice', baseURL, apiKey }).embeddingModel(id);

  it('puts texts that share words near each other, in the order of the inputs', async () => {
    const model = modelFor((await createVirtualKey()).secret);
    const { embeddings, usage } = await embedMany({
      ...ONCE,
      model,
      values: ['a quiet river in spring', 'tax law of 1984', 'the quiet river'],
    });
    const [river, law, again] = embeddings;
    if (river === undefined || law === undefined || again === undefined)
      throw new Error('a vector is missing');
    expect(cosineSimilarity(river, again)).toBeGreaterThan(cosineSimilarity(river, law));
    expect(usage.tokens).toBeGreaterThan(0);
    const alone = await embed({ ...ONCE, model, value: 'the quiet river' });
    expect(cosineSimilarity(alone.embedding, again)).toBeCloseTo(1, 4);
  });

  it('gets as many dimensions as it asked for', async () => {
    const model = modelFor((await createVirtualKey()).secret);
    const { embedding } = await embed({ ...ONCE, model, value: 'river', dimensions: 64 });
    expect(embedding.length).toBe(64);
  });

  it('gets a typed error for a wrong key', async () => {
    const error: unknown = await embed({ ...ONCE, model: modelFor('slu_dev_wrong'), value: 'river' }).catch(
      (caught: unknown) => caught,
    );
    expect(APICallError.isInstance(error) && error.statusCode).toBe(401);
  });
});
