import { type ChatRequest, GatewayError, UNKNOWN_ABILITIES } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { geminiProtocol } from './index.ts';
import { SIGNATURE_SENTINEL } from './signatures.ts';

interface Body {
  systemInstruction?: { parts: { text: string }[] };
  contents: { role: string; parts: Record<string, unknown>[] }[];
  tools?: { functionDeclarations: Record<string, unknown>[] }[];
  toolConfig?: { functionCallingConfig: unknown };
  generationConfig?: Record<string, unknown>;
  serviceTier?: string;
}

function render(
  chat: Partial<ChatRequest>,
  model = 'gemini-2.5-flash',
  output_tokens_max: number | null = null,
) {
  const rendered = geminiProtocol.renderRequest(
    { model: 'any', messages: [{ role: 'user', content: 'hi' }], ...chat },
    {
      model,
      stream: false,
      output_tokens_max,
      abilities: UNKNOWN_ABILITIES,
      source: { protocol: 'chat-completions', body_text: '', headers: {} },
    },
  );
  return { ...rendered, body: JSON.parse(rendered.body) as Body };
}

const parameters = {
  type: 'object',
  properties: { city: { type: ['string', 'null'] } },
  required: ['city'],
  additionalProperties: false,
};
const tool = { type: 'function' as const, function: { name: 'weather', description: 'Weather', parameters } };

const call = (id: string, name: string, args = '{}', signature?: string) => ({
  id,
  type: 'function' as const,
  function: { name, arguments: args },
  ...(signature === undefined ? {} : { extra_content: { google: { thought_signature: signature } } }),
});

function refusal(chat: Partial<ChatRequest>, model?: string): GatewayError {
  try {
    render(chat, model);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

describe('a request to Gemini', () => {
  it('says everything that a chat can say', () => {
    const { body, dropped } = render(
      {
        messages: [
          { role: 'system', content: 'Be short.' },
          { role: 'user', content: 'Hello' },
          { role: 'user', content: [{ type: 'text', text: 'again' }] },
          { role: 'assistant', content: 'Hi' },
          { role: 'developer', content: [{ type: 'text', text: 'Be kind.' }] },
          { role: 'user', content: 'Weather?' },
        ],
        max_tokens: 10,
        max_completion_tokens: 100,
        temperature: 0,
        top_p: 0.9,
        top_k: 40,
        seed: 7,
        n: 2,
        stop: ['a', 'b'],
        presence_penalty: 0.1,
        frequency_penalty: 0.2,
        logprobs: true,
        top_logprobs: 3,
        tools: [tool],
        tool_choice: 'required',
        response_format: { type: 'json_schema', json_schema: { name: 'x', schema: parameters } },
        reasoning_effort: 'medium',
        service_tier: 'flex',
      },
      'gemini-2.5-flash',
      50,
    );
    expect(dropped).toEqual([]);
    expect(body).toEqual({
      systemInstruction: { parts: [{ text: 'Be short.' }, { text: 'Be kind.' }] },
      contents: [
        { role: 'user', parts: [{ text: 'Hello' }, { text: 'again' }] },
        { role: 'model', parts: [{ text: 'Hi' }] },
        { role: 'user', parts: [{ text: 'Weather?' }] },
      ],
      tools: [
        {
          functionDeclarations: [
            { name: 'weather', description: 'Weather', parametersJsonSchema: parameters },
          ],
        },
      ],
      toolConfig: { functionCallingConfig: { mode: 'ANY' } },
      generationConfig: {
        maxOutputTokens: 50,
        temperature: 0,
        topP: 0.9,
        topK: 40,
        seed: 7,
        presencePenalty: 0.1,
        frequencyPenalty: 0.2,
        candidateCount: 2,
        stopSequences: ['a', 'b'],
        responseLogprobs: true,
        logprobs: 3,
        responseMimeType: 'application/json',
        responseJsonSchema: parameters,
        thinkingConfig: { includeThoughts: true, thinkingBudget: 8192 },
      },
      serviceTier: 'flex',
    });
  });

  it('says nothing that the client did not say', () => {
    expect(render({}).body).toEqual({ contents: [{ role: 'user', parts: [{ text: 'hi' }] }] });
  });

  it('puts the model into the path as one segment, and asks for SSE when streaming', () => {
    expect(render({}, 'a/../b?c#d').path).toBe('/v1beta/models/a%2F..%2Fb%3Fc%23d:generateContent');
    const { path } = geminiProtocol.renderRequest(
      { model: 'm', messages: [] },
      {
        model: 'gemini-2.5-pro',
        stream: true,
        output_tokens_max: null,
        abilities: UNKNOWN_ABILITIES,
        source: { protocol: 'anthropic', body_text: '', headers: {} },
      },
    );
    expect(path).toBe('/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse');
  });

  it('names every parameter that Google does not take, and none of the gateway', () => {
    const { dropped } = render({
      logit_bias: { 1: 2 },
      user: 'u',
      metadata: { a: 'b' },
      parallel_tool_calls: false,
      tools: [{ ...tool, function: { ...tool.function, strict: true } }],
      stop: ['1', '2', '3', '4', '5', '6'],
      'x-cache': { enabled: true },
      some_new_field: 1,
      verbosity: null,
    });
    expect(dropped.sort()).toEqual(
      [
        'logit_bias',
        'metadata',
        'parallel_tool_calls',
        'some_new_field',
        'stop',
        'tools.strict',
        'user',
      ].sort(),
    );
  });

  it('leaves out what Google would refuse without being asked for it', () => {
    const { body, dropped } = render({ seed: 2 ** 40, presence_penalty: 0, frequency_penalty: 0 });
    expect(body.generationConfig).toBeUndefined();
    expect(dropped).toEqual(['seed']);
  });

  it('accepts instructions alone', () => {
    const { body } = render({ messages: [{ role: 'system', content: 'Tell a joke.' }] });
    expect(body.contents).toEqual([{ role: 'user', parts: [{ text: '' }] }]);
    expect(body.systemInstruction).toEqual({ parts: [{ text: 'Tell a joke.' }] });
  });

  it('gives instructions to Gemma as the beginning of the first user turn', () => {
    const { body } = render(
      {
        messages: [
          { role: 'system', content: 'S' },
          { role: 'user', content: 'U' },
        ],
      },
      'gemma-3-27b-it',
    );
    expect(body).toEqual({ contents: [{ role: 'user', parts: [{ text: 'S' }, { text: 'U' }] }] });
  });
});

describe('tools', () => {
  it.each([
    ['auto', { mode: 'AUTO' }],
    ['none', { mode: 'NONE' }],
    ['required', { mode: 'ANY' }],
    [
      { type: 'function', function: { name: 'weather' } },
      { mode: 'ANY', allowedFunctionNames: ['weather'] },
    ],
    [
      {
        type: 'allowed_tools',
        allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'weather' } }] },
      },
      { mode: 'ANY', allowedFunctionNames: ['weather'] },
    ],
  ] as const)('tool_choice %j is followed', (tool_choice, config) => {
    const { body } = render({ tools: [tool], tool_choice: tool_choice as never });
    expect(body.toolConfig?.functionCallingConfig).toEqual(config);
  });

  it('declares only the allowed ones where the model may choose', () => {
    const other = { type: 'function' as const, function: { name: 'other' } };
    const { body } = render({
      tools: [tool, other],
      tool_choice: {
        type: 'allowed_tools',
        allowed_tools: { mode: 'auto', tools: [{ type: 'function', name: 'other' }] },
      },
    });
    expect(body.tools?.[0]?.functionDeclarations.map((one) => one['name'])).toEqual(['other']);
    expect(body.toolConfig?.functionCallingConfig).toEqual({ mode: 'AUTO' });
  });

  it('refuses a name that Google would refuse, and says which', () => {
    const error = refusal({ tools: [{ type: 'function', function: { name: '1 bad name' } }] });
    expect(error).toMatchObject({ code: 'invalid_request', param: 'tools[0].function.name' });
    expect(error.message).toContain('1 bad name');
  });

  it('describes arguments in the OpenAPI subset to models that know no JSON Schema', () => {
    const { body } = render({ tools: [tool] }, 'gemini-1.5-flash');
    expect(body.tools?.[0]?.functionDeclarations[0]?.['parameters']).toEqual({
      type: 'OBJECT',
      properties: { city: { type: 'STRING', nullable: true } },
      required: ['city'],
    });
  });
});

describe('tool results', () => {
  const history: ChatRequest['messages'] = [
    { role: 'user', content: 'go' },
    {
      role: 'assistant',
      content: null,
      tool_calls: [call('a', 'one', '{"x":1}', 'SIG'), call('b', 'two', ''), call('c', 'three', 'not json')],
    },
    { role: 'tool', tool_call_id: 'b', content: '{"ok":true}' },
    { role: 'tool', tool_call_id: 'a', content: '5' },
    { role: 'tool', tool_call_id: 'c', content: 'broken', is_error: true },
    { role: 'user', content: 'and now?' },
  ];

  it('find their function by the id of the call and share one turn', () => {
    const { body } = render({ messages: history }, 'gemini-2.5-pro');
    expect(body.contents.slice(1)).toEqual([
      {
        role: 'model',
        parts: [
          { functionCall: { id: 'a', name: 'one', args: { x: 1 } }, thoughtSignature: 'SIG' },
          { functionCall: { id: 'b', name: 'two', args: {} } },
          { functionCall: { id: 'c', name: 'three', args: { raw_arguments: 'not json' } } },
        ],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { id: 'b', name: 'two', response: { ok: true } } },
          { functionResponse: { id: 'a', name: 'one', response: { result: '5' } } },
          { functionResponse: { id: 'c', name: 'three', response: { error: 'broken' } } },
          { text: 'and now?' },
        ],
      },
    ]);
  });

  it('belong to the nearest call when a provider gave the same id in each turn', () => {
    const turn = (name: string) => [
      { role: 'assistant' as const, tool_calls: [call('call_0', name)] },
      { role: 'tool' as const, tool_call_id: 'call_0', content: 'r' },
    ];
    const { body } = render({ messages: [...turn('first'), ...turn('second')] });
    const names = body.contents.flatMap((content) =>
      content.parts.map((part) => (part['functionResponse'] as { name: string } | undefined)?.name ?? '-'),
    );
    expect(names).toEqual(['-', 'first', '-', 'second']);
  });

  it('keep numbers that JavaScript would change', () => {
    const content = '{"id":12345678901234567890}';
    const { body } = render({
      messages: [
        { role: 'assistant', tool_calls: [call('a', 'f')] },
        { role: 'tool', tool_call_id: 'a', content },
      ],
    });
    expect(body.contents[1]?.parts[0]).toMatchObject({ functionResponse: { response: { result: content } } });
  });

  it('without their call are refused', () => {
    const error = refusal({ messages: [{ role: 'tool', tool_call_id: 'zz', content: 'r' }] });
    expect(error).toMatchObject({ code: 'invalid_request', param: 'messages[0].tool_call_id' });
  });

  it.each([
    ['gemini-3-flash-preview', 'inside'],
    ['gemini-2.5-flash', 'after'],
  ])('of %s hold their images %s', (model, where) => {
    const image = { type: 'image_url' as const, image_url: { url: 'data:image/jpg;base64,AAAA' } };
    const { body } = render(
      {
        messages: [
          { role: 'user', content: 'go' },
          { role: 'assistant', tool_calls: [call('a', 'f', '{}', 'S'), call('b', 'g')] },
          { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'see' }, image] },
          { role: 'tool', tool_call_id: 'b', content: 'r' },
        ],
      },
      model,
    );
    const media = { inlineData: { mimeType: 'image/jpeg', data: 'AAAA' } };
    const a = { id: 'a', name: 'f', response: { result: 'see' } };
    const b = { functionResponse: { id: 'b', name: 'g', response: { result: 'r' } } };
    expect(body.contents.at(-1)?.parts).toEqual(
      where === 'inside'
        ? [{ functionResponse: { ...a, parts: [media] } }, b]
        : [{ functionResponse: a }, b, media],
    );
  });
});

describe('signatures', () => {
  const messages = (assistant: object): ChatRequest['messages'] => [
    { role: 'user', content: 'go' },
    { role: 'assistant', ...assistant },
    { role: 'tool', tool_call_id: 'a', content: 'r' },
  ];
  const modelParts = (chat: ChatRequest['messages'], model: string) =>
    render({ messages: chat }, model).body.contents.find((content) => content.role === 'model')?.parts;

  it('come back from reasoning_details on the call with their id', () => {
    const reasoning_details = [
      { type: 'reasoning.encrypted', data: 'S+/=_-', format: 'google-gemini-v1', id: 'b' },
    ];
    const parts = modelParts(
      messages({ tool_calls: [call('a', 'f', '{}', 'A'), call('b', 'g')], reasoning_details }),
      'gemini-3-pro-preview',
    );
    expect(parts?.map((part) => part['thoughtSignature'])).toEqual(['A', 'S+/=_-']);
  });

  it('that the client lost are replaced by the sentinel on the first call of each step of this turn', () => {
    const chat: ChatRequest['messages'] = [
      { role: 'user', content: 'before' },
      { role: 'assistant', tool_calls: [call('o', 'old')] },
      { role: 'tool', tool_call_id: 'o', content: 'r' },
      { role: 'user', content: 'now' },
      { role: 'assistant', tool_calls: [call('a', 'f'), call('b', 'g')] },
      { role: 'tool', tool_call_id: 'a', content: 'r' },
      { role: 'tool', tool_call_id: 'b', content: 'r' },
      { role: 'assistant', tool_calls: [call('c', 'h')] },
      { role: 'tool', tool_call_id: 'c', content: 'r' },
    ];
    const signed = (model: string) =>
      render({ messages: chat }, model).body.contents.flatMap((content) =>
        content.parts.flatMap((part) =>
          part['functionCall'] === undefined ? [] : [part['thoughtSignature'] ?? null],
        ),
      );
    expect(signed('gemini-3.1-pro-preview')).toEqual([null, SIGNATURE_SENTINEL, null, SIGNATURE_SENTINEL]);
    expect(signed('gemini-2.5-pro')).toEqual([null, null, null, null]);
  });

  it('of a text part return to the text, or to an empty part where none was said', () => {
    const detail = { type: 'reasoning.encrypted', data: 'T', format: 'google-gemini-v1', id: null };
    expect(
      modelParts(
        messages({ content: 'x', reasoning_details: [detail], tool_calls: [call('a', 'f', '{}', 'C')] }),
        'gemini-3-pro',
      ),
    ).toEqual([
      { text: 'x', thoughtSignature: 'T' },
      { functionCall: { id: 'a', name: 'f', args: {} }, thoughtSignature: 'C' },
    ]);
    expect(
      modelParts(
        messages({ content: null, reasoning_details: [detail], tool_calls: [call('a', 'f')] }),
        'gemini-2.5-pro',
      )?.[0],
    ).toEqual({
      text: '',
      thoughtSignature: 'T',
    });
  });

  it('and reasoning of other providers are never sent to Google', () => {
    const { body } = render({
      messages: messages({
        content: 'x',
        reasoning_content: 'SECRET',
        reasoning: 'SECRET',
        reasoning_details: [
          { type: 'reasoning.text', text: 'SECRET', signature: 'SECRET', format: 'anthropic-claude-v1' },
          { type: 'reasoning.encrypted', data: 'SECRET', format: 'openai-responses-v1', id: 'a' },
          { type: 'reasoning.text', text: 'SECRET', format: 'google-gemini-v1', index: 0 },
        ],
        tool_calls: [call('a', 'f')],
      }),
    });
    expect(JSON.stringify(body)).not.toContain('SECRET');
  });

  it('of a thought go back with the thought', () => {
    const detail = { type: 'reasoning.text', text: 'hm', signature: 'S', format: 'google-gemini-v1' };
    expect(
      modelParts(
        messages({ content: 'x', reasoning_details: [detail], tool_calls: [call('a', 'f')] }),
        'gemini-2.5-pro',
      )?.slice(0, 2),
    ).toEqual([{ text: 'hm', thought: true, thoughtSignature: 'S' }, { text: 'x' }]);
  });
});

describe('media', () => {
  const parts = (...content: object[]) =>
    render({ messages: [{ role: 'user', content: content as never }] }).body.contents[0]?.parts;

  it('in the body goes inline, media behind a URL is left for Google to fetch', () => {
    expect(
      parts(
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
        { type: 'image_url', image_url: { url: 'https://x.example/a.JPG?w=1' } },
        { type: 'image_url', image_url: { url: 'https://x.example/a' } },
        { type: 'input_audio', input_audio: { data: 'BB', format: 'wav' } },
        { type: 'file', file: { file_data: 'data:application/pdf;base64,CC', filename: 'a.pdf' } },
        { type: 'file', file: { file_data: 'DD', filename: 'a.pdf' } },
        { type: 'file', file: { file_id: 'files/abc-1' } },
      ),
    ).toEqual([
      { inlineData: { mimeType: 'image/png', data: 'AA==' } },
      { fileData: { fileUri: 'https://x.example/a.JPG?w=1', mimeType: 'image/jpeg' } },
      { fileData: { fileUri: 'https://x.example/a' } },
      { inlineData: { mimeType: 'audio/wav', data: 'BB' } },
      { inlineData: { mimeType: 'application/pdf', data: 'CC' } },
      { inlineData: { mimeType: 'application/pdf', data: 'DD' } },
      { fileData: { fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/abc-1' } },
    ]);
  });

  it.each([
    [{ type: 'image_url', image_url: { url: 'file:///etc/passwd' } }],
    [{ type: 'image_url', image_url: { url: 'data:image/png,raw' } }],
    [{ type: 'file', file: { file_id: 'file-openai123' } }],
    [{ type: 'video_of_the_future', x: 1 }],
  ])('%j cannot be carried and is refused by name', (part) => {
    const error = refusal({ messages: [{ role: 'user', content: [part as never] }] });
    expect(error.code).toBe('invalid_request');
    expect(error.param).toMatch(/^messages\[0\]\.content\[0\]/);
  });
});
