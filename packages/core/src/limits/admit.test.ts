import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admit } from './admit.ts';
import { affordable, applyPolicy, createKeyLedger, outputCost } from './key-ledger-state.ts';
import { settle, sweep } from './settle.ts';
import { askOf, budgetOf, NO_RATES, policyOf, settlementOf } from './test-policy.ts';
import { viewUsage } from './usage.ts';

const T0 = Date.UTC(2026, 10, 21, 12);
const budget = (state: ReturnType<typeof createKeyLedger>) => viewUsage(state, T0).budgets[0];

describe('budgets', () => {
  it('of five hundred asks exactly the ten that fit are admitted, the others are told to retry', () => {
    const state = createKeyLedger(policyOf({ budgets: [budgetOf(100)] }), T0);
    const answers = Array.from({ length: 500 }, (_, i) => admit(state, askOf(`h${i}`, 10), T0));
    expect(answers.filter((one) => one.kind === 'admitted')).toHaveLength(10);
    expect(answers[10]).toMatchObject({ code: 'budget_held', limit: 'daily', retry_after_ms: 1_000 });
    expect(budget(state)).toMatchObject({ spent_usd_nanos: 0, held_usd_nanos: 100 });
  });

  it('says exceeded, not held, when settled money is in the way', () => {
    const state = createKeyLedger(policyOf({ budgets: [budgetOf(100)] }), T0);
    admit(state, askOf('a', 95), T0);
    settle(state, settlementOf('a', 95, 95), T0);
    expect(admit(state, askOf('b', 10), T0)).toMatchObject({ code: 'budget_exceeded', retry_after_ms: null });
  });

  it('lowers the output to what the rest pays for, and refuses below the floor', () => {
    const state = createKeyLedger(policyOf({ budgets: [budgetOf(100)] }), T0);
    const ask = { output_tokens: 1_000, output_usd_nanos_per_mtok: 1e6, output_tokens_floor: 16 };
    expect(admit(state, askOf('a', 20, ask), T0)).toMatchObject({ output_tokens: 80, held_usd_nanos: 100 });
    settle(state, settlementOf('a', 70, 100), T0);
    expect(admit(state, askOf('b', 20, ask), T0)).toMatchObject({ code: 'budget_exceeded' });
  });

  it('a limit per request lowers the output first, too', () => {
    const state = createKeyLedger(policyOf({ per_request_limit_usd_nanos: 50 }), T0);
    const ask = { output_tokens: 100, output_usd_nanos_per_mtok: 1e6, output_tokens_floor: 16 };
    expect(admit(state, askOf('a', 20, ask), T0)).toMatchObject({ output_tokens: 30 });
    expect(admit(state, askOf('b', 40, ask), T0)).toMatchObject({ code: 'per_request_limit_exceeded' });
  });

  it('refuses what has no price where money is limited, and a soft budget refuses nothing', () => {
    const hard = createKeyLedger(policyOf({ budgets: [budgetOf(100)] }), T0);
    expect(admit(hard, askOf('a', 0, { priced: false }), T0)).toMatchObject({ code: 'model_unpriced' });
    const soft = createKeyLedger(policyOf({ budgets: [budgetOf(1, { hard: false })] }), T0);
    expect(admit(soft, askOf('a', 50, { priced: false }), T0).kind).toBe('admitted');
  });

  it('a cost that is no number is thrown out before it can be compared', () => {
    const state = createKeyLedger(policyOf({ budgets: [budgetOf(100)] }), T0);
    expect(() => admit(state, askOf('a', Number.NaN), T0)).toThrow(RangeError);
  });

  it('the same id again gets the first answer and holds nothing more, also after its end', () => {
    const state = createKeyLedger(policyOf({ budgets: [budgetOf(100)] }), T0);
    admit(state, askOf('a', 60), T0);
    expect(admit(state, askOf('a', 60), T0)).toMatchObject({ kind: 'admitted', held_usd_nanos: 60 });
    expect(budget(state)?.held_usd_nanos).toBe(60);
    settle(state, settlementOf('a', 10, 60), T0);
    expect(admit(state, askOf('a', 60), T0)).toMatchObject({ kind: 'admitted', held_usd_nanos: 60 });
    expect(budget(state)).toMatchObject({ held_usd_nanos: 0, spent_usd_nanos: 10 });
  });

  it('a hold of the last moment of a month is charged to the old month', () => {
    const edge = Date.UTC(2026, 11, 1);
    const policy = policyOf({ budgets: [budgetOf(100, { window: 'monthly' })] });
    const state = createKeyLedger(policy, edge - 100);
    admit(state, askOf('a', 100), edge - 100);
    const november = state.windows[0];
    expect(admit(state, askOf('b', 100), edge).kind).toBe('admitted');
    settle(state, settlementOf('a', 90, 100), edge + 5);
    expect(november).toMatchObject({ spent_usd_nanos: 90, held_usd_nanos: 0 });
    expect(state.windows[0]).toMatchObject({ spent_usd_nanos: 0, held_usd_nanos: 100 });
  });

  it('a changed limit keeps what was used', () => {
    const state = createKeyLedger(policyOf({ budgets: [budgetOf(100)] }), T0);
    admit(state, askOf('a', 60), T0);
    applyPolicy(state, policyOf({ version: 2, budgets: [budgetOf(50)] }), T0);
    expect(admit(state, askOf('b', 1), T0).kind).toBe('policy_changed');
    expect(admit(state, askOf('b', 1, { policy_version: 2 }), T0)).toMatchObject({ code: 'budget_held' });
  });

  it('prices are exact beyond what a product of doubles can show', () => {
    const exact = (tokens: number, price: number): number =>
      Number((BigInt(tokens) * BigInt(price) + 999_999n) / 1_000_000n);
    const price = fc.integer({ min: 0, max: 1e12 });
    fc.assert(
      fc.property(fc.nat(2_000_000), price, (tokens, per_mtok) => {
        expect(outputCost(tokens, per_mtok)).toBe(exact(tokens, per_mtok));
      }),
    );
    fc.assert(
      fc.property(fc.nat(1e9), price, (money, per_mtok) => {
        const ask = askOf('a', 0, { output_tokens: 100_000, output_usd_nanos_per_mtok: per_mtok });
        const tokens = affordable(ask, money);
        expect(exact(tokens, per_mtok)).toBeLessThanOrEqual(money);
        if (tokens < 100_000) expect(exact(tokens + 1, per_mtok)).toBeGreaterThan(money);
      }),
    );
  });
});

describe('the end of a hold', () => {
  it('the first settlement wins, whatever comes after', () => {
    const state = createKeyLedger(policyOf({ budgets: [budgetOf(100)] }), T0);
    admit(state, askOf('a', 60), T0);
    for (const cost of [30, 10, 60]) settle(state, settlementOf('a', cost, 60), T0);
    expect(budget(state)).toMatchObject({ spent_usd_nanos: 30, held_usd_nanos: 0 });
  });

  it('unsettled, it is charged whole, once; a late settlement lowers that once and never raises it', () => {
    const state = createKeyLedger(policyOf({ budgets: [budgetOf(100)] }), T0);
    admit(state, askOf('a', 60), T0);
    admit(state, askOf('b', 40), T0);
    sweep(state, T0 + 60_000);
    sweep(state, T0 + 60_001);
    expect(budget(state)?.spent_usd_nanos).toBe(100);
    settle(state, settlementOf('a', 20, 60), T0 + 60_002);
    settle(state, settlementOf('a', 50, 60), T0 + 60_003);
    settle(state, settlementOf('b', 90, 40), T0 + 60_004);
    expect(budget(state)).toMatchObject({ spent_usd_nanos: 60, held_usd_nanos: 0 });
    expect(state.in_flight).toBe(0);
  });

  it('a cost above the hold is booked and counted', () => {
    const state = createKeyLedger(policyOf({ budgets: [budgetOf(100)] }), T0);
    admit(state, askOf('a', 60), T0);
    settle(state, settlementOf('a', 75, 60), T0);
    expect(budget(state)?.spent_usd_nanos).toBe(75);
    expect(state.overrun_usd_nanos).toBe(15);
  });
});

describe('rates', () => {
  it('a refusal takes nothing from any limit', () => {
    const limits = { ...NO_RATES, requests_per_minute: 10, concurrency: 1, requests_per_day: 5 };
    const state = createKeyLedger(policyOf({ limits, budgets: [budgetOf(100)] }), T0);
    admit(state, askOf('a', 10), T0);
    const before = structuredClone(state);
    expect(admit(state, askOf('b', 10), T0)).toMatchObject({ code: 'concurrency_limit_exceeded' });
    expect(state).toEqual(before);
  });

  it('requests per day turn over at midnight of the key, and waiting as told succeeds', () => {
    const limits = { ...NO_RATES, requests_per_day: 1 };
    const state = createKeyLedger(policyOf({ limits, time_zone: 'Europe/Berlin' }), T0);
    admit(state, askOf('a', 1), T0);
    const refused = admit(state, askOf('b', 1), T0);
    expect(refused).toMatchObject({ limit: 'requests_per_day', retry_after_ms: 11 * 3_600_000 });
    expect(admit(state, askOf('b', 1), T0 + 11 * 3_600_000).kind).toBe('admitted');
  });

  it('in any window no more than burst and rate are admitted, and obeying the wait always succeeds', () => {
    const limits = { ...NO_RATES, requests_per_minute: 120, request_burst: 20 };
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -5_000, max: 3_000 }), { minLength: 60, maxLength: 150, size: 'max' }),
        (steps) => {
          const state = createKeyLedger(policyOf({ limits }), T0);
          const admitted: number[] = [];
          let now_ms = T0;
          let latest_ms = T0;
          steps.forEach((step, i) => {
            now_ms += step < -2_500 ? step : Math.abs(step % 400);
            latest_ms = Math.max(latest_ms, now_ms);
            let answer = admit(state, askOf(`h${i}`, 0), now_ms);
            if (answer.kind === 'refused' && i % 3 === 0) {
              now_ms += answer.retry_after_ms ?? 0;
              latest_ms = Math.max(latest_ms, now_ms);
              answer = admit(state, askOf(`h${i}`, 0), now_ms);
              expect(answer.kind).toBe('admitted');
            }
            if (answer.kind === 'admitted') admitted.push(latest_ms);
          });
          for (let from = 0; from < admitted.length; from++)
            for (let to = from; to < admitted.length; to++)
              expect(to - from + 1).toBeLessThanOrEqual(
                20 + ((admitted[to] ?? 0) - (admitted[from] ?? 0)) / 500,
              );
        },
      ),
      { numRuns: 500 },
    );
  });

  it('constant demand gets at least 99 % of the rate', () => {
    const limits = { ...NO_RATES, requests_per_minute: 120, request_burst: 20 };
    const state = createKeyLedger(policyOf({ limits }), T0);
    let admitted = 0;
    for (let ms = 0; ms < 600_000; ms += 37)
      if (admit(state, askOf(`h${ms}`, 0), T0 + ms).kind === 'admitted') admitted++;
    expect(admitted).toBeGreaterThanOrEqual(1_200 * 0.99);
    expect(admitted).toBeLessThanOrEqual(1_220);
  });

  it('unused tokens come back, but never so many that a window holds more than burst and rate', () => {
    const limits = { ...NO_RATES, tokens_per_minute: 6_000 };
    const step = fc.record({
      ms: fc.integer({ min: 0, max: 20_000 }),
      tokens: fc.integer({ min: 1, max: 6_000 }),
      settle: fc.nat(10),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const state = createKeyLedger(policyOf({ limits }), T0);
        const used: { at: number; id: string; tokens: number; open: boolean }[] = [];
        let now_ms = T0;
        steps.forEach((one, i) => {
          now_ms += one.ms;
          const ask = askOf(`h${i}`, 0, { input_tokens: one.tokens, expires_in_ms: 1e9 });
          if (admit(state, ask, now_ms).kind === 'admitted')
            used.push({ at: now_ms, id: ask.hold_id, tokens: one.tokens, open: true });
          const done = used[one.settle];
          if (done?.open !== true) return;
          done.open = false;
          done.tokens = Math.min(5, done.tokens);
          settle(state, settlementOf(done.id, 0, 0), now_ms);
        });
        for (let from = 0; from < used.length; from++) {
          let sum = 0;
          for (const one of used.slice(from)) {
            sum += one.tokens;
            expect(sum).toBeLessThanOrEqual(6_000 + (one.at - (used[from]?.at ?? 0)) / 10);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

it.each([
  ['input', 100, 0],
  ['output', 0, 100],
  ['both', 60, 40],
] as const)(
  'a limit of tokens that counts %s lets the other kind pass',
  (tokens_counted, input_tokens, output_tokens) => {
    const limits = { ...NO_RATES, tokens_per_minute: 100, tokens_counted };
    const state = createKeyLedger(policyOf({ limits }), T0);
    const other = { input_tokens: 100 - input_tokens, output_tokens: 100 - output_tokens };
    const none = tokens_counted === 'both' ? { input_tokens: 0, output_tokens: 0 } : other;
    expect(admit(state, askOf('other', 0, none), T0).kind).toBe('admitted');
    expect(admit(state, askOf('all', 0, { input_tokens, output_tokens }), T0).kind).toBe('admitted');
    const one = tokens_counted === 'output' ? { input_tokens: 0, output_tokens: 1 } : { input_tokens: 1 };
    expect(
      admit(state, askOf('more', 0, { ...one, output_tokens_floor: one.output_tokens ?? 0 }), T0),
    ).toMatchObject({
      kind: 'refused',
      limit: 'tokens_per_minute',
    });
  },
);
