/**
 * A rate limit as a leaking meter, the mirror image of GCRA: what was taken leaks out evenly over time, and no more
 * than the burst may be inside. In any window of length T at most `burst + rate * T` is taken.
 *
 * Everything is counted in unit-minutes (one unit = 60 000), so that a leak over whole milliseconds is an integer and
 * nothing is ever lost to rounding.
 */
export interface Meter {
  /** What is inside and can no longer be given back. */
  closed: number;
  /** What is inside on behalf of open charges: the sum of their `left`. */
  open: number;
  /** The latest time seen; an earlier one leaks nothing. */
  at_ms: number;
}

export const UNIT = 60_000;

export const createMeter = (now_ms: number): Meter => ({ closed: 0, open: 0, at_ms: now_ms });

export const levelOf = (meter: Meter): number => meter.closed + meter.open;

/**
 * Lets time pass. What leaks beyond the closed part must be taken off open charges by the caller, oldest first: a
 * charge gives back at most what of it is still inside, which is what keeps the window property with refunds.
 * @returns how much is to be taken off open charges.
 */
export function leak(meter: Meter, per_minute: number, now_ms: number): number {
  const elapsed_ms = now_ms - meter.at_ms;
  if (!(elapsed_ms > 0)) return 0;
  meter.at_ms = now_ms;
  const leaked = elapsed_ms * per_minute;
  if (leaked <= meter.closed) {
    meter.closed -= leaked;
    return 0;
  }
  const from_open = Math.min(leaked - meter.closed, meter.open);
  meter.closed = 0;
  meter.open -= from_open;
  return from_open;
}

/**
 * How long until `units` fit, for a caller whose clock shows `now_ms`; 0 = they fit now; `null` = never.
 * To be called after `leak`.
 */
export function waitFor(
  meter: Meter,
  units: number,
  per_minute: number,
  burst: number,
  now_ms: number,
): number | null {
  if (units > burst) return null;
  const over = levelOf(meter) + units * UNIT - burst * UNIT;
  if (over <= 0) return 0;
  if (!(per_minute > 0)) return null;
  return Math.ceil(over / per_minute) + Math.max(0, meter.at_ms - now_ms);
}

/** Whole units that fit now. */
export const roomIn = (meter: Meter, burst: number): number =>
  Math.max(0, Math.floor(burst - levelOf(meter) / UNIT));

/** Until the meter is empty. */
export const emptyIn = (meter: Meter, per_minute: number): number =>
  per_minute > 0 ? Math.ceil(levelOf(meter) / per_minute) : 0;
