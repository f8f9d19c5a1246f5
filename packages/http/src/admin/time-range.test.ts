import { describe, expect, it } from 'vitest';
import { monthAt, parseMonth, parseTimeRange } from './time-range.ts';

const NOW_MS = Date.UTC(2026, 10, 21, 12, 34);
const DAY_MS = 86_400_000;
const iso = ({ from_ms, until_ms }: { from_ms: number; until_ms: number }) => [
  new Date(from_ms).toISOString(),
  new Date(until_ms).toISOString(),
];

describe('a span', () => {
  it.each([
    ['UTC', '2026-10-25T00:00:00.000Z', '2026-10-26T00:00:00.000Z'],
    // 25 hours: the clocks go back.
    ['Europe/Berlin', '2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'],
    ['Pacific/Kiritimati', '2026-10-24T10:00:00.000Z', '2026-10-25T10:00:00.000Z'],
    ['Pacific/Pago_Pago', '2026-10-25T11:00:00.000Z', '2026-10-26T11:00:00.000Z'],
    ['Asia/Kolkata', '2026-10-24T18:30:00.000Z', '2026-10-25T18:30:00.000Z'],
  ])('of one day in %s is that day, whole', (time_zone, from, until) => {
    expect(iso(parseTimeRange('2026-10-25', '2026-10-25', time_zone, NOW_MS, DAY_MS))).toEqual([from, until]);
  });

  it('without words is the last days, from a full hour', () => {
    expect(iso(parseTimeRange(undefined, undefined, 'UTC', NOW_MS, DAY_MS))).toEqual([
      '2026-11-20T12:00:00.000Z',
      '2026-11-21T12:34:00.001Z',
    ]);
  });

  it.each([
    ['2026-02-30', undefined],
    ['yesterday', undefined],
    ['2026-10-02', '2026-10-01'],
    ['2026-10-01T00:00:00', undefined],
  ])('from %s to %s is refused', (from, to) => {
    expect(() => parseTimeRange(from, to, 'UTC', NOW_MS, DAY_MS)).toThrow(
      /no day|is a day as|must lie before/,
    );
  });
});

describe('a month', () => {
  it('goes from its first midnight to the next one’s, in the zone', () => {
    expect(iso(parseMonth('2026-10', 'Europe/Berlin'))).toEqual([
      '2026-09-30T22:00:00.000Z',
      '2026-10-31T23:00:00.000Z',
    ]);
    expect(monthAt(Date.UTC(2026, 9, 31, 23), 'Europe/Berlin')).toBe('2026-11');
  });

  it.each(['2026-13', '2026-1', '1999-01', 'x'])('%s is none', (month) => {
    expect(() => parseMonth(month, 'UTC')).toThrow('2026-10');
  });
});
