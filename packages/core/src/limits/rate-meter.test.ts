import type { RateLimits } from '@sluice/contract';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { levelOf } from './gcra.ts';
import { createRateMeter, giveBack, type MeterAnswer, type RateMeterState, take } from './rate-meter.ts';
import { NO_RATES } from './test-policy.ts';

const T0 = Date.UTC(2026, 10, 21, 12);
const B10: RateLimits = { ...NO_RATES, requests_per_minute: 120, request_burst: 20 };

const ask = (
  state: RateMeterState,
  hold_id: string,
  limits: RateLimits,
  now_ms: number,
  more: { tokens?: number; time_zone?: string; slice_wanted?: boolean; expires_in_ms?: number } = {},
): MeterAnswer =>
  take(
    state,
    { hold_id, limits, time_zone: 'UTC', tokens: 0, expires_in_ms: 60_000, slice_wanted: false, ...more },
    now_ms,
  );

const never = (state: RateMeterState, hold_id: string, tokens: number, now_ms: number): void =>
  giveBack(state, { hold_id, of: 'request', requests: 1, tokens }, now_ms);
const end = (state: RateMeterState, hold_id: string, unused: number, now_ms: number): void =>
  giveBack(state, { hold_id, of: 'request', requests: 0, tokens: unused }, now_ms);
const waitOf = (answer: MeterAnswer): number | null =>
  answer.kind === 'refused' ? answer.retry_after_ms : expect.fail('was admitted');
const balance = (state: RateMeterState) =>
  structuredClone({ ...state, pace: 0, pace_before: 0, pace_start_ms: 0 });

it.each([
  ['all at once, again and again', (i: number) => (i % 200 === 0 ? 60_000 : 0)],
  ['on both sides of each minute', (i: number) => (i % 2 === 0 ? 1 : i % 50 === 1 ? 59_999 : 0)],
  ['a little faster than allowed', () => 450],
  ['as fast as it goes', () => 3],
])('arrivals %s: no window ever holds more than its burst and its rate', (_name, step) => {
  const state = createRateMeter(T0);
  const admitted: number[] = [];
  let now_ms = T0;
  for (let i = 0; i < 1_500; i++) {
    now_ms += step(i);
    if (ask(state, `h${i}`, B10, now_ms).kind === 'refused') continue;
    // Every third is refused elsewhere and taken back: that must not make room for more than there is.
    if (i % 3 === 0) never(state, `h${i}`, 0, now_ms + 2);
    else {
      admitted.push(now_ms);
      end(state, `h${i}`, 0, now_ms);
    }
  }
  expectWithin(admitted, 20, 500);
  expect(admitted.length).toBeGreaterThanOrEqual(20);
});

function expectWithin(admitted: number[], burst: number, ms_each: number): void {
  for (let from = 0; from < admitted.length; from++)
    for (let to = from; to < admitted.length; to++) {
      const window_ms = (admitted[to] ?? 0) - (admitted[from] ?? 0);
      if (to - from + 1 > burst + window_ms / ms_each)
        expect.fail(`${to - from + 1} requests in ${window_ms} ms`);
    }
}

it('whatever comes, ends, is taken back or sliced: requests and tokens stay within burst and rate', () => {
  const limits: RateLimits = { ...B10, tokens_per_minute: 6_000 };
  const step = fc.record({
    wait_ms: fc.oneof(fc.constant(0), fc.nat(40), fc.nat(3_000), fc.constant(-5_000)),
    tokens: fc.integer({ min: 0, max: 2_000 }),
    next: fc.constantFrom('run', 'end', 'never'),
    used: fc.nat(100),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const state = createRateMeter(T0);
      let now_ms = T0;
      let latest_ms = T0;
      const requests: number[] = [];
      const tokens: { at_ms: number; tokens: number }[] = [];
      steps.forEach(({ wait_ms, tokens: asked, next, used }, i) => {
        now_ms += wait_ms;
        latest_ms = Math.max(latest_ms, now_ms);
        if (ask(state, `h${i}`, limits, now_ms, { tokens: asked }).kind === 'refused') return;
        if (next === 'never') {
          never(state, `h${i}`, asked, now_ms);
          return;
        }
        requests.push(latest_ms);
        const spent = next === 'run' ? asked : Math.floor((asked * used) / 100);
        tokens.push({ at_ms: latest_ms, tokens: spent });
        if (next === 'end') end(state, `h${i}`, asked - spent, now_ms);
      });
      expectWithin(requests, 20, 500);
      for (let from = 0; from < tokens.length; from++) {
        let sum = 0;
        for (let to = from; to < tokens.length; to++) {
          sum += tokens[to]?.tokens ?? 0;
          const window_ms = (tokens[to]?.at_ms ?? 0) - (tokens[from]?.at_ms ?? 0);
          expect(sum).toBeLessThanOrEqual(6_000 + window_ms / 10);
        }
      }
      expect(levelOf(state.requests)).toBeGreaterThanOrEqual(0);
      expect(levelOf(state.tokens)).toBeGreaterThanOrEqual(0);
      expect(state.in_flight).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 150 },
  );
});

it('constant demand gets at least 99 of 100 of its rate over ten minutes', () => {
  const state = createRateMeter(T0);
  let admitted = 0;
  for (let ms = 0; ms < 600_000; ms += 100) {
    if (ask(state, `h${ms}`, B10, T0 + ms).kind === 'refused') continue;
    admitted++;
    end(state, `h${ms}`, 0, T0 + ms);
  }
  expect(admitted).toBeGreaterThanOrEqual(0.99 * 1_200);
  expect(admitted).toBeLessThanOrEqual(20 + 1_200);
});

it('a refusal leaves the balance as it was, whichever limit refused', () => {
  const limits = { ...B10, tokens_per_minute: 100, requests_per_day: 3, concurrency: 3 };
  const state = createRateMeter(T0);
  ask(state, 'a', limits, T0, { tokens: 60 });
  const before = balance(state);
  expect(ask(state, 'b', limits, T0, { tokens: 60 })).toMatchObject({ limit: 'tokens_per_minute' });
  expect(balance(state)).toEqual(before);
  ask(state, 'c', limits, T0);
  ask(state, 'd', limits, T0);
  const full = balance(state);
  expect(ask(state, 'e', limits, T0)).toMatchObject({ limit: 'requests_per_day' });
  expect(balance(state)).toEqual(full);
});

it('whoever waits as told is admitted, whatever refused', () => {
  const limits = { ...B10, tokens_per_minute: 1_000, requests_per_day: 60 };
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(900), fc.nat(1_000)), { maxLength: 120 }), (arrivals) => {
      const state = createRateMeter(T0);
      let now_ms = T0;
      arrivals.forEach(([wait_ms, tokens], i) => {
        now_ms += wait_ms;
        const answer = ask(state, `h${i}`, limits, now_ms, { tokens });
        if (answer.kind === 'admitted') return;
        now_ms += answer.retry_after_ms ?? expect.fail('never');
        expect(ask(state, `again${i}`, limits, now_ms, { tokens }).kind).toBe('admitted');
      });
    }),
    { numRuns: 100 },
  );
});

it('a clock that goes back five seconds refills nothing, and time counts again where it had been', () => {
  const state = createRateMeter(T0);
  for (let i = 0; i < 20; i++) expect(ask(state, `h${i}`, B10, T0).kind).toBe('admitted');
  for (let round = 0; round < 10; round++) {
    expect(waitOf(ask(state, 'back', B10, T0 - 5_000))).toBe(5_500);
    expect(ask(state, 'forth', B10, T0).kind).toBe('refused');
  }
  expect(ask(state, 'later', B10, T0 + 500).kind).toBe('admitted');
  expect(ask(state, 'too soon', B10, T0 + 501).kind).toBe('refused');
});

it('a day turns over at midnight of its time zone, and a request that was never made does not count in it', () => {
  const limits = { ...NO_RATES, requests_per_day: 2 };
  const zone = { time_zone: 'America/New_York' };
  const state = createRateMeter(T0);
  ask(state, 'a', limits, T0, zone);
  ask(state, 'b', limits, T0, zone);
  // 12:00 UTC is 07:00 there.
  expect(waitOf(ask(state, 'c', limits, T0, zone))).toBe(17 * 3_600_000);
  never(state, 'b', 0, T0);
  expect(ask(state, 'd', limits, T0, zone).kind).toBe('admitted');
  expect(ask(state, 'e', limits, T0 + 17 * 3_600_000 - 1, zone).kind).toBe('refused');
  expect(ask(state, 'f', limits, T0 + 17 * 3_600_000, zone).kind).toBe('admitted');
  // What was counted yesterday gives nothing back today.
  never(state, 'd', 0, T0 + 17 * 3_600_000);
  expect(state.requests_today).toBe(1);
});

it('a request in flight that nobody ended stops counting when it expires', () => {
  const limits = { ...NO_RATES, concurrency: 1 };
  const state = createRateMeter(T0);
  ask(state, 'lost', limits, T0, { expires_in_ms: 30_000 });
  expect(waitOf(ask(state, 'b', limits, T0 + 29_999))).toBe(1_000);
  expect(ask(state, 'c', limits, T0 + 30_000).kind).toBe('admitted');
  end(state, 'c', 0, T0 + 30_001);
  end(state, 'c', 0, T0 + 30_001);
  expect(state.in_flight).toBe(0);
});

it('the same ask again takes nothing more', () => {
  const state = createRateMeter(T0);
  ask(state, 'a', B10, T0);
  const before = balance(state);
  expect(ask(state, 'a', B10, T0).kind).toBe('admitted');
  expect(balance(state)).toEqual(before);
});

it('what was used beyond the reservation is made up for before the next', () => {
  const limits = { ...NO_RATES, tokens_per_minute: 600 };
  const state = createRateMeter(T0);
  ask(state, 'a', limits, T0, { tokens: 100 });
  end(state, 'a', -500, T0);
  expect(waitOf(ask(state, 'b', limits, T0, { tokens: 100 }))).toBe(10_000);
});

it('a hot subject hands out slices of a sixteenth, and what comes back of one makes no room that was not there', () => {
  const limits = { ...NO_RATES, requests_per_minute: 6_000, requests_per_day: 100_000 };
  const state = createRateMeter(T0);
  let slice = null;
  for (let i = 0; slice === null && i < 100; i++) {
    const answer = ask(state, `h${i}`, limits, T0, { slice_wanted: true });
    slice = answer.kind === 'admitted' ? answer.slice : null;
  }
  expect(slice?.requests).toBeGreaterThanOrEqual(64);
  if (slice === null) return;
  const { slice_id, requests } = slice;
  const counted = state.requests_today;
  // Of them 10 were used, nobody knows when: those stay inside whole.
  giveBack(state, { hold_id: slice_id, of: 'slice', requests: requests - 10, tokens: 0 }, T0 + 100);
  expect(state.requests_today).toBe(counted - requests + 10);
  expect(state.open.get(slice_id)).toMatchObject({ requests: 10, running: 10 });
  expect(state.open.get(slice_id)?.requests_left).toBe(10 * 60_000);
  for (let i = 0; i < 10; i++) end(state, slice_id, 0, T0 + 100);
  expect(state.open.has(slice_id)).toBe(false);
});

it('what has leaked out already cannot be given back: that would make room twice', () => {
  const limits = { ...B10, tokens_per_minute: 600 };
  const state = createRateMeter(T0);
  for (let i = 0; i < 20; i++) ask(state, `h${i}`, limits, T0, { tokens: 30 });
  // Half a second lets one request and five tokens out, which another takes at once.
  expect(ask(state, 'next', limits, T0 + 500, { tokens: 5 }).kind).toBe('admitted');
  never(state, 'h0', 30, T0 + 500);
  const refused = ask(state, 'more', limits, T0 + 500, { tokens: 1 });
  expect(refused).toMatchObject({ kind: 'refused', limit: 'requests_per_minute', retry_after_ms: 500 });
  expect(levelOf(state.tokens)).toBe(575 * 60_000);
});
