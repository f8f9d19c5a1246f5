import { expect, it } from 'vitest';
import { admit } from './admit.ts';
import { createKeyLedger } from './key-ledger-state.ts';
import { askOf, NO_RATES, policyOf } from './test-policy.ts';

const T0 = Date.UTC(2026, 10, 21, 12);
const limits = { ...NO_RATES, requests_per_minute: 120, request_burst: 20 };

it.each([
  ['all at once, again and again', (i: number) => (i % 200 === 0 ? 60_000 : 0)],
  ['on both sides of each minute', (i: number) => (i % 2 === 0 ? 1 : i % 50 === 1 ? 59_999 : 0)],
  ['a little faster than allowed', () => 450],
  ['as fast as it goes', () => 3],
])('arrivals %s: no window ever holds more than its burst and its rate', (_name, step) => {
  const state = createKeyLedger(policyOf({ limits }), T0);
  const admitted: number[] = [];
  let now_ms = T0;
  for (let i = 0; i < 1_500; i++) {
    now_ms += step(i);
    if (admit(state, askOf(`h${i}`, 0), now_ms).kind === 'admitted') admitted.push(now_ms);
  }
  for (let from = 0; from < admitted.length; from++)
    for (let to = from; to < admitted.length; to++) {
      const window_ms = (admitted[to] ?? 0) - (admitted[from] ?? 0);
      if (to - from + 1 > 20 + window_ms / 500) expect.fail(`${to - from + 1} in ${window_ms} ms`);
    }
  expect(admitted.length).toBeGreaterThanOrEqual(20);
});

it('a clock that goes back five seconds refills nothing, and time counts again where it had been', () => {
  const state = createKeyLedger(policyOf({ limits }), T0);
  const ask = (id: string, at_ms: number) => admit(state, askOf(id, 0), at_ms).kind;
  for (let i = 0; i < 20; i++) expect(ask(`h${i}`, T0)).toBe('admitted');
  for (let round = 0; round < 10; round++) {
    expect(ask(`back${round}`, T0 - 5_000)).toBe('refused');
    expect(ask(`forth${round}`, T0)).toBe('refused');
  }
  expect(ask('later', T0 + 500)).toBe('admitted');
  expect(ask('too soon', T0 + 501)).toBe('refused');
});
