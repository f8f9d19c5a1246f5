import { GatewayError } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { renderOpenApiSchema } from './schema.ts';

const render = (schema: object) => renderOpenApiSchema(schema as Record<string, unknown>, 'p');

describe('a JSON schema in the OpenAPI subset', () => {
  it('keeps what both know and leaves out the rest', () => {
    expect(
      render({
        $schema: 'x',
        type: 'object',
        title: 'T',
        additionalProperties: false,
        patternProperties: {},
        required: ['a', 'ghost'],
        properties: {
          a: { type: 'string', format: 'email', minLength: 1, default: 'x', examples: [] },
          b: { type: 'integer', format: 'int32', exclusiveMinimum: 0, minimum: 1 },
          c: { type: 'array', items: { type: 'number' }, minItems: 1, uniqueItems: true },
        },
      }),
    ).toEqual({
      type: 'OBJECT',
      title: 'T',
      required: ['a'],
      properties: {
        a: { type: 'STRING', minLength: 1 },
        b: { type: 'INTEGER', format: 'int32', minimum: 1 },
        c: { type: 'ARRAY', items: { type: 'NUMBER' }, minItems: 1 },
      },
    });
  });

  it('writes const, mixed enums and null in its own way', () => {
    const properties = {
      c: { const: 5 },
      e: { type: 'integer', enum: [1, 2, null] },
      n: { type: ['number', 'null'] },
      m: { type: ['number', 'string'] },
      o: { anyOf: [{ type: 'string' }, { type: 'null' }], description: 'd' },
      u: { oneOf: [{ type: 'string' }, { type: 'integer' }] },
    };
    expect(render({ type: 'object', properties })).toMatchObject({
      properties: {
        c: { type: 'STRING', enum: ['5'] },
        e: { type: 'STRING', enum: ['1', '2'], nullable: true },
        n: { type: 'NUMBER', nullable: true },
        m: { anyOf: [{ type: 'NUMBER' }, { type: 'STRING' }] },
        o: { type: 'STRING', nullable: true, description: 'd' },
        u: { anyOf: [{ type: 'STRING' }, { type: 'INTEGER' }] },
      },
    });
  });

  it('inlines references and ends a cycle', () => {
    const schema = {
      type: 'object',
      properties: { tree: { $ref: '#/$defs/node', description: 'root' }, out: { $ref: 'https://x/y' } },
      $defs: {
        node: { type: 'object', properties: { v: { type: 'string' }, next: { $ref: '#/$defs/node' } } },
      },
    };
    expect(render(schema)?.['properties']).toEqual({
      tree: {
        type: 'OBJECT',
        description: 'root',
        properties: { v: { type: 'STRING' }, next: { type: 'OBJECT' } },
      },
      out: { type: 'OBJECT' },
    });
  });

  it('merges allOf', () => {
    expect(
      render({
        allOf: [
          { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
          { properties: { b: { type: 'string' } }, required: ['b'] },
        ],
      }),
    ).toEqual({
      type: 'OBJECT',
      properties: { a: { type: 'STRING' }, b: { type: 'STRING' } },
      required: ['a', 'b'],
    });
  });

  it('is omitted for an object without properties', () => {
    expect(render({ type: 'object', properties: {} })).toBeNull();
  });

  it('that explodes when its references are inlined is refused', () => {
    const $defs: Record<string, unknown> = { d0: { type: 'string' } };
    for (let level = 1; level < 20; level++) {
      const ref = { $ref: `#/$defs/d${level - 1}` };
      $defs[`d${level}`] = { type: 'object', properties: { a: ref, b: ref } };
    }
    expect(() => render({ $ref: '#/$defs/d19', $defs })).toThrow(GatewayError);
  });
});
