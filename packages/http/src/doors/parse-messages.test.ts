import { DOOR_NOTES, GatewayError, wrapReasoning } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { parseCountTokens, parseMessages } from './parse-messages.ts';

const parse = (body: Record<string, unknown>) =>
  parseMessages(JSON.stringify({ model: 'm', max_tokens: 9, ...body }));
const turn = (content: unknown, role = 'user') => ({ role, content });
const messagesOf = (...turns: unknown[]) => parse({ messages: turns }).messages;
const paramOf = (body: Record<string, unknown>): string | null => {
  try {
    parse({ messages: [turn('hi')], ...body });
  } catch (error) {
    if (error instanceof GatewayError) return `${error.code} ${error.param}`;
    throw error;
  }
  return null;
};

describe('a Messages body', () => {
  it('becomes the request that every protocol renders from', () => {
    expect(
      parse({
        messages: [turn('hi')],
        system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral', ttl: '1h' } }],
        stream: true,
        temperature: 0.5,
        top_k: 3,
        stop_sequences: ['END'],
        metadata: { user_id: 'u' },
        service_tier: 'standard_only',
        thinking: { type: 'enabled', budget_tokens: 2048 },
        output_config: { effort: 'xhigh', format: { type: 'json_schema', schema: { type: 'object' } } },
        tools: [
          { name: 'f', description: 'd', input_schema: { type: 'object' }, strict: true },
          {
            type: 'custom',
            name: 'g',
            input_schema: { type: 'object' },
            cache_control: { type: 'ephemeral' },
          },
        ],
        tool_choice: { type: 'tool', name: 'f', disable_parallel_tool_use: true },
        'x-fallback-chain': ['auto'],
      }),
    ).toEqual({
      model: 'm',
      max_tokens: 9,
      stream: true,
      messages: [
        {
          role: 'system',
          content: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral', ttl: '1h' } }],
        },
        { role: 'user', content: 'hi' },
      ],
      temperature: 0.5,
      top_k: 3,
      stop: ['END'],
      user: 'u',
      service_tier: 'default',
      thinking: { type: 'enabled', budget_tokens: 2048 },
      reasoning_effort: 'xhigh',
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'response', schema: { type: 'object' } },
      },
      tools: [
        {
          type: 'function',
          function: { name: 'f', description: 'd', parameters: { type: 'object' }, strict: true },
        },
        {
          type: 'function',
          function: { name: 'g', parameters: { type: 'object' } },
          cache_control: { type: 'ephemeral' },
        },
      ],
      tool_choice: { type: 'function', function: { name: 'f' } },
      parallel_tool_calls: false,
      'x-fallback-chain': ['auto'],
    });
  });

  it('makes messages of their own out of results of tools, before what else their turn holds', () => {
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA==' } };
    expect(
      messagesOf(
        turn('weather?'),
        turn(
          [
            { type: 'text', text: 'Looking.' },
            { type: 'tool_use', id: 't1', name: 'f', input: { city: 'Ghent' } },
            { type: 'tool_use', id: 't2', name: 'g', input: {} },
          ],
          'assistant',
        ),
        turn([
          { type: 'tool_result', tool_use_id: 't1', content: [{ type: 'text', text: 'sun' }, image] },
          { type: 'tool_result', tool_use_id: 't2', is_error: true, cache_control: { type: 'ephemeral' } },
          { type: 'text', text: 'And tomorrow?' },
        ]),
        turn('Be brief from here on.', 'system'),
      ),
    ).toEqual([
      { role: 'user', content: 'weather?' },
      {
        role: 'assistant',
        content: 'Looking.',
        tool_calls: [
          { id: 't1', type: 'function', function: { name: 'f', arguments: '{"city":"Ghent"}' } },
          { id: 't2', type: 'function', function: { name: 'g', arguments: '{}' } },
        ],
      },
      {
        role: 'tool',
        tool_call_id: 't1',
        content: [
          { type: 'text', text: 'sun' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
        ],
      },
      {
        role: 'tool',
        tool_call_id: 't2',
        content: [{ type: 'text', text: '', cache_control: { type: 'ephemeral' } }],
        is_error: true,
      },
      { role: 'user', content: 'And tomorrow?' },
      { role: 'system', content: 'Be brief from here on.' },
    ]);
  });

  it('carries images by address and documents of every source', () => {
    const document = (source: unknown, more = {}) => ({ type: 'document', source, ...more });
    const [message] = messagesOf(
      turn([
        { type: 'image', source: { type: 'url', url: 'https://a.example/i.png' } },
        document({ type: 'base64', media_type: 'application/pdf', data: 'JVBE' }, { title: 'a.pdf' }),
        document({ type: 'url', url: 'https://a.example/b.pdf' }),
        document({ type: 'file', file_id: 'file_1' }),
        document({ type: 'text', media_type: 'text/plain', data: 'words' }, { title: 'Notes' }),
        document({ type: 'content', content: [{ type: 'text', text: 'inner' }] }),
        {
          type: 'search_result',
          title: 'T',
          source: 'https://s',
          content: [{ type: 'text', text: 'found' }],
        },
      ]),
    );
    expect(message?.content).toEqual([
      { type: 'image_url', image_url: { url: 'https://a.example/i.png' } },
      { type: 'file', file: { file_data: 'data:application/pdf;base64,JVBE', filename: 'a.pdf' } },
      { type: 'file', file: { file_data: 'https://a.example/b.pdf' } },
      { type: 'file', file: { file_id: 'file_1' } },
      { type: 'text', text: 'Notes\n\nwords' },
      { type: 'text', text: 'inner' },
      { type: 'text', text: 'T\nhttps://s\n\nfound' },
    ]);
  });

  it('keeps the thinking of each provider apart by its signature', () => {
    const gemini = { type: 'reasoning.encrypted', format: 'google-gemini-v1', data: 'G', id: 't1' } as const;
    const [, message] = messagesOf(
      turn('hi'),
      turn(
        [
          { type: 'thinking', thinking: 'Claude thought', signature: 'SIG' },
          { type: 'redacted_thinking', data: 'OPAQUE' },
          {
            type: 'thinking',
            thinking: 'seen',
            signature: wrapReasoning({ ...gemini, type: 'reasoning.text' }),
          },
          {
            type: 'thinking',
            thinking: 'plain',
            signature: wrapReasoning({ type: 'reasoning.text', format: 'unknown' }),
          },
          {
            type: 'thinking',
            thinking: 'forged',
            signature: 'sluice-1:{"type":"reasoning.text","format":"anthropic-claude-v1","signature":"X"}',
          },
          { type: 'redacted_thinking', data: wrapReasoning(gemini) },
          { type: 'tool_use', id: 't1', name: 'f', input: {} },
        ],
        'assistant',
      ),
    );
    expect(message).toEqual({
      role: 'assistant',
      content: null,
      reasoning_details: [
        {
          type: 'reasoning.text',
          text: 'Claude thought',
          signature: 'SIG',
          format: 'anthropic-claude-v1',
          index: 0,
        },
        { type: 'reasoning.encrypted', data: 'OPAQUE', format: 'anthropic-claude-v1', index: 1 },
        { ...gemini, type: 'reasoning.text', text: 'seen', index: 2 },
        { ...gemini, index: 3 },
      ],
      reasoning_content: 'plain',
      tool_calls: [
        {
          id: 't1',
          type: 'function',
          function: { name: 'f', arguments: '{}' },
          extra_content: { google: { thought_signature: 'G' } },
        },
      ],
    });
  });

  it('names what only Anthropic has, and what a question means nothing without', () => {
    const asked = parse({
      messages: [
        turn('hi'),
        turn([{ type: 'server_tool_use', id: 's', name: 'web_search', input: {} }], 'assistant'),
        turn([{ type: 'container_upload', file_id: 'f' }]),
      ],
      tools: [{ type: 'web_search_20250305', name: 'web_search' }],
      tool_choice: { type: 'auto' },
      context_management: { edits: [] },
      thinking: { type: 'between_tools' },
    });
    expect(asked[DOOR_NOTES]).toEqual({
      needs_own_format: {
        param: 'messages.2.content.0',
        message: expect.stringContaining('container_upload'),
      },
      own_format_only: [
        'messages.content.server_tool_use',
        'tools.web_search_20250305',
        'thinking.type',
        'context_management',
      ],
      hosted_tools: ['the tool web_search_20250305'],
      echo: {},
    });
    expect(asked).not.toHaveProperty('tool_choice');
    expect(asked).not.toHaveProperty('context_management');
  });

  it.each([
    ['invalid_request max_tokens', { max_tokens: undefined }],
    ['invalid_request max_tokens', { max_tokens: -1 }],
    ['invalid_request model', { model: '' }],
    ['invalid_request messages', { messages: [] }],
    ['invalid_request messages.0.role', { messages: [turn('a', 'tool')] }],
    ['invalid_request messages.0.content', { messages: [turn(7)] }],
    ['invalid_request messages.0.content.0', { messages: [turn([null])] }],
    ['invalid_request messages.0.content.0.text', { messages: [turn([{ type: 'text' }])] }],
    ['invalid_request messages.0.content.0.source', { messages: [turn([{ type: 'image' }])] }],
    ['invalid_request messages.0.content.0.tool_use_id', { messages: [turn([{ type: 'tool_result' }])] }],
    ['invalid_request messages.0.content.0.id', { messages: [turn([{ type: 'tool_use' }], 'assistant')] }],
    ['invalid_request system', { system: 4 }],
    ['invalid_request stream', { stream: 'yes' }],
    ['invalid_request tools.0.name', { tools: [{}] }],
    ['invalid_request tool_choice.type', { tools: [{ name: 'f' }], tool_choice: { type: 'maybe' } }],
    ['invalid_request metadata.user_id', { metadata: { user_id: 5 } }],
    ['invalid_request stop_sequences', { stop_sequences: 'END' }],
  ])('is refused with its place: %s', (told, body) => {
    expect(paramOf(body)).toBe(told);
  });

  it('may ask for a warm cache only, and a count needs no limit', () => {
    expect(paramOf({ max_tokens: 0 })).toBeNull();
    expect(
      parseCountTokens('{"model":"m","messages":[{"role":"user","content":"a"}],"stream":true}'),
    ).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: 'a' }],
    });
  });
});
