import { describe, expect, it } from 'vitest';
import { measureAdvice } from './accuracy.ts';
import { adviceId, advise } from './advise.ts';
import { drawHeldOutMonth } from './held-out-months-fixture.ts';
import { KNOWN_MONTHS } from './known-months-fixture.ts';
import type { AdviceMonth } from './month.ts';

const known = (name: string): ((seed: number) => AdviceMonth) => {
  const found = KNOWN_MONTHS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`There is no month "${name}".`);
  return found.make;
};

const firstOf = (month: AdviceMonth) => {
  const [first] = advise(month);
  if (first === undefined) throw new Error('Nothing was advised.');
  return first;
};

describe('of a known month', () => {
  it.each(KNOWN_MONTHS)('$name: all that is right is said, and nothing else', ({ truth, make }) => {
    for (const seed of [101, 102])
      expect(
        advise(make(seed))
          .map(({ kind, subject }) => `${kind} ${subject}`)
          .sort(),
      ).toEqual([...truth].sort());
  });

  it('advice of every kind is told with its samples, and a range in order', () => {
    for (const { truth, make } of KNOWN_MONTHS.filter((one) => one.truth.length > 0))
      for (const { saving, samples, explanation } of advise(make(7))) {
        expect(samples, truth[0]).toBeGreaterThan(0);
        expect(explanation).not.toMatch(/undefined|NaN|null/);
        if (saving === null) continue;
        expect(saving.low).toBeGreaterThanOrEqual(0);
        expect(saving.low).toBeLessThanOrEqual(saving.expected);
        expect(saving.expected).toBeLessThanOrEqual(saving.high);
      }
  });

  it('the same month gives the same advice, under the same id', () => {
    const make = known('easy traffic on a dear model');
    expect(advise(make(3))).toEqual(advise(make(3)));
    const [first, second] = [firstOf(make(3)), firstOf(make(4))];
    expect(adviceId('org_a', first)).toBe(adviceId('org_a', second));
    expect(adviceId('org_b', first)).not.toBe(adviceId('org_a', second));
  });

  it('a sample of a third of the requests comes to about the same saving', () => {
    const month = known('easy traffic on a dear model')(5);
    const third = { ...month, one_in: 3, requests: month.requests.filter((_, at) => at % 3 === 0) };
    const [whole, part] = [firstOf(month).saving?.expected ?? 0, firstOf(third).saving?.expected ?? 0];
    expect(Math.abs(part / whole - 1)).toBeLessThan(0.1);
  });

  it('the saving of a cheaper model is what the same tokens cost less', () => {
    const month = known('easy traffic on a dear model')(6);
    const { saving } = firstOf(month);
    let saved = 0;
    for (const { input_tokens, output_tokens } of month.requests)
      saved += input_tokens * (5 - 0.3) * 1e3 + output_tokens * (15 - 1.2) * 1e3;
    expect((saving?.expected ?? 0) / saved).toBeCloseTo(1, 2);
    expect(saving?.low).toBeLessThan(saved);
    expect(saving?.high).toBeGreaterThan(saved);
  });
});

it('of noisy months with several truths at once, which no rule was tuned on, hardly anything wrong is said', {
  timeout: 120_000,
}, () => {
  const { kinds } = measureAdvice([{ name: 'held out', draw: drawHeldOutMonth }], 12);
  let [right, wrong, missed] = [0, 0, 0];
  for (const one of kinds) {
    right += one.right;
    wrong += one.wrong;
    missed += one.missed;
  }
  expect(right / (right + wrong)).toBeGreaterThan(0.9);
  expect(right / (right + missed)).toBeGreaterThan(0.7);
});
