import { type HealthSnapshot, targetKey } from '@sluice/contract';

/** `probe`: callable only with a permit from `HealthPort.probe`. `until_ms`: when it may be asked again. */
export type Availability =
  | { kind: 'ready' }
  | { kind: 'probe' }
  | { kind: 'open' | 'cooled'; until_ms: number };

const READY: Availability = { kind: 'ready' };
const PROBE: Availability = { kind: 'probe' };

/** Whether a target may be called now, as far as this isolate knows. An unlisted target of a known connection may. */
export function availability(
  health: HealthSnapshot,
  connection_id: string,
  model: string,
  now_ms: number,
): Availability {
  const target = health.targets[targetKey(connection_id, model)];
  const cooled_until_ms = Math.max(target?.cooled_until_ms ?? 0, health.cooled?.[connection_id] ?? 0);
  if (cooled_until_ms > now_ms) return { kind: 'cooled', until_ms: cooled_until_ms };
  if (target === undefined || target.breaker === 'closed') return READY;
  if (target.breaker === 'half_open' || target.retry_at_ms === null || target.retry_at_ms <= now_ms)
    return PROBE;
  return { kind: 'open', until_ms: target.retry_at_ms };
}

/**
 * How long until the soonest of these targets may be asked again, for `Retry-After` when none may now. A target
 * whose probes are all taken counts as a second away: by then they have mostly ended.
 */
export function soonestReturnMs(
  health: HealthSnapshot,
  targets: readonly { connection_id: string; model: string }[],
  now_ms: number,
): number {
  let soonest_ms = Number.POSITIVE_INFINITY;
  for (const { connection_id, model } of targets) {
    const found = availability(health, connection_id, model, now_ms);
    const wait_ms = found.kind === 'open' || found.kind === 'cooled' ? found.until_ms - now_ms : 1_000;
    soonest_ms = Math.min(soonest_ms, wait_ms);
  }
  return Number.isFinite(soonest_ms) ? Math.max(1, soonest_ms) : 1_000;
}
