import { describe, expect, it } from 'vitest';
import { countWork } from './count-work-fixture.ts';
import { compilePattern, patternProblem } from './custom-pattern.ts';
import { findApiKeys } from './find-api-keys.ts';
import { findEmails } from './find-emails.ts';
import { findIbans } from './find-ibans.ts';
import { findInjection } from './find-injection.ts';
import { findIpAddresses } from './find-ip-addresses.ts';
import { findCards, findSsns } from './find-numbers.ts';
import { findPhones } from './find-phones.ts';
import { heldFrom } from './held-from.ts';
import { normalText } from './normal-text.ts';
import { patternCharsMax } from './pattern-length.ts';
import { compileWords } from './words.ts';

const EVIL = [
  '(a+)+$',
  '(a|aa)+$',
  '(a|a?)+$',
  '(.*a){11}$',
  '([a-zA-Z]+)*$',
  '(a*)*b',
  '(x+x+)+y',
  '^(([a-z])+.)+[A-Z]([a-z])+$',
  '(a?){25}a{25}',
  '(.+)+@(.+)+',
  '((a*)*)*c',
  '(a{1,10}){1,10}b',
  '(\\d+)*-\\d',
  '(\\w+\\s?)+$',
  '(?:a|b|ab)*c',
  '.*.*.*=.*',
  '(a|b|c|d|e|f|g)*h',
  '[a-z]{1,1000}x',
  '(a{0,100}){0,100}',
  '(?=a)a',
];

/** A square would be 4. */
const GROWTH_MAX = 2.2;
/** Of each character, as `countWork` counts: 120 instructions of a pattern, each a few blocks. */
const EVIL_STEPS_MAX = 10_000;
const STEPS_MAX = 3_000;

describe('patterns of customers', () => {
  it.each(EVIL)('%s is refused, or twice the text is twice the work', (pattern) => {
    if (patternProblem({ pattern }) !== null) return;
    const { find } = compilePattern({ name: 'evil', pattern });
    const text = 'a'.repeat(40_000);
    find(text.slice(0, 1_000));
    const one = countWork(() => find(text));
    const two = countWork(() => find(text + text));
    expect(two / one).toBeLessThan(GROWTH_MAX);
    expect(one / text.length).toBeLessThan(EVIL_STEPS_MAX);
  });

  it.each([
    ['(?=a)a', /looks? ahead or behind/],
    ['(?<!a)b', /looks? ahead or behind/],
    ['(a)\\1', /refers back/],
    ['(', /missing/],
    ['a*', /empty/],
    ['[a-z]{1,1000}x', /too large/],
  ])('%s is refused with a reason', (pattern, reason) => {
    expect(patternProblem({ pattern })).toMatch(reason);
  });
});

describe('patterns of ours', () => {
  const words = compileWords(['secret project', 'a']);
  const FINDERS: [string, (text: string) => unknown][] = [
    ['email', findEmails],
    ['api key', findApiKeys],
    ['card', findCards],
    ['ssn', findSsns],
    ['iban', findIbans],
    ['ip', findIpAddresses],
    ['phone', (text) => findPhones(text, ['US'])],
    ['words', words.find],
    ['normal', (text) => normalText(text, { json: true })],
    ['held', heldFrom],
    ['injection', (text) => findInjection([{ role: 'user', text }])],
  ];
  const PUMPS = [
    'a',
    '1',
    '1 ',
    '@',
    'a@',
    'a.',
    '1.',
    ':',
    'f:',
    'sk-',
    'sk-a1',
    'eyJ-',
    'eyJa.',
    'xox',
    '(1',
    '+1',
    'DE1',
    'DE 1 ',
    '-----BEGIN ',
    `-----BEGIN ${'PRIVATE'} KEY-----`,
    '-----END',
    '1-',
    'phone ',
    'ssn 123456789 ',
    '\\u00',
    'AC',
    'SG.',
    '12345678:AA',
    '\u00e9',
    '\u200b',
    'ignore all ',
    'repeat all of ',
    'you are ',
    'you are now in ',
    '[system] ',
    'never refuse ',
    'send conversation ',
    "don't tell the user ",
    'disable all safety ',
  ];

  /** Who reads private keys looks as far as the longest of them. */
  const KEY_CHARS: Record<string, number> = { 'api key': 20_480, held: 20_480 };

  it.each(FINDERS)(
    '%s: twice the text is twice the work, and of each character little is made',
    (name, find) => {
      for (const pump of PUMPS) {
        // Longer than all that is held back or looked at again, whose squares have a bound.
        const chars = pump.startsWith('-----') ? (KEY_CHARS[name] ?? 2_560) : name === 'held' ? 5_120 : 2_560;
        const text = pump.repeat(Math.ceil(chars / pump.length));
        // Metadata of phone numbers are read once.
        find(text);
        const one = countWork(() => find(text));
        const two = countWork(() => find(text + text));
        const shown = JSON.stringify(pump);
        // What is decided at the first character grows by nothing.
        expect(two / Math.max(one, text.length), shown).toBeLessThan(GROWTH_MAX);
        expect(one / text.length, shown).toBeLessThan(STEPS_MAX);
      }
    },
    120_000,
  );
});

it('the longest match of a pattern is known, or known to have no bound', () => {
  const cases: [string, number][] = [
    ['abc', 6],
    ['a|bcd', 6],
    ['[a-z]{4}-\\d{2,8}', 26],
    ['(?:ab)?c', 6],
    ['(?P<x>ab){3}', 12],
    ['\\bX\\b', 2],
    ['a+', Number.POSITIVE_INFINITY],
    ['a{2,}', Number.POSITIVE_INFINITY],
    ['[]a]{2}', 4],
    ['\\Qa.b\\E', 3],
    ['\\p{Greek}x', 4],
  ];
  for (const [pattern, most] of cases) expect(patternCharsMax(pattern), pattern).toBe(most);
});
