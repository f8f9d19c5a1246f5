import {
  type ChatRequest,
  GatewayError,
  type Message,
  type RenderOptions,
  UNKNOWN_ABILITIES,
} from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { renderRequest } from './request.ts';

const OPTIONS: RenderOptions = {
  model: 'claude-sonnet-4-5',
  stream: false,
  output_tokens_max: null,
  abilities: UNKNOWN_ABILITIES,
  source: { protocol: 'chat-completions', body_text: '', headers: {} },
};

const HELLO: Message = { role: 'user', content: 'Hello' };
const WEATHER = {
  type: 'function' as const,
  function: {
    name: 'weather',
    description: 'The weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

function render(chat: Partial<ChatRequest>, options: Partial<RenderOptions> = {}) {
  const rendered = renderRequest({ model: 'claude', messages: [HELLO], ...chat }, { ...OPTIONS, ...options });
  return { body: JSON.parse(rendered.body), dropped: rendered.dropped };
}

const renderTurns = (messages: Message[], chat: Partial<ChatRequest> = {}, model = OPTIONS.model) =>
  render({ ...chat, messages }, { model }).body.messages;

function refusal(chat: Partial<ChatRequest>, options: Partial<RenderOptions> = {}): GatewayError {
  try {
    render(chat, options);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const call = (id: string, args = '{"city":"Rome"}') => ({
  id,
  type: 'function' as const,
  function: { name: 'weather', arguments: args },
});

describe('the whole body', () => {
  it('is a Messages body with its required headers', () => {
    const rendered = renderRequest(
      {
        model: 'sonnet',
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'developer', content: [{ type: 'text', text: 'Be kind.' }] },
          HELLO,
        ],
        max_completion_tokens: 100,
        max_tokens: 50,
        temperature: 0.5,
        stop: ['END', ' '],
        user: 'user-1',
        service_tier: 'default',
        tools: [WEATHER],
        parallel_tool_calls: false,
        seed: 0,
        frequency_penalty: 0,
        store: false,
        'x-cache': { enabled: true },
      },
      { ...OPTIONS, stream: true },
    );
    expect(rendered.path).toBe('/v1/messages');
    expect(rendered.headers).toEqual({
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
    });
    expect(JSON.parse(rendered.body)).toEqual({
      model: 'claude-sonnet-4-5',
      max_tokens: 100,
      system: 'Be brief.\n\nBe kind.',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
      tools: [{ name: 'weather', description: 'The weather', input_schema: WEATHER.function.parameters }],
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
      temperature: 0.5,
      stop_sequences: ['END'],
      metadata: { user_id: 'user-1' },
      service_tier: 'standard_only',
      stream: true,
    });
    expect(rendered.dropped).toEqual(['stop', 'seed']);
  });

  it('names every parameter that has no equivalent', () => {
    const { dropped } = render({
      logprobs: true,
      top_logprobs: 3,
      presence_penalty: 1,
      logit_bias: { 1: 2 },
      verbosity: 'low',
      prediction: {},
      service_tier: 'flex',
      modalities: ['text'],
      unheard_of: 1,
    });
    expect(dropped).toEqual([
      'service_tier',
      'logprobs',
      'top_logprobs',
      'presence_penalty',
      'logit_bias',
      'verbosity',
      'prediction',
      'unheard_of',
    ]);
  });

  it('treats null everywhere as absent', () => {
    const nothing = {
      n: null,
      stop: null,
      tools: null,
      temperature: null,
      response_format: null,
      thinking: null,
    };
    expect(render(nothing)).toEqual(render({}));
  });

  it('refuses more than one answer', () => {
    expect(refusal({ n: 2 })).toMatchObject({ code: 'invalid_request', param: 'n' });
  });
});

describe('max_tokens', () => {
  it.each([
    ['claude-3-haiku-20240307', 4096],
    ['claude-opus-4-20250514', 32_000],
    ['claude-sonnet-4-5-20250929', 64_000],
    ['us.anthropic.claude-opus-4-6-v1', 128_000],
    ['claude-3-7-sonnet@20250219', 64_000],
    ['kimi-k2', 8192],
  ])('is the limit of %s when the client sets none', (model, expected) => {
    expect(render({}, { model }).body.max_tokens).toBe(expected);
  });

  it('is lowered by what the budget pays for and by the model', () => {
    expect(render({ max_tokens: 500 }, { output_tokens_max: 70 }).body.max_tokens).toBe(70);
    expect(render({ max_tokens: 50 }, { output_tokens_max: 70 }).body.max_tokens).toBe(50);
    expect(render({ max_tokens: 9_000_000 }).body.max_tokens).toBe(64_000);
  });
});

describe('messages', () => {
  it('group all tool results in one user turn, before anything else, images inside', () => {
    const image = { type: 'image_url' as const, image_url: { url: 'data:image/jpg;base64,AAAA' } };
    expect(
      renderTurns([
        HELLO,
        { role: 'assistant', content: '', tool_calls: [call('a'), call('b', '')] },
        { role: 'tool', tool_call_id: 'b', content: [{ type: 'text', text: 'see' }, image] },
        { role: 'user', content: 'And?' },
        { role: 'tool', tool_call_id: 'a', content: 'sunny', is_error: true },
      ]),
    ).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Hello' }] },
      {
        role: 'assistant',
        content: [
          { type: 'tool_use', id: 'a', name: 'weather', input: { city: 'Rome' } },
          { type: 'tool_use', id: 'b', name: 'weather', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          {
            type: 'tool_result',
            tool_use_id: 'b',
            content: [
              { type: 'text', text: 'see' },
              { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: 'AAAA' } },
            ],
          },
          { type: 'tool_result', tool_use_id: 'a', content: 'sunny', is_error: true },
          { type: 'text', text: 'And?' },
        ],
      },
    ]);
  });

  it('alternate, begin with the user and hold no empty text', () => {
    expect(
      renderTurns([
        { role: 'assistant', content: 'Hi.' },
        { role: 'user', content: 'One' },
        {
          role: 'user',
          content: [
            { type: 'text', text: '' },
            { type: 'text', text: 'Two' },
          ],
        },
        { role: 'assistant', content: null },
        { role: 'user', content: '' },
      ]),
    ).toEqual([
      { role: 'user', content: [{ type: 'text', text: '(start)' }] },
      { role: 'assistant', content: [{ type: 'text', text: 'Hi.' }] },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'One' },
          { type: 'text', text: 'Two' },
        ],
      },
    ]);
  });

  it('of the system alone become the user’s', () => {
    const { body } = render({ messages: [{ role: 'system', content: 'Write a poem.' }] });
    expect(body.system).toBeUndefined();
    expect(body.messages).toEqual([{ role: 'user', content: [{ type: 'text', text: 'Write a poem.' }] }]);
    expect(refusal({ messages: [{ role: 'user', content: '' }] }).param).toBe('messages');
  });

  it('keep broken tool arguments as an object instead of losing them', () => {
    const [, turn] = renderTurns([
      HELLO,
      { role: 'assistant', tool_calls: [call('a', '{"ci'), call('b', '[1]'), call('c', 'null')] },
      ...['a', 'b', 'c'].map((id): Message => ({ role: 'tool', tool_call_id: id, content: 'x' })),
    ]);
    expect(turn.content.map(({ input }: { input: unknown }) => input)).toEqual([
      { invalid_json: '{"ci' },
      { value: [1] },
      {},
    ]);
  });

  it('keep a prefill where the model takes one, without its trailing space, and name it where not', () => {
    const messages: Message[] = [HELLO, { role: 'assistant', content: 'The answer is \n' }];
    expect(renderTurns(messages).at(-1)).toEqual({
      role: 'assistant',
      content: [{ type: 'text', text: 'The answer is' }],
    });
    const newer = render({ messages }, { model: 'claude-opus-4-6' });
    expect(newer.body.messages).toHaveLength(1);
    expect(newer.dropped).toEqual(['prefill']);
    const thinking = render({ messages, reasoning_effort: 'low' });
    expect(thinking.body.messages).toHaveLength(1);
    expect(thinking.dropped).toEqual(['prefill']);
  });

  it('give every tool call an id of Anthropic’s alphabet, once in the conversation', () => {
    const step = (id: string): Message[] => [
      { role: 'assistant', tool_calls: [call(id)] },
      { role: 'tool', tool_call_id: id, content: 'x' },
    ];
    const turns = renderTurns([
      HELLO,
      ...step('functions.add:0'),
      ...step('call_0'),
      ...step('call_0'),
      ...step(''),
    ]);
    const ids: string[] = turns
      .flatMap(({ content }: { content: { id?: string; tool_use_id?: string }[] }) => content)
      .map((block: { id?: string; tool_use_id?: string }) => block.id ?? block.tool_use_id)
      .filter((id: string | undefined) => id !== undefined);
    const uses = ids.filter((_, at) => at % 2 === 0);
    expect(ids.filter((_, at) => at % 2 === 1)).toEqual(uses);
    expect(new Set(uses).size).toBe(4);
    for (const id of uses) expect(id).toMatch(/^[a-zA-Z0-9_-]+$/);
    expect(uses.slice(1, 3)).toEqual(['call_0', 'call_0_2']);
  });

  it('refuse tool calls without results and results without calls', () => {
    const asks: Message = { role: 'assistant', tool_calls: [call('a'), call('b')] };
    const answers: Message = { role: 'tool', tool_call_id: 'a', content: 'x' };
    expect(refusal({ messages: [HELLO, asks, answers] }).message).toContain('missing: b');
    expect(refusal({ messages: [HELLO, asks, HELLO, { role: 'assistant', content: 'x' }] }).param).toBe(
      'messages',
    );
    expect(refusal({ messages: [HELLO, answers] }).param).toBe('messages');
  });
});

describe('content', () => {
  const only = (part: unknown) => renderTurns([{ role: 'user', content: [part] } as Message])[0].content[0];

  it('carries images and documents by data: URI, URL and own file id', () => {
    expect(only({ type: 'image_url', image_url: { url: 'https://example.com/a.png' } })).toEqual({
      type: 'image',
      source: { type: 'url', url: 'https://example.com/a.png' },
    });
    expect(
      only({ type: 'file', file: { file_data: 'data:application/pdf;base64,JVBE', filename: 'a.pdf' } }),
    ).toEqual({
      type: 'document',
      source: { type: 'base64', media_type: 'application/pdf', data: 'JVBE' },
      title: 'a.pdf',
    });
    expect(only({ type: 'file', file: { file_data: 'data:text/plain;base64,w6k=' } })).toEqual({
      type: 'document',
      source: { type: 'text', media_type: 'text/plain', data: 'é' },
    });
    expect(only({ type: 'file', file: { file_id: 'file_011' } })).toEqual({
      type: 'document',
      source: { type: 'file', file_id: 'file_011' },
    });
  });

  it.each([
    { type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } },
    { type: 'image_url', image_url: { url: 'data:image/tiff;base64,AA' } },
    { type: 'image_url', image_url: { url: 'http://example.com/a.png' } },
    { type: 'image_url', image_url: { url: 'data:' } },
    { type: 'image_url', image_url: {} },
    { type: 'image_url' },
    { type: 'file' },
    { type: 'file', file: { file_id: 'file-abc' } },
    { type: 'file', file: {} },
    { type: 'video', video: {} },
  ])('refuses what the model cannot take: %j', (part) => {
    const error = refusal({ messages: [{ role: 'user', content: [part] } as unknown as Message] });
    expect(error).toMatchObject({ code: 'invalid_request', param: 'messages' });
  });

  it('moves a breakpoint inside a tool result onto the result', () => {
    const cached = { type: 'text' as const, text: 'sunny', cache_control: { type: 'ephemeral' as const } };
    const messages: Message[] = [
      HELLO,
      { role: 'assistant', tool_calls: [call('a')] },
      { role: 'tool', tool_call_id: 'a', content: [cached, { type: 'text', text: 'warm' }] },
    ];
    expect(renderTurns(messages)[2].content).toEqual([
      {
        type: 'tool_result',
        tool_use_id: 'a',
        cache_control: { type: 'ephemeral' },
        content: [
          { type: 'text', text: 'sunny' },
          { type: 'text', text: 'warm' },
        ],
      },
    ]);
    expect(cached.cache_control).toEqual({ type: 'ephemeral' });
  });

  it('keeps cache breakpoints, the four most useful at most', () => {
    const cached = (text: string) => ({
      type: 'text' as const,
      text,
      cache_control: { type: 'ephemeral' as const },
    });
    const { body, dropped } = render({
      messages: [
        { role: 'system', content: [cached('S'), { type: 'text', text: 'T' }] },
        { role: 'user', content: [cached('1'), cached('2')] },
        { role: 'assistant', content: [cached('3')] },
        {
          role: 'user',
          content: [{ type: 'text', text: '4', cache_control: { type: 'ephemeral', ttl: '1h' } }],
        },
      ],
      tools: [{ ...WEATHER, cache_control: { type: 'ephemeral' } }],
    });
    expect(dropped).toEqual(['cache_control']);
    expect(body.tools[0].cache_control).toEqual({ type: 'ephemeral' });
    expect(body.system).toEqual([
      { type: 'text', text: 'S', cache_control: { type: 'ephemeral' } },
      { type: 'text', text: 'T' },
    ]);
    expect(body.messages[0].content).toEqual([
      { type: 'text', text: '1' },
      { type: 'text', text: '2' },
    ]);
    expect(body.messages[1].content[0].cache_control).toEqual({ type: 'ephemeral' });
    expect(body.messages[2].content[0].cache_control).toEqual({ type: 'ephemeral', ttl: '1h' });
  });
});

describe('sampling', () => {
  it('ends at temperature 1', () => {
    expect(render({ temperature: 1.7 })).toMatchObject({
      body: { temperature: 1 },
      dropped: ['temperature'],
    });
  });

  it('is left out for models that refuse it', () => {
    const { body, dropped } = render(
      { temperature: 0.2, top_p: 0.9, top_k: 5 },
      { model: 'claude-opus-4-7' },
    );
    expect(body).not.toHaveProperty('temperature');
    expect(body).not.toHaveProperty('top_p');
    expect(body).not.toHaveProperty('top_k');
    expect(dropped).toEqual(['temperature', 'top_p', 'top_k']);
  });

  it('is temperature or top_p on models that refuse both together', () => {
    const both = { temperature: 0.2, top_p: 0.9 };
    expect(render(both).dropped).toEqual(['top_p']);
    expect(render(both, { model: 'claude-3-5-haiku-20241022' }).body).toMatchObject(both);
    expect(render({ top_p: 0.9 }).body.top_p).toBe(0.9);
  });
});
