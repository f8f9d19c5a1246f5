import type { LimitsView, RateLimitName, RateLimits } from '@sluice/contract';
import { createMeter, emptyIn, leak, type Meter, roomIn, UNIT, waitFor } from './gcra.ts';
import { burstOf, NO_LIMITS } from './plans.ts';
import { notePace, SLICE_MS, SLICE_PREFIX, sliceSize } from './rate-slice.ts';

import { windowAt } from './windows.ts';

/** One request, or a slice of many, that is not at its end. */
interface RateHold {
  /** Of how many requests and tokens it was, less what came back. */
  requests: number;
  tokens: number;
  /** Of its charges on the meters, what is still inside and may be given back (unit-minutes). */
  requests_left: number;
  tokens_left: number;
  /** Requests that run, or may still begin. */
  running: number;
  /** End of the day in which it was counted. */
  day_end_ms: number;
  expires_ms: number;
}

/** All that is counted of one subject. Reducers change it in place. */
export interface RateMeterState {
  limits: RateLimits;
  time_zone: string;
  requests: Meter;
  tokens: Meter;
  day_end_ms: number;
  requests_today: number;
  in_flight: number;
  /** In the order of admission. */
  open: Map<string, RateHold>;
  /** No open hold expires before this. */
  next_expiry_ms: number;
  /** Admissions of this and the previous quarter second, for slices. */
  pace_start_ms: number;
  pace: number;
  pace_before: number;
}

export interface MeterAsk {
  /** The same again gets the first answer again, and takes nothing more. */
  hold_id: string;
  limits: RateLimits;
  /** IANA name. */
  time_zone: string;
  /** Of the kind that `limits` count. */
  tokens: number;
  expires_in_ms: number;
  /** False while the isolate is already being brought a slice. */
  slice_wanted: boolean;
}

/**
 * A part of the subject's limits that one isolate may spend by itself for a moment. All of it is taken; what was not
 * used comes back.
 */
export interface RateSlice {
  slice_id: string;
  requests: number;
  tokens: number;
  /** Admissions stop here (the meter's clock). */
  until_ms: number;
}

export type MeterAnswer =
  | { kind: 'admitted'; limits: LimitsView; slice: RateSlice | null }
  | { kind: 'refused'; limit: RateLimitName; retry_after_ms: number | null; limits: LimitsView };

/** What comes back of a hold. */
export interface MeterReturn {
  hold_id: string;
  /** `request`: one has ended. `slice`: nobody will begin the rest of it. */
  of: 'request' | 'slice';
  /** That were never made. */
  requests: number;
  /** That were not used; negative = more were used than taken. */
  tokens: number;
}

/** Nobody knows when a request in flight ends; this is often enough to ask. */
const ASK_AGAIN_MS = 1_000;

export const createRateMeter = (now_ms: number): RateMeterState => ({
  limits: NO_LIMITS,
  time_zone: 'UTC',
  requests: createMeter(now_ms),
  tokens: createMeter(now_ms),
  day_end_ms: 0,
  requests_today: 0,
  in_flight: 0,
  open: new Map(),
  next_expiry_ms: Number.POSITIVE_INFINITY,
  pace_start_ms: 0,
  pace: 0,
  pace_before: 0,
});

/** Counts a request under every limit of the subject, or refuses it and leaves everything as it was. */
export function take(state: RateMeterState, ask: MeterAsk, now_ms: number): MeterAnswer {
  settleTime(state, now_ms);
  state.limits = ask.limits;
  if (ask.time_zone !== state.time_zone || now_ms >= state.day_end_ms) turnDay(state, ask.time_zone, now_ms);
  if (state.open.has(ask.hold_id)) return { kind: 'admitted', limits: view(state, now_ms), slice: null };
  const refusal = findRefusal(state, ask.tokens, now_ms);
  if (refusal !== null) return { kind: 'refused', ...refusal, limits: view(state, now_ms) };
  hold(state, ask.hold_id, 1, ask.tokens, now_ms + ask.expires_in_ms);
  notePace(state, now_ms);
  const slice = ask.slice_wanted ? takeSlice(state, ask, now_ms) : null;
  return { kind: 'admitted', limits: view(state, now_ms), slice };
}

function takeSlice(state: RateMeterState, ask: MeterAsk, now_ms: number): RateSlice | null {
  const requests = sliceSize(state, ask.tokens);
  if (requests === 0) return null;
  const slice_id = SLICE_PREFIX + ask.hold_id;
  const tokens = requests * ask.tokens;
  const until_ms = now_ms + SLICE_MS;
  hold(state, slice_id, requests, tokens, until_ms + ask.expires_in_ms);
  return { slice_id, requests, tokens, until_ms };
}

/** What of an unknown hold comes back changes nothing: it has ended, or expired. */
export function giveBack(state: RateMeterState, back: MeterReturn, now_ms: number): void {
  settleTime(state, now_ms);
  const held = state.open.get(back.hold_id);
  if (held === undefined) return;
  const requests = Math.min(Math.max(0, back.requests), held.requests);
  held.requests -= requests;
  held.tokens -= back.tokens;
  // Of a slice nobody knows when its used part was used: it counts as used just now.
  const of_slice = back.of === 'slice';
  const requests_back = of_slice ? held.requests_left - held.requests * UNIT : requests * UNIT;
  const requests_out = Math.min(held.requests_left, Math.max(0, requests_back));
  held.requests_left -= requests_out;
  state.requests.open -= requests_out;
  const tokens_back = of_slice ? held.tokens_left - held.tokens * UNIT : back.tokens * UNIT;
  const tokens_out = Math.min(held.tokens_left, Math.max(0, tokens_back));
  held.tokens_left -= tokens_out;
  state.tokens.open -= tokens_out;
  if (back.tokens < 0 && state.limits.tokens_per_minute !== null) state.tokens.closed -= back.tokens * UNIT;
  if (held.day_end_ms === state.day_end_ms)
    state.requests_today = Math.max(0, state.requests_today - requests);
  const ended = Math.min(held.running, of_slice ? requests : 1);
  held.running -= ended;
  state.in_flight -= ended;
  if (held.running === 0) close(state, back.hold_id, held);
}

function hold(
  state: RateMeterState,
  hold_id: string,
  requests: number,
  tokens: number,
  expires_ms: number,
): void {
  const { requests_per_minute, tokens_per_minute } = state.limits;
  const requests_left = requests_per_minute === null ? 0 : requests * UNIT;
  const tokens_left = tokens_per_minute === null ? 0 : tokens * UNIT;
  state.open.set(hold_id, {
    requests,
    tokens,
    requests_left,
    tokens_left,
    running: requests,
    day_end_ms: state.day_end_ms,
    expires_ms,
  });
  state.requests.open += requests_left;
  state.tokens.open += tokens_left;
  state.requests_today += requests;
  state.in_flight += requests;
  if (expires_ms < state.next_expiry_ms) state.next_expiry_ms = expires_ms;
}

/** What is inside of it stays inside, and nobody can take it out again. */
function close(state: RateMeterState, hold_id: string, held: RateHold): void {
  state.open.delete(hold_id);
  state.in_flight -= held.running;
  state.requests.open -= held.requests_left;
  state.requests.closed += held.requests_left;
  state.tokens.open -= held.tokens_left;
  state.tokens.closed += held.tokens_left;
}

/** Lets time pass: meters leak, and what nobody ended in time ends. */
function settleTime(state: RateMeterState, now_ms: number): void {
  const { requests_per_minute, tokens_per_minute } = state.limits;
  let requests = leakOrWait(state.requests, requests_per_minute, now_ms);
  let tokens = leakOrWait(state.tokens, tokens_per_minute, now_ms);
  if (requests > 0 || tokens > 0) {
    for (const held of state.open.values()) {
      const requests_out = Math.min(held.requests_left, requests);
      held.requests_left -= requests_out;
      requests -= requests_out;
      const tokens_out = Math.min(held.tokens_left, tokens);
      held.tokens_left -= tokens_out;
      tokens -= tokens_out;
      if (requests === 0 && tokens === 0) break;
    }
  }
  if (now_ms < state.next_expiry_ms) return;
  let next_ms = Number.POSITIVE_INFINITY;
  for (const [hold_id, held] of state.open) {
    if (held.expires_ms <= now_ms) close(state, hold_id, held);
    else if (held.expires_ms < next_ms) next_ms = held.expires_ms;
  }
  state.next_expiry_ms = next_ms;
}

/** A meter without a limit stands still: what was in it is gone when there is a limit again. */
function leakOrWait(meter: Meter, per_minute: number | null, now_ms: number): number {
  if (per_minute !== null) return leak(meter, per_minute, now_ms);
  meter.at_ms = Math.max(meter.at_ms, now_ms);
  meter.closed = 0;
  const from_open = meter.open;
  meter.open = 0;
  return from_open;
}

/** A clock that goes back stays in the day it was in; a changed time zone keeps what was counted. */
function turnDay(state: RateMeterState, time_zone: string, now_ms: number): void {
  if (now_ms >= state.day_end_ms) state.requests_today = 0;
  state.time_zone = time_zone;
  state.day_end_ms = windowAt('daily', time_zone, now_ms).end_ms ?? Number.POSITIVE_INFINITY;
}

interface Refusal {
  limit: RateLimitName;
  retry_after_ms: number | null;
}

/** The limit that makes wait longest; `null` = all let it pass. */
function findRefusal(state: RateMeterState, tokens: number, now_ms: number): Refusal | null {
  const { requests_per_minute, tokens_per_minute, requests_per_day, concurrency } = state.limits;
  let refusal: Refusal | null = null;
  if (requests_per_minute !== null) {
    const wait = waitFor(state.requests, 1, requests_per_minute, burstOf(state.limits), now_ms);
    if (wait !== 0) refusal = { limit: 'requests_per_minute', retry_after_ms: wait };
  }
  if (tokens_per_minute !== null) {
    const wait = waitFor(state.tokens, tokens, tokens_per_minute, tokens_per_minute, now_ms);
    if (wait !== 0) refusal = longer<Refusal>(refusal, { limit: 'tokens_per_minute', retry_after_ms: wait });
  }
  if (requests_per_day !== null && !(state.requests_today < requests_per_day)) {
    const wait = requests_per_day > 0 ? Math.max(1, state.day_end_ms - now_ms) : null;
    refusal = longer<Refusal>(refusal, { limit: 'requests_per_day', retry_after_ms: wait });
  }
  if (concurrency !== null && !(state.in_flight < concurrency)) {
    const wait = concurrency > 0 ? ASK_AGAIN_MS : null;
    refusal = longer<Refusal>(refusal, { limit: 'concurrency', retry_after_ms: wait });
  }
  return refusal;
}

/** The one that waits longer; `null`, which is for ever, longest. */
export function longer<T extends { retry_after_ms: number | null }>(a: T | null, b: T): T {
  if (a === null) return b;
  if (a.retry_after_ms === null) return a;
  return b.retry_after_ms === null || b.retry_after_ms > a.retry_after_ms ? b : a;
}

function view(state: RateMeterState, now_ms: number): LimitsView {
  const { limits } = state;
  const { requests_per_minute, tokens_per_minute, requests_per_day } = limits;
  const per_minute = requests_per_minute === null ? null : roomIn(state.requests, burstOf(limits));
  const per_day = requests_per_day === null ? null : Math.max(0, requests_per_day - state.requests_today);
  const by_day = per_day !== null && (per_minute === null || per_day < per_minute);
  return {
    requests_limit: by_day ? requests_per_day : requests_per_minute,
    requests_remaining: by_day ? per_day : per_minute,
    requests_reset_ms: by_day
      ? Math.max(0, state.day_end_ms - now_ms)
      : requests_per_minute === null
        ? null
        : emptyIn(state.requests, requests_per_minute),
    tokens_limit: tokens_per_minute,
    tokens_remaining: tokens_per_minute === null ? null : roomIn(state.tokens, tokens_per_minute),
    tokens_reset_ms: tokens_per_minute === null ? null : emptyIn(state.tokens, tokens_per_minute),
    budget_remaining_usd_nanos: null,
    budget_held_usd_nanos: null,
  };
}
