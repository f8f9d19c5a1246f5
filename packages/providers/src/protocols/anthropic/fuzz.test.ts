import { type ChatRequest, GatewayError, type RenderOptions, UNKNOWN_ABILITIES } from '@sluice/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderRequest } from './request.ts';
import { parseAnswer } from './response.ts';
import { createStreamParser } from './stream.ts';

const text = fc.oneof(fc.constantFrom('', ' ', 'Hi', '\n'), fc.string({ unit: 'binary', maxLength: 12 }));
const cache_control = fc.constantFrom(
  null,
  { type: 'ephemeral' as const },
  { type: 'ephemeral' as const, ttl: '1h' as const },
);
const part = fc.oneof(
  fc.record({ type: fc.constant('text' as const), text, cache_control }),
  fc.record({ type: fc.constant('refusal' as const), refusal: text }),
  fc.record({
    type: fc.constant('image_url' as const),
    image_url: fc.record({
      url: fc.constantFrom('data:image/png;base64,AA', 'https://a.example/b', 'x', 'data:,'),
    }),
  }),
  fc.record({
    type: fc.constant('file' as const),
    file: fc.record({
      file_data: fc.constantFrom(null, 'data:application/pdf;base64,AA', 'data:text/plain;base64,%%'),
    }),
  }),
);
const content = fc.oneof(text, fc.array(part, { maxLength: 3 }));
const id = fc.constantFrom('a', 'b', '', 'f:0');
const tool_call = fc.record({
  id,
  type: fc.constant('function' as const),
  function: fc.record({
    name: fc.constantFrom('weather', 'now'),
    arguments: fc.constantFrom('', '{', '{}', '[1]', 'null'),
  }),
});
const detail = fc.record({
  type: fc.constantFrom(
    'reasoning.text' as const,
    'reasoning.encrypted' as const,
    'reasoning.summary' as const,
  ),
  text,
  data: text,
  signature: fc.constantFrom(null, 's'),
  format: fc.constantFrom('anthropic-claude-v1' as const, 'google-gemini-v1' as const),
  index: fc.constantFrom(0, 1, null),
});
const message = fc.oneof(
  fc.record({ role: fc.constantFrom('system' as const, 'developer' as const), content }),
  fc.record({ role: fc.constant('user' as const), content }),
  fc.record({
    role: fc.constant('assistant' as const),
    content: fc.oneof(fc.constant(null), text),
    tool_calls: fc.oneof(fc.constant(null), fc.array(tool_call, { maxLength: 2 })),
    reasoning_details: fc.oneof(fc.constant(null), fc.array(detail, { maxLength: 3 })),
  }),
  fc.record({ role: fc.constant('tool' as const), tool_call_id: id, content }),
);
const schema = fc.constantFrom(
  null,
  {},
  { type: 'object' },
  { type: 'string' },
  { $ref: '#' },
  { anyOf: [{}, true] },
);
const request: fc.Arbitrary<ChatRequest> = fc.record(
  {
    model: fc.constant('claude'),
    messages: fc.array(message, { maxLength: 6 }),
    max_tokens: fc.constantFrom(null, 0, 1, 2000),
    temperature: fc.constantFrom(null, 0, 2),
    top_p: fc.constantFrom(null, 0.5),
    stop: fc.oneof(fc.constant(null), text, fc.array(text)),
    tools: fc.array(
      fc.record({
        type: fc.constant('function' as const),
        function: fc.record({
          name: fc.constantFrom('weather', 'now'),
          parameters: schema,
          strict: fc.boolean(),
        }),
      }),
      { maxLength: 2 },
    ),
    tool_choice: fc.constantFrom(null, 'none' as const, 'auto' as const, 'required' as const, {
      type: 'function' as const,
      function: { name: 'now' },
    }),
    response_format: fc.oneof(
      fc.constantFrom(null, { type: 'json_object' as const }),
      schema.map((value) => ({ type: 'json_schema' as const, json_schema: { name: 'x', schema: value } })),
    ),
    reasoning_effort: fc.constantFrom(null, 'none' as const, 'low' as const, 'xhigh' as const),
    thinking: fc.constantFrom(
      null,
      { type: 'enabled' as const, budget_tokens: 5 },
      { type: 'adaptive' as const },
    ),
  },
  { requiredKeys: ['model', 'messages'] },
);
const model = fc.constantFrom(
  'claude-3-haiku',
  'claude-sonnet-4',
  'claude-haiku-4-5',
  'claude-opus-4-6',
  'claude-opus-5-5',
  'glm',
);

const optionsOf = (name: string): RenderOptions => ({
  model: name,
  stream: true,
  output_tokens_max: null,
  abilities: UNKNOWN_ABILITIES,
  source: { protocol: 'chat-completions', body_text: '', headers: {} },
});

interface Turn {
  role: string;
  content: { type: string; id?: string; tool_use_id?: string; text?: string }[];
}

describe('any chat request', () => {
  it('either is refused with a GatewayError or keeps the rules of the Messages API', () => {
    let rendered_count = 0;
    fc.assert(
      fc.property(request, model, (chat, name) => {
        let body: { max_tokens: number; messages: Turn[]; thinking?: { budget_tokens?: number } };
        try {
          body = JSON.parse(renderRequest(chat, optionsOf(name)).body);
        } catch (error) {
          expect(error).toBeInstanceOf(GatewayError);
          return;
        }
        rendered_count += 1;
        expect(body.max_tokens).toBeGreaterThan(0);
        if (body.thinking?.budget_tokens !== undefined)
          expect(body.thinking.budget_tokens).toBeLessThan(body.max_tokens);
        expect(body.messages[0]?.role).toBe('user');
        let waiting: unknown[] = [];
        for (const [at, { role, content: blocks }] of body.messages.entries()) {
          expect(role).toBe(at % 2 === 0 ? 'user' : 'assistant');
          expect(blocks.length).toBeGreaterThan(0);
          for (const block of blocks) expect(block.text).not.toBe('');
          const results = blocks
            .filter((block) => block.type === 'tool_result')
            .map((block) => block.tool_use_id);
          expect(results.sort()).toEqual(waiting.sort());
          expect(
            blocks
              .slice(0, results.length)
              .every((block) => results.length === 0 || block.type === 'tool_result'),
          ).toBe(true);
          waiting = blocks.filter((block) => block.type === 'tool_use').map((block) => block.id);
        }
        expect(waiting).toEqual([]);
        expect(JSON.stringify(body).match(/"cache_control"/g)?.length ?? 0).toBeLessThanOrEqual(4);
      }),
      { numRuns: 2000, seed: 1 },
    );
    expect(rendered_count).toBeGreaterThan(200);
  });
});

describe('anything a server may send', () => {
  it('is read without a throw', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        parseAnswer(body);
      }),
      { numRuns: 300, seed: 1 },
    );
    const type = fc.constantFrom(
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'error',
    );
    const block = fc.record({
      type: fc.constantFrom(
        'text',
        'thinking',
        'tool_use',
        'text_delta',
        'input_json_delta',
        'citations_delta',
      ),
      text: fc.jsonValue(),
      citation: fc.jsonValue(),
    });
    const event = fc.record({
      type,
      index: fc.constantFrom(0, 1),
      message: fc.jsonValue(),
      content_block: fc.oneof(block, fc.jsonValue()),
      delta: fc.oneof(block, fc.jsonValue()),
      usage: fc.jsonValue(),
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(event, fc.jsonValue()), { maxLength: 8 }), (events) => {
        const parser = createStreamParser();
        for (const one of events) parser.push(`data: ${JSON.stringify(one)}\n\n`);
        parser.end();
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});
