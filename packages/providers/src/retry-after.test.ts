import { describe, expect, test } from 'vitest';
import { parseDuration, parseRetryAfter, parseRetryHint } from './retry-after.ts';

const NOW_MS = Date.parse('2026-11-21T10:00:00Z');

const headers =
  (values: Record<string, string>) =>
  (name: string): string | null =>
    values[name] ?? null;

describe('parseDuration', () => {
  test.each([
    ['12ms', 12],
    ['6m0s', 360_000],
    ['1m0.36s', 60_360],
    ['17.399999999s', 17_400],
    ['34.4', 34_400],
    ['0s', 0],
    ['1h', 3_600_000],
    ['114h18m0s', 86_400_000],
    ['500us', 1],
  ])('reads %s as %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(['', 'soon', '-5', '-5s', '1e9', 'NaN', '5 bananas', 's', '1m0.36s!', '9'.repeat(100)])(
    'has nothing for %j',
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );
});

describe('parseRetryAfter', () => {
  test('takes seconds, milliseconds and HTTP dates', () => {
    expect(parseRetryAfter(headers({ 'retry-after': '7' }), NOW_MS)).toBe(7000);
    expect(parseRetryAfter(headers({ 'retry-after-ms': '250' }), NOW_MS)).toBe(250);
    expect(parseRetryAfter(headers({ 'retry-after': 'Sat, 21 Nov 2026 10:00:30 GMT' }), NOW_MS)).toBe(30_000);
  });

  test('takes the larger where both headers come, as Azure sends 1 s beside 0 ms', () => {
    expect(parseRetryAfter(headers({ 'retry-after': '1', 'retry-after-ms': '0' }), NOW_MS)).toBe(1000);
  });

  test('a date that has passed means no wait, not a negative one', () => {
    expect(parseRetryAfter(headers({ 'retry-after': 'Sat, 21 Nov 2026 09:00:00 GMT' }), NOW_MS)).toBe(0);
  });

  test('caps a wait at a day', () => {
    expect(parseRetryAfter(headers({ 'retry-after': '999999999' }), NOW_MS)).toBe(86_400_000);
    expect(parseRetryAfter(headers({ 'retry-after': 'Sat, 21 Nov 2099 09:00:00 GMT' }), NOW_MS)).toBe(
      86_400_000,
    );
  });

  test.each(['', 'soon', '-1', 'Infinity', '0x10', 'next Tuesday', '2026-01-01'])(
    'garbage %j is the same as no header',
    (value) => {
      expect(parseRetryAfter(headers({ 'retry-after': value, 'retry-after-ms': value }), NOW_MS)).toBeNull();
    },
  );

  test('no header, no wait', () => {
    expect(parseRetryAfter(headers({}), NOW_MS)).toBeNull();
  });
});

describe('parseRetryHint', () => {
  test.each([
    ['Rate limit reached. Please try again in 1m0.36s. Visit …', 60_360],
    ['Please try again in 20ms.', 20],
    ['Please retry after 86400 seconds.', 86_400_000],
    ['Please retry in 48.9s', 48_900],
    ['try again in 114h18m0s', 86_400_000],
    ['Please wait for 2 minutes and 5 seconds', 125_000],
    ['Try again in 1 hour.', 3_600_000],
  ])('%s', (text, ms) => {
    expect(parseRetryHint(text)).toBe(ms);
  });

  test.each(['Please try again later', 'retry in a moment', 'limit 30000 in 5 steps', ''])(
    '%j holds none',
    (text) => {
      expect(parseRetryHint(text)).toBeNull();
    },
  );
});
