/** Requests of one arm, and the mean of something between 0 and 1 over them. */
export interface Sample {
  count: number;
  /** `null` = nothing was measured. */
  mean: number | null;
}

/** Below this a mean says too little for the normal distribution to be taken. */
export const SAMPLE_MIN = 30;

/**
 * How probable a difference as large as this one is where there is none (two-sided). Exact for shares (0 or 1 each).
 * For scores between 0 and 1, whose spread nobody tells, the largest that there can be is taken: then it is too
 * careful, and never too sure.
 *
 * @param comparisons made at once: the more, the more one of them is a chance (Bonferroni).
 * @returns `null` where there is too little to say anything.
 */
export function pValue(a: Sample, b: Sample, comparisons = 1): number | null {
  if (a.mean === null || b.mean === null || a.count < SAMPLE_MIN || b.count < SAMPLE_MIN) return null;
  const pooled = (a.mean * a.count + b.mean * b.count) / (a.count + b.count);
  const variance = pooled * (1 - pooled) * (1 / a.count + 1 / b.count);
  if (variance <= 0) return 1;
  const z = Math.abs(a.mean - b.mean) / Math.sqrt(variance);
  return Math.min(1, 2 * upperTail(z) * comparisons);
}

/** Of the standard normal distribution; Abramowitz and Stegun 26.2.17, wrong by less than 1e-7. */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const sum =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * sum;
}
