import type { Leg, Target, TraceRecord, Usage } from '@sluice/contract';
import { costOf } from '../money.ts';

/** Several targets worked on one answer: each at its own prices. `null` = one of them has none that is known. */
export function costOfLegs(legs: Leg[]): number | null {
  let sum: number | null = 0;
  for (const { target, usage, attempt } of legs) {
    const timed = attempt.gpu_ms === undefined ? usage : { ...usage, gpu_ms: attempt.gpu_ms };
    const cost = costOf(timed, target.prices);
    attempt.cost_usd_nanos = cost;
    sum = sum === null || cost === null ? null : sum + cost;
  }
  return sum;
}

/** With the time of the endpoint that answered, where that is what it costs by. */
export function timedUsage(usage: Usage, target: Target | null, attempts: TraceRecord['attempts']): Usage {
  if (target?.prices?.hourly === undefined) return usage;
  const { id } = target.connection;
  let gpu_ms: number | null = null;
  for (const one of attempts)
    if (one.connection_id === id && one.gpu_ms !== undefined) gpu_ms = (gpu_ms ?? 0) + one.gpu_ms;
  return gpu_ms === null ? usage : { ...usage, gpu_ms };
}
