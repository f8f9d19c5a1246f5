import type { ChatRequest, RenderOptions } from '@sluice/contract';
import { describe, expect, test } from 'vitest';
import { groq } from '../../groq/index.ts';
import { mistral } from '../../mistral/index.ts';
import { openai } from '../../openai/index.ts';
import { openaiCompatible } from '../../openai-compatible/index.ts';
import { chatCompletions } from './index.ts';

const ABILITIES = {
  context_tokens: null,
  output_tokens_max: null,
  tools: null,
  vision: null,
  json_schema: null,
  reasoning: null,
};

function render(body_text: string, changes: Partial<RenderOptions> = {}, protocol = openai.protocol) {
  const chat = JSON.parse(body_text) as ChatRequest;
  return protocol.renderRequest(chat, {
    model: chat.model,
    stream: chat.stream === true,
    output_tokens_max: null,
    abilities: ABILITIES,
    source: { protocol: 'chat-completions', body_text, headers: {} },
    ...changes,
  });
}

const HELLO = '"messages":[{"role":"user","content":"h\\u00e9"}]';

describe('a body in our own format', () => {
  test('goes on as the very same text when nothing must change', () => {
    const body = `{ "model":"gpt-4o", ${HELLO}, "seed": 12345678901234567890, "stream":true, "stream_options":{"include_usage":true}}`;
    expect(render(body)).toMatchObject({ body, usage_added: false, dropped: [], path: '/chat/completions' });
  });

  test('changes only in its model when the target calls it otherwise', () => {
    expect(
      render(`{"model":"openai/gpt-4o",${HELLO},"seed":12345678901234567890}`, { model: 'gpt-4o' }).body,
    ).toBe(`{"model":"gpt-4o",${HELLO},"seed":12345678901234567890}`);
  });

  test('loses what is meant for the gateway alone', () => {
    expect(render(`{"x-cache":{"enabled":true},"model":"m",${HELLO},"x-anything":1}`).body).toBe(
      `{"model":"m",${HELLO}}`,
    );
  });

  test('asks for usage in a stream, keeping what the client asked of it', () => {
    const { body, usage_added } = render(
      `{"model":"m",${HELLO},"stream":true,"stream_options":{"include_obfuscation":false}}`,
    );
    expect(usage_added).toBe(true);
    expect(JSON.parse(body).stream_options).toEqual({ include_obfuscation: false, include_usage: true });
  });
});

describe('the output limit', () => {
  const limits = (body: string): Record<string, unknown> => {
    const { max_tokens, max_completion_tokens } = JSON.parse(body);
    return { max_tokens, max_completion_tokens };
  };

  test('is set where the client gave none, lowered where it gave more, kept where it gave less', () => {
    const bound = { output_tokens_max: 100 };
    expect(limits(render(`{"model":"gpt-4o",${HELLO}}`, bound).body)).toEqual({ max_completion_tokens: 100 });
    expect(limits(render(`{"model":"gpt-4o",${HELLO},"max_tokens":500}`, bound).body)).toEqual({
      max_tokens: 100,
    });
    expect(limits(render(`{"model":"gpt-4o",${HELLO},"max_tokens":50}`, bound).body)).toEqual({
      max_tokens: 50,
    });
  });

  test('is not set above what the model can say at all', () => {
    const body = `{"model":"gpt-4o",${HELLO}}`;
    const abilities = { ...ABILITIES, output_tokens_max: 4096 };
    expect(render(body, { output_tokens_max: 9000, abilities }).body).toBe(body);
  });

  test('never goes out under two names, of which the larger might count', () => {
    const body = `{"model":"m",${HELLO},"max_completion_tokens":10,"max_tokens":999999}`;
    expect(limits(render(body, {}, openaiCompatible.protocol).body)).toEqual({ max_completion_tokens: 10 });
  });

  test('has the name that the server takes', () => {
    expect(limits(render(`{"model":"o3-mini",${HELLO},"max_tokens":9}`).body)).toEqual({
      max_completion_tokens: 9,
    });
    expect(
      limits(render(`{"model":"m",${HELLO},"max_completion_tokens":9}`, {}, mistral.protocol).body),
    ).toEqual({
      max_tokens: 9,
    });
  });
});

describe('what a server does not take', () => {
  test('is renamed with its digits, or left out and reported', () => {
    const { body, dropped } = render(
      `{"model":"m",${HELLO},"seed":9007199254740993,"user":"u","stream":true,"stream_options":{"include_usage":true}}`,
      {},
      mistral.protocol,
    );
    expect(body).toBe(`{"model":"m",${HELLO},"random_seed":9007199254740993,"stream":true}`);
    expect(dropped).toEqual(['user']);
  });

  test('an absent option that says null is not reported as lost', () => {
    expect(render(`{"model":"m",${HELLO},"logprobs":null}`, {}, groq.protocol)).toMatchObject({
      body: `{"model":"m",${HELLO}}`,
      dropped: [],
    });
  });

  test('an id of another provider becomes one that Mistral takes, in the call and in its result alike', () => {
    const body = JSON.stringify({
      model: 'm',
      messages: [
        {
          role: 'assistant',
          tool_calls: [{ id: 'toolu_01', type: 'function', function: { name: 'f', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: 'toolu_01', content: 'x' },
      ],
    });
    const [call, result] = JSON.parse(render(body, {}, mistral.protocol).body).messages;
    expect(call.tool_calls[0].id).toMatch(/^[a-zA-Z0-9]{9}$/);
    expect(result.tool_call_id).toBe(call.tool_calls[0].id);
  });

  test('reasoning that our own answers carry is taken out of the history for a strict server', () => {
    const body = `{"model":"m","messages":[{"role":"assistant","content":"a","reasoning_content":"r","reasoning_details":[]},{"role":"user","content":"b"}]}`;
    const { body: sent, dropped } = render(body);
    expect(JSON.parse(sent).messages[0]).toEqual({ role: 'assistant', content: 'a' });
    expect(dropped).toEqual(['reasoning_details', 'reasoning_content']);
    expect(render(body, {}, openaiCompatible.protocol).body).toBe(body);
  });
});

test('a chat from another door is written out without the words that this format lacks', () => {
  const chat: ChatRequest = {
    model: 'claude',
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'a', cache_control: { type: 'ephemeral' } }] },
    ],
    top_k: 4,
    thinking: { type: 'enabled', budget_tokens: 1024 },
    max_tokens: 10,
  };
  const { body, dropped } = chatCompletions({ extensions: [] }).renderRequest(chat, {
    model: 'gpt-4o',
    stream: true,
    output_tokens_max: null,
    abilities: ABILITIES,
    source: { protocol: 'anthropic', body_text: '{}', headers: {} },
  });
  expect(JSON.parse(body)).toEqual({
    model: 'gpt-4o',
    messages: [{ role: 'user', content: [{ type: 'text', text: 'a' }] }],
    max_tokens: 10,
    reasoning_effort: 'low',
    stream: true,
    stream_options: { include_usage: true },
  });
  expect(dropped).toEqual(['top_k', 'cache_control']);
});

test('an image in the result of a tool follows all results of its step, since this format has no place for it', () => {
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } } as const;
  const call = (id: string) => ({ id, type: 'function' as const, function: { name: 'f', arguments: '{}' } });
  const chat: ChatRequest = {
    model: 'm',
    messages: [
      { role: 'assistant', content: null, tool_calls: [call('a'), call('b')] },
      { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'seen' }, image] },
      { role: 'tool', tool_call_id: 'b', content: 'plain' },
      { role: 'user', content: 'And now?' },
    ],
  };
  const { body } = chatCompletions({ extensions: [] }).renderRequest(chat, {
    model: 'm',
    stream: false,
    output_tokens_max: null,
    abilities: ABILITIES,
    source: { protocol: 'anthropic', body_text: '{}', headers: {} },
  });
  expect(JSON.parse(body).messages.slice(1)).toEqual([
    { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'seen' }] },
    { role: 'tool', tool_call_id: 'b', content: 'plain' },
    { role: 'user', content: [{ type: 'text', text: 'From the result of the tool call a:' }, image] },
    { role: 'user', content: 'And now?' },
  ]);
});

test('a model that cannot think is not asked to, when the client of another format asks every model', () => {
  const { body, dropped } = chatCompletions({ extensions: [] }).renderRequest(
    {
      model: 'm',
      messages: [{ role: 'user', content: 'a' }],
      thinking: { type: 'enabled', budget_tokens: 2000 },
    },
    {
      model: 'm',
      stream: false,
      output_tokens_max: null,
      abilities: { ...ABILITIES, reasoning: false },
      source: { protocol: 'anthropic', body_text: '{}', headers: {} },
    },
  );
  expect(JSON.parse(body)).toEqual({ model: 'm', messages: [{ role: 'user', content: 'a' }] });
  expect(dropped).toEqual(['thinking']);
});

test('a limit meant for another model is lowered to what this one can write, and an effort it has not is left out', () => {
  const render_for = (protocol: 'anthropic' | 'chat-completions') =>
    chatCompletions({ extensions: [] }).renderRequest(
      { model: 'm', messages: [], max_tokens: 32_000, reasoning_effort: 'high' },
      {
        model: 'm',
        stream: false,
        output_tokens_max: null,
        abilities: { ...ABILITIES, output_tokens_max: 16_384, reasoning: false },
        source: {
          protocol,
          body_text: '{"model":"m","messages":[],"max_tokens":32000,"reasoning_effort":"high"}',
          headers: {},
        },
      },
    );
  expect(JSON.parse(render_for('anthropic').body)).toEqual({ model: 'm', messages: [], max_tokens: 16_384 });
  expect(render_for('anthropic').dropped).toEqual(['reasoning_effort']);
  // A client of the server's own format is told by the server itself.
  expect(JSON.parse(render_for('chat-completions').body).max_tokens).toBe(32_000);
});
