export interface Range {
  low: number;
  expected: number;
  high: number;
}

/** Standard deviations of a 95 % interval. */
const Z = 1.96;
const RESAMPLES = 1_000;

/** A share with its 95 % Wilson interval, which holds for few and for rare cases too. Of nothing: anything. */
export function shareOf(cases: number, of: number): Range {
  if (of === 0) return { low: 0, expected: 0, high: 1 };
  const share = cases / of;
  const z2 = (Z * Z) / of;
  const middle = (share + z2 / 2) / (1 + z2);
  const half = (Z * Math.sqrt((share * (1 - share)) / of + z2 / (4 * of))) / (1 + z2);
  return { low: Math.max(0, middle - half), expected: share, high: Math.min(1, middle + half) };
}

/** The same numbers each time, so that a run can be repeated. Mulberry32. */
export function createChance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Student's t at 97.5 % for 1 to 30 degrees of freedom. */
const T = [
  12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.2, 2.18, 2.16, 2.14, 2.13, 2.12, 2.11, 2.1,
  2.09, 2.09, 2.08, 2.07, 2.07, 2.06, 2.06, 2.06, 2.05, 2.05, 2.05, 2.04,
];
const studentT = (degrees: number): number => T[Math.max(0, Math.min(T.length, degrees) - 1)] ?? Z;

/**
 * What days like these come to in 30 days. Whole days are drawn again and again (percentile bootstrap), since requests
 * of one day belong together; few days widen the range as Student's t does.
 */
export function monthOf(days: readonly number[]): Range {
  const count = days.length;
  if (count < 2) return { low: 0, expected: 0, high: 0 };
  const mean = sum(days) / count;
  const chance = createChance(count);
  const means = new Float64Array(RESAMPLES);
  for (let at = 0; at < RESAMPLES; at++) {
    let total = 0;
    for (let draw = 0; draw < count; draw++) total += days[Math.floor(chance() * count)] ?? 0;
    means[at] = total / count;
  }
  means.sort();
  const widen = (studentT(count - 1) / Z) * Math.sqrt(count / (count - 1));
  const at = (share: number): number => 30 * (mean + widen * (quantileOf(means, share) - mean));
  return { low: at(0.025), expected: 30 * mean, high: at(0.975) };
}

/** Of sorted values; 0 of none. */
export function quantileOf(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return 0;
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? below;
  return below + (above - below) * (place - Math.floor(place));
}

export const medianOf = (values: readonly number[]): number =>
  quantileOf(Float64Array.from(values).sort(), 0.5);

/** What is drawn of a side at once: more tells no more. */
const DRAWN_MAX = 400;
const MEDIAN_RESAMPLES = 300;

/** Difference of two medians, `slow` less `fast`, with its 95 % bootstrap interval. */
export function medianGap(slow: readonly number[], fast: readonly number[]): Range {
  const chance = createChance(slow.length * 31 + fast.length);
  const gaps = new Float64Array(MEDIAN_RESAMPLES);
  for (let at = 0; at < gaps.length; at++) gaps[at] = drawMedian(slow, chance) - drawMedian(fast, chance);
  gaps.sort();
  return {
    low: quantileOf(gaps, 0.025),
    expected: medianOf(slow) - medianOf(fast),
    high: quantileOf(gaps, 0.975),
  };
}

function drawMedian(values: readonly number[], chance: () => number): number {
  const drawn = new Float64Array(Math.min(DRAWN_MAX, values.length));
  for (let at = 0; at < drawn.length; at++) drawn[at] = values[Math.floor(chance() * values.length)] ?? 0;
  return quantileOf(drawn.sort(), 0.5);
}

export const sum = (values: readonly number[]): number => {
  let total = 0;
  for (const value of values) total += value;
  return total;
};
