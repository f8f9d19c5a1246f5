import { type Answer, type AnswerEvent, GatewayError, noUsage } from '@sluice/contract';
import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { chatDoor } from './chat.ts';

const HEAD = { id: 'chatcmpl-1', model: 'gpt-4o', created: 1_700_000_000, input_tokens: 7 };
const USAGE = { ...noUsage(), input_tokens: 5, cache_read_tokens: 3, output_tokens: 4, reasoning_tokens: 2 };
const BROKEN = new GatewayError('provider_stream_broken', 'The provider broke off.');

const ANSWER: Answer = {
  id: null,
  model: null,
  created: null,
  choices: [
    {
      index: 0,
      content: null,
      refusal: null,
      reasoning: [
        { type: 'reasoning.text', text: 'hm', signature: 's', format: 'anthropic-claude-v1', index: 0 },
      ],
      tool_calls: [
        {
          id: 'call_1',
          type: 'function',
          function: { name: 'f', arguments: '{}' },
          extra_content: { google: { thought_signature: 'sig' } },
        },
      ],
      annotations: [],
      logprobs: null,
      finish_reason: 'tool_calls',
      native_finish_reason: 'tool_use',
      images: [],
    },
  ],
  usage: USAGE,
  service_tier: null,
  system_fingerprint: null,
};

test('an answer with a tool call has exactly the shape of OpenAI, and the receipt last', () => {
  const text = chatDoor.renderAnswer(ANSWER, HEAD, '{"request_id":"req_1"}');
  expect(text.endsWith(',"x-llm-gateway":{"request_id":"req_1"}}')).toBe(true);
  expect(JSON.parse(text)).toEqual({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'gpt-4o',
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: null,
          refusal: null,
          annotations: [],
          reasoning_content: 'hm',
          reasoning_details: ANSWER.choices[0]?.reasoning,
          tool_calls: ANSWER.choices[0]?.tool_calls,
        },
        logprobs: null,
        finish_reason: 'tool_calls',
      },
    ],
    usage: {
      prompt_tokens: 8,
      completion_tokens: 6,
      total_tokens: 14,
      prompt_tokens_details: { cached_tokens: 3, audio_tokens: 0 },
      completion_tokens_details: {
        reasoning_tokens: 2,
        audio_tokens: 0,
        accepted_prediction_tokens: 0,
        rejected_prediction_tokens: 0,
      },
    },
    system_fingerprint: null,
    'x-llm-gateway': { request_id: 'req_1' },
  });
});

test('a receipt goes into a body without touching another byte', () => {
  expect(chatDoor.spliceReceipt('{"seed":12345678901234567890 }\n', '{"a":1}')).toBe(
    '{"seed":12345678901234567890 ,"x-llm-gateway":{"a":1}}\n',
  );
  expect(chatDoor.spliceReceipt('{}', '1')).toBe('{"x-llm-gateway":1}');
});

const EVENTS: AnswerEvent[] = [
  { type: 'start', id: 'theirs', model: 'theirs', created: null },
  { type: 'reasoning', choice: 0, index: 0, text: 'think "', format: 'unknown' },
  { type: 'text', choice: 0, text: 'Hé\n' },
  { type: 'tool_call', choice: 0, index: 0, id: 'call_1', name: 'f', thought_signature: null },
  { type: 'tool_arguments', choice: 0, index: 0, text: '{"a"' },
  { type: 'tool_arguments', choice: 0, index: 0, text: ':1}' },
  { type: 'tool_call', choice: 0, index: 1, id: 'call_2', name: 'g', thought_signature: 'sig' },
  { type: 'tool_arguments', choice: 0, index: 1, text: '{}' },
  { type: 'finish', choice: 0, finish_reason: 'tool_calls', native_finish_reason: null },
  { type: 'finish', choice: 0, finish_reason: 'tool_calls', native_finish_reason: null },
  { type: 'usage', usage: USAGE },
];

function render(include_usage: boolean, receipt: string | null): string {
  const renderer = chatDoor.createStreamRenderer(HEAD, { include_usage });
  return EVENTS.map((event) => renderer.push(event)).join('') + renderer.end(receipt);
}

const chunksOf = (text: string) =>
  text
    .split('\n\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice(6)));

describe('a rendered stream', () => {
  test('begins with the role, names each call once, finishes once, and ends with usage and [DONE]', () => {
    const text = render(true, '{"r":1}');
    const chunks = chunksOf(text);
    expect(chunks[0].choices[0].delta).toEqual({ role: 'assistant', content: '', refusal: null });
    expect(text.match(/"call_1"/g)).toHaveLength(1);
    expect(chunks.filter((chunk) => chunk.choices[0]?.finish_reason)).toHaveLength(1);
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { total_tokens: 14 },
      'x-llm-gateway': { r: 1 },
    });
    expect(new Set(chunks.map((chunk) => `${chunk.id} ${chunk.model} ${chunk.created}`)).size).toBe(1);
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  test('has no usage key at all unless asked for, and then the receipt rides on the finish', () => {
    const chunks = chunksOf(render(false, '{"r":1}'));
    expect(chunks.some((chunk) => 'usage' in chunk)).toBe(false);
    expect(chunks.at(-1)).toMatchObject({
      choices: [{ finish_reason: 'tool_calls' }],
      'x-llm-gateway': { r: 1 },
    });
  });

  test('that fails after a finish shows the error and no finish, and no [DONE]', () => {
    const renderer = chatDoor.createStreamRenderer(HEAD, { include_usage: false });
    const text = EVENTS.map((event) => renderer.push(event)).join('') + renderer.fail(BROKEN, 'req_1');
    expect(text).not.toMatch(/"finish_reason":"|\[DONE\]/);
    expect(chunksOf(text).at(-1).error).toMatchObject({
      code: 'provider_stream_broken',
      request_id: 'req_1',
    });
  });

  const client = (body: string) =>
    new OpenAI({
      apiKey: 'k',
      maxRetries: 0,
      fetch: async () => new Response(body, { headers: { 'content-type': 'text/event-stream' } }),
    });
  const ask = { model: 'm', messages: [{ role: 'user' as const, content: 'x' }] };

  test("is put together by OpenAI's own client", async () => {
    const completion = await client(render(true, null)).chat.completions.stream(ask).finalChatCompletion();
    const message = completion.choices[0]?.message;
    expect(message?.content).toBe('Hé\n');
    expect(message?.tool_calls?.map((call) => call.type === 'function' && call.function.arguments)).toEqual([
      '{"a":1}',
      '{}',
    ]);
    expect(completion.usage?.total_tokens).toBe(14);
  });

  test("makes OpenAI's own client throw when it failed", async () => {
    const stream = await client(chatDoor.renderStreamError(BROKEN, 'req_1')).chat.completions.create({
      ...ask,
      stream: true,
    });
    await expect(
      (async () => {
        for await (const _ of stream);
      })(),
    ).rejects.toThrow('The provider broke off.');
  });
});
