import { type ChatRequest, type RenderOptions, UNKNOWN_ABILITIES } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { cohereChat } from './index.ts';

function render(chat: Partial<ChatRequest>, changes: Partial<RenderOptions> = {}) {
  const asked: ChatRequest = { model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...chat };
  const { body, dropped, path } = cohereChat.renderRequest(asked, {
    model: 'command-a-reasoning-08-2025',
    stream: false,
    output_tokens_max: null,
    abilities: UNKNOWN_ABILITIES,
    source: { protocol: 'chat-completions', body_text: '', headers: {} },
    ...changes,
  });
  return { body: JSON.parse(body), dropped, path };
}

const tool = (name: string, more: object = {}) => ({
  type: 'function' as const,
  function: { name, parameters: { type: 'object', properties: { a: {} }, required: ['a'] }, ...more },
});

describe('parameters', () => {
  it('have the names that Cohere gives them', () => {
    const { body, dropped, path } = render({
      max_completion_tokens: 100,
      temperature: 0.5,
      top_p: 0.9,
      top_k: 40,
      stop: 'END',
      seed: 7,
      frequency_penalty: 0.2,
      presence_penalty: 0.1,
      logprobs: true,
      service_tier: 'flex',
    });
    expect(path).toBe('/v2/chat');
    expect(dropped).toEqual([]);
    expect(body).toEqual({
      model: 'command-a-reasoning-08-2025',
      messages: [{ role: 'user', content: 'Hi' }],
      max_tokens: 100,
      temperature: 0.5,
      p: 0.9,
      k: 40,
      stop_sequences: ['END'],
      seed: 7,
      frequency_penalty: 0.2,
      presence_penalty: 0.1,
      logprobs: true,
      priority: 999,
    });
  });

  it('stay within what Cohere takes, and are named where that changes them', () => {
    const { body, dropped } = render({
      temperature: 1.5,
      frequency_penalty: -1,
      top_p: 1,
      stop: ['1', '2', '3', '4', '5', '6'],
      user: 'u',
      logit_bias: { 1: 1 },
      parallel_tool_calls: null,
    });
    expect(body).toMatchObject({
      temperature: 1,
      frequency_penalty: 0,
      stop_sequences: ['1', '2', '3', '4', '5'],
    });
    expect(body.p).toBeUndefined();
    expect(dropped).toEqual(['temperature', 'frequency_penalty', 'stop', 'user', 'logit_bias']);
  });

  it('an output limit is never above what the budget pays for', () => {
    expect(render({ max_tokens: 500 }, { output_tokens_max: 100 }).body.max_tokens).toBe(100);
    expect(render({ max_tokens: 50 }, { output_tokens_max: 100 }).body.max_tokens).toBe(50);
    expect(render({}, { output_tokens_max: 100 }).body.max_tokens).toBe(100);
    expect(render({}).body.max_tokens).toBeUndefined();
  });

  it('several answers are refused instead of being one', () => {
    expect(() => render({ n: 2 })).toThrow(/n as 1/);
  });

  it('documents and what else only Cohere knows go along as written', () => {
    const documents = [{ id: '1', data: { text: 'x' } }];
    expect(render({ documents, safety_mode: 'STRICT' }).body).toMatchObject({
      documents,
      safety_mode: 'STRICT',
    });
  });
});

describe('thinking', () => {
  it('follows the effort or the budget, and leaves room for an answer', () => {
    expect(render({ reasoning_effort: 'low' }).body.thinking).toEqual({
      type: 'enabled',
      token_budget: 1024,
    });
    expect(render({ reasoning_effort: 'none' }).body.thinking).toEqual({ type: 'disabled' });
    expect(render({ reasoning_effort: 'max' }).body.thinking).toEqual({ type: 'enabled' });
    expect(render({ reasoning_effort: 'low', max_tokens: 100 }).body.thinking.token_budget).toBe(99);
    expect(render({ thinking: { type: 'enabled', budget_tokens: 5 } }).body.thinking.token_budget).toBe(5);
  });

  it('is not asked of a model that has none', () => {
    const { body, dropped } = render({ reasoning_effort: 'high' }, { model: 'command-a-03-2025' });
    expect(body.thinking).toBeUndefined();
    expect(dropped).toEqual(['reasoning_effort']);
  });
});

describe('tools', () => {
  it('a named choice leaves only that tool and requires it', () => {
    const { body } = render({
      tools: [tool('a'), tool('b')],
      tool_choice: { type: 'function', function: { name: 'b' } },
    });
    expect(body.tools.map((one: { function: { name: string } }) => one.function.name)).toEqual(['b']);
    expect(body.tool_choice).toBe('REQUIRED');
  });

  it('choices have their words, and auto none', () => {
    const choice = (tool_choice: ChatRequest['tool_choice']) =>
      render({ tools: [tool('a'), tool('b')], ...(tool_choice === undefined ? {} : { tool_choice }) }).body;
    expect(choice('none').tool_choice).toBe('NONE');
    expect(choice('required').tool_choice).toBe('REQUIRED');
    expect(choice('auto').tool_choice).toBeUndefined();
    const allowed = choice({ type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [tool('a')] } });
    expect(allowed.tools).toHaveLength(1);
    expect(allowed.tool_choice).toBeUndefined();
  });

  it('strictness is one switch for all, and never sets off a 400 for a tool without arguments', () => {
    expect(render({ tools: [tool('a', { strict: true })] }).body.strict_tools).toBe(true);
    const { body, dropped } = render({
      tools: [tool('a', { strict: true }), { type: 'function', function: { name: 'now', strict: true } }],
    });
    expect(body.strict_tools).toBeUndefined();
    expect(body.tools[1].function.parameters).toEqual({ type: 'object', properties: {} });
    expect(dropped).toEqual(['tools.strict']);
  });

  it('a JSON schema goes without its wrapper, and beside tools as a wish in words', () => {
    const schema = { type: 'object', properties: { x: {} } };
    const response_format = { type: 'json_schema' as const, json_schema: { name: 'n', schema } };
    expect(render({ response_format }).body.response_format).toEqual({
      type: 'json_object',
      json_schema: schema,
    });
    const beside = render({ response_format, tools: [tool('a')] }).body;
    expect(beside.response_format).toBeUndefined();
    expect(beside.messages[0]).toMatchObject({
      role: 'system',
      content: expect.stringContaining('"properties"'),
    });
  });
});

describe('messages', () => {
  const call = { id: 'c1', type: 'function' as const, function: { name: 'f', arguments: '' } };

  it('text beside tool calls is the plan, and no arguments are an empty object', () => {
    const { body } = render({
      messages: [
        { role: 'developer', content: 'Be brief' },
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'I will look.', tool_calls: [call] },
        { role: 'tool', tool_call_id: 'c1', content: [{ type: 'text', text: 'ok' }] },
      ],
    });
    expect(body.messages).toEqual([
      { role: 'system', content: 'Be brief' },
      { role: 'user', content: 'Hi' },
      {
        role: 'assistant',
        tool_plan: 'I will look.',
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'ok' },
    ]);
  });

  it('pictures of tools follow in a user turn behind all results', () => {
    const image = { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,AA==' } };
    const { body } = render({
      messages: [
        { role: 'assistant', tool_calls: [call, { ...call, id: 'c2' }] },
        { role: 'tool', tool_call_id: 'c1', content: [{ type: 'text', text: 'see' }, image] },
        { role: 'tool', tool_call_id: 'c2', content: 'ok' },
      ],
    });
    expect(body.messages.map((message: { role: string }) => message.role)).toEqual([
      'assistant',
      'tool',
      'tool',
      'user',
    ]);
    expect(body.messages[3].content).toEqual([image]);
  });

  it('signed reasoning of another provider never goes along; unsigned does where the model thinks', () => {
    const assistant = {
      role: 'assistant' as const,
      content: 'x',
      reasoning_details: [
        {
          type: 'reasoning.text' as const,
          text: 'theirs',
          signature: 's',
          format: 'anthropic-claude-v1' as const,
        },
        { type: 'reasoning.text' as const, text: 'ours', format: 'unknown' as const },
      ],
    };
    const { body } = render({ messages: [assistant] });
    expect(body.messages[0].content).toEqual([
      { type: 'thinking', thinking: 'ours' },
      { type: 'text', text: 'x' },
    ]);
    const plain = render({ messages: [assistant] }, { model: 'command-r-08-2024' });
    expect(plain.body.messages[0].content).toBe('x');
    expect(plain.dropped).toEqual(['reasoning_details']);
  });

  it('sound and files are refused, not lost', () => {
    const content = [{ type: 'input_audio' as const, input_audio: { data: '', format: 'wav' } }];
    expect(() => render({ messages: [{ role: 'user', content }] })).toThrow(/audio/);
  });
});
