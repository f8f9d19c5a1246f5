import { expect, it } from 'vitest';
import { pValue } from './significance.ts';

it('finds what a table of the normal distribution says', () => {
  // 50 % against 60 % of 200 each: z = 2.0101, p = 0.0444.
  expect(pValue({ count: 200, mean: 0.5 }, { count: 200, mean: 0.6 })).toBeCloseTo(0.0444, 3);
  expect(pValue({ count: 200, mean: 0.5 }, { count: 200, mean: 0.6 }, 3)).toBeCloseTo(0.1332, 3);
});

it('says nothing of few requests, of none measured, and finds no difference where there is none', () => {
  expect(pValue({ count: 29, mean: 0 }, { count: 500, mean: 1 })).toBeNull();
  expect(pValue({ count: 100, mean: null }, { count: 100, mean: 1 })).toBeNull();
  expect(pValue({ count: 100, mean: 0 }, { count: 100, mean: 0 })).toBe(1);
  expect(pValue({ count: 100, mean: 0.4 }, { count: 300, mean: 0.4 })).toBeCloseTo(1, 5);
});
