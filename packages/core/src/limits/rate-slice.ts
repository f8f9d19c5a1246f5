import { roomIn } from './gcra.ts';
import { burstOf } from './plans.ts';
import type { RateMeterState } from './rate-meter.ts';

export const SLICE_PREFIX = 'slice:';
/** How long an isolate may admit by itself. */
export const SLICE_MS = 500;
const PACE_MS = 250;
/** More than this in a quarter second make a subject hot. */
const HOT_ADMISSIONS = 20;
/** A slice is for twice what the subject did in the last quarter second, within these bounds. */
const REQUESTS_MIN = 4;
const REQUESTS_LEAST = 64;
const REQUESTS_MAX = 1_024;
/** A slice is at most one part in this many of what is left of any limit. */
const PARTS = 16;

/** Counts admissions by quarter seconds. */
export function notePace(state: RateMeterState, now_ms: number): void {
  const elapsed_ms = now_ms - state.pace_start_ms;
  if (elapsed_ms >= PACE_MS || elapsed_ms < 0) {
    state.pace_before = elapsed_ms < 2 * PACE_MS && elapsed_ms >= 0 ? state.pace : 0;
    state.pace = 0;
    state.pace_start_ms = now_ms;
  }
  state.pace++;
}

/** Requests of so many tokens for the isolate that just asked; 0 unless the subject is hot and every limit is far. */
export function sliceSize(state: RateMeterState, request_tokens: number): number {
  const pace = Math.max(state.pace, state.pace_before);
  if (pace <= HOT_ADMISSIONS) return 0;
  const { requests_per_minute, tokens_per_minute, requests_per_day, concurrency } = state.limits;
  let requests = Math.min(REQUESTS_MAX, Math.max(REQUESTS_LEAST, 2 * pace));
  if (requests_per_minute !== null)
    requests = Math.min(requests, roomIn(state.requests, burstOf(state.limits)) / PARTS);
  if (tokens_per_minute !== null && request_tokens > 0)
    requests = Math.min(requests, roomIn(state.tokens, tokens_per_minute) / PARTS / request_tokens);
  if (requests_per_day !== null)
    requests = Math.min(requests, (requests_per_day - state.requests_today) / PARTS);
  if (concurrency !== null) requests = Math.min(requests, (concurrency - state.in_flight) / PARTS);
  return requests >= REQUESTS_MIN ? Math.floor(requests) : 0;
}
