import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { editFirstElement, editMembers, type MemberEdit, prependElement } from './json-edit.ts';

const edit = (text: string, edits: Record<string, MemberEdit>) =>
  editMembers(text, new Map(Object.entries(edits)));

describe('editMembers', () => {
  test('nothing to do gives the very same text', () => {
    const text = ' {"a" : 1} ';
    expect(edit(text, {})).toBe(text);
  });

  test('a set member is replaced in place, everything else stays byte for byte', () => {
    expect(
      edit('{ "seed": 12345678901234567890 ,\n "model" : "a", "t":"\\u00e9\\/" }', { model: { set: '"b"' } }),
    ).toBe('{ "seed": 12345678901234567890 ,\n "model" : "b", "t":"\\u00e9\\/" }');
  });

  test('an absent member is appended, also to an empty object', () => {
    expect(edit('{"a":[1,{"b":"}"}]}', { c: { set: '{"d":1}' } })).toBe('{"a":[1,{"b":"}"}],"c":{"d":1}}');
    expect(edit(' { } ', { c: { set: '1' } })).toBe(' {"c":1} ');
    expect(edit('{"a":1}', { a: 'remove', c: { set: '1' } })).toBe('{"c":1}');
  });

  test.each([
    ['{"a":1,"b":2,"c":3}', 'a', '{"b":2,"c":3}'],
    ['{"a":1,"b":2,"c":3}', 'b', '{"a":1,"c":3}'],
    ['{"a":1,"b":2,"c":3}', 'c', '{"a":1,"b":2}'],
    ['{"a":1}', 'a', '{}'],
    ['{"a":1,"x":2,"a":3}', 'a', '{"x":2}'],
  ])('%s without %s is %s', (text, name, wanted) => {
    expect(edit(text, { [name]: 'remove' })).toBe(wanted);
  });

  test('a renamed member keeps its value, digits and all', () => {
    expect(edit('{"seed": 9007199254740993}', { seed: { rename: 'random_seed' } })).toBe(
      '{"random_seed": 9007199254740993}',
    );
    expect(edit('{}', { seed: { rename: 'random_seed' } })).toBe('{}');
  });

  test('a name that occurs twice means the last, and only that one is left', () => {
    expect(edit('{"model":"dear","n":1,"model":"cheap"}', { model: { set: '"x"' } })).toBe(
      '{"n":1,"model":"x"}',
    );
  });

  test('a name written with escapes is found', () => {
    expect(edit('{"mod\\u0065l":"a"}', { model: { set: '"b"' } })).toBe('{"mod\\u0065l":"b"}');
  });

  test('quotes and braces inside strings, escaped or not, do not confuse it', () => {
    expect(edit('{"a":"\\\\","b":"\\"},{","model":1}', { model: { set: '2' } })).toBe(
      '{"a":"\\\\","b":"\\"},{","model":2}',
    );
  });

  test('what is not an object is refused', () => {
    for (const text of ['[]', '', '"a"', '{"a"', '{"a":1', '{a:1}'])
      expect(() => edit(text, { a: 'remove' })).toThrow(SyntaxError);
  });

  test('any edit of any object equals the edit of the parsed object', () => {
    const name = fc.constantFrom('a', 'b', 'model', 'x-cache', 'q"\\');
    fc.assert(
      fc.property(
        fc.dictionary(name, fc.jsonValue()),
        fc.dictionary(name, fc.option(fc.jsonValue(), { nil: undefined })),
        fc.constantFrom(undefined, 1, '\t'),
        (object, wanted, space) => {
          const edits = new Map<string, MemberEdit>();
          const expected: Record<string, unknown> = JSON.parse(JSON.stringify(object));
          for (const [key, value] of Object.entries(wanted)) {
            edits.set(key, value === undefined ? 'remove' : { set: JSON.stringify(value) });
            if (value === undefined) delete expected[key];
            else expected[key] = JSON.parse(JSON.stringify(value));
          }
          expect(JSON.parse(editMembers(JSON.stringify(object, null, space), edits))).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('array texts', () => {
  test('an element is put first and every other byte stays', () => {
    expect(prependElement('[ {"a":1e400} ]', '"x"')).toBe('["x", {"a":1e400} ]');
    expect(prependElement(' [ ] ', '1')).toBe(' [1 ] ');
    expect(() => prependElement('{}', '1')).toThrow(SyntaxError);
  });

  test('the first element alone is changed', () => {
    const loud = (text: string) => text.toUpperCase();
    expect(editFirstElement('[ {"a":["x]",{}]}, {"b":1}]', loud)).toBe('[ {"A":["X]",{}]}, {"b":1}]');
    expect(editFirstElement('[]', loud)).toBe('[]');
  });
});
