import type { Advice, AdviceRequest, ConfigurationChange } from '@sluice/contract';
import { type AdviceConnection, type AdviceMonth, groupBy, hasFailed, isAnswered, percent } from './month.ts';
import { medianGap, medianOf, type Range, shareOf, sum } from './statistics.ts';

const COMPARED_MIN = 100;
const STRATUM_MIN = 20;
const GAP_MS_MIN = 200;
const GAP_SHARE_MIN = 0.2;
const DEARER_MAX = 1.05;
const WEIGHT_MAX = 100;
const WEIGHT_FACTOR = 4;

/** One model at two connections, and one of them clearly slower for like requests. */
export function adviseFasterConnections(month: AdviceMonth): Advice[] {
  const advice: Advice[] = [];
  const answered = month.requests.filter((one) => isAnswered(one) && one.connection_id !== null);
  for (const [model, requests] of groupBy(answered, (one) => one.model)) {
    const by_connection = groupBy(requests, (one) => one.connection_id);
    let widest: Advice | null = null;
    for (const [slow_id, slow] of by_connection)
      for (const [fast_id, fast] of by_connection) {
        if (slow_id === fast_id || slow.length < COMPARED_MIN || fast.length < COMPARED_MIN) continue;
        const one = compare(month, model, [slow_id, slow], [fast_id, fast]);
        if (one !== null && (one.saving?.low ?? 0) > (widest?.saving?.low ?? 0)) widest = one;
      }
    if (widest !== null) advice.push(widest);
  }
  return advice;
}

type Side = [id: string, requests: AdviceRequest[]];

function compare(
  month: AdviceMonth,
  model: string,
  [slow_id, slow]: Side,
  [fast_id, fast]: Side,
): Advice | null {
  const seen = matchedGap(slow, fast);
  if (seen === null || seen.low < Math.max(GAP_MS_MIN, GAP_SHARE_MIN * seen.slow_ms)) return null;
  if (seen.fast_usd_nanos > DEARER_MAX * seen.slow_usd_nanos || failsMore(month, model, fast_id, slow_id))
    return null;
  const slow_one = month.connections.find(({ id }) => id === slow_id);
  const fast_one = month.connections.find(({ id }) => id === fast_id);
  if (slow_one === undefined || fast_one === undefined) return null;
  const { low, expected, high, slow_ms, matched } = seen;
  return {
    kind: 'faster_connection',
    area: 'speed',
    subject: `${model} at ${slow_id}`,
    title: `Prefer ${fast_one.name} to ${slow_one.name} for ${model}`,
    explanation:
      `Requests of like size and time of day took ${percent(expected / slow_ms)} less at ${fast_one.name}, which is ` +
      'not dearer and does not fail more often.',
    evidence: {
      slow: slow_id,
      fast: fast_id,
      slow_median_ms: Math.round(slow_ms),
      slow_requests: slow.length,
      fast_requests: fast.length,
      compared_requests: matched,
    },
    samples: slow.length + fast.length,
    saving: { unit: 'ms_per_request', low, expected, high },
    change: changeOf(month, slow_one, fast_one),
    measure: { metric: 'latency', model },
  };
}

function changeOf(
  { settings }: AdviceMonth,
  slow: AdviceConnection,
  fast: AdviceConnection,
): ConfigurationChange | null {
  if (slow.provider !== fast.provider) {
    const rest = settings.prefer_providers.filter((id) => id !== fast.provider);
    return {
      target: 'organization',
      patch: { routing: { prefer_providers: [fast.provider, ...rest] } },
      expects: { 'routing.rules.prefer_providers': settings.prefer_providers },
    };
  }
  const weight = Math.min(WEIGHT_MAX, Math.max(fast.weight, slow.weight) * WEIGHT_FACTOR);
  if (!fast.is_stored || weight <= fast.weight) return null;
  return { target: 'connection', id: fast.id, patch: { weight }, expects: { weight: fast.weight } };
}

interface Gap extends Range {
  slow_ms: number;
  matched: number;
  slow_usd_nanos: number;
  fast_usd_nanos: number;
}

/** Requests are compared with those of the same size (to a factor of four) and quarter of the day only. */
function matchedGap(slow: readonly AdviceRequest[], fast: readonly AdviceRequest[]): Gap | null {
  const strata = groupBy(fast, stratumOf);
  const gap = { low: 0, expected: 0, high: 0, slow_ms: 0, matched: 0, slow_usd_nanos: 0, fast_usd_nanos: 0 };
  for (const [name, ours] of groupBy(slow, stratumOf)) {
    const theirs = strata.get(name) ?? [];
    if (ours.length < STRATUM_MIN || theirs.length < STRATUM_MIN) continue;
    const slow_ms = ours.map(({ latency_ms }) => latency_ms);
    const one = medianGap(
      slow_ms,
      theirs.map(({ latency_ms }) => latency_ms),
    );
    gap.low += one.low * ours.length;
    gap.expected += one.expected * ours.length;
    gap.high += one.high * ours.length;
    gap.slow_ms += medianOf(slow_ms) * ours.length;
    gap.slow_usd_nanos += sum(ours.map(({ cost_usd_nanos }) => cost_usd_nanos ?? 0));
    gap.fast_usd_nanos +=
      (sum(theirs.map(({ cost_usd_nanos }) => cost_usd_nanos ?? 0)) / theirs.length) * ours.length;
    gap.matched += ours.length;
  }
  if (gap.matched < COMPARED_MIN) return null;
  const { matched } = gap;
  return {
    ...gap,
    low: gap.low / matched,
    expected: gap.expected / matched,
    high: gap.high / matched,
    slow_ms: gap.slow_ms / matched,
  };
}

const stratumOf = (one: AdviceRequest): string => {
  const input = one.input_tokens + one.cache_read_tokens + one.cache_write_tokens;
  const quarter = Math.floor((one.at_ms % 86_400_000) / 21_600_000);
  return `${quarter}/${Math.round(Math.log2(input + 1) / 2)}/${Math.round(Math.log2(one.output_tokens + 1) / 2)}`;
};

function failsMore({ requests }: AdviceMonth, model: string, fast_id: string, slow_id: string): boolean {
  const at = (id: string) => {
    const own = requests.filter(({ asked }) => asked?.connection_id === id && asked.model === model);
    return shareOf(own.filter(hasFailed).length, own.length);
  };
  return at(fast_id).low > at(slow_id).high;
}
