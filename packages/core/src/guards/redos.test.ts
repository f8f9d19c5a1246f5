import { describe, expect, it } from 'vitest';
import { compilePattern, patternProblem } from './custom-pattern.ts';
import { findApiKeys } from './find-api-keys.ts';
import { findEmails } from './find-emails.ts';
import { findIbans } from './find-ibans.ts';
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

const cpuMs = (work: () => unknown): number => {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1_000);
  }
  return best;
};

describe('patterns of customers', () => {
  it.each(EVIL)('%s is refused, or as quick on 200 kB as its length, not as its square', (pattern) => {
    if (patternProblem({ pattern }) !== null) return;
    const { find } = compilePattern({ name: 'evil', pattern });
    const text = 'a'.repeat(100_000);
    find(text.slice(0, 20_000));
    const one = cpuMs(() => find(text));
    const two = cpuMs(() => find(text + text));
    // A square would be four times as slow; what is too quick to be measured is quick enough.
    expect(two / Math.max(one, 5)).toBeLessThan(3.5);
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
  ];

  it.each(FINDERS)(
    '%s: twice the text is twice the time',
    (_, find) => {
      for (const pump of PUMPS) {
        const one = pump.repeat(Math.ceil(65_536 / pump.length));
        find(one);
        const short = cpuMs(() => find(one));
        const long = cpuMs(() => find(one + one));
        expect(long / Math.max(short, 10), JSON.stringify(pump)).toBeLessThan(3.5);
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
