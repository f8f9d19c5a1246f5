import { describe, expect, it } from 'vitest';
import { createChance, medianGap, monthOf, shareOf } from './statistics.ts';
import { around, spread } from './synthetic-month-fixture.ts';

const SERIES = 300;

describe('a range', () => {
  it.each([7, 14, 30])('of %i days holds the true month in at least nine of ten cases', (days) => {
    const chance = createChance(days);
    let held = 0;
    for (let series = 0; series < SERIES; series++) {
      const { low, high } = monthOf(Array.from({ length: days }, () => around(chance, 40)));
      if (low <= 1_200 && 1_200 <= high) held += 1;
    }
    expect(held / SERIES).toBeGreaterThan(0.9);
    expect(held / SERIES).toBeLessThan(1);
  });

  it('of a share is Wilson’s: never of nothing certain, and never outside of 0 to 1', () => {
    expect(shareOf(0, 0)).toEqual({ low: 0, expected: 0, high: 1 });
    expect(shareOf(0, 20).high).toBeCloseTo(0.161, 3);
    expect(shareOf(10, 100).low).toBeCloseTo(0.0552, 4);
    expect(shareOf(10, 100).high).toBeCloseTo(0.1744, 4);
    expect(shareOf(20, 20).high).toBeCloseTo(1, 9);
  });

  it('of a gap between equals nearly always holds zero, and of a gap of half not', () => {
    const chance = createChance(9);
    const draw = (ms: number) => Array.from({ length: 150 }, () => ms * spread(chance, 0.5));
    let zero = 0;
    let gap = 0;
    for (let series = 0; series < 100; series++) {
      const same = medianGap(draw(1_000), draw(1_000));
      if (same.low <= 0 && same.high >= 0) zero += 1;
      if (medianGap(draw(1_500), draw(1_000)).low > 0) gap += 1;
    }
    expect(zero).toBeGreaterThanOrEqual(90);
    expect(gap).toBeGreaterThanOrEqual(95);
  });
});
