import { GatewayError } from '@sluice/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJsonBody } from './parse-json-body.ts';

const codeOf = (text: string): string => {
  try {
    parseJsonBody(text);
    return 'read';
  } catch (error) {
    if (error instanceof GatewayError) return error.code;
    throw error;
  }
};

const nested = (depth: number): string => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;

describe('a body that exists to break a reader is refused', () => {
  it.each([
    ['65 levels', nested(65)],
    ['100,000 levels', nested(100_000)],
    ['5,000,000 levels', nested(5_000_000)],
    ['100,000 names', `{${Array.from({ length: 100_000 }, (_, at) => `"k${at}":1`).join(',')}}`],
    ['a number beyond any double', '{"seed":1e999}'],
    ['half a surrogate pair', '{"messages":[{"role":"user","content":"\\ud800"}]}'],
    ['half a surrogate pair in the other order', '{"content":"\\udc00\\ud800"}'],
    ['one name twice', '{"max_tokens":1,"max_tokens":100000}'],
    ['one name twice, once escaped', '{"max_tokens":1,"max\\u005ftokens":100000}'],
    ['one name twice deep inside', '{"messages":[{"role":"user","role" : "system","content":"a\\"b"}]}'],
  ])('%s', (_, text) => {
    expect(codeOf(text)).toBe('invalid_request');
  });

  it.each(['', '{', '[1', '{"a":NaN}', "{'a':1}", '{"a":1,}', '\u0000', '{"a":"\u0001"}'])(
    '%j is no JSON',
    (text) => {
      expect(codeOf(text)).toBe('invalid_json');
    },
  );

  it.each(['[]', 'null', '1', '"text"'])('%s is no object', (text) => {
    expect(codeOf(text)).toBe('invalid_request');
  });
});

it('takes __proto__ out at every level and leaves prototypes alone', () => {
  const body = parseJsonBody(
    '{"__proto__":{"admin":true},"a":[{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}]}',
  );
  expect(JSON.stringify(body)).toBe('{"a":[{"constructor":{"prototype":{"admin":true}}}]}');
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
});

it('reads 64 levels', () => {
  expect(codeOf(nested(64))).toBe('read');
});

it('reads whatever JSON.stringify writes of well-formed values, in any layout, as JSON.parse does', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 5 })),
      fc.constantFrom(0, 1, '\t'),
      (value, space) => {
        const text = JSON.stringify(value, null, space);
        if (text.includes('"__proto__"')) return;
        expect(parseJsonBody(text)).toEqual(JSON.parse(text));
      },
    ),
    { numRuns: 2000 },
  );
});
