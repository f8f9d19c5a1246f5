import type { AdviceRequest } from '@sluice/contract';
import { groupBy } from './month.ts';
import { quantileOf } from './statistics.ts';

const MINUTE_MS = 60_000;
const STORM_MIN = 20;
const STORM_FAILED_SHARE = 0.9;
const STORM_TIMES_USUAL = 3;
const STORM_TIMES_MOST = 1.5;

interface Storm {
  minute: number;
  requests: AdviceRequest[];
}

/**
 * Minutes in which a key sent at least 20 requests, three times what nine of ten of its good minutes had and half as much
 * again as the fullest of them, and nine of ten failed in the same way. An outage of a provider is none: then it sends
 * what it always sends.
 */
export function findStorms(
  requests: readonly AdviceRequest[],
  one_in: number,
): { storms: Storm[]; good_minutes: number[] } {
  const failing: Storm[] = [];
  const good_minutes: number[] = [];
  for (const [name, all] of groupBy(requests, ({ at_ms }) => String(Math.floor(at_ms / MINUTE_MS)))) {
    const failed = all.filter(({ status }) => status >= 400);
    const codes = groupBy(failed, ({ error_code }) => error_code ?? 'unknown');
    const same = Math.max(0, ...[...codes.values()].map((group) => group.length));
    if (same >= STORM_FAILED_SHARE * all.length) failing.push({ minute: Number(name), requests: all });
    else if (failed.length < all.length / 2) good_minutes.push(all.length * one_in);
  }
  const sorted = Float64Array.from(good_minutes).sort();
  const usual = STORM_TIMES_USUAL * quantileOf(sorted, 0.9);
  const least = Math.max(STORM_MIN, usual, STORM_TIMES_MOST * (sorted.at(-1) ?? 0));
  return { storms: failing.filter((storm) => storm.requests.length * one_in >= least), good_minutes };
}
