import { GatewayError } from '@sluice/contract';
import { windowAt } from '@sluice/core/limits/windows';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

export interface TimeRange {
  /** Inclusive. */
  from_ms: number;
  /** Exclusive. */
  until_ms: number;
}

/**
 * A span as callers write it: days (`2026-10-31`, in the organization's time zone, the last one included) or moments
 * (RFC 3339; `from` counts from the start of its hour).
 * @param span_ms what is shown where nobody said from when.
 * @throws GatewayError invalid_request
 */
export function parseTimeRange(
  from: string | undefined,
  to: string | undefined,
  time_zone: string,
  now_ms: number,
  span_ms: number,
): TimeRange {
  const until_ms =
    to === undefined ? now_ms + 1 : isDay(to) ? requireDay(to, time_zone, 'to').end_ms : momentOf(to, 'to');
  let from_ms = until_ms - span_ms;
  if (from !== undefined && isDay(from)) from_ms = requireDay(from, time_zone, 'from').start_ms;
  else {
    if (from !== undefined) from_ms = momentOf(from, 'from');
    from_ms -= ((from_ms % HOUR_MS) + HOUR_MS) % HOUR_MS;
  }
  if (from_ms >= until_ms)
    throw new GatewayError('invalid_request', 'from must lie before to. Exchange them.', { param: 'from' });
  return { from_ms, until_ms };
}

/** A calendar month. @param month `2026-10` @throws GatewayError invalid_request */
export function parseMonth(month: string, time_zone: string): TimeRange {
  const [, year, number] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(month) ?? [];
  if (year === undefined || number === undefined || Number(year) < 2000)
    throw new GatewayError('invalid_request', 'A month is written as 2026-10.', { param: 'month' });
  const first = requireDay(`${month}-01`, time_zone, 'month');
  const { end_ms } = windowAt('monthly', time_zone, first.start_ms);
  return { from_ms: first.start_ms, until_ms: end_ms ?? first.end_ms };
}

/** The month that a moment lies in, as `2026-10`. */
export const monthAt = (at_ms: number, time_zone: string): string => nameOf(at_ms, time_zone).slice(0, 7);

const isDay = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text);

const nameOf = (at_ms: number, timeZone: string): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(at_ms);

function requireDay(day: string, time_zone: string, param: string): { start_ms: number; end_ms: number } {
  const noon_ms = Date.parse(`${day}T12:00:00Z`);
  if (!Number.isNaN(noon_ms))
    for (const guess_ms of [noon_ms, noon_ms - DAY_MS, noon_ms + DAY_MS]) {
      const { start_ms, end_ms } = windowAt('daily', time_zone, guess_ms);
      if (end_ms !== null && nameOf(start_ms, time_zone) === day) return { start_ms, end_ms };
    }
  throw new GatewayError('invalid_request', `${param}: there is no day ${day}.`, { param });
}

function momentOf(text: string, param: string): number {
  const at_ms = /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:?\d{2})$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at_ms) && at_ms >= 0) return at_ms;
  throw new GatewayError(
    'invalid_request',
    `${param} is a day as 2026-10-31 or a moment as 2026-10-31T12:00:00Z.`,
    { param },
  );
}
