import { type AdviceMonth, DAY_MS } from './month.ts';
import {
  cheaper,
  daily,
  easy,
  limits,
  peaks,
  pool,
  print,
  printed,
  repeated,
  steady,
  twin,
  two,
  withMore,
} from './month-parts-fixture.ts';
import {
  answeredBy,
  BIG,
  FAILED,
  keyOf,
  modelOf,
  monthOfTraffic,
  pricesOf,
  REFUSED,
  spread,
  UNTIL_MS,
  WEAK,
} from './synthetic-month-fixture.ts';

export interface KnownMonth {
  name: string;
  /** `kind subject` of all that is right to say; empty = nothing is. */
  truth: string[];
  make: (seed: number) => AdviceMonth;
}

export const KNOWN_MONTHS: readonly KnownMonth[] = [
  { name: 'a quiet, healthy month', truth: [], make: (seed) => monthOfTraffic(seed, [steady()], cheaper) },
  {
    name: 'five requests a day',
    truth: [],
    make: (seed) => monthOfTraffic(seed, [steady(easy, 5)], cheaper),
  },
  {
    name: 'four days of anything',
    truth: [],
    make: (seed) => monthOfTraffic(seed, [steady(easy)], { ...cheaper, from_ms: UNTIL_MS - 4 * DAY_MS }),
  },
  {
    name: 'easy traffic on a dear model',
    truth: ['cheaper_model big'],
    make: (seed) => monthOfTraffic(seed, [steady(easy, 200)], cheaper),
  },
  {
    name: 'easy traffic, and only a model too weak is cheaper',
    truth: [],
    make: (seed) => monthOfTraffic(seed, [steady(easy, 200)]),
  },
  {
    name: 'half easy, half hard traffic on a dear model',
    truth: [],
    make: (seed) =>
      monthOfTraffic(
        seed,
        [steady(easy), steady((chance) => ({ difficulty: 0.7 + 0.3 * chance() }))],
        cheaper,
      ),
  },
  {
    name: 'easy traffic with images, which the cheaper model cannot see',
    truth: [],
    make: (seed) =>
      monthOfTraffic(
        seed,
        [steady((chance) => ({ ...easy(chance), needs_vision: chance() < 0.1 }), 200)],
        cheaper,
      ),
  },
  {
    name: 'easy traffic, and the cheaper model fails often',
    truth: [],
    make: (seed) =>
      monthOfTraffic(
        seed,
        [
          steady(easy, 200),
          steady(
            (chance) => ({
              model_requested: 'small',
              key_id: 'key_a',
              targets: 2,
              ...(chance() < 0.2 ? FAILED : {}),
              asked: answeredBy('beta', 'small').asked,
              cost_usd_nanos: null,
            }),
            40,
          ),
        ],
        cheaper,
      ),
  },
  {
    name: 'auto that was told to take the best, for easy traffic',
    truth: ['cheaper_model auto'],
    make: (seed) => {
      const month = monthOfTraffic(
        seed,
        [steady((chance) => ({ ...easy(chance), model_requested: 'auto', strategy: 'quality' }), 200)],
        cheaper,
      );
      return { ...month, settings: { ...month.settings, default_routing_strategy: 'quality' } };
    },
  },
  {
    name: 'a fifth of the requests repeated within the hour',
    truth: ['enable_cache organization'],
    make: (seed) => printed(seed, 200, repeated(0.2, false)),
  },
  {
    name: 'repeats, but the cache was forbidden',
    truth: [],
    make: (seed) => {
      const month = printed(seed, 200, repeated(0.2, false));
      return { ...month, settings: { ...month.settings, cache: { enabled: false } } };
    },
  },
  {
    name: 'one repeat in two hundred',
    truth: [],
    make: (seed) => printed(seed, 200, repeated(0.005, false)),
  },
  {
    name: 'the same words each morning: too far apart for a cache',
    truth: [],
    make: (seed) => {
      const month = monthOfTraffic(seed, [{ per_day: 20 }]);
      return { ...month, requests: daily(month.requests) };
    },
  },
  {
    name: 'a fifth of the requests repeated in other writing',
    truth: ['enable_semantic_cache organization'],
    make: (seed) => {
      const month = printed(seed, 200, repeated(0.2, true));
      return { ...month, settings: { ...month.settings, cache: { enabled: true } } };
    },
  },
  {
    name: 'long prompts that begin alike',
    truth: ['prompt_cache alpha/big'],
    make: (seed) => printed(seed, 300, (_, n) => ({ ...print(n, 0, 'h'), input_tokens: 3_000 })),
  },
  {
    name: 'long prompts that begin alike and are cached already',
    truth: [],
    make: (seed) =>
      printed(seed, 300, (_, n) => ({ ...print(n, 0, 'h'), input_tokens: 600, cache_read_tokens: 2_400 })),
  },
  {
    name: 'a pool that is busy for a tenth of its price',
    truth: ['pool_dearer_than_api llama'],
    make: (seed) => monthOfTraffic(seed, [steady()], pool(0.1)),
  },
  { name: 'a pool that pays', truth: [], make: (seed) => monthOfTraffic(seed, [steady()], pool(1.4)) },
  { name: 'a pool near break-even', truth: [], make: (seed) => monthOfTraffic(seed, [steady()], pool(0.97)) },
  {
    name: 'one of two providers twice as slow',
    truth: ['faster_connection big at conn_alpha'],
    make: (seed) => monthOfTraffic(seed, two(3_000), { models: [BIG, twin] }),
  },
  {
    name: 'two providers equally fast',
    truth: [],
    make: (seed) => monthOfTraffic(seed, two(1_500), { models: [BIG, twin] }),
  },
  {
    name: 'one provider seems slow because its answers are longer',
    truth: [],
    make: (seed) => {
      const sized = (tokens: number) => (chance: () => number) => {
        const output_tokens = Math.round(tokens * spread(chance, 0.4));
        return { output_tokens, latency_ms: 4 * output_tokens * spread(chance, 0.2) };
      };
      const streams = [
        steady(sized(1_200)),
        steady((chance) => ({ ...answeredBy('beta', 'big'), ...sized(200)(chance) })),
      ];
      return monthOfTraffic(seed, streams, { models: [BIG, twin] });
    },
  },
  {
    name: 'one of two providers twice as slow, and the fast one half as dear again',
    truth: [],
    make: (seed) =>
      monthOfTraffic(seed, two(3_000), { models: [BIG, modelOf('beta', 'big', 0.9, pricesOf(7.5, 22.5))] }),
  },
  {
    name: 'two of a hundred requests fail, and nobody else is asked',
    truth: ['missing_fallback big'],
    make: (seed) =>
      monthOfTraffic(seed, [steady((chance) => (chance() < 0.02 ? FAILED : {}), 200)], {
        models: [BIG, twin],
      }),
  },
  {
    name: 'failures, and no other model to ask',
    truth: [],
    make: (seed) =>
      monthOfTraffic(seed, [steady((chance) => (chance() < 0.02 ? FAILED : {}), 200)], { models: [BIG] }),
  },
  {
    name: 'failures that a fallback has caught',
    truth: [],
    make: (seed) =>
      monthOfTraffic(seed, [steady((chance) => (chance() < 0.02 ? { targets: 2 } : {}), 200)], {
        models: [BIG, twin],
      }),
  },
  {
    name: 'one bad afternoon',
    truth: [],
    make: (seed) =>
      monthOfTraffic(seed, [steady(), { per_day: 90, days: (day) => day === 12, shape: () => FAILED }], {
        models: [BIG, twin],
      }),
  },
  {
    name: 'a client that repeats failing requests',
    truth: ['retry_storm key_a'],
    make: (seed) =>
      withMore(
        monthOfTraffic(seed, [steady()]),
        peaks(60, 0, (day) => day % 5 === 1, 2).map((one) => ({
          ...one,
          status: 400,
          error_code: 'invalid_request',
        })),
      ),
  },
  {
    name: 'an outage of ten minutes every few days, at a busy key that sends what it always does',
    truth: [],
    make: (seed) =>
      withMore(
        monthOfTraffic(seed, [steady()], { models: [BIG] }),
        peaks(40, 40, () => true, 12).map((one) =>
          Math.floor(one.at_ms / DAY_MS) % 5 === 1 && one.at_ms % DAY_MS > 39_000_000
            ? { ...one, ...FAILED }
            : one,
        ),
      ),
  },
  {
    name: 'a limit below what the daily work needs',
    truth: ['limit_too_tight key_a'],
    make: (seed) =>
      withMore(
        monthOfTraffic(seed, [steady()], { keys: [keyOf({ limits: limits(30) })] }),
        peaks(45, 30, () => true),
      ),
  },
  {
    name: 'a flood of which a limit stopped nearly all',
    truth: ['retry_storm key_a'],
    make: (seed) =>
      withMore(
        monthOfTraffic(seed, [steady()], { keys: [keyOf({ limits: limits(30) })] }),
        peaks(600, 30, (day) => day > 20 && day < 26, 1),
      ),
  },
  {
    name: 'a limit that was reached on one day',
    truth: [],
    make: (seed) =>
      withMore(
        monthOfTraffic(seed, [steady()], { keys: [keyOf({ limits: limits(30) })] }),
        peaks(45, 30, (day) => day === 9),
      ),
  },
  {
    name: 'holds thirty times what answers cost, and others wait',
    truth: ['holds_too_large key_a'],
    make: (seed) =>
      monthOfTraffic(seed, [
        steady(
          (chance) => (chance() < 0.02 ? { ...REFUSED, error_code: 'budget_held' } : { held_usd_nanos: 3e8 }),
          200,
        ),
      ]),
  },
  {
    name: 'holds thirty times what answers cost, and nobody waits',
    truth: [],
    make: (seed) => monthOfTraffic(seed, [steady(() => ({ held_usd_nanos: 3e8 }), 200)]),
  },
  {
    name: 'a key without a budget that spends',
    truth: ['key_without_budget key_a'],
    make: (seed) =>
      monthOfTraffic(seed, [steady()], {
        keys: [keyOf({ has_budget: false, spent_by_day: new Array(30).fill(3e9) })],
      }),
  },
  {
    name: 'a key without a budget that spends cents',
    truth: [],
    make: (seed) =>
      monthOfTraffic(seed, [steady()], {
        keys: [keyOf({ has_budget: false, spent_by_day: new Array(30).fill(3e7) })],
      }),
  },
  {
    name: 'a key in use that expires in a week, and one not in use that does',
    truth: ['key_expiring key_a'],
    make: (seed) => {
      const expires_at_ms = UNTIL_MS + 7 * DAY_MS;
      return monthOfTraffic(seed, [steady()], {
        keys: [keyOf({ expires_at_ms }), keyOf({ key_id: 'key_b', expires_at_ms })],
      });
    },
  },
  {
    name: 'a key of long ago without a request, and a new one',
    truth: ['key_unused key_b'],
    make: (seed) =>
      monthOfTraffic(seed, [steady()], {
        keys: [
          keyOf(),
          keyOf({ key_id: 'key_b', requests: 0 }),
          keyOf({ key_id: 'key_c', requests: 0, created_at_ms: UNTIL_MS - 3 * DAY_MS }),
        ],
      }),
  },
  {
    name: 'a model in use that retires in a month, and one that nobody uses',
    truth: ['model_retiring alpha/big'],
    make: (seed) =>
      monthOfTraffic(seed, [steady()], {
        models: [
          { ...BIG, retires_on: '2026-12-01' },
          modelOf('alpha', 'bigger', 0.92, pricesOf(5, 15)),
          { ...WEAK, retires_on: '2026-12-01' },
        ],
      }),
  },
  {
    name: 'easy traffic on a dear model, a limit too tight and a silent key at once',
    truth: ['cheaper_model big', 'limit_too_tight key_a', 'key_unused key_b'],
    make: (seed) =>
      withMore(
        monthOfTraffic(seed, [steady(easy, 200)], {
          ...cheaper,
          keys: [keyOf({ limits: limits(30) }), keyOf({ key_id: 'key_b', requests: 0 })],
        }),
        peaks(45, 30, () => true).map((one) => ({ ...one, difficulty: 0.1 })),
      ),
  },
];
