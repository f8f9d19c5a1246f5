const DAY_MS = 86_400_000;

/** Go's `ParseDuration` units, in milliseconds. */
const UNIT_MS: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: DAY_MS,
};

const PART = /^(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)/;

/**
 * Milliseconds in a Go duration (`6m0s`, `1m0.36s`, `12ms`, `114h18m0s`) or a bare number of seconds (`34.4`).
 * Rounded up, capped at 24 hours; `null` for anything else, negative numbers included.
 */
export function parseDuration(text: string): number | null {
  let rest = text.trim();
  if (rest === '' || rest.length > 64) return null;
  if (/^\d+(?:\.\d+)?$/.test(rest)) return capped(Number(rest) * 1000);
  let total_ms = 0;
  while (rest !== '') {
    const part = PART.exec(rest);
    if (part === null) return null;
    total_ms += Number(part[1]) * (UNIT_MS[part[2] ?? ''] ?? 0);
    rest = rest.slice(part[0].length);
  }
  return capped(total_ms);
}

/**
 * The wait that `retry-after-ms` and `retry-after` (seconds, a Go duration or an HTTP date) ask for, in
 * milliseconds. Where both are there the larger holds: Azure sends `retry-after: 1` beside `retry-after-ms: 0`.
 * `null` when neither is there or readable; never more than 24 hours.
 */
export function parseRetryAfter(header: (name: string) => string | null, now_ms: number): number | null {
  const fine = parseMilliseconds(header('retry-after-ms'));
  const coarse = parseSecondsOrDate(header('retry-after'), now_ms);
  if (fine === null) return coarse;
  return coarse === null ? fine : Math.max(fine, coarse);
}

const HINT =
  /(?:try again|retry|retrying|wait|resets?)\s+(?:your request\s+)?(?:again\s+)?(?:in|after|for|at least)\s+(?:about\s+|at least\s+)?((?:\d+(?:\.\d+)?\s*(?:milliseconds?|seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|ms|[smhd])(?![a-z])\s*(?:and\s+|,\s*)?|\d+(?:\.\d+)?(?:ms|[smhd])(?=\d))+)/i;

const WORD_UNIT: Record<string, string> = { mi: 'm', se: 's', ho: 'h', hr: 'h', da: 'd' };

/**
 * The wait that a sentence of a provider asks for: "Please try again in 1m0.36s", "Please retry after 7 seconds".
 * `null` when the text holds none. Only for a failure that time heals: other texts mention durations too.
 */
export function parseRetryHint(message: string): number | null {
  const hint = HINT.exec(message.slice(0, 4096))?.[1];
  if (hint === undefined) return null;
  const duration = hint
    .toLowerCase()
    .replace(/and|,|\s/g, '')
    .replace(/[a-z]+/g, (unit) =>
      unit.startsWith('milli')
        ? 'ms'
        : unit.length <= 2 && unit !== 'hr'
          ? unit
          : (WORD_UNIT[unit.slice(0, 2)] ?? unit),
    );
  return parseDuration(duration);
}

function parseMilliseconds(value: string | null): number | null {
  const text = value?.trim() ?? '';
  return /^\d+(?:\.\d+)?$/.test(text) ? capped(Number(text)) : null;
}

function parseSecondsOrDate(value: string | null, now_ms: number): number | null {
  if (value === null) return null;
  const duration_ms = parseDuration(value);
  if (duration_ms !== null) return duration_ms;
  // Date.parse reads nearly anything ("-5", "soon 3"); an HTTP date names its month and its zone.
  if (!/^[A-Za-z]{3,9},? .*\d{2}:\d{2}:\d{2}/.test(value.trim())) return null;
  const at_ms = Date.parse(value);
  return Number.isNaN(at_ms) ? null : capped(Math.max(0, at_ms - now_ms));
}

const capped = (ms: number): number => Math.min(Math.ceil(ms), DAY_MS);
