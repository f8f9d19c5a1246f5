import type { SpendAnomaly } from '@sluice/contract';

/** How much history is looked at: four weeks, and one more that these are compared with. */
export const HISTORY_HOURS = 35 * 24;

const WEEK = 168;
const DAY = 24;

export interface AnomalyRule {
  /** An hour must cost so much more than expected: nobody wants to be woken for cents. */
  excess_usd_nanos_min: number;
  /** Robust standard deviations. */
  score_min: number;
  /** Times the expected spend. */
  ratio_min: number;
}

export const DEFAULT_ANOMALY_RULE: Readonly<AnomalyRule> = {
  excess_usd_nanos_min: 1_000_000_000,
  score_min: 3.5,
  ratio_min: 2,
};

export interface Judgement {
  is_anomaly: boolean;
  expected_usd_nanos: number;
  score: number;
  basis: SpendAnomaly['basis'];
}

/** A key younger than this has no habits. */
const HOURS_MIN = 48;
/** So many hours with spend make habits of a key that is mostly silent. */
const ACTIVE_HOURS_MIN = 12;
/** Below this share of hours with spend, silence is the rule, and hours with spend are compared among themselves. */
const ACTIVE_SHARE_MIN = 0.25;
/** Makes the standard deviation of a normal distribution out of a median absolute deviation. */
const SIGMA_PER_MAD = 1.4826;
/** No history is so even that a tenth more would be news. */
const SIGMA_MIN = 0.15;
/** A tenth more than it ever jumped is still the same habit. */
const HABIT_MARGIN = 0.1;
/** Added before taking logarithms, so that silence is a number and cents are no multiples of it. */
const SOFTENING = 0.25;

/**
 * Whether an hour's spend is unlike its own history. `docs/anomalies.md` says why in words, and how often it is wrong.
 * @param history spend of the hours before, oldest first, without a gap, from the first hour with spend on; nano-dollars.
 * @param spent_usd_nanos of the hour after the last of `history`.
 * @returns `null` where there is too little history to judge.
 */
export function judgeHour(
  history: ArrayLike<number>,
  spent_usd_nanos: number,
  rule: AnomalyRule = DEFAULT_ANOMALY_RULE,
): Judgement | null {
  const softening = rule.excess_usd_nanos_min * SOFTENING;
  const from = Math.max(0, history.length - HISTORY_HOURS);
  const series = new Float64Array(history.length - from);
  let active = 0;
  for (let at = 0; at < series.length; at++) {
    const spent = history[from + at] ?? 0;
    if (spent > 0) active++;
    series[at] = Math.log(spent + softening);
  }
  if (series.length < HOURS_MIN) return null;
  const is_sparse = active / series.length < ACTIVE_SHARE_MIN;
  if (is_sparse && active < ACTIVE_HOURS_MIN) return null;
  const usual = is_sparse ? usualOfActive(series, Math.log(softening)) : usualOfThisHour(series);
  if (usual === null) return null;
  const expected_usd_nanos = Math.max(0, Math.round(Math.exp(usual.level) - softening));
  const above = Math.log(spent_usd_nanos + softening) - usual.level;
  const score = above / usual.sigma;
  return {
    is_anomaly:
      score >= rule.score_min &&
      above > usual.habit + HABIT_MARGIN &&
      spent_usd_nanos >= rule.ratio_min * expected_usd_nanos &&
      spent_usd_nanos - expected_usd_nanos >= rule.excess_usd_nanos_min,
    expected_usd_nanos,
    score,
    basis: usual.basis,
  };
}

/** On the logarithmic scale. */
interface Usual {
  level: number;
  sigma: number;
  /** How far above its level the series has been wont to jump: no further is no news. */
  habit: number;
  basis: SpendAnomaly['basis'];
}

function usualOfActive(series: Float64Array, silence: number): Usual {
  const active = series.filter((value) => value > silence + 1e-9);
  const level = medianOf(active);
  return {
    level,
    sigma: sigmaOf(active, level),
    habit: secondLargest(active) - level,
    basis: 'active_hours',
  };
}

/** The hour that comes next, as it was in earlier weeks or, of a young key, on earlier days. */
function usualOfThisHour(series: Float64Array): Usual | null {
  const is_weekly = series.length >= 2 * WEEK + 1;
  const period = is_weekly ? WEEK : DAY;
  const next = series.length;
  const same = alikeOf(series, next, period, [0]);
  // With its neighbours: what comes a little earlier or later is not new.
  const around = alikeOf(series, next, period, [-1, 0, 1]);
  if (around.length < 6) return null;
  const steps = new Float64Array(Math.min(4 * WEEK, next - 1));
  for (let at = 0; at < steps.length; at++) {
    const hour = next - steps.length + at;
    steps[at] = (series[hour] ?? 0) - medianOf(alikeOf(series, hour, period, [0]));
  }
  const middle = medianOf(steps);
  // What grew in the last day has grown here too. What shrank is not expected to.
  const drift = Math.max(0, medianOf(steps.subarray(-DAY)));
  const level = Math.max(medianOf(same), medianOf(around)) + drift;
  return {
    level,
    sigma: sigmaOf(steps, middle),
    habit: secondLargest(steps) - drift,
    basis: is_weekly ? 'same_hour_of_week' : 'recent_hours',
  };
}

/** The same hour of other weeks or days, up to four before and, of an hour in the middle, up to four after. */
function alikeOf(series: Float64Array, hour: number, period: number, near: readonly number[]): Float64Array {
  const alike = new Float64Array(8 * near.length);
  let count = 0;
  for (let times = -4; times <= 4; times++)
    for (const offset of near) {
      const value = times === 0 ? undefined : series[hour + times * period + offset];
      if (value !== undefined) alike[count++] = value;
    }
  return alike.subarray(0, count);
}

function secondLargest(values: Float64Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  let second = Number.NEGATIVE_INFINITY;
  for (const value of values)
    if (value > largest) {
      second = largest;
      largest = value;
    } else if (value > second) second = value;
  return second === Number.NEGATIVE_INFINITY ? 0 : second;
}

function medianOf(values: Float64Array): number {
  if (values.length === 0) return 0;
  const sorted = values.slice().sort();
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? upper)) / 2;
}

const sigmaOf = (values: Float64Array, middle: number): number =>
  Math.max(SIGMA_MIN, SIGMA_PER_MAD * medianOf(values.map((value) => Math.abs(value - middle))));
