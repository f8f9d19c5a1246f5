import type { AdviceRequest } from '@sluice/contract';
import { type AdviceModel, type AdviceMonth, DAY_MS } from './month.ts';
import {
  answeredBy,
  connectionOf,
  FAILED,
  keyOf,
  modelOf,
  pricesOf,
  REFUSED,
  spread,
  type Traffic,
  UNTIL_MS,
} from './synthetic-month-fixture.ts';

export interface Draw {
  chance: () => number;
  days: number;
  /** As likely anywhere between both. */
  between: (low: number, high: number) => number;
  /** As likely in each order of magnitude. */
  even: (low: number, high: number) => number;
}

/** What a story puts into a month, and what is right to say of it. */
export interface Told {
  truth?: string[];
  traffic?: Traffic[];
  keys?: AdviceMonth['keys'];
  models?: AdviceMonth['models'];
  pools?: AdviceMonth['pools'];
  connections?: AdviceMonth['connections'];
  cache?: AdviceMonth['settings']['cache'];
  /** Requests in bursts, which are no traffic of a day. */
  bursts?: (sample: AdviceRequest) => AdviceRequest[];
  /** Goes over all requests in the order of time. */
  inOrder?: (requests: AdviceRequest[]) => AdviceRequest[];
}

/** Everyday traffic of a key and a model that nothing is to be said of. */
export const background = ({ chance, between, even }: Draw): Told => {
  const failing = between(0, 0.002);
  const sigma = between(0.4, 0.9);
  return {
    keys: [keyOf()],
    models: [modelOf('alpha', 'base', 0.86, pricesOf(3, 12))],
    traffic: [
      {
        per_day: even(30, 300),
        shape: (next) => ({
          model_requested: 'base',
          ...answeredBy('alpha', 'base'),
          latency_ms: 1_200 * spread(next, sigma),
          ...(next() < failing ? FAILED : {}),
        }),
      },
      // Some days are much fuller than others.
      {
        per_day: 120,
        days: (day) => (day * 7 + Math.floor(5 * chance())) % 5 === 0,
        shape: () => ({ model_requested: 'base', ...answeredBy('alpha', 'base') }),
      },
    ],
  };
};

const named = (name: string, key_id: string, provider = 'alpha'): Partial<AdviceRequest> => ({
  model_requested: name,
  key_id,
  ...answeredBy(provider, name),
});

/** Nobody else's model can see, so that no other story has an answer to this one. */
const seeing = (model: AdviceModel): AdviceModel => ({
  ...model,
  abilities: { ...model.abilities, vision: true },
});

const cheaper = ({ between, even }: Draw): Told => {
  const easy = between(0.85, 1);
  const price = even(0.05, 1.2);
  return {
    // Good enough for the hardest twentieth, a fifth cheaper.
    truth: easy >= 0.95 && price <= 0.8 ? ['cheaper_model dear'] : [],
    keys: [keyOf({ key_id: 'key_dear' })],
    models: [
      seeing(modelOf('alpha', 'dear', 0.92, pricesOf(6, 20))),
      seeing(modelOf('beta', 'plain', 0.7, pricesOf(6 * price, 20 * price))),
    ],
    traffic: [
      {
        per_day: even(40, 300),
        shape: (next) => ({
          ...named('dear', 'key_dear'),
          needs_vision: true,
          difficulty: next() < easy ? 0.32 * next() : 0.6 + 0.4 * next(),
        }),
      },
    ],
  };
};

const HOUR_MS = 3_600_000;
const repeats = ({ chance, even }: Draw): Told => {
  const share = even(0.004, 0.2);
  const per_day = even(100, 400);
  const exact = chance() < 0.5;
  const kind = exact ? 'enable_cache organization' : 'enable_semantic_cache organization';
  return {
    // Five days of seven are full ones, and a request costs a cent.
    truth: share >= 0.02 && share * per_day * 25 * 0.0102 >= 1 ? [kind] : [],
    cache: exact ? {} : { enabled: true },
    keys: [keyOf({ key_id: 'key_kept' })],
    models: [modelOf('alpha', 'kept', 0.9, pricesOf(5, 15))],
    traffic: [{ per_day, shape: () => named('kept', 'key_kept') }],
    inOrder(requests) {
      const asked: { at_ms: number; words: string }[] = [];
      let oldest = 0;
      return requests.map((one, number) => {
        if (one.model_requested !== 'kept') return one;
        while (one.at_ms - (asked[oldest]?.at_ms ?? one.at_ms) >= HOUR_MS) oldest++;
        const any = oldest + Math.floor(chance() * (asked.length - oldest));
        const again = chance() < share ? asked[any] : undefined;
        const words = again?.words ?? `${number}`;
        if (again === undefined) asked.push({ at_ms: one.at_ms, words });
        return { ...one, prints: { exact: exact ? words : `${words}.${number}`, loose: words, head: null } };
      });
    },
  };
};

const heads = ({ chance, between }: Draw): Told => {
  const alike = chance() < 0.5 ? between(0.4, 1) : 0;
  const cached = chance() < 0.3 ? 0.6 : 0;
  return {
    truth: alike > 0 && cached === 0 ? ['prompt_cache alpha/long'] : [],
    keys: [keyOf({ key_id: 'key_long' })],
    models: [modelOf('alpha', 'long', 0.9, pricesOf(4, 16, 0.4))],
    traffic: [{ per_day: between(250, 450), shape: () => named('long', 'key_long') }],
    inOrder: (requests) =>
      requests.map((one, number) => {
        if (one.model_requested !== 'long') return one;
        const head = chance() < alike ? `h${Math.floor(2 * chance())}` : `${number}`;
        const input = 3_500 * spread(chance, 0.4);
        return {
          ...one,
          input_tokens: Math.round(input * (1 - cached)),
          cache_read_tokens: Math.round(input * cached),
          prints: { exact: `${number}`, loose: `${number}`, head },
        };
      }),
  };
};

/** Of `spread`: a bell of logarithms is fuller on its right. */
const meanOf = (sigma: number): number => Math.exp((sigma * sigma) / 2);

const pool = ({ chance, days, between }: Draw): Told => {
  const share = between(0.1, 1.6);
  const noise = between(0.1, 0.6);
  return {
    truth: share <= 0.8 && days >= 14 ? ['pool_dearer_than_api own'] : [],
    pools: [
      {
        pool: { name: 'own', model: 'own', overflow: ['beta/own'] },
        utilization: share / 2,
        days: Array.from({ length: days }, () => ({
          paid_usd_nanos: 30e9,
          api_usd_nanos: (30e9 * share * spread(chance, noise)) / meanOf(noise),
          requests: 500,
        })),
      },
    ],
  };
};

const slower = ({ between, even }: Draw): Told => {
  const slow_ms = even(400, 5_000);
  const gap = between(0, 0.6);
  const price = between(0.8, 1.3);
  const sigma = between(0.4, 0.9);
  const per_day = even(20, 200);
  const at = (provider: string, ms: number): Traffic => ({
    per_day,
    shape: (next) => ({ ...named('twin', 'key_twin', provider), latency_ms: ms * spread(next, sigma) }),
  });
  const is_right = gap >= 0.2 && gap * slow_ms >= 200 && price <= 1.05;
  return {
    truth: is_right ? ['faster_connection twin at conn_gamma'] : [],
    keys: [keyOf({ key_id: 'key_twin' })],
    connections: [connectionOf('conn_gamma', 'gamma'), connectionOf('conn_delta', 'delta')],
    models: [
      modelOf('gamma', 'twin', 0.75, pricesOf(2, 8)),
      modelOf('delta', 'twin', 0.75, pricesOf(2 * price, 8 * price)),
    ],
    traffic: [at('gamma', slow_ms), at('delta', slow_ms * (1 - gap))],
  };
};

const failing = ({ chance, days, between, even }: Draw): Told => {
  const share = even(0.001, 0.05);
  const quality = between(0.7, 0.95);
  const price = even(0.5, 3);
  const bad_day = chance() < 0.2 ? Math.floor(chance() * days) : null;
  const is_right = share >= 0.005 && quality >= 0.8 && price <= 2 && bad_day === null;
  return {
    truth: is_right ? ['missing_fallback shaky'] : [],
    keys: [keyOf({ key_id: 'key_shaky' })],
    models: [
      modelOf('alpha', 'shaky', 0.85, pricesOf(1, 4)),
      modelOf('epsilon', 'rival', quality, pricesOf(price, 4 * price)),
    ],
    traffic: [
      {
        per_day: between(150, 400),
        shape: (next) => ({
          ...named('shaky', 'key_shaky'),
          ...(bad_day === null && next() < share ? FAILED : {}),
        }),
      },
      {
        per_day: bad_day === null ? 0 : 80,
        days: (day) => day === bad_day,
        shape: () => ({ ...named('shaky', 'key_shaky'), ...FAILED }),
      },
    ],
  };
};

const minute = (days: number, day: number, at: number): number =>
  UNTIL_MS - (days - day) * DAY_MS + at * 60_000;

/** `count` requests in a minute. */
const burst = (sample: AdviceRequest, from_ms: number, count: number, of: Partial<AdviceRequest>) =>
  Array.from({ length: count }, (_, number) => ({
    ...sample,
    ...of,
    at_ms: from_ms + Math.floor((number * 60_000) / count),
  }));

const storm = ({ chance, days, between }: Draw): Told => {
  const is_storm = chance() < 0.5;
  const on_days = 2 + Math.floor(between(0, 8));
  const size = Math.round(between(40, 200));
  const of = named('stormy', 'key_storm');
  const refused = { ...of, status: 400, error_code: 'invalid_request', ending: 'refused' } as const;
  return {
    truth: is_storm ? ['retry_storm key_storm'] : [],
    keys: [keyOf({ key_id: 'key_storm' })],
    models: [modelOf('alpha', 'stormy', 0.7, pricesOf(1, 4))],
    traffic: [{ per_day: between(40, 200), shape: () => of }],
    // Without a storm, the same minutes are there each day and go well but for one outage.
    bursts: (sample) =>
      Array.from({ length: days }, (_, day) => day).flatMap((day) => {
        const from_ms = minute(days, day, 500 + Math.floor(200 * chance()));
        if (!is_storm) return burst(sample, from_ms, size, day === 3 ? { ...of, ...FAILED } : of);
        return day >= on_days
          ? []
          : [0, 1, 2].flatMap((next) => burst(sample, from_ms + next * 60_000, size, refused));
      }),
  };
};

const tight = ({ chance, days, between }: Draw): Told => {
  const limit = Math.round(between(15, 60));
  const wanted = between(0.6, 3);
  const busy = between(0.3, 1);
  const of = named('base', 'key_tight');
  return {
    truth: wanted > 1 ? ['limit_too_tight key_tight'] : [],
    keys: [keyOf({ key_id: 'key_tight', limits: { ...keyOf().limits, requests_per_minute: limit } })],
    traffic: [{ per_day: between(20, 80), shape: () => of }],
    bursts: (sample) =>
      Array.from({ length: days }, (_, day) => day)
        .filter(() => chance() < busy)
        .flatMap((day) =>
          [0, 1, 2, 3, 4].flatMap((at) => {
            const count = Math.round(limit * wanted * spread(chance, 0.2));
            const all = burst(sample, minute(days, day, 600 + 23 * at), count, of);
            return all.map((one, number) => (number < limit ? one : { ...one, ...REFUSED }));
          }),
        ),
  };
};

const holds = ({ between, even }: Draw): Told => {
  const times = even(2, 60);
  const share = even(0.001, 0.03);
  return {
    truth: times >= 10 && share >= 0.005 ? ['holds_too_large key_held'] : [],
    keys: [keyOf({ key_id: 'key_held' })],
    models: [modelOf('alpha', 'held', 0.9, pricesOf(5, 15))],
    traffic: [
      {
        per_day: between(150, 400),
        shape: (next) => {
          const of = named('held', 'key_held');
          if (next() < share) return { ...of, ...REFUSED, error_code: 'budget_held' };
          const input_tokens = Math.round(800 * spread(next, 0.6));
          const output_tokens = Math.round(300 * spread(next, 0.6));
          const cost = input_tokens * 5e3 + output_tokens * 15e3;
          return { ...of, input_tokens, output_tokens, held_usd_nanos: times * cost * spread(next, 0.5) };
        },
      },
    ],
  };
};

const unbudgeted = ({ chance, days, even, between }: Draw): Told => {
  const a_day = even(1e8, 5e9);
  const noise = between(0.1, 0.9);
  return {
    truth: 30 * a_day >= 20e9 ? ['key_without_budget key_free'] : [],
    keys: [
      keyOf({
        key_id: 'key_free',
        has_budget: false,
        spent_by_day: Array.from({ length: days }, () => (a_day * spread(chance, noise)) / meanOf(noise)),
      }),
    ],
  };
};

const ending = ({ chance, between }: Draw): Told => {
  const left = between(-5, 30);
  const used = chance() < 0.6;
  return {
    truth: left > 0 && left <= 14 && used ? ['key_expiring key_ends'] : [],
    keys: [keyOf({ key_id: 'key_ends', expires_at_ms: UNTIL_MS + left * DAY_MS })],
    traffic: used ? [{ per_day: between(3, 40), shape: () => named('base', 'key_ends') }] : [],
  };
};

const silent = ({ chance, days, between }: Draw): Told => {
  const age = between(2, 90);
  const requests = chance() < 0.5 ? 0 : 3;
  return {
    truth: requests === 0 && age >= 28 && days >= 28 ? ['key_unused key_old'] : [],
    keys: [keyOf({ key_id: 'key_old', requests, created_at_ms: UNTIL_MS - age * DAY_MS })],
  };
};

const retiring = ({ chance, between }: Draw): Told => {
  const left = between(10, 200);
  const used = chance() < 0.7;
  const retires_on = new Date(UNTIL_MS + left * DAY_MS).toISOString().slice(0, 10);
  return {
    truth: left < 90 && used ? ['model_retiring alpha/old'] : [],
    keys: [keyOf({ key_id: 'key_past' })],
    models: [
      { ...modelOf('alpha', 'old', 0.8, pricesOf(3, 10)), retires_on },
      modelOf('alpha', 'new', 0.85, pricesOf(3, 12)),
    ],
    traffic: used ? [{ per_day: between(2, 60), shape: () => named('old', 'key_past') }] : [],
  };
};

/** Of prompts: one story a month, since shares are of all kept prompts. */
const prompts = (draw: Draw): Told => (draw.chance() < 0.6 ? repeats(draw) : heads(draw));

/** Each is told at most once a month. */
export const STORIES: readonly ((draw: Draw) => Told)[] = [
  cheaper,
  prompts,
  pool,
  slower,
  failing,
  storm,
  tight,
  holds,
  unbudgeted,
  ending,
  silent,
  retiring,
];
