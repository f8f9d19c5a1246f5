import { expect, it } from 'vitest';
import { addToStats, createHealthStats, NO_NUMBERS, readStats } from './health-stats.ts';

const T0 = 1_763_700_000_000;
const answer = (latency_ms: number, ttft_ms: number | null = null, output_tokens: number | null = null) =>
  ({ result: 'success', latency_ms, ttft_ms, output_tokens }) as const;
const failed = { result: 'failure', latency_ms: 4, ttft_ms: null, output_tokens: null } as const;
const NOTHING = NO_NUMBERS;

it('knows nothing before the first answer', () => {
  expect(readStats(createHealthStats(T0), T0)).toEqual(NOTHING);
});

it.each([0, 1, 7, 42, 250, 1_900, 31_000, 600_000])(
  'a median of %i ms is estimated within an eighth',
  (value) => {
    const stats = createHealthStats(T0);
    for (let i = 0; i < 11; i++) addToStats(stats, answer(value, value), T0);
    const { latency_ms_p50, ttft_ms_p50 } = readStats(stats, T0);
    expect(Math.abs((latency_ms_p50 ?? 0) - value)).toBeLessThanOrEqual(Math.max(1, value / 8));
    expect(ttft_ms_p50).toBe(latency_ms_p50);
  },
);

it('a few slow answers do not move the median', () => {
  const stats = createHealthStats(T0);
  for (let i = 0; i < 100; i++) addToStats(stats, answer(i < 10 ? 60_000 : 200), T0);
  expect(readStats(stats, T0).latency_ms_p50).toBeLessThan(240);
});

it('the last minutes outweigh the hour before', () => {
  const stats = createHealthStats(T0);
  for (let i = 0; i < 200; i++) addToStats(stats, answer(5_000), T0);
  for (let i = 0; i < 20; i++) addToStats(stats, answer(100), T0 + 600_000);
  expect(readStats(stats, T0 + 600_000).latency_ms_p50).toBeLessThan(120);
});

it('tokens per second count from the first token on', () => {
  const stats = createHealthStats(T0);
  addToStats(stats, answer(2_500, 500, 100), T0);
  addToStats(stats, answer(1_000, null, 50), T0);
  expect(readStats(stats, T0).tokens_per_second).toBeGreaterThan(50 * 0.88);
  expect(readStats(stats, T0).tokens_per_second).toBeLessThan(50 * 1.12);
});

it('a model of one token in two seconds is not taken for a faster one', () => {
  const stats = createHealthStats(T0);
  for (let i = 0; i < 10; i++) addToStats(stats, answer(20_000, null, 10), T0);
  expect(readStats(stats, T0).tokens_per_second).toBeCloseTo(0.5, 1);
});

it('the 95th percentile shows the slow tenth that the median hides', () => {
  const stats = createHealthStats(T0);
  for (let i = 0; i < 100; i++) {
    const slow = i < 10;
    addToStats(stats, answer(slow ? 9_000 : 1_000, slow ? 4_000 : 300, slow ? 10 : 70), T0);
  }
  const read = readStats(stats, T0);
  expect(read.latency_ms_p50).toBeLessThan(1_150);
  expect(read.latency_ms_p95).toBeGreaterThan(8_000);
  expect(read.latency_ms_p95).toBeLessThan(10_200);
  expect(read.ttft_ms_p50).toBeLessThan(340);
  expect(read.ttft_ms_p95).toBeGreaterThan(3_500);
  expect(read.tokens_per_second).toBeGreaterThan(85);
  expect(read.tokens_per_second_p95).toBeGreaterThanOrEqual(read.tokens_per_second ?? 0);
});

it('the error ratio counts failures, not what callers did themselves, and errors are no quick answers', () => {
  const stats = createHealthStats(T0);
  for (let i = 0; i < 30; i++) addToStats(stats, answer(1_000), T0);
  for (let i = 0; i < 10; i++) addToStats(stats, failed, T0);
  for (let i = 0; i < 99; i++) addToStats(stats, { ...failed, result: 'neutral' }, T0);
  expect(readStats(stats, T0).error_ratio).toBeCloseTo(0.25);
  expect(readStats(stats, T0).latency_ms_p50).toBeGreaterThan(900);
});

it('after a quarter of an hour without traffic nothing is known any more', () => {
  const stats = createHealthStats(T0);
  addToStats(stats, answer(100), T0);
  expect(readStats(stats, T0 + 10 * 60_000).latency_ms_p50).not.toBeNull();
  expect(readStats(stats, T0 + 20 * 60_000)).toEqual(NOTHING);
});

it('days of traffic keep the numbers finite', () => {
  const stats = createHealthStats(T0);
  for (let i = 0; i < 3 * 24 * 60; i++) addToStats(stats, answer(300, 30, 10), T0 + i * 60_000);
  const read = readStats(stats, T0 + 3 * 24 * 3_600_000);
  expect(read.latency_ms_p50).toBeGreaterThan(260);
  expect(read.latency_ms_p50).toBeLessThan(340);
  expect(read.error_ratio).toBe(0);
});

it('times that cannot be are not counted', () => {
  const stats = createHealthStats(T0);
  addToStats(stats, answer(Number.NaN, -1, Number.NaN), T0);
  expect(readStats(stats, T0)).toMatchObject({
    latency_ms_p50: null,
    ttft_ms_p50: null,
    tokens_per_second: null,
  });
});
