import { COOL_MS_MAX } from './verdict.ts';

/**
 * Until when a connection stays out after one more `Retry-After`: the longer of the old and the new one, never
 * more than ten minutes away. A time that is past or no number changes nothing.
 *
 * @returns `null` = it is in.
 */
export function coolUntil(known_ms: number | null, asked_ms: number | null, now_ms: number): number | null {
  const known = known_ms !== null && known_ms > now_ms ? known_ms : null;
  if (asked_ms === null || !(asked_ms > now_ms)) return known;
  return Math.max(known ?? 0, Math.min(asked_ms, now_ms + COOL_MS_MAX));
}
