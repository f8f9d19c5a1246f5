import { expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';

it('the wait for a retry doubles and ends at two seconds, the first is 200 ms on average', () => {
  expect([0, 1, 2, 3, 40].map((retry) => backoffMs(retry, 0.999_999))).toEqual([399, 799, 1599, 1999, 1999]);
  expect(backoffMs(0, 0.5)).toBe(200);
  expect(backoffMs(3, 0)).toBe(0);
});

it('a wait that the provider asked for is kept, with the jitter on top', () => {
  expect(backoffMs(0, 0, 1_500)).toBe(1_500);
  expect(backoffMs(0, 0.5, 1_500)).toBe(1_700);
});

it('no 50 ms of a storm of first retries holds more than a fifth of them', () => {
  const counts = new Map<number, number>();
  for (let i = 0; i < 1_000; i++) {
    const slot = Math.floor(backoffMs(0, i / 1_000) / 50);
    counts.set(slot, (counts.get(slot) ?? 0) + 1);
  }
  expect(Math.max(...counts.values())).toBeLessThanOrEqual(200);
});
