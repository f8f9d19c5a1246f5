const BASE_MS = 200;
const CAP_MS = 2_000;

/**
 * How long to wait before trying the same target again: full jitter, so that the clients of one outage spread out.
 * The base is what the first retry waits on average.
 *
 * @param retry 0 for the first retry.
 * @param random 0 ≤ x < 1.
 * @param at_least_ms what the provider asked for (`Verdict.retry_wait_ms`); the jitter comes on top.
 */
export function backoffMs(retry: number, random: number, at_least_ms = 0): number {
  return at_least_ms + Math.floor(random * Math.min(CAP_MS, BASE_MS * 2 ** (retry + 1)));
}
