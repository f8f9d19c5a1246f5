/** How numbers, money and times are written, in the viewer's own language and zone. */
const LOCALE = undefined;
const number = new Intl.NumberFormat(LOCALE);
const compact = new Intl.NumberFormat(LOCALE, { notation: 'compact', maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat(LOCALE, { style: 'percent', maximumFractionDigits: 1 });
const money = new Map<string, Intl.NumberFormat>();

/** 12,345. */
export const formatCount = (value: number): string => number.format(value);
/** 12.3K, for where room is small; the exact one belongs into a title. */
export const formatCompact = (value: number): string =>
  Math.abs(value) < 10_000 ? number.format(value) : compact.format(value);
/** @param share of one. `null` = nothing to take a share of. */
export const formatShare = (share: number | null): string =>
  share === null || !Number.isFinite(share) ? '–' : percent.format(share);

/**
 * @param amount in whole units; `null` = unknown, which is not zero.
 * Cents for what is bought with; for less than a cent as many digits as it takes to be no zero.
 */
export function formatMoney(amount: number | null | undefined, currency = 'usd'): string {
  if (amount === null || amount === undefined) return '–';
  const size = Math.abs(amount);
  const digits = size === 0 || size >= 0.1 ? 2 : Math.min(9, Math.max(3, 1 - Math.floor(Math.log10(size))));
  const id = `${currency} ${digits}`;
  let format = money.get(id);
  if (format === undefined) {
    format = new Intl.NumberFormat(LOCALE, {
      style: 'currency',
      currency: currency.toUpperCase(),
      minimumFractionDigits: 2,
      maximumFractionDigits: digits,
    });
    money.set(id, format);
  }
  return format.format(amount);
}

/** Nano-dollars, as the gateway counts inside. */
export const formatNanos = (nanos: number | null | undefined, currency = 'usd'): string =>
  formatMoney(nanos === null || nanos === undefined ? null : nanos / 1e9, currency);

/** 840 ms, 1.24 s, 3 min 5 s. */
export function formatDuration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return '–';
  if (ms < 1000) return `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.round((ms % 60_000) / 1000)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
}

const dateTime = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'medium' });
const shortTime = new Intl.DateTimeFormat(LOCALE, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const day = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium' });
const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto' });

/** In full, in the viewer's zone. */
export const formatDateTime = (at: string | number): string => dateTime.format(new Date(at));
/** For tables. */
export const formatShortTime = (at: string | number): string => shortTime.format(new Date(at));
export const formatDay = (at: string | number): string => day.format(new Date(at));

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600_000],
  ['month', 2_629_800_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
];

/** "3 minutes ago", "in 2 days". */
export function formatAgo(at: string | number, now_ms = Date.now()): string {
  const away = new Date(at).getTime() - now_ms;
  const [unit, size] = STEPS.find(([, ms]) => Math.abs(away) >= ms) ?? (['second', 1000] as const);
  return relative.format(Math.round(away / size), unit);
}

/** "owner_keys" → "Owner keys". */
export function formatName(name: string): string {
  const words = name.replace(/[_.-]+/g, ' ');
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}
