import {
  type ChatRequest,
  GatewayError,
  type Message,
  type ModelAbilities,
  type RenderOptions,
} from '@sluice/contract';
import { describe, expect, test } from 'vitest';
import { openai } from '../../openai/index.ts';
import { responses } from './index.ts';

const UNKNOWN: ModelAbilities = {
  context_tokens: null,
  output_tokens_max: null,
  tools: null,
  vision: null,
  json_schema: null,
  reasoning: null,
};

const options = (changes: Partial<RenderOptions> = {}): RenderOptions => ({
  model: 'o3-pro',
  stream: false,
  output_tokens_max: null,
  abilities: UNKNOWN,
  source: { protocol: 'chat-completions', body_text: '', headers: {} },
  ...changes,
});

const render = (chat: Partial<ChatRequest>, changes: Partial<RenderOptions> = {}) => {
  const asked: ChatRequest = { model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...chat };
  const rendered = responses.renderRequest(asked, options(changes));
  return { ...rendered, body: JSON.parse(rendered.body) };
};

const inputOf = (...messages: Message[]) => render({ messages }).body.input;

describe('a request of another format', () => {
  test('is sent whole, stored nowhere, and asks for reasoning that can be sent back', () => {
    const { path, body, dropped } = render({ max_tokens: 100, temperature: 1, stop: ['x'], seed: 0 });
    expect(path).toBe('/responses');
    expect(body).toEqual({
      model: 'o3-pro',
      input: [{ type: 'message', role: 'user', content: 'Hi' }],
      stream: false,
      store: false,
      include: ['reasoning.encrypted_content'],
      max_output_tokens: 100,
      temperature: 1,
    });
    expect(dropped.sort()).toEqual(['seed', 'stop']);
  });

  test('asks no model for reasoning that has none', () => {
    expect(render({}, { model: 'gpt-4o' }).body.include).toBeUndefined();
    expect(render({}, { model: 'gpt-5-chat-latest' }).body.include).toBeUndefined();
    expect(render({}, { abilities: { ...UNKNOWN, reasoning: false } }).body.include).toBeUndefined();
  });

  test('says of each tool that it is not strict, since here that is the default', () => {
    const { body } = render({
      tools: [
        { type: 'function', function: { name: 'f', description: 'F', parameters: { type: 'object' } } },
        { type: 'function', function: { name: 'g', strict: true } },
      ],
      tool_choice: { type: 'function', function: { name: 'f' } },
    });
    expect(body.tools).toEqual([
      { type: 'function', name: 'f', description: 'F', parameters: { type: 'object' }, strict: false },
      { type: 'function', name: 'g', parameters: { type: 'object', properties: {} }, strict: true },
    ]);
    expect(body.tool_choice).toEqual({ type: 'function', name: 'f' });
  });

  test('flattens a schema, and puts effort and verbosity where they belong', () => {
    const { body } = render({
      response_format: { type: 'json_schema', json_schema: { name: 's', schema: { type: 'object' } } },
      reasoning_effort: 'low',
      verbosity: 'high',
    });
    expect(body.text).toEqual({
      format: { type: 'json_schema', name: 's', schema: { type: 'object' }, strict: false },
      verbosity: 'high',
    });
    expect(body.reasoning).toEqual({ effort: 'low' });
  });

  test('turns a tool loop into items, reasoning before what it led to', () => {
    const format = 'openai-responses-v1';
    expect(
      inputOf(
        { role: 'developer', content: 'Be brief.' },
        {
          role: 'assistant',
          content: 'Let me see.',
          reasoning_details: [
            { type: 'reasoning.text', text: 'Th', format, index: 0 },
            { type: 'reasoning.text', text: 'ink', format, index: 0 },
            { type: 'reasoning.encrypted', data: 'gAAAA', format, index: 0, id: 'rs_1' },
          ],
          tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '' } }],
        },
        {
          role: 'tool',
          tool_call_id: 'call_1',
          content: [{ type: 'image_url', image_url: { url: 'data:x' } }],
        },
      ),
    ).toEqual([
      { type: 'message', role: 'developer', content: 'Be brief.' },
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 'Think' }],
        encrypted_content: 'gAAAA',
      },
      {
        type: 'message',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'Let me see.', annotations: [] }],
      },
      { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{}' },
      {
        type: 'function_call_output',
        call_id: 'call_1',
        output: [{ type: 'input_image', image_url: 'data:x', detail: 'auto' }],
      },
    ]);
  });

  test('leaves out reasoning that OpenAI did not make, or cannot know again', () => {
    const items = inputOf({
      role: 'assistant',
      content: 'So.',
      reasoning_details: [
        { type: 'reasoning.text', text: 'a', signature: 's', format: 'anthropic-claude-v1', index: 0 },
        { type: 'reasoning.summary', summary: 'b', format: 'openai-responses-v1', index: 1 },
      ],
    });
    expect(items.map(({ type }: { type: string }) => type)).toEqual(['message']);
  });

  test('refuses more than one answer, and tools of another kind', () => {
    expect(() => render({ n: 2 })).toThrow('send n as 1');
    const custom = [{ type: 'custom', custom: { name: 'f' } }] as unknown as NonNullable<
      ChatRequest['tools']
    >;
    expect(() => render({ tools: custom })).toThrow('function');
  });
});

test.each([
  { tool_choice: { type: 'function' } },
  { tool_choice: { type: 'allowed_tools' } },
  { tool_choice: { type: 'custom', custom: { name: 'f' } } },
  { response_format: { type: 'json_schema' } },
])('%j, which nothing can be made of, is refused and no crash', (chat) => {
  const tools = [{ type: 'function' as const, function: { name: 'f' } }];
  expect(() => render({ tools, ...chat } as unknown as Partial<ChatRequest>)).toThrow(GatewayError);
});

test('reasoning details that are none are left out', () => {
  const reasoning_details = [
    null,
    1,
    { format: 'openai-responses-v1', type: 'reasoning.encrypted', data: 5 },
  ];
  const message = { role: 'assistant', content: 'So.', reasoning_details } as unknown as Message;
  expect(inputOf(message)).toHaveLength(1);
});

describe('a request of this format', () => {
  const send = (body_text: string, asked: Partial<ChatRequest> = {}, changes: Partial<RenderOptions> = {}) =>
    responses.renderRequest(
      { model: 'm', messages: [], ...asked },
      options({
        model: 'm',
        source: { protocol: 'responses', body_text, headers: { 'openai-beta': 'a' } },
        ...changes,
      }),
    );

  test('is the very text of the client when nothing must change', () => {
    const text =
      '{ "model":"m", "input" : "Hi", "seed":12345678901234567890, "tools":[{"type":"web_search"}] }';
    expect(send(text)).toMatchObject({ body: text, dropped: [], headers: { 'openai-beta': 'a' } });
  });

  test('changes the model, the limit and our own members, and nothing else', () => {
    const text = '{"model":"openai/m","input":"Hi","max_output_tokens":500,"x-metadata":{},"seed":1e3}';
    const asked = { model: 'openai/m', max_completion_tokens: 500, 'x-metadata': {} };
    expect(send(text, asked, { output_tokens_max: 100 }).body).toBe(
      '{"model":"m","input":"Hi","max_output_tokens":100,"seed":1e3}',
    );
  });

  test('goes without reasoning that we sealed, which no server of OpenAI can open', () => {
    const items = [
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'sluice-1:[]' },
      { type: 'reasoning', id: 'rs_2', summary: [], encrypted_content: 'gAAAA' },
      { role: 'user', content: 'sluice-1: is said by the user here' },
    ];
    const { body, dropped } = send(JSON.stringify({ model: 'm', input: items }));
    expect(JSON.parse(body).input).toEqual(items.slice(1));
    expect(dropped).toEqual(['input.reasoning']);
  });
});

test('models that answer through Responses alone are known', () => {
  const only = [
    'o1-pro',
    'o3-pro-2025-06-10',
    'gpt-5-pro',
    'gpt-5.2-pro',
    'gpt-5-codex',
    'gpt-5.1-codex-mini',
  ];
  only.push('codex-mini-latest', 'computer-use-preview', 'o3-deep-research', 'o4-mini-deep-research');
  for (const model of only) expect(openai.requiredProtocol?.(model)).toBe('responses');
  for (const model of ['gpt-4o', 'gpt-5', 'gpt-5-mini', 'o3', 'o1-preview', 'o4-mini', 'gpt-5-chat-latest'])
    expect(openai.requiredProtocol?.(model)).toBeNull();
});
