import { type ChatRequest, DOOR_NOTES, GatewayError } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { parseResponses } from './parse-responses.ts';
import { sealReasoning } from './responses-reasoning.ts';

const parse = (body: Record<string, unknown>): ChatRequest =>
  parseResponses(JSON.stringify({ model: 'm', input: 'Hi', ...body }));

const refusal = (body_text: string): GatewayError => {
  try {
    parseResponses(body_text);
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
};

const call = (call_id: string, name = 'f') => ({
  type: 'function_call',
  call_id,
  name,
  arguments: '{"a":1}',
});
const result = (call_id: string, output: unknown = 'done') => ({
  type: 'function_call_output',
  call_id,
  output,
});
const said = (text: string) => ({
  type: 'message',
  role: 'assistant',
  content: [{ type: 'output_text', text, annotations: [] }],
});

describe('a conversation', () => {
  it('is a text, with the instructions before it', () => {
    expect(parse({ instructions: 'Be brief.' }).messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
    ]);
  });

  it('takes messages without their type, and the newer name of the system as the one that all servers know', () => {
    const input = [
      { role: 'developer', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
    ];
    expect(parse({ input }).messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
    ]);
  });

  it('carries images, files and sound', () => {
    const input = [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'Look' },
          { type: 'input_image', image_url: 'data:image/png;base64,AA==', detail: 'low' },
          { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA==' },
          { type: 'input_file', file_url: 'https://files.example/b.pdf' },
          { type: 'input_audio', input_audio: { data: 'AA==', format: 'wav' } },
        ],
      },
    ];
    expect(parse({ input }).messages[0]?.content).toEqual([
      { type: 'text', text: 'Look' },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==', detail: 'low' } },
      { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA==' } },
      { type: 'file', file: { file_data: 'https://files.example/b.pdf' } },
      { type: 'input_audio', input_audio: { data: 'AA==', format: 'wav' } },
    ]);
  });

  it('makes one message of what an assistant said and called in one go', () => {
    const input = [said('Let me see.'), call('1'), call('2', 'g'), result('1'), result('2'), said('Done.')];
    expect(parse({ input }).messages).toEqual([
      {
        role: 'assistant',
        content: 'Let me see.',
        tool_calls: [
          { id: '1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } },
          { id: '2', type: 'function', function: { name: 'g', arguments: '{"a":1}' } },
        ],
      },
      { role: 'tool', tool_call_id: '1', content: 'done' },
      { role: 'tool', tool_call_id: '2', content: 'done' },
      { role: 'assistant', content: 'Done.' },
    ]);
  });

  it('keeps the result of a call right behind it, whoever spoke in between', () => {
    const input = [call('1'), { role: 'user', content: 'Hurry' }, result('1')];
    expect(parse({ input }).messages.map(({ role }) => role)).toEqual(['assistant', 'tool', 'user']);
  });

  it('takes pictures as the result of a tool', () => {
    const output = [{ type: 'input_image', image_url: 'https://i.example/a.png' }];
    expect(parse({ input: [call('1'), result('1', output)] }).messages[1]).toEqual({
      role: 'tool',
      tool_call_id: '1',
      content: [{ type: 'image_url', image_url: { url: 'https://i.example/a.png' } }],
    });
  });
});

describe('reasoning', () => {
  const reasoning = (encrypted_content: string | null, text = 'Hm.') => ({
    type: 'reasoning',
    id: 'rs_1',
    summary: [{ type: 'summary_text', text }],
    encrypted_content,
  });

  it('of OpenAI keeps its opaque part and its id', () => {
    const [message] = parse({ input: [reasoning('gAAAA'), call('1'), result('1')] }).messages;
    expect(message).toMatchObject({
      reasoning_details: [
        { type: 'reasoning.summary', summary: 'Hm.', format: 'openai-responses-v1', index: 0 },
        { type: 'reasoning.encrypted', data: 'gAAAA', format: 'openai-responses-v1', index: 0, id: 'rs_1' },
      ],
    });
  });

  it('of another provider is what it was sealed from, signature and text', () => {
    const signed = {
      type: 'reasoning.text',
      signature: 'sig',
      format: 'anthropic-claude-v1',
      index: 0,
    } as const;
    const sealed = sealReasoning([{ ...signed, text: 'not repeated' }]);
    expect(sealed).not.toContain('not repeated');
    const [message] = parse({ input: [reasoning(sealed), said('So.')] }).messages;
    expect(message).toEqual({
      role: 'assistant',
      content: 'So.',
      reasoning_details: [{ ...signed, text: 'Hm.' }],
    });
  });

  it('that nobody signed is text', () => {
    const unsigned = sealReasoning([{ type: 'reasoning.text', format: 'unknown', index: 0 }]);
    for (const sealed of [unsigned, null])
      expect(parse({ input: [reasoning(sealed), said('So.')] }).messages[0]).toMatchObject({
        reasoning_content: 'Hm.',
      });
  });

  it('that led to nothing is no turn', () => {
    const input = [{ role: 'user', content: 'Hi' }, reasoning('gAAAA'), { role: 'user', content: 'And?' }];
    expect(parse({ input }).messages.map(({ role }) => role)).toEqual(['user', 'user']);
  });

  it('stays in its place between two texts', () => {
    const input = [reasoning('a'), said('One.'), reasoning('b'), said('Two.')];
    const { messages } = parse({ input });
    expect(messages.map((message) => message.content)).toEqual(['One.', 'Two.']);
  });

  it('with a broken seal is nothing, and never a crash', () => {
    for (const sealed of ['sluice-1:', 'sluice-1:{}', 'sluice-1:[1,null,{"type":"x"}]'])
      expect(parse({ input: [reasoning(sealed), said('So.')] }).messages[0]).toEqual({
        role: 'assistant',
        content: 'So.',
      });
  });

  it('puts Google`s signature of a call on the call', () => {
    const detail = { type: 'reasoning.encrypted', data: 'sig', format: 'google-gemini-v1', id: '1' } as const;
    const input = [{ ...reasoning(sealReasoning([detail])), summary: [] }, call('1'), result('1')];
    expect(parse({ input }).messages[0]).toMatchObject({
      tool_calls: [{ id: '1', extra_content: { google: { thought_signature: 'sig' } } }],
    });
  });
});

describe('tools and parameters', () => {
  it('nests what is flat', () => {
    const asked = parse({
      tools: [{ type: 'function', name: 'f', parameters: { type: 'object' }, strict: true }],
      tool_choice: { type: 'function', name: 'f' },
      text: {
        format: { type: 'json_schema', name: 's', schema: { type: 'object' }, strict: true },
        verbosity: 'low',
      },
      reasoning: { effort: 'high' },
      max_output_tokens: 100,
      top_logprobs: 2,
    });
    expect(asked).toMatchObject({
      tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' }, strict: true } }],
      tool_choice: { type: 'function', function: { name: 'f' } },
      response_format: {
        type: 'json_schema',
        json_schema: { name: 's', schema: { type: 'object' }, strict: true },
      },
      verbosity: 'low',
      reasoning_effort: 'high',
      max_completion_tokens: 100,
      logprobs: true,
      top_logprobs: 2,
    });
  });

  it('makes a function of a tool that takes free text', () => {
    const asked = parse({
      tools: [
        {
          type: 'custom',
          name: 'patch',
          description: 'Patches.',
          format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' },
        },
      ],
      tool_choice: { type: 'custom', name: 'patch' },
      input: [
        { type: 'custom_tool_call', call_id: '1', name: 'patch', input: 'x "y"' },
        { ...result('1'), type: 'custom_tool_call_output' },
      ],
    });
    const [tool] = asked.tools ?? [];
    expect(tool?.function.description).toContain('start: "x"');
    expect(tool?.function.parameters?.['required']).toEqual(['input']);
    expect(asked.tool_choice).toEqual({ type: 'function', function: { name: 'patch' } });
    expect(asked.messages[0]).toMatchObject({
      tool_calls: [{ function: { name: 'patch', arguments: '{"input":"x \\"y\\""}' } }],
    });
  });

  it('names what other formats lose, and the first thing that they cannot carry', () => {
    const asked = parse({
      truncation: 'auto',
      max_tool_calls: 3,
      tools: [{ type: 'web_search' }],
      previous_response_id: 'resp_1',
      input: [
        { type: 'web_search_call', id: 'ws_1', status: 'completed' },
        { role: 'user', content: 'Hi' },
      ],
    });
    expect(asked[DOOR_NOTES]?.own_format_only.sort()).toEqual([
      'input.web_search_call',
      'max_tool_calls',
      'truncation',
    ]);
    expect(asked[DOOR_NOTES]?.needs_own_format?.param).toBe('previous_response_id');
    expect(asked.tools).toBeUndefined();
  });

  it('keeps nothing that a server of another format would be shown by mistake', () => {
    const asked = parse({
      include: [],
      store: true,
      prompt_cache_retention: '24h',
      anything: 1,
      'x-metadata': { a: 'b' },
    });
    expect(Object.keys(asked).sort()).toEqual(['messages', 'model', 'x-metadata']);
    expect(JSON.stringify(asked)).not.toContain('echo');
  });
});

describe('refusals', () => {
  it.each([
    ['{"model":"a","model":"b","input":"Hi"}', null],
    ['{"input":"Hi"}', 'model'],
    ['{"model":"m"}', 'input'],
    ['{"model":"m","input":[]}', 'input'],
    ['{"model":"m","input":[{"type":"function_call","name":"f","arguments":"{}"}]}', 'input[0].call_id'],
    ['{"model":"m","input":"Hi","max_output_tokens":-1}', 'max_output_tokens'],
    ['{"model":"m","input":"Hi","text":{"format":{"type":"xml"}}}', 'text.format.type'],
    ['{"model":"m","input":"Hi","background":true}', 'background'],
    ['{"model":"m","input":[{"role":"robot","content":"Hi"}]}', 'input[0].role'],
  ])('%s', (body_text, param) => {
    expect(refusal(body_text).param).toBe(param);
  });

  it('a forged prototype is no member of anything', () => {
    const asked = parseResponses(
      '{"model":"m","input":"Hi","__proto__":{"stream":true},"metadata":{"__proto__":{"a":1}}}',
    );
    expect(asked.stream).toBeUndefined();
    expect(asked.metadata?.['a']).toBeUndefined();
  });
});
