import type { BudgetWindow } from '@sluice/contract';

export interface WindowEdges {
  start_ms: number;
  /** The first moment of the next window; `null` for `total`. */
  end_ms: number | null;
}

const DAY_MS = 86_400_000;
const formatters = new Map<string, Intl.DateTimeFormat>();

/**
 * The budget window that `now_ms` lies in. Windows turn over at the first moment of a calendar day in the time zone,
 * also where daylight saving time skips or repeats midnight. Weeks begin on Monday.
 *
 * Slow (`Intl`): ask only at an edge.
 *
 * @param time_zone IANA name; one that the runtime does not know counts as UTC.
 */
export function windowAt(window: BudgetWindow, time_zone: string, now_ms: number): WindowEdges {
  if (window === 'total') return { start_ms: 0, end_ms: null };
  const today = localDay(now_ms, time_zone);
  let first = today;
  let next = today + 1;
  if (window === 'weekly') {
    // Day 0 was a Thursday.
    first = today - ((((today + 3) % 7) + 7) % 7);
    next = first + 7;
  } else if (window === 'monthly') {
    const date = new Date(today * DAY_MS);
    first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) / DAY_MS;
    next = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) / DAY_MS;
  }
  return { start_ms: startOfDay(first, time_zone), end_ms: startOfDay(next, time_zone) };
}

/** Calendar day in the time zone, counted from 1970-01-01. */
function localDay(at_ms: number, time_zone: string): number {
  let year = 0;
  let month = 0;
  let day = 0;
  for (const part of requireFormatter(time_zone).formatToParts(at_ms)) {
    if (part.type === 'year') year = Number(part.value);
    else if (part.type === 'month') month = Number(part.value);
    else if (part.type === 'day') day = Number(part.value);
  }
  return Date.UTC(year, month - 1, day) / DAY_MS;
}

/** First millisecond whose local date is `day` or later. */
function startOfDay(day: number, time_zone: string): number {
  // Zones lie between UTC-12 and UTC+14.
  let before = day * DAY_MS - 15 * 3_600_000;
  let after = day * DAY_MS + 13 * 3_600_000;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (localDay(middle, time_zone) >= day) after = middle;
    else before = middle;
  }
  return after;
}

function requireFormatter(time_zone: string): Intl.DateTimeFormat {
  const known = formatters.get(time_zone);
  if (known !== undefined) return known;
  let made: Intl.DateTimeFormat;
  try {
    made = createFormatter(time_zone);
  } catch {
    made = createFormatter('UTC');
  }
  if (formatters.size >= 500) formatters.clear();
  formatters.set(time_zone, made);
  return made;
}

const createFormatter = (timeZone: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
  });
