import { type ChatRequest, GatewayError, type RenderOptions, type ToolChoice } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { renderRequest } from './request.ts';
import { adaptSchema } from './schema.ts';
import { renderInputSchema } from './tools.ts';

const NATIVE = 'claude-sonnet-4-5';
const EMULATED = 'claude-sonnet-4-20250514';

const tool = (name: string, extra: Record<string, unknown> = {}) => ({
  type: 'function' as const,
  function: { name, ...extra },
});

function render(chat: Partial<ChatRequest>, model = NATIVE, json_schema: boolean | null = null) {
  const options: RenderOptions = {
    model,
    stream: false,
    output_tokens_max: null,
    abilities: {
      context_tokens: null,
      output_tokens_max: null,
      tools: null,
      vision: null,
      json_schema,
      reasoning: null,
    },
    source: { protocol: 'chat-completions', body_text: '', headers: {} },
  };
  const rendered = renderRequest({ model, messages: [{ role: 'user', content: 'Hi' }], ...chat }, options);
  return { body: JSON.parse(rendered.body), dropped: rendered.dropped };
}

describe('tool_choice', () => {
  const tools = [tool('a'), tool('b')];
  const named: ToolChoice = { type: 'function', function: { name: 'b' } };

  it.each([
    ['auto', undefined],
    ['none', { type: 'none' }],
    ['required', { type: 'any' }],
    [named, { type: 'tool', name: 'b' }],
  ] as const)('%j', (tool_choice, expected) => {
    expect(render({ tools, tool_choice }).body.tool_choice).toEqual(expected);
  });

  it('carries the wish for one call at a time', () => {
    const body = (tool_choice: ToolChoice) => render({ tools, tool_choice, parallel_tool_calls: false }).body;
    expect(body('auto').tool_choice).toEqual({ type: 'auto', disable_parallel_tool_use: true });
    expect(body('required').tool_choice).toEqual({ type: 'any', disable_parallel_tool_use: true });
    expect(body('none').tool_choice).toEqual({ type: 'none' });
  });

  it('of allowed tools sends only those', () => {
    const allowed: ToolChoice = {
      type: 'allowed_tools',
      allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'b' } }] },
    };
    const { body } = render({ tools, tool_choice: allowed });
    expect(body.tools.map(({ name }: { name: string }) => name)).toEqual(['b']);
    expect(body.tool_choice).toEqual({ type: 'any' });
  });

  it('becomes a sentence on models that refuse a forced call', () => {
    const { body, dropped } = render({ tools, tool_choice: named }, 'claude-opus-5-5');
    expect(body.tool_choice).toEqual({ type: 'auto' });
    expect(body.system).toBe('You must call the tool b in this answer.');
    expect(dropped).toEqual(['tool_choice']);
  });

  it('of a tool that is not there is refused, as are tools of other types', () => {
    const missing: ToolChoice = { type: 'function', function: { name: 'c' } };
    expect(() => render({ tools, tool_choice: missing })).toThrow(GatewayError);
    expect(() => render({ tool_choice: 'required' })).toThrow(GatewayError);
    expect(() => render({ tools: [{ type: 'custom', custom: { name: 'x' } } as never] })).toThrow(
      /function tools/,
    );
  });
});

describe('input_schema', () => {
  it('is always an object schema without alternatives at its top', () => {
    expect(renderInputSchema(null)).toEqual({ type: 'object', properties: {} });
    expect(
      renderInputSchema({
        $defs: { x: { type: 'string' } },
        anyOf: [
          { properties: { a: { type: 'string' }, b: {} }, required: ['a', 'b'] },
          { properties: { a: { type: 'string' } }, required: ['a'] },
        ],
        allOf: [{ properties: { c: {} }, required: ['c'] }],
      }),
    ).toEqual({
      type: 'object',
      $defs: { x: { type: 'string' } },
      properties: { a: { type: 'string' }, b: {}, c: {} },
      required: ['c', 'a'],
    });
  });

  it('is strict only where the model and the schema allow', () => {
    const closed = { type: 'object', properties: { n: { type: 'integer', minimum: 1 } }, required: ['n'] };
    const strict = (parameters: Record<string, unknown>, model = NATIVE) =>
      render({ tools: [tool('a', { parameters, strict: true })] }, model);
    expect(strict(closed).body.tools).toEqual([
      {
        name: 'a',
        strict: true,
        input_schema: {
          type: 'object',
          properties: { n: { type: 'integer', description: '{minimum: 1}' } },
          required: ['n'],
          additionalProperties: false,
        },
      },
    ]);
    expect(strict(closed, EMULATED)).toMatchObject({
      body: { tools: [{ name: 'a', input_schema: closed }] },
      dropped: ['tools.strict'],
    });
    const open = {
      type: 'object',
      properties: { map: { type: 'object', additionalProperties: { type: 'string' } } },
    };
    expect(strict(open).dropped).toEqual(['tools.strict']);
    expect(strict({}).dropped).toEqual([]);
  });
});

describe('a schema for the constrained decoder', () => {
  it('is closed everywhere, keeps inner references, and turns bounds into words', () => {
    expect(
      adaptSchema({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        type: 'object',
        description: 'A cart',
        $defs: { item: { type: 'object', properties: { name: { type: 'string', format: 'emoji' } } } },
        properties: {
          items: { type: 'array', minItems: 2, items: { $ref: '#/$defs/item' } },
          size: {
            oneOf: [
              { type: 'string', const: 'S' },
              { type: 'number', maximum: 9 },
            ],
          },
          on: { type: ['string', 'null'], format: 'date' },
        },
        required: ['items'],
      }),
    ).toEqual({
      type: 'object',
      description: 'A cart',
      $defs: {
        item: {
          type: 'object',
          properties: { name: { type: 'string', description: '{format: "emoji"}' } },
          additionalProperties: false,
        },
      },
      properties: {
        items: { type: 'array', items: { $ref: '#/$defs/item' }, description: '{minItems: 2}' },
        size: { anyOf: [{ const: 'S' }, { type: 'number', description: '{maximum: 9}' }] },
        on: { type: ['string', 'null'], format: 'date' },
      },
      required: ['items'],
      additionalProperties: false,
    });
  });

  it.each([
    ['a map', { type: 'object', additionalProperties: { type: 'string' } }],
    ['a free-form object', { type: 'object' }],
    ['an outside reference', { type: 'object', properties: { a: { $ref: 'https://example.com/s.json' } } }],
    ['a value of any type', { type: 'object', properties: { a: { description: 'whatever' } } }],
    ['a choice among objects', { type: 'object', properties: { a: { enum: [{ b: 1 }] } } }],
    ['a reference to nothing', { type: 'object', properties: { a: { $ref: '#/$defs/none' } } }],
    [
      'recursion',
      {
        $ref: '#/$defs/node',
        $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } },
      },
    ],
    ['recursion to the root', { type: 'object', properties: { next: { $ref: '#/' } } }],
  ])('does not exist for %s', (_, schema) => {
    expect(adaptSchema(schema)).toBeNull();
  });

  it('may use one definition twice', () => {
    const schema = {
      type: 'object',
      properties: { a: { $ref: '#/$defs/x' }, b: { $ref: '#/$defs/x' } },
      $defs: { x: { type: 'string' } },
    };
    expect(adaptSchema(schema)).toEqual({ ...schema, additionalProperties: false });
  });
});

describe('response_format', () => {
  const schema = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] };
  const response_format = { type: 'json_schema' as const, json_schema: { name: 'answer', schema } };

  it('is native where the model has it', () => {
    const { body, dropped } = render({ response_format, reasoning_effort: 'high' }, 'claude-opus-4-6');
    expect(body.output_config).toEqual({
      effort: 'high',
      format: { type: 'json_schema', schema: { ...schema, additionalProperties: false } },
    });
    expect(body.tools).toBeUndefined();
    expect(dropped).toEqual([]);
  });

  it.each([
    ['an older model', EMULATED, null, schema],
    ['a catalogue that says no', NATIVE, false, schema],
    [
      'a schema that the decoder cannot express',
      NATIVE,
      null,
      { type: 'object', properties: { m: { type: 'object', additionalProperties: { type: 'string' } } } },
    ],
  ] as const)('is a forced call of the reserved tool for %s', (_, model, ability, wanted) => {
    const format = { type: 'json_schema' as const, json_schema: { name: 'answer', schema: wanted } };
    const { body } = render({ response_format: format }, model, ability);
    expect(body.output_config).toBeUndefined();
    expect(body.tools).toEqual([
      {
        name: 'sluice_json_response',
        description: 'Gives the answer as JSON (answer).',
        input_schema: wanted,
      },
    ]);
    expect(body.tool_choice).toEqual({
      type: 'tool',
      name: 'sluice_json_response',
      disable_parallel_tool_use: true,
    });
  });

  it('emulated beside tools leaves the choice between them and the answer', () => {
    const { body } = render({ response_format, tools: [tool('a')] }, EMULATED);
    expect(body.tools).toHaveLength(2);
    expect(body.tool_choice).toEqual({ type: 'any' });
    const forced = render({ response_format, tools: [tool('a')], tool_choice: 'required' }, EMULATED);
    expect(forced.body.tools).toHaveLength(1);
  });

  it('is asked for in words where neither decoder nor forced call will do', () => {
    const wanted = { type: 'object', properties: { m: { type: 'object', additionalProperties: true } } };
    const format = { type: 'json_schema' as const, json_schema: { name: 'answer', schema: wanted } };
    const { body } = render({ response_format: format }, 'claude-opus-5-5');
    expect(body.tools).toBeUndefined();
    expect(body.system).toContain(JSON.stringify(wanted));
  });

  it('json_object is an instruction after the client’s own', () => {
    const { body } = render({
      response_format: { type: 'json_object' },
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
      ],
    });
    expect(body.system).toMatch(/^Be brief\.\n\nAnswer with one valid JSON object/);
  });

  it('keeps the reserved name for itself', () => {
    expect(() => render({ tools: [tool('sluice_json_response')] })).toThrow(/reserved/);
  });
});
