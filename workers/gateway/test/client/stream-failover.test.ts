import Anthropic from '@anthropic-ai/sdk';
import { beforeAll, expect, it } from 'vitest';
import { base_url, createVirtualKey, cutModel, hello, openaiFor, post, receiptOf } from './harness.ts';

let key: string;
beforeAll(async () => {
  key = (await createVirtualKey()).secret;
});

const PROMPT = 'Tell me of the harbour. [sim tokens=60 chunks=60 cut_after=40]';
const chain = (model: string) => ({ headers: { 'x-fallback-chain': model } });

async function whole(): Promise<string> {
  const answer = await openaiFor(key).chat.completions.create(hello('gpt-4o-mini', PROMPT));
  return answer.choices[0]?.message.content ?? '';
}

it('the official client of chat completions reads one stream where two providers wrote it', async () => {
  const stream = await openaiFor(key).chat.completions.create(
    { ...hello(cutModel('gpt-4o-mini'), PROMPT), stream: true, stream_options: { include_usage: true } },
    chain('claude-sonnet-4-5'),
  );
  let text = '';
  const ids = new Set<string>();
  const models = new Set<string>();
  let finish: string | null = null;
  let usage = 0;
  for await (const { id, model, choices, usage: counted } of stream) {
    ids.add(id);
    models.add(model);
    text += choices[0]?.delta.content ?? '';
    finish = choices[0]?.finish_reason ?? finish;
    usage = counted?.completion_tokens ?? usage;
  }
  expect(text).toBe(await whole());
  expect(finish).toBe('stop');
  expect([ids.size, models.size]).toEqual([1, 1]);
  expect(usage).toBeGreaterThan(50);
});

it('Anthropic’s client reads one message where two providers wrote it', async () => {
  const client = new Anthropic({ apiKey: key, baseURL: base_url, maxRetries: 0 });
  const stream = client.messages.stream(
    {
      model: `anthropic/${cutModel('claude-sonnet-4-5')}`,
      max_tokens: 500,
      messages: [{ role: 'user', content: PROMPT }],
    },
    chain('gpt-4o-mini'),
  );
  const message = await stream.finalMessage();
  expect(message.content).toMatchObject([{ type: 'text', text: await whole() }]);
  expect(message.stop_reason).toBe('end_turn');
  expect(message.usage.output_tokens).toBeGreaterThan(50);
});

it('the client of Responses reads one response where two providers wrote it', async () => {
  const stream = await openaiFor(key).responses.create(
    { model: `openai/${cutModel('gpt-4o-mini')}`, input: PROMPT, stream: true },
    chain('claude-sonnet-4-5'),
  );
  let text = '';
  let number = -1;
  const ids = new Set<string>();
  let last = '';
  for await (const event of stream) {
    expect(event.sequence_number).toBe(number + 1);
    number = event.sequence_number;
    if (event.type === 'response.output_text.delta') {
      text += event.delta;
      ids.add(event.item_id);
    }
    if (event.type === 'response.completed') last = JSON.stringify(event.response.output);
    if (event.type === 'response.output_item.done') ids.add(event.item.id ?? '');
  }
  expect(text).toBe(await whole());
  expect(ids.size).toBe(1);
  expect(last).toContain(JSON.stringify(text));
});

it('is left as it is where the client says stop, with an error event at its end', async () => {
  const response = await post(key, {
    ...hello(cutModel('gpt-4o-mini'), PROMPT),
    stream: true,
    'x-fallback-chain': ['claude-sonnet-4-5'],
    'x-stream-failover': 'stop',
  });
  expect(await response.text()).toContain('provider_stream_broken');
});

it('is never gone on with inside of a tool call', async () => {
  const response = await post(key, {
    ...hello(cutModel('gpt-4o-mini'), 'Use it. [sim cut_after=2]'),
    stream: true,
    tools: [
      {
        type: 'function',
        function: {
          name: 'look',
          parameters: { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] },
        },
      },
    ],
    'x-fallback-chain': ['claude-sonnet-4-5'],
  });
  const text = await response.text();
  expect(text).toContain('provider_stream_broken');
  const receipt = await receiptOf(key, response.headers.get('x-request-id') ?? '');
  expect(receipt.fallback.attempts).toHaveLength(1);
});
