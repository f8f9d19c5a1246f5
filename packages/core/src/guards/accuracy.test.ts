import { expect, it } from 'vitest';
import { measureAccuracy } from './accuracy.ts';
import { measureInjection } from './injection-accuracy.ts';
import { injectionTexts } from './labelled-texts/injection-texts.ts';
import { labelledTexts } from './labelled-texts/labelled-texts.ts';

const FLOORS = { phone: { recall: 0.95, precision: 0.9 } } as Record<
  string,
  { recall: number; precision: number } | undefined
>;

it('seven types of values are found among ten thousand texts, and little else is taken for one', () => {
  const texts = labelledTexts(20261121, 1_000);
  expect(texts.length).toBe(10_000);
  for (const { type, values, recall, precision } of measureAccuracy(texts, ['US'])) {
    const floor = FLOORS[type] ?? { recall: 0.99, precision: 0.98 };
    expect(values, type).toBe(1_000);
    expect(recall, `recall of ${type}`).toBeGreaterThanOrEqual(floor.recall);
    expect(precision, `precision of ${type}`).toBeGreaterThanOrEqual(floor.precision);
  }
});

it('holds for values that were not looked at while the rules were written', () => {
  for (const { type, recall } of measureAccuracy(labelledTexts(7, 200), ['US']))
    expect(recall, type).toBeGreaterThanOrEqual(type === 'phone' ? 0.95 : 0.985);
});

it('at most two of a hundred harmless texts full of trigger words are flagged as an injection', () => {
  const { attacks, harmless, recall, false_positives, wrong } = measureInjection(injectionTexts(20261121));
  expect([attacks, harmless]).toEqual([300, 300]);
  expect(false_positives, wrong.join('\n')).toBeLessThanOrEqual(0.02);
  expect(recall).toBeGreaterThanOrEqual(0.6);
});
