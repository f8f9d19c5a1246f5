const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** The waits before each attempt, counted from the one before it: Standard Webhooks 1.0 (read 2026-11-21). */
export const DELIVERY_WAITS_MS: readonly number[] = [
  0,
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];

/** Endpoints that fail together must not be asked again together. */
const JITTER = 0.1;
/** No receiver puts an event off for longer than the schedule itself does. */
const RETRY_AFTER_MS_MAX = 24 * HOUR_MS;

/**
 * When the next attempt is due; `null` = the last one was made.
 * @param attempts made so far, the one that failed just now included.
 * @param retry_after_ms what the receiver asked for; `null` = nothing.
 * @param random 0 ≤ x < 1.
 */
export function nextAttemptAt(
  attempts: number,
  now_ms: number,
  retry_after_ms: number | null,
  random: number,
): number | null {
  const wait_ms = DELIVERY_WAITS_MS[attempts];
  if (wait_ms === undefined) return null;
  const planned_ms = Math.round(wait_ms * (1 + JITTER * random));
  return now_ms + Math.max(planned_ms, Math.min(retry_after_ms ?? 0, RETRY_AFTER_MS_MAX));
}
