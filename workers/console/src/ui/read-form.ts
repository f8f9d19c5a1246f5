/**
 * A number that was typed; empty = none.
 * @param label of its field, for the refusal.
 * @throws Error that a form shows.
 */
export function readNumber(label: string, text: string): number | null {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  const value = Number(trimmed);
  if (!Number.isFinite(value)) throw new Error(`${label}: ${trimmed} is not a number. Write it as 12.50.`);
  return value;
}

/** One thing a line, or several with commas between; empty ones do not count. */
export const readLines = (text: string): string[] => [
  ...new Set(
    text
      .split(/[\n,]/)
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  ),
];

export const renderNumber = (value: number | null | undefined): string =>
  value === null || value === undefined ? '' : String(value);

/** As a datetime input takes it, in the viewer's zone; empty for none. */
export function renderLocalTime(at: string | number | null): string {
  if (at === null) return '';
  const date = new Date(at);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** @throws Error that a form shows. */
export function readLocalTime(label: string, text: string): string | null {
  if (text === '') return null;
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new Error(`${label}: this is no time.`);
  return at.toISOString();
}
