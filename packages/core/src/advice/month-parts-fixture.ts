import type { AdviceRequest } from '@sluice/contract';
import { type AdviceMonth, DAY_MS } from './month.ts';
import { createChance } from './statistics.ts';
import {
  answeredBy,
  BIG,
  keyOf,
  modelOf,
  monthOfTraffic,
  pricesOf,
  REFUSED,
  SMALL,
  spread,
  type Traffic,
  UNTIL_MS,
  WEAK,
} from './synthetic-month-fixture.ts';

export const steady = (shape: Traffic['shape'] = () => ({}), per_day = 120): Traffic => ({ per_day, shape });
export const easy = (chance: () => number): Partial<AdviceRequest> => ({
  difficulty: 0.05 + 0.22 * chance(),
});
export const cheaper = { models: [BIG, SMALL, WEAK] };
export const twin = modelOf('beta', 'big', 0.9, pricesOf(5, 15, 0.5));
export const minute = (day: number, at: number): number => UNTIL_MS - (30 - day) * DAY_MS + at * 60_000;
export const limits = (requests_per_minute: number) => ({ ...keyOf().limits, requests_per_minute });

export const print = (words: number, writing = 0, head: string | null = null) => ({
  prints: { exact: `${words}.${writing}`, loose: String(words), head },
});
/** Of `share` of the requests the words were asked already within the hour. */
export const repeated = (share: number, differs: boolean): NonNullable<Traffic['shape']> => {
  let words = -1;
  return (chance, number) => {
    if (words >= 0 && chance() < share) return print(words, differs ? number : 0);
    words = number;
    return print(number, differs ? number : 0);
  };
};

/** In each of these minutes of each day, `count` requests of which those beyond `limit` are refused. */
export const peaks = (
  count: number,
  limit: number,
  days: (day: number) => boolean,
  minutes = 6,
): AdviceRequest[] => {
  const [sample] = monthOfTraffic(1, [{ per_day: 40, days: (day) => day === 2 }]).requests;
  if (sample === undefined) throw new Error('There is no sample.');
  const all: AdviceRequest[] = [];
  for (let day = 0; day < 30; day++)
    for (let at = 0; days(day) && at < minutes; at++)
      for (let number = 0; number < count; number++)
        all.push({
          ...sample,
          at_ms: minute(day, 600 + 17 * at) + number * 500,
          ...(number < limit ? {} : REFUSED),
        });
  return all;
};
export const withMore = (month: AdviceMonth, more: AdviceRequest[]): AdviceMonth => ({
  ...month,
  requests: [...month.requests, ...more].sort((a, b) => a.at_ms - b.at_ms),
});

export const pool = (share_of_paid: number) => ({
  pools: [
    {
      pool: { name: 'llama', model: 'llama', overflow: ['beta/small'] },
      utilization: share_of_paid / 2,
      days: Array.from({ length: 30 }, (_, day) => ({
        paid_usd_nanos: 48e9,
        api_usd_nanos: 48e9 * share_of_paid * (1 + 0.3 * Math.sin(day)),
        requests: 1_000,
      })),
    },
  ],
});

export const two = (
  slow_ms: number,
  shape: (chance: () => number) => Partial<AdviceRequest> = () => ({}),
): Traffic[] => [
  steady((chance) => ({ latency_ms: slow_ms * spread(chance, 0.5) })),
  steady((chance) => ({ ...answeredBy('beta', 'big'), ...shape(chance) })),
];

/** Months of which it is known what is right to say. */

/** Prompts are given out in the order of time: what a request repeats came just before it. */
export function printed(seed: number, per_day: number, shape: NonNullable<Traffic['shape']>): AdviceMonth {
  const chance = createChance(seed + 1);
  const month = monthOfTraffic(seed, [steady(undefined, per_day)]);
  return { ...month, requests: month.requests.map((one, number) => ({ ...one, ...shape(chance, number) })) };
}

/** The same twenty prompts each morning, four hours apart. */
export const daily = (requests: readonly AdviceRequest[]): AdviceRequest[] =>
  Array.from({ length: 30 * 40 }, (_, at) => {
    const day = Math.floor(at / 40);
    const sample = requests[at % requests.length];
    if (sample === undefined) throw new Error('There is no sample.');
    return { ...sample, at_ms: minute(day, 480 + (at % 40) * 5), ...print(at % 40) };
  });
