import { expect, test } from 'vitest';
import { forecastMonth } from './forecast.ts';

const days = (usd: number, from: number, to: number, month = '2026-11') =>
  Array.from(
    { length: to - from + 1 },
    (_, at) => [`${month}-${String(from + at).padStart(2, '0')}`, usd] as const,
  );

test('a month that goes on as before comes to its days times their mean', () => {
  const by_day = new Map([...days(2, 20, 31, '2026-10'), ...days(2, 1, 21)]);
  const { so_far_usd, month_usd, day_usd } = forecastMonth(by_day, '2026-11-21');
  expect([so_far_usd, month_usd, day_usd]).toEqual([42, 60, 2]);
});

test('a dear day today is not averaged away, and days before the first spend do not count', () => {
  const by_day = new Map([...days(1, 18, 20), ['2026-11-21', 50] as const]);
  const { month_usd, basis_days } = forecastMonth(by_day, '2026-11-21');
  expect([month_usd, basis_days]).toEqual([3 + 50 + 9, 3]);
});

test('too few days are no forecast', () => {
  expect(forecastMonth(new Map(days(1, 20, 21)), '2026-11-21')).toEqual({
    so_far_usd: 2,
    month_usd: null,
    basis_days: 1,
    day_usd: null,
  });
});
