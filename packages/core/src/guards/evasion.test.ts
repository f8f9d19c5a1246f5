import type { GuardPolicy } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { normalText } from './normal-text.ts';
import { compileTextGuard, everyPii } from './text-guard.ts';

const POLICY: GuardPolicy = {
  name: 'all',
  enabled: true,
  position: 0,
  keys: [],
  assistants: [],
  sides: ['input'],
  action: 'redact',
  on_failure: null,
  rule: everyPii(['US']),
};

const find = (text: string, json = false): string[] =>
  (compileTextGuard(POLICY)?.find(normalText(text, { json })) ?? []).map(({ start, end }) =>
    text.slice(start, end),
  );

const CARD = '4111111111111111';
const wide = (text: string): string =>
  [...text].map((one) => String.fromCodePoint((one.codePointAt(0) ?? 0) + 0xfee0)).join('');
const arabic = (text: string): string => text.replace(/\d/g, (d) => String.fromCodePoint(0x660 + Number(d)));
const thin = (text: string, between: string): string => [...text].join(between);

describe('a value in disguise is found whole, and no part of it is left over', () => {
  it.each([
    ['zero-width spaces', thin('john@example.com', '\u200b')],
    ['soft hyphens', thin('john@example.com', '\u00ad')],
    ['word joiners', thin(CARD, '\u2060')],
    ['a full-width at sign', 'john\uff20example.com'],
    ['full-width letters', wide('john@example.com')],
    ['full-width digits', wide(CARD)],
    ['Arabic digits', arabic('4111 1111 1111 1111')],
    ['mathematical digits', [...CARD].map((d) => String.fromCodePoint(0x1d7ce + Number(d))).join('')],
    ['no-break spaces', '4111\u00a01111\u00a01111\u00a01111'],
    ['narrow no-break spaces in an IBAN', 'DE89\u202f3704\u202f0044\u202f0532\u202f0130\u202f00'],
    ['non-breaking hyphens', '123\u201145\u20116789'],
    ['a Cyrillic o', 'j\u043ehn@example.com'],
    ['a Cyrillic a in the host', 'john@ex\u0430mple.com'],
    ['a Greek omicron', 'j\u03bfhn@example.com'],
    ['letters with accents', 'jos\u00e9.m\u00fcller@m\u00fcnchen.de'],
    ['variation selectors', thin('123-45-6789', '\ufe0f')],
  ])('%s', (_, value) => {
    expect(find(`before ${value} after`)).toEqual([value]);
  });

  it('escapes of JSON hide nothing', () => {
    expect(find('{"to":"john\\u0040example.com\\nnext"}', true)).toEqual(['john\\u0040example.com']);
    expect(find('{"a":"line\\njohn@example.com"}', true)).toEqual(['john@example.com']);
  });
});

it('says what is out of scope: percent-encoding and spelled-out signs', () => {
  expect(find('john%40example.com and john [at] example [dot] com')).toEqual([]);
});

it('takes nothing of what stands beside a value in scripts without spaces', () => {
  expect(find('\u8054\u7cfbjohn@example.com\u8c22\u8c22')).toEqual(['john@example.com']);
});
