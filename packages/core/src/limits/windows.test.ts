import { expect, it } from 'vitest';
import { windowAt } from './windows.ts';

const at = (text: string): number => Date.parse(text);
const shown = (window: 'daily' | 'weekly' | 'monthly', zone: string, text: string): string[] => {
  const { start_ms, end_ms } = windowAt(window, zone, at(text));
  return [start_ms, end_ms ?? 0].map((ms) => new Date(ms).toISOString().slice(0, 16));
};

it('days are as long as the clocks make them', () => {
  expect(shown('daily', 'Europe/Berlin', '2026-03-29T12:00Z')).toEqual([
    '2026-03-28T23:00',
    '2026-03-29T22:00',
  ]);
  expect(shown('daily', 'Europe/Berlin', '2026-10-25T12:00Z')).toEqual([
    '2026-10-24T22:00',
    '2026-10-25T23:00',
  ]);
});

it('a day whose midnight is skipped begins at its first moment', () => {
  expect(shown('daily', 'America/Havana', '2026-03-08T12:00Z')).toEqual([
    '2026-03-08T05:00',
    '2026-03-09T04:00',
  ]);
});

it('weeks begin on Monday and months on the first, in the time zone', () => {
  expect(shown('weekly', 'UTC', '2026-11-22T23:59Z')).toEqual(['2026-11-16T00:00', '2026-11-23T00:00']);
  expect(shown('weekly', 'Asia/Tokyo', '2026-11-22T23:59Z')).toEqual([
    '2026-11-22T15:00',
    '2026-11-29T15:00',
  ]);
  expect(shown('monthly', 'America/New_York', '2026-12-31T23:00Z')).toEqual([
    '2026-12-01T05:00',
    '2027-01-01T05:00',
  ]);
});

it('a moment belongs to the window that it begins, and total never ends', () => {
  expect(windowAt('daily', 'UTC', at('2026-11-21')).start_ms).toBe(at('2026-11-21'));
  expect(windowAt('daily', 'UTC', at('2026-11-21') - 1).end_ms).toBe(at('2026-11-21'));
  expect(windowAt('total', 'UTC', 5)).toEqual({ start_ms: 0, end_ms: null });
});

it('an unknown time zone counts as UTC', () => {
  expect(windowAt('daily', 'Mars/Olympus', at('2026-11-21T05:00Z')).start_ms).toBe(at('2026-11-21'));
});
