/**
 * Reads of what a provider sent, which may be anything: a wrong type reads as absent, nothing throws.
 */
export type Loose = Record<string, unknown>;

export function asRecord(value: unknown): Loose | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : null;
}

export function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** `null` for anything but a string. An empty string stays one. */
export function asText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** A count that can be billed: a finite number above zero, else 0. Google omits counts that are zero. */
export function asCount(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.floor(value) : 0;
}
