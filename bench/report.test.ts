import { expect, test } from 'vitest';
import { addedOf, median, ratioOf, type Samples } from './report.ts';
import type { Sample } from './sample.ts';

const sample = (round: number, cpu: number, p50_us: number): Sample => ({
  round,
  answers: 1,
  per_second: 1,
  wrong: 0,
  first_wrong: null,
  p50_us,
  p99_us: 0,
  ttft_p50_us: 0,
  ttft_p99_us: 0,
  chunk_p50_us: 0,
  chunk_p99_us: 0,
  chunks: 0,
  cpu_seconds: 0,
  cpu_us_per_request: cpu,
  cpu_us_per_chunk: Number.NaN,
  others_share: 0,
});

const samples: Samples = new Map([
  ['direct', new Map([['c1', [sample(0, Number.NaN, 10), sample(1, Number.NaN, 20)]]])],
  ['bare', new Map([['c1', [sample(0, 100, 300), sample(1, 400, 900)]]])],
  ['sluice', new Map([['c1', [sample(0, 200, 500), sample(1, 400, 950), sample(2, 999, 9999)]]])],
]);

test('a ratio compares what ran in the same round, and a round without a partner counts for nothing', () => {
  expect(ratioOf(samples, 'sluice', 'bare', 'c1', (one) => one.cpu_us_per_request)).toEqual({
    median: 1.5,
    min: 1,
    max: 2,
  });
});

test('added latency is the difference to the direct call of the same round', () => {
  expect(addedOf(samples, 'sluice', 'c1', (one) => one.p50_us)).toBe((490 + 930) / 2);
});

test('what was not measured has no ratio', () => {
  expect(ratioOf(samples, 'sluice', 'bare+object', 'c1', (one) => one.cpu_us_per_request)).toBeNull();
  expect(median([])).toBeNaN();
});
