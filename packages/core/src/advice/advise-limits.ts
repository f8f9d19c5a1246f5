import type { Advice } from '@sluice/contract';
import { type AdviceMonth, byDay, countDays, groupBy, isAnswered, percent } from './month.ts';
import { medianOf, monthOf, quantileOf, shareOf } from './statistics.ts';
import { findStorms } from './storms.ts';

const REFUSED_MIN = 50;
const REFUSED_DAYS_MIN = 3;
const REFUSED_SHARE_MIN = 0.01;
const GROWTH_MAX = 5;

/** A key's own rate limit that refuses its daily work, and no flood. */
export function adviseTightLimits(month: AdviceMonth): Advice[] {
  const advice: Advice[] = [];
  for (const key of month.keys) {
    const limit = key.limits.requests_per_minute;
    if (limit === null || key.state !== 'active') continue;
    const all = month.requests.filter(({ key_id }) => key_id === key.key_id);
    // What comes just before and after a storm belongs to it.
    const storms = new Set(
      findStorms(all, month.one_in).storms.flatMap(({ minute }) => [minute - 1, minute, minute + 1]),
    );
    const minuteOf = (at_ms: number) => Math.floor(at_ms / 60_000);
    const own = all.filter(({ at_ms }) => !storms.has(minuteOf(at_ms)));
    const refused = own.filter((one) => one.error_code === 'rate_limit_exceeded' && one.asked === null);
    const share = shareOf(refused.length, own.length);
    if (
      refused.length < REFUSED_MIN ||
      countDays(refused) < REFUSED_DAYS_MIN ||
      share.low < REFUSED_SHARE_MIN
    )
      continue;
    const tight = new Set(refused.map(({ at_ms }) => minuteOf(at_ms)));
    const minutes = groupBy(own, ({ at_ms }) =>
      tight.has(minuteOf(at_ms)) ? String(minuteOf(at_ms)) : null,
    );
    const offered = Float64Array.from(
      [...minutes.values()].map((group) => group.length * month.one_in),
    ).sort();
    const wanted = Math.ceil(1.1 * quantileOf(offered, 0.99));
    // What it offers was never near this limit, so another one refused; or it is far over, which is no daily work.
    if (quantileOf(offered, 0.5) < limit / 2 || wanted <= limit || wanted > GROWTH_MAX * limit) continue;
    const lost = monthOf(byDay(month, refused, () => 1));
    advice.push({
      kind: 'limit_too_tight',
      area: 'usage',
      subject: key.key_id,
      title: `Raise the rate limit of ${key.name} to ${wanted} a minute`,
      explanation:
        `Its limit of ${limit} a minute refused ${percent(share.expected)} of its requests, on ${countDays(refused)} days. ` +
        `${wanted} is a tenth more than 99 % of the minutes with refusals needed.`,
      evidence: {
        refused: refused.length,
        refused_share: share.expected,
        refused_share_low: share.low,
        days: countDays(refused),
        limit,
        wanted,
      },
      samples: own.length,
      saving: { unit: 'requests_per_month', ...lost, low: Math.max(0, lost.low) },
      change: {
        target: 'key',
        id: key.key_id,
        patch: { rate_limit: wanted },
        expects: { rate_limit: limit },
      },
      measure: { metric: 'refused_share', key_id: key.key_id },
    });
  }
  return advice;
}

const HELD_MIN = 20;
const HELD_SHARE_MIN = 0.005;
const HELD_TIMES_COST = 10;

/** Requests that waited for money which others held and never spent. */
export function adviseHolds(month: AdviceMonth): Advice[] {
  const advice: Advice[] = [];
  for (const key of month.keys) {
    const own = month.requests.filter(({ key_id }) => key_id === key.key_id);
    const refused = own.filter(({ error_code }) => error_code === 'budget_held');
    const share = shareOf(refused.length, own.length);
    if (refused.length < HELD_MIN || countDays(refused) < REFUSED_DAYS_MIN || share.low < HELD_SHARE_MIN)
      continue;
    const paid = own.filter(
      (one) => isAnswered(one) && (one.cost_usd_nanos ?? 0) > 0 && one.held_usd_nanos > 0,
    );
    const times = medianOf(paid.map((one) => one.held_usd_nanos / (one.cost_usd_nanos ?? 1)));
    if (paid.length < 100 || times < HELD_TIMES_COST) continue;
    const longest = quantileOf(
      Float64Array.from(paid.map(({ output_tokens }) => output_tokens)).sort(),
      0.99,
    );
    const lost = monthOf(byDay(month, refused, () => 1));
    advice.push({
      kind: 'holds_too_large',
      area: 'usage',
      subject: key.key_id,
      title: `Ask for fewer tokens with ${key.name}`,
      explanation:
        `A budget holds what an answer may cost at most: with this key ${Math.round(times)} times what it costs. So ` +
        `${percent(share.expected)} of its requests were refused while others held the money. 99 % of its answers have ` +
        `at most ${Math.round(longest)} tokens: send max_tokens ${Math.ceil((1.5 * longest) / 64) * 64}, or set it in an assistant.`,
      evidence: {
        refused: refused.length,
        refused_share: share.expected,
        refused_share_low: share.low,
        held_times_cost: times,
        output_tokens_p99: Math.round(longest),
      },
      samples: own.length,
      saving: { unit: 'requests_per_month', ...lost, low: Math.max(0, lost.low) },
      change: null,
      measure: { metric: 'refused_share', key_id: key.key_id },
    });
  }
  return advice;
}
