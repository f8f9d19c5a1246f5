import { describe, expect, it } from 'vitest';
import { HISTORY_HOURS, judgeHour } from './judge-hour.ts';

const USD = 1_000_000_000;

/** A wobble that is the same each time, between -1 and 1. */
const wobble = (hour: number): number => Math.sin(hour * 12.9898) * Math.cos(hour * 78.233);
const flat = (hours: number, usd: number): number[] =>
  Array.from({ length: hours }, (_, hour) => Math.round(usd * USD * (1 + 0.2 * wobble(hour))));

describe('an hour of spend', () => {
  const history = flat(HISTORY_HOURS, 10);

  it('like all others is usual, and what was expected is told', () => {
    const judgement = judgeHour(history, 11 * USD);
    expect(judgement?.is_anomaly).toBe(false);
    expect((judgement?.expected_usd_nanos ?? 0) / USD).toBeGreaterThan(8);
    expect((judgement?.expected_usd_nanos ?? 0) / USD).toBeLessThan(12.5);
  });

  it.each([3, 10, 1_000])('%i times the usual is an anomaly', (times) => {
    const judgement = judgeHour(history, times * 10 * USD);
    expect(judgement).toMatchObject({ is_anomaly: true, basis: 'same_hour_of_week' });
  });

  it('that spends nothing, or little, is none: only too much is told', () => {
    expect(judgeHour(history, 0)?.is_anomaly).toBe(false);
    expect(judgeHour(history, 1)?.is_anomaly).toBe(false);
  });

  it('wakes nobody for less than a dollar', () => {
    const cents = flat(HISTORY_HOURS, 0.01);
    expect(judgeHour(cents, 0.9 * USD)?.is_anomaly).toBe(false);
    expect(judgeHour(cents, 1.5 * USD)?.is_anomaly).toBe(true);
  });

  it('of a key younger than two days is not judged, and of a young one by its days', () => {
    expect(judgeHour(flat(47, 10), 1_000 * USD)).toBeNull();
    expect(judgeHour(flat(80, 10), 100 * USD)).toMatchObject({ is_anomaly: true, basis: 'recent_hours' });
  });

  it('of a key that is mostly silent is compared with the hours in which it was not', () => {
    const sparse = Array.from({ length: HISTORY_HOURS }, (_, hour) =>
      hour % 20 === 0 ? Math.round(8 * USD * (1 + 0.5 * wobble(hour))) : 0,
    );
    expect(judgeHour(sparse, 9 * USD)).toMatchObject({ is_anomaly: false, basis: 'active_hours' });
    expect(judgeHour(sparse, 200 * USD)?.is_anomaly).toBe(true);
    expect(judgeHour(new Array(500).fill(0), 200 * USD)).toBeNull();
  });

  it('a job that comes each night is usual at its hour, and news at another', () => {
    const nightly = flat(HISTORY_HOURS, 2).map((usd_nanos, hour) =>
      hour % 24 === 2 ? usd_nanos * 30 : usd_nanos,
    );
    const at_two = nightly.slice(0, HISTORY_HOURS - 22);
    expect((HISTORY_HOURS - 22) % 24).toBe(2);
    expect(judgeHour(at_two, 60 * USD)?.is_anomaly).toBe(false);
    expect(judgeHour(at_two, 600 * USD)?.is_anomaly).toBe(true);
    expect(judgeHour(nightly.slice(0, HISTORY_HOURS - 12), 60 * USD)?.is_anomaly).toBe(true);
  });
});
