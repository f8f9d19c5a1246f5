import { GatewayError } from '@sluice/contract';

/** A row of a table, or an object of a JSON export, and the words for where it stands. */
export interface ExportRow {
  where: string;
  values: Readonly<Record<string, unknown>>;
}

export function unreadable(where: string, field: string, says: string): GatewayError {
  return new GatewayError(
    'invalid_request',
    `${where}, ${field}: ${says} Nothing was stored; mend the export or fetch it again.`,
    { param: field },
  );
}

/** A whole number that is not negative; empty counts as 0. Exports write `10.0` too. @throws GatewayError */
export function countOf({ where, values }: ExportRow, field: string): number {
  const value = values[field];
  if (value === undefined || value === null || value === '') return 0;
  const count = typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(count) || count < 0)
    throw unreadable(where, field, `${JSON.stringify(value)?.slice(0, 60)} is no count.`);
  return count;
}

/** @throws GatewayError where it is not there or empty. */
export function textOf({ where, values }: ExportRow, field: string): string {
  const value = values[field];
  if (typeof value !== 'string' || value.trim() === '')
    throw unreadable(where, field, 'this must be a text.');
  return value.trim();
}

/** @returns `null` where it is empty. */
export function nameOf({ values }: ExportRow, field: string): string | null {
  const value = values[field];
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

/**
 * Decimal money as nano-dollars, rounded half up once, without a detour over binary fractions.
 * @param per_usd `1` for dollars, `100` for cents.
 * @throws GatewayError
 */
export function nanosOf({ where, values }: ExportRow, field: string, per_usd: 1 | 100): number {
  const value = values[field];
  const text =
    typeof value === 'number' && Number.isFinite(value)
      ? value.toFixed(15)
      : typeof value === 'string'
        ? value.trim()
        : '';
  const [, sign, whole, fraction = ''] = /^([+-]?)(\d{1,12})(?:\.(\d{1,40}))?$/.exec(text) ?? [];
  if (whole === undefined)
    throw unreadable(where, field, `${JSON.stringify(value)?.slice(0, 60)} is no amount of money.`);
  const digits = per_usd === 1 ? 9 : 7;
  const kept = BigInt(whole + fraction.slice(0, digits).padEnd(digits, '0'));
  const nanos = Number(kept) + ((fraction[digits] ?? '0') >= '5' ? 1 : 0);
  return sign === '-' ? -nanos : nanos;
}

/** @throws GatewayError for any other currency. */
export function requireUsd(row: ExportRow, field: string): void {
  const currency = nameOf(row, field);
  if (currency !== null && currency.toLowerCase() !== 'usd')
    throw unreadable(
      row.where,
      field,
      `amounts in ${currency.slice(0, 10)} cannot be compared with dollars.`,
    );
}

/**
 * The UTC day of a date, a moment or Unix seconds.
 * @throws GatewayError
 */
export function dayOf({ where, values }: ExportRow, field: string): string {
  const value = values[field];
  const seconds = typeof value === 'number' || /^\d{9,11}(\.0*)?$/.test(String(value)) ? Number(value) : null;
  const at_ms =
    seconds !== null
      ? seconds * 1000
      : typeof value === 'string' && /^\d{4}-\d{2}-\d{2}/.test(value)
        ? Date.parse(value)
        : Number.NaN;
  if (Number.isNaN(at_ms) || at_ms < 0 || at_ms > 8_640_000_000_000_000)
    throw unreadable(where, field, `${JSON.stringify(value)?.slice(0, 60)} is no day.`);
  return new Date(at_ms).toISOString().slice(0, 10);
}
