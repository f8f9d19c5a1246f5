import { type ChatRequest, GatewayError, type RenderOptions, UNKNOWN_ABILITIES } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { renderRequest } from './request.ts';

const CLAUDE = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const OLD_CLAUDE = 'us.anthropic.claude-3-7-sonnet-20250219-v1:0';
const NOVA = 'us.amazon.nova-lite-v1:0';
const NOVA_2 = 'us.amazon.nova-2-lite-v1:0';
const GPT_OSS = 'openai.gpt-oss-120b-1:0';
const LLAMA = 'meta.llama3-3-70b-instruct-v1:0';
const PNG = 'data:image/png;base64,iVBORw0KGgo=';

const options = (model: string, more: Partial<RenderOptions> = {}): RenderOptions => ({
  model,
  stream: false,
  output_tokens_max: null,
  abilities: UNKNOWN_ABILITIES,
  source: { protocol: 'chat-completions', body_text: '', headers: {} },
  ...more,
});

const user = (content: string): ChatRequest['messages'][number] => ({ role: 'user', content });

function render(chat: Partial<ChatRequest>, model = CLAUDE, more: Partial<RenderOptions> = {}) {
  const rendered = renderRequest({ model: 'm', messages: [user('Hi')], ...chat }, options(model, more));
  return { ...rendered, body: JSON.parse(rendered.body) };
}

function refusal(chat: Partial<ChatRequest>, model = CLAUDE): GatewayError {
  try {
    render(chat, model);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

const call = (id: string, name = 'add', json = '{"a":1}') => ({
  id,
  type: 'function' as const,
  function: { name, arguments: json },
});

const tools: ChatRequest['tools'] = [
  {
    type: 'function',
    function: { name: 'add', description: 'Adds', parameters: { type: 'object', properties: { a: {} } } },
  },
];

const loop: ChatRequest['messages'] = [
  user('Add'),
  { role: 'assistant', content: 'I will.', tool_calls: [call('c1'), call('c2', 'add', '')] },
  { role: 'tool', tool_call_id: 'c2', content: 'two' },
  { role: 'tool', tool_call_id: 'c1', content: '', is_error: true },
  user('And?'),
];

describe('the path', () => {
  it('is of the stream or of the whole answer', () => {
    expect(render({}).path).toBe('/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse');
    expect(render({}, 'm', { stream: true }).path).toBe('/model/m/converse-stream');
  });

  it.each(['a/../../b', '../x', 'arn:aws:bedrock:x:1:y/z', 'a?b#c', '\ud800', '%2e%2e/x', '..;/x'])(
    'holds the model %j as one segment',
    (model) => {
      const { pathname } = new URL(`https://h${render({}, model).path}`);
      expect(pathname.split('/')).toHaveLength(4);
      expect(pathname).toMatch(/^\/model\/[^/]+\/converse$/);
    },
  );

  it.each(['.', '..', '%2e', '%2E%2e', '.%2e'])(
    'takes no model %j, which every URL parser would resolve',
    (model) => {
      expect(refusal({}, model).code).toBe('unknown_model');
    },
  );
});

describe('messages', () => {
  it('alternate, begin with the user, and leave system apart', () => {
    const { body } = render({
      messages: [
        { role: 'system', content: 'S1' },
        { role: 'assistant', content: 'A' },
        user('B'),
        { role: 'developer', content: 'S2' },
        user('C'),
      ],
    });
    expect(body.system).toEqual([{ text: 'S1' }, { text: 'S2' }]);
    expect(body.messages).toEqual([
      { role: 'user', content: [{ text: '(start)' }] },
      { role: 'assistant', content: [{ text: 'A' }] },
      { role: 'user', content: [{ text: 'B' }, { text: 'C' }] },
    ]);
  });

  it('hold all results of a step in one turn, before what the user says next', () => {
    const { body } = render({ messages: loop, tools });
    expect(body.messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: [
          { text: 'I will.' },
          { toolUse: { toolUseId: 'c1', name: 'add', input: { a: 1 } } },
          { toolUse: { toolUseId: 'c2', name: 'add', input: {} } },
        ],
      },
      {
        role: 'user',
        content: [
          { toolResult: { toolUseId: 'c2', content: [{ text: 'two' }] } },
          { toolResult: { toolUseId: 'c1', content: [{ text: 'The tool failed.' }], status: 'error' } },
          { text: 'And?' },
        ],
      },
    ]);
  });

  it('say that a tool failed only to models that know the word', () => {
    expect(JSON.stringify(render({ messages: loop, tools }, LLAMA).body)).not.toContain('status');
  });

  it('bring ids of other vendors into the alphabet, alike in call and result', () => {
    const { body } = render({
      tools,
      messages: [
        user('x'),
        { role: 'assistant', tool_calls: [call('functions.add:0')] },
        { role: 'tool', tool_call_id: 'functions.add:0', content: 'r' },
      ],
    });
    const id = body.messages[1].content[0].toolUse.toolUseId;
    expect(id).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(body.messages[2].content[0].toolResult.toolUseId).toBe(id);
  });

  it('without the result of a call are refused before they are sent', () => {
    expect(refusal({ messages: loop.slice(0, 3), tools }).message).toContain('c1');
    expect(refusal({ messages: [user('x'), { role: 'tool', tool_call_id: 'no', content: '' }] }).param).toBe(
      'messages',
    );
  });

  it('never hold blank text, which is refused', () => {
    const { body } = render({
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: '' },
            { type: 'text', text: 'x' },
          ],
        },
        { role: 'assistant', content: '' },
        { role: 'assistant', content: 'ok  \n' },
      ],
    });
    expect(body.messages).toEqual([
      { role: 'user', content: [{ text: 'x' }] },
      { role: 'assistant', content: [{ text: 'ok' }] },
    ]);
  });

  it('end with the user where the model takes no beginning of its answer', () => {
    const { body, dropped } = render(
      { messages: [user('x'), { role: 'assistant', content: 'Once' }] },
      'us.anthropic.claude-opus-4-7',
    );
    expect(body.messages).toHaveLength(1);
    expect(dropped).toContain('prefill');
  });
});

describe('media', () => {
  const content = (part: unknown): Partial<ChatRequest> =>
    ({ messages: [{ role: 'user', content: [part] }] }) as Partial<ChatRequest>;
  const file = (filename: string, media_type = 'application/pdf') => ({
    type: 'file',
    file: { filename, file_data: `data:${media_type};base64,JVBERi0=` },
  });

  it('travels as data', () => {
    const { body } = render(content({ type: 'image_url', image_url: { url: PNG } }));
    expect(body.messages[0].content).toEqual([
      { image: { format: 'png', source: { bytes: 'iVBORw0KGgo=' } } },
    ]);
    expect(
      JSON.stringify(
        render(content({ type: 'image_url', image_url: { url: PNG.replace('png', 'JPG') } })).body,
      ),
    ).toContain('"jpeg"');
  });

  it.each([
    'https://example.com/a.png',
    'http://169.254.169.254/',
    's3://b/k',
    'file:///etc/passwd',
    'ftp://x',
  ])('is never fetched from %s', (url) => {
    for (const part of [
      { type: 'image_url', image_url: { url } },
      { type: 'file', file: { file_data: url } },
    ]) {
      expect(refusal(content(part)).message).toContain('data: URI');
    }
  });

  it('that is a document has a name within the alphabet that no other has, and text beside it', () => {
    const { body } = render({
      messages: [
        { role: 'user', content: [file('Q3_report (final)…v2.pdf'), file('Q3_report (final)…v2.pdf')] },
      ] as ChatRequest['messages'],
    });
    const names = body.messages[0].content.flatMap((block: { document?: { name: string } }) =>
      block.document === undefined ? [] : [block.document.name],
    );
    expect(names).toEqual(['Q3 report (final) v2', 'Q3 report (final) v2 (2)']);
    expect(body.messages[0].content[0]).toEqual({ text: 'See the document.' });
  });

  it.each([
    ['text/csv', 'csv'],
    ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'docx'],
    ['text/x-python', 'txt'],
  ])('of type %s is a document of format %s', (media_type, format) => {
    const { body } = render(content(file('x', media_type)));
    expect(body.messages[0].content.at(-1).document.format).toBe(format);
  });

  it('that the model cannot take is refused', () => {
    expect(refusal(content(file('x', 'video/mp4'))).code).toBe('invalid_request');
    expect(refusal(content({ type: 'input_audio', input_audio: { data: 'x', format: 'wav' } })).param).toBe(
      'messages',
    );
    expect(refusal(content({ type: 'file', file: { file_id: 'file-1' } })).code).toBe('invalid_request');
  });
});

describe('tools', () => {
  it('are rendered with their schema as an object, and a choice among them', () => {
    const { body } = render({ tools, tool_choice: 'required' });
    expect(body.toolConfig).toEqual({
      tools: [
        {
          toolSpec: {
            name: 'add',
            description: 'Adds',
            inputSchema: { json: { type: 'object', properties: { a: {} } } },
          },
        },
      ],
      toolChoice: { any: {} },
    });
    const named = render({ tools, tool_choice: { type: 'function', function: { name: 'add' } } });
    expect(named.body.toolConfig.toolChoice).toEqual({ tool: { name: 'add' } });
  });

  it('that must not be called are left out', () => {
    expect(render({ tools, tool_choice: 'none' }).body.toolConfig).toBeUndefined();
  });

  it('stand in for those of the conversation, without which it is refused', () => {
    const stubs = render({ messages: loop });
    expect(stubs.body.toolConfig.tools).toHaveLength(1);
    expect(stubs.body.toolConfig.tools[0].toolSpec.name).toBe('add');
    expect(stubs.body.system.at(-1).text).toContain('without calling');
    const forbidden = render({ messages: loop, tools, tool_choice: 'none' });
    expect(forbidden.body.toolConfig.tools).toHaveLength(1);
    expect(forbidden.body.toolConfig.toolChoice).toBeUndefined();
  });

  it('that a model cannot be forced to call are asked for in words', () => {
    const { body, dropped } = render({ tools, tool_choice: 'required' }, LLAMA);
    expect(body.toolConfig.toolChoice).toBeUndefined();
    expect(body.system.at(-1).text).toContain('must call');
    expect(dropped).toContain('tool_choice');
  });

  it('are called one at a time where Claude is told so; other families have no such word', () => {
    expect(render({ tools, parallel_tool_calls: false }).body.additionalModelRequestFields).toEqual({
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    });
    expect(render({ tools, parallel_tool_calls: false }, NOVA).dropped).toEqual(['parallel_tool_calls']);
  });
});

describe('a JSON schema', () => {
  const response_format: ChatRequest['response_format'] = {
    type: 'json_schema',
    json_schema: {
      name: 'city',
      schema: {
        type: 'object',
        properties: { n: { type: 'string' } },
        required: ['n'],
        additionalProperties: false,
      },
    },
  };

  it('is JSON text where the model has it', () => {
    const { jsonSchema } = render({ response_format }).body.outputConfig.textFormat.structure;
    expect(jsonSchema.name).toBe('city');
    expect(JSON.parse(jsonSchema.schema).properties).toEqual({ n: { type: 'string' } });
  });

  it('is a forced tool where it has none but can be forced, else words', () => {
    const nova = render({ response_format }, NOVA).body;
    expect(nova.outputConfig).toBeUndefined();
    expect(nova.toolConfig.toolChoice.tool.name).toBe('sluice_json_response');
    const llama = render({ response_format }, LLAMA).body;
    expect(llama.toolConfig).toBeUndefined();
    expect(llama.system.at(-1).text).toContain('JSON Schema');
  });
});

describe('reasoning', () => {
  it('is Claude’s thinking, by budget or adaptive', () => {
    const budget = render({ reasoning_effort: 'medium', max_tokens: 20_000, temperature: 0.5 });
    expect(budget.body.additionalModelRequestFields).toEqual({
      thinking: { type: 'enabled', budget_tokens: 8192 },
    });
    expect(budget.body.inferenceConfig).toEqual({ maxTokens: 20_000 });
    expect(budget.dropped).toEqual(['temperature']);
    const adaptive = render({ reasoning_effort: 'max' }, 'global.anthropic.claude-opus-4-7');
    expect(adaptive.body.additionalModelRequestFields).toEqual({
      thinking: { type: 'adaptive' },
      output_config: { effort: 'max' },
    });
  });

  it('is each family’s own word elsewhere', () => {
    expect(render({ reasoning_effort: 'xhigh' }, GPT_OSS).body.additionalModelRequestFields).toEqual({
      reasoning_effort: 'high',
    });
    expect(render({ reasoning_effort: 'low' }, NOVA_2).body.additionalModelRequestFields).toEqual({
      reasoningConfig: { type: 'enabled', maxReasoningEffort: 'low' },
    });
    expect(render({ reasoning_effort: 'low' }, LLAMA).dropped).toEqual(['reasoning_effort']);
  });

  it('at Nova’s highest effort stands without sampling, and gives way to a limit of tokens', () => {
    const high = render({ reasoning_effort: 'high', temperature: 0.2 }, NOVA_2);
    expect(high.body.inferenceConfig).toBeUndefined();
    expect(high.dropped).toEqual(['temperature']);
    const bounded = render({ reasoning_effort: 'high' }, NOVA_2, { output_tokens_max: 500 });
    expect(bounded.body.additionalModelRequestFields.reasoningConfig.maxReasoningEffort).toBe('medium');
    expect(bounded.body.inferenceConfig).toEqual({ maxTokens: 500 });
  });

  it('with a budget is left out of a tool loop whose signed thoughts are lost', () => {
    const { body, dropped } = render(
      { messages: loop.slice(0, 4), tools, reasoning_effort: 'low', max_tokens: 9000 },
      OLD_CLAUDE,
    );
    expect(body.additionalModelRequestFields).toBeUndefined();
    expect(dropped).toEqual(['reasoning_effort']);
  });

  it('is replayed only as it was signed here', () => {
    const detail = (format: 'bedrock-converse-v1' | 'anthropic-claude-v1' | 'vertex-claude-v1') => ({
      type: 'reasoning.text' as const,
      text: format,
      signature: 's',
      format,
    });
    const { body } = render({
      thinking: { type: 'enabled', budget_tokens: 2000 },
      messages: [
        user('x'),
        {
          role: 'assistant',
          content: 'y',
          reasoning_details: [
            detail('anthropic-claude-v1'),
            detail('bedrock-converse-v1'),
            detail('vertex-claude-v1'),
            { type: 'reasoning.encrypted', data: 'blob', format: 'bedrock-converse-v1' },
          ],
        },
        user('z'),
      ],
    });
    expect(body.messages[1].content).toEqual([
      { reasoningContent: { reasoningText: { text: 'bedrock-converse-v1', signature: 's' } } },
      { reasoningContent: { redactedContent: 'blob' } },
      { text: 'y' },
    ]);
  });
});

describe('cache points', () => {
  const cached = (text: string, ttl?: '1h') => ({
    type: 'text' as const,
    text,
    cache_control: { type: 'ephemeral' as const, ...(ttl === undefined ? {} : { ttl }) },
  });

  it('follow the block that they are on, with the long lifetime at Claude alone', () => {
    const messages: ChatRequest['messages'] = [
      { role: 'system', content: [cached('S', '1h')] },
      { role: 'user', content: [cached('U')] },
    ];
    const claude = render({ messages }).body;
    expect(claude.system).toEqual([{ text: 'S' }, { cachePoint: { type: 'default', ttl: '1h' } }]);
    expect(claude.messages[0].content).toEqual([{ text: 'U' }, { cachePoint: { type: 'default' } }]);
    expect(render({ messages }, NOVA).body.system[1]).toEqual({ cachePoint: { type: 'default' } });
    const llama = render({ messages }, LLAMA);
    expect(JSON.stringify(llama.body)).not.toContain('cachePoint');
    expect(llama.dropped).toEqual(['cache_control']);
  });

  it('stand beside a tool result, never in it', () => {
    const messages: ChatRequest['messages'] = [
      user('x'),
      { role: 'assistant', tool_calls: [call('c1')] },
      { role: 'tool', tool_call_id: 'c1', content: [cached('r')] },
    ];
    expect(render({ messages, tools }).body.messages[2].content).toEqual([
      { toolResult: { toolUseId: 'c1', content: [{ text: 'r' }] } },
      { cachePoint: { type: 'default' } },
    ]);
  });

  it('beyond four give way, the earliest turns first', () => {
    const messages: ChatRequest['messages'] = [
      { role: 'system', content: [cached('S')] },
      { role: 'user', content: [1, 2, 3, 4, 5].map((n) => cached(String(n))) },
    ];
    const { body, dropped } = render({ messages });
    expect(body.system).toHaveLength(2);
    expect(body.messages[0].content.filter((block: object) => 'cachePoint' in block)).toHaveLength(3);
    expect('cachePoint' in body.messages[0].content.at(-1)).toBe(true);
    expect(dropped).toEqual(['cache_control']);
  });
});

describe('parameters', () => {
  it('stand in inferenceConfig, top_k under each family’s name', () => {
    const sampling = { temperature: 1.5, top_p: 0.9, top_k: 5, stop: 'END', max_completion_tokens: 50 };
    const nova = render(sampling, NOVA);
    expect(nova.body.inferenceConfig).toEqual({
      maxTokens: 50,
      temperature: 1,
      topP: 0.9,
      stopSequences: ['END'],
    });
    expect(nova.body.additionalModelRequestFields).toEqual({ inferenceConfig: { topK: 5 } });
    expect(nova.dropped).toEqual(['temperature']);
    expect(render({ top_k: 5 }, OLD_CLAUDE).body.additionalModelRequestFields).toEqual({ top_k: 5 });
    expect(render({ top_k: 5 }, LLAMA).dropped).toEqual(['top_k']);
  });

  it('that have no equal are named, and n beyond 1 is refused', () => {
    expect(render({ seed: 0, logprobs: true, logit_bias: { 1: 2 }, store: false }).dropped.sort()).toEqual([
      'logit_bias',
      'logprobs',
      'seed',
    ]);
    expect(refusal({ n: 2 }).param).toBe('n');
  });

  it('never let the output outgrow the budget', () => {
    expect(
      render({ max_tokens: 900 }, CLAUDE, { output_tokens_max: 100 }).body.inferenceConfig.maxTokens,
    ).toBe(100);
    expect(render({}, CLAUDE, { output_tokens_max: 100 }).body.inferenceConfig.maxTokens).toBe(100);
    expect(render({}).body.inferenceConfig).toBeUndefined();
  });

  it('carry the user and the tier as far as the service knows them', () => {
    expect(render({ user: 'u-1', service_tier: 'flex' }).body).toMatchObject({
      requestMetadata: { user_id: 'u-1' },
      serviceTier: { type: 'flex' },
    });
    expect(render({ user: 'ü', service_tier: 'scale' }).dropped).toEqual(['user', 'service_tier']);
  });
});
