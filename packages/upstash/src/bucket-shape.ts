const MINUTE_MS = 60_000;

/**
 * A rate by the minute in the whole milliseconds and whole units that a token bucket of `@upstash/ratelimit` counts
 * in: never faster than asked for, and slower by at most one hundredth.
 */
export function bucketShape(per_minute: number): { refill: number; interval_ms: number } {
  if (per_minute <= 600) return { refill: 1, interval_ms: Math.ceil(MINUTE_MS / per_minute) };
  for (let interval_ms = 1; ; interval_ms++) {
    const refill = Math.floor((per_minute * interval_ms) / MINUTE_MS);
    if (refill * MINUTE_MS >= 0.99 * per_minute * interval_ms) return { refill, interval_ms };
  }
}

/** How long until `units` are in a bucket that had `tokens` at `refilled_ms`. */
export function bucketWait(
  units: number,
  tokens: number,
  refilled_ms: number,
  { refill, interval_ms }: { refill: number; interval_ms: number },
  now_ms: number,
): number {
  const at_ms = refilled_ms + Math.ceil((units - tokens) / refill) * interval_ms;
  return Math.max(1, at_ms - now_ms);
}
