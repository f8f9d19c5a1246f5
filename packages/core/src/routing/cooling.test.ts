import { expect, it } from 'vitest';
import { coolUntil } from './cooling.ts';

const T0 = 1_763_700_000_000;

it('one second after sixty keeps the sixty, and the other way round lengthens', () => {
  expect(coolUntil(T0 + 60_000, T0 + 1_000, T0)).toBe(T0 + 60_000);
  expect(coolUntil(T0 + 1_000, T0 + 60_000, T0)).toBe(T0 + 60_000);
});

it('ten years are cut to ten minutes', () => {
  expect(coolUntil(null, T0 + 10 * 365 * 86_400_000, T0)).toBe(T0 + 600_000);
  expect(coolUntil(null, Number.POSITIVE_INFINITY, T0)).toBe(T0 + 600_000);
});

it('a time that is past, zero or no number changes nothing', () => {
  for (const asked of [null, 0, T0, T0 - 1, Number.NaN, Number.NEGATIVE_INFINITY]) {
    expect(coolUntil(null, asked, T0)).toBeNull();
    expect(coolUntil(T0 + 500, asked, T0)).toBe(T0 + 500);
  }
});

it('a cooling that is over does not count as known', () => {
  expect(coolUntil(T0 - 1, null, T0)).toBeNull();
});
