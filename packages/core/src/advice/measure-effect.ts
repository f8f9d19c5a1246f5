import type { AdviceRequest, Effect, EffectMeasure, EffectMetric, EffectSide } from '@sluice/contract';
import { DAY_MS, groupBy, hasFailed, isAnswered } from './month.ts';
import { createChance, medianOf, quantileOf, sum } from './statistics.ts';

/** How long before and after a change is compared. */
export const EFFECT_MS = 14 * DAY_MS;
const SAMPLES_MIN = 100;
const DAYS_MIN = 5;
const RESAMPLES = 1_000;

/** What one day adds to a metric: a part of a whole. */
interface Day {
  part: number;
  of: number;
}

/** How a metric is read off one day; `median` metrics have one value a day. */
function dayOf(metric: EffectMetric, requests: readonly AdviceRequest[]): Day | null {
  switch (metric) {
    case 'cost_per_request': {
      // A hit of the cache costs nothing, and is the point of it.
      const priced = requests.filter(({ cost_usd_nanos, status }) => cost_usd_nanos !== null && status < 300);
      return { part: sum(priced.map(({ cost_usd_nanos }) => cost_usd_nanos ?? 0)), of: priced.length };
    }
    case 'latency': {
      const answered = requests.filter(isAnswered);
      return answered.length === 0
        ? null
        : { part: medianOf(answered.map(({ latency_ms }) => latency_ms)), of: 1 };
    }
    case 'failed_share':
      return { part: requests.filter(hasFailed).length, of: requests.length };
    case 'refused_share':
      return {
        part: requests.filter(({ status }) => status >= 400 && status < 500).length,
        of: requests.length,
      };
  }
}

const isMeant = (one: AdviceRequest, { key_id, model_requested, model }: EffectMeasure): boolean =>
  (key_id === undefined || one.key_id === key_id) &&
  (model_requested === undefined || one.model_requested === model_requested) &&
  (model === undefined || one.model === model);

/**
 * Compares 14 days before a change with 14 days after it. Whole days are drawn again and again on either side
 * (percentile bootstrap); a side with fewer than 100 requests or 5 days is not judged. What else changed in that time
 * is in the difference too: nothing here proves a cause.
 */
export function measureEffect(
  measure: EffectMeasure,
  before: readonly AdviceRequest[],
  after: readonly AdviceRequest[],
  now_ms: number,
): Effect {
  const first = drawSide(measure, before, 1);
  const second = drawSide(measure, after, 2);
  const nothing = {
    metric: measure.metric,
    difference: null,
    verdict: 'unclear',
    measured_at_ms: now_ms,
  } as const;
  if (first === null || second === null)
    return { ...nothing, before: first?.side ?? null, after: second?.side ?? null };
  const gaps = first.drawn.map((value, at) => (second.drawn[at] ?? 0) - value).sort();
  const difference = {
    low: quantileOf(gaps, 0.025),
    expected: second.side.value - first.side.value,
    high: quantileOf(gaps, 0.975),
  };
  const verdict = difference.high < 0 ? 'better' : difference.low > 0 ? 'worse' : 'unclear';
  return { ...nothing, before: first.side, after: second.side, difference, verdict };
}

function drawSide(
  measure: EffectMeasure,
  all: readonly AdviceRequest[],
  seed: number,
): { side: EffectSide; drawn: Float64Array } | null {
  const requests = all.filter((one) => isMeant(one, measure));
  const groups = groupBy(requests, ({ at_ms }) => String(Math.floor(at_ms / DAY_MS)));
  const days = [...groups.values()].map((day) => dayOf(measure.metric, day)).filter((day) => day !== null);
  if (requests.length < SAMPLES_MIN || days.length < DAYS_MIN) return null;
  const chance = createChance(seed);
  const drawn = new Float64Array(RESAMPLES);
  for (let at = 0; at < RESAMPLES; at++)
    drawn[at] = ratioOf(days.map((day) => days[Math.floor(chance() * days.length)] ?? day));
  const sorted = drawn.slice().sort();
  const side = {
    value: ratioOf(days),
    low: quantileOf(sorted, 0.025),
    high: quantileOf(sorted, 0.975),
    samples: requests.length,
  };
  return { side, drawn };
}

function ratioOf(days: readonly Day[]): number {
  let part = 0;
  let of = 0;
  for (const day of days) {
    part += day.part;
    of += day.of;
  }
  return of === 0 ? 0 : part / of;
}
