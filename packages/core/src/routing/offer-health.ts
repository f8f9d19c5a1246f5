import type { Connection, HealthSnapshot } from '@sluice/contract';
import { type OfferBook, offerName } from './offers.ts';

/** Of one offer: the best that any of its usable connections shows. `null` = no traffic yet. */
export interface OfferHealth {
  ttft_ms: number | null;
  latency_ms: number | null;
  tokens_per_second: number | null;
  error_ratio: number | null;
  /** Connections that are cooled or whose breaker is open. */
  out: number;
  half_open: boolean;
}

/**
 * Goes through what the snapshot lists (at most a few hundred targets), not through every connection of every model.
 * @returns health by index of the offer; an offer that is absent is healthy and unknown.
 */
export function readOfferHealth(
  { by_name, provider_of }: OfferBook,
  { targets, cooled }: HealthSnapshot,
  now_ms: number,
): Map<number, OfferHealth> {
  const found = new Map<number, OfferHealth>();
  for (const key in targets) {
    const target = targets[key];
    const at = key.indexOf('\n');
    const connection_id = key.slice(0, at);
    const provider_id = provider_of.get(connection_id);
    const index =
      provider_id === undefined ? undefined : by_name.get(offerName(provider_id, key.slice(at + 1)));
    if (target === undefined || index === undefined) continue;
    let health = found.get(index);
    if (health === undefined) {
      health = {
        ttft_ms: null,
        latency_ms: null,
        tokens_per_second: null,
        error_ratio: null,
        out: 0,
        half_open: false,
      };
      found.set(index, health);
    }
    // A connection that is cooled as a whole is counted for all its models by `createCooledCount`.
    if (isCooled(cooled, connection_id, now_ms)) continue;
    const is_open = target.breaker === 'open' && (target.retry_at_ms ?? 0) > now_ms;
    if (is_open || (target.cooled_until_ms ?? 0) > now_ms) {
      health.out += 1;
      continue;
    }
    if (target.breaker !== 'closed') health.half_open = true;
    health.ttft_ms = lower(health.ttft_ms, target.ttft_ms_p50);
    health.latency_ms = lower(health.latency_ms, target.latency_ms_p50);
    health.error_ratio = lower(health.error_ratio, target.error_ratio);
    const speed = target.tokens_per_second;
    if (speed !== null && speed > (health.tokens_per_second ?? 0)) health.tokens_per_second = speed;
  }
  return found;
}

const lower = (one: number | null, other: number | null): number | null =>
  one === null ? other : other === null ? one : Math.min(one, other);

const isCooled = (cooled: Record<string, number> | undefined, id: string, now_ms: number): boolean =>
  (cooled?.[id] ?? 0) > now_ms;

/** Counts cooled connections once for each list of them, since many models share one. */
export function createCooledCount(
  { cooled }: HealthSnapshot,
  now_ms: number,
): (of: readonly Connection[]) => number {
  let any = false;
  for (const id in cooled) if (isCooled(cooled, id, now_ms)) any = true;
  if (!any) return () => 0;
  const counts = new Map<readonly Connection[], number>();
  return (connections) => {
    let count = counts.get(connections);
    if (count === undefined) {
      count = 0;
      for (const { id } of connections) if (isCooled(cooled, id, now_ms)) count += 1;
      counts.set(connections, count);
    }
    return count;
  };
}
