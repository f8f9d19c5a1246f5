/**
 * How a target has been doing over the last minutes: every number halves its weight in two minutes. About a kilobyte
 * and a half, whatever the traffic. Updated in place, because it changes with every answer.
 */
export interface HealthStats {
  /** Weights are relative to this moment, so that nothing must be decayed as time goes by. */
  origin_ms: number;
  ttft: Float32Array;
  latency: Float32Array;
  /** Tokens in ten seconds, so that slow ones differ. */
  speed: Float32Array;
  successes: number;
  failures: number;
}

export interface HealthNumbers {
  ttft_ms_p50: number | null;
  ttft_ms_p95: number | null;
  latency_ms_p50: number | null;
  latency_ms_p95: number | null;
  /** Median. */
  tokens_per_second: number | null;
  tokens_per_second_p95: number | null;
  error_ratio: number | null;
}

export interface StatsSample {
  result: 'success' | 'failure' | 'neutral';
  ttft_ms: number | null;
  latency_ms: number | null;
  output_tokens: number | null;
}

export const NO_NUMBERS: Readonly<HealthNumbers> = {
  ttft_ms_p50: null,
  ttft_ms_p95: null,
  latency_ms_p50: null,
  latency_ms_p95: null,
  tokens_per_second: null,
  tokens_per_second_p95: null,
  error_ratio: null,
};

const HALF_LIFE_MS = 120_000;
/** Bucket `i` holds `GROWTH ** i` to `GROWTH ** (i + 1)`: 1 ms to 26 minutes, so a percentile is off by 12 % at worst. */
const GROWTH = 1.12;
const BUCKETS = 126;
const LOG_GROWTH = Math.log(GROWTH);
/** Weights are brought back to 1 before single precision runs out of room. */
const HALF_LIVES_MAX = 16;
/** One sample's weight after about a quarter of an hour: by then nothing is known, and the target may be tried again. */
const WEIGHT_MIN = 0.005;
const SPEED_SECONDS = 10;

export const createHealthStats = (now_ms: number): HealthStats => ({
  origin_ms: now_ms,
  ttft: new Float32Array(BUCKETS),
  latency: new Float32Array(BUCKETS),
  speed: new Float32Array(BUCKETS),
  successes: 0,
  failures: 0,
});

/** Counts one attempt. Neutral ones say nothing; times count only for answers, since errors are quick. */
export function addToStats(stats: HealthStats, sample: StatsSample, now_ms: number): void {
  if (sample.result === 'neutral') return;
  const weight = weightAt(stats, now_ms);
  if (sample.result === 'failure') {
    stats.failures += weight;
    return;
  }
  stats.successes += weight;
  if (sample.ttft_ms !== null) addToBucket(stats.ttft, sample.ttft_ms, weight);
  if (sample.latency_ms === null) return;
  addToBucket(stats.latency, sample.latency_ms, weight);
  const output_ms = sample.latency_ms - (sample.ttft_ms ?? 0);
  if (sample.output_tokens !== null && sample.output_tokens > 0 && output_ms >= 1)
    addToBucket(stats.speed, (sample.output_tokens * SPEED_SECONDS * 1_000) / output_ms, weight);
}

/** `null` where nothing was seen for so long that it says nothing any more. */
export function readStats(stats: HealthStats, now_ms: number): HealthNumbers {
  const fade = 0.5 ** (Math.max(0, now_ms - stats.origin_ms) / HALF_LIFE_MS);
  const ended = stats.successes + stats.failures;
  if (ended * fade < WEIGHT_MIN) return NO_NUMBERS;
  const ttft = percentiles(stats.ttft);
  const latency = percentiles(stats.latency);
  const speed = percentiles(stats.speed);
  return {
    ttft_ms_p50: ttft && Math.round(ttft.p50),
    ttft_ms_p95: ttft && Math.round(ttft.p95),
    latency_ms_p50: latency && Math.round(latency.p50),
    latency_ms_p95: latency && Math.round(latency.p95),
    tokens_per_second: speed && Math.round(speed.p50) / SPEED_SECONDS,
    tokens_per_second_p95: speed && Math.round(speed.p95) / SPEED_SECONDS,
    error_ratio: stats.failures / ended,
  };
}

/** Younger samples weigh more instead of older ones less: the ratio is all that counts. */
function weightAt(stats: HealthStats, now_ms: number): number {
  const half_lives = Math.max(0, now_ms - stats.origin_ms) / HALF_LIFE_MS;
  if (half_lives <= HALF_LIVES_MAX) return 2 ** half_lives;
  const fade = 0.5 ** half_lives;
  for (const buckets of [stats.ttft, stats.latency, stats.speed])
    for (let i = 0; i < BUCKETS; i++) buckets[i] = (buckets[i] ?? 0) * fade;
  stats.successes *= fade;
  stats.failures *= fade;
  stats.origin_ms = now_ms;
  return 1;
}

function addToBucket(buckets: Float32Array, value: number, weight: number): void {
  if (!(value >= 0)) return;
  const bucket = value <= 1 ? 0 : Math.min(BUCKETS - 1, Math.floor(Math.log(value) / LOG_GROWTH));
  buckets[bucket] = (buckets[bucket] ?? 0) + weight;
}

/** `null` before the first sample. */
function percentiles(buckets: Float32Array): { p50: number; p95: number } | null {
  let total = 0;
  for (const weight of buckets) total += weight;
  return total <= 0
    ? null
    : { p50: percentile(buckets, 0.5 * total), p95: percentile(buckets, 0.95 * total) };
}

/** Inside a bucket the values count as evenly spread on the logarithmic scale. */
function percentile(buckets: Float32Array, below: number): number {
  let rest = below;
  for (let i = 0; i < BUCKETS; i++) {
    const weight = buckets[i] ?? 0;
    if (weight > 0 && rest <= weight) return GROWTH ** (i + rest / weight);
    rest -= weight;
  }
  return GROWTH ** BUCKETS;
}
