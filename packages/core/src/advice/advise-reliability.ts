import type { Advice, AdviceRequest, ConfigurationChange } from '@sluice/contract';
import { isStoredName } from '../routing/named-model.ts';
import { RELIABILITY_UNKNOWN } from '../routing/strategies.ts';
import { nameOf, priceOf, retiresSoon } from './advise-models.ts';
import {
  type AdviceModel,
  type AdviceMonth,
  byDay,
  countDays,
  groupBy,
  hasFailed,
  percent,
} from './month.ts';
import { monthOf, quantileOf, type Range, shareOf } from './statistics.ts';
import { findStorms } from './storms.ts';

const FAILED_MIN = 20;
const FAILED_DAYS_MIN = 3;
const FAILED_SHARE_MIN = 0.005;
const ASKED_MIN = 100;
const PRICE_FACTOR_MAX = 2;

/** Requests that failed with one provider, and nobody else was asked although somebody could have been. */
export function adviseFallback(month: AdviceMonth): Advice[] {
  const { settings } = month;
  if (settings.fallback_enabled && settings.default_fallback_chain.length > 0) return [];
  const covered = new Set(
    month.keys.filter((key) => key.fallback_chain.length > 0).map(({ key_id }) => key_id),
  );
  const alone = month.requests.filter(
    (one) =>
      one.targets <= 1 &&
      one.model_requested !== 'auto' &&
      !isStoredName(one.model_requested) &&
      !(settings.fallback_enabled && covered.has(one.key_id)),
  );
  let most: Advice | null = null;
  for (const [name, requests] of groupBy(alone, (one) => one.model_requested)) {
    const failed = requests.filter((one) => hasFailed(one) && one.failure !== 'invalid_request');
    if (failed.length < FAILED_MIN || countDays(failed) < FAILED_DAYS_MIN || requests.length < ASKED_MIN)
      continue;
    const share = shareOf(failed.length, requests.length);
    if (share.low < FAILED_SHARE_MIN) continue;
    const advice = adviceOf(month, name, requests, failed, share);
    if (advice !== null && failed.length > Number(most?.evidence['failed'] ?? 0)) most = advice;
  }
  // There is one chain: it is made for the name that fails most.
  return most === null ? [] : [most];
}

function adviceOf(
  month: AdviceMonth,
  name: string,
  requests: readonly AdviceRequest[],
  failed: readonly AdviceRequest[],
  share: Range,
): Advice | null {
  const asked = requests.find((one) => one.asked !== null)?.asked ?? null;
  if (asked === null) return null;
  const other = findOther(month, asked);
  if (other === null) return null;
  const own = month.requests.filter(
    (one) => one.asked?.provider === other.provider && one.asked.model === other.model,
  );
  const fails = shareOf(own.filter(hasFailed).length, own.length);
  const unknown = 1 - RELIABILITY_UNKNOWN;
  const [worst, usual] = own.length < ASKED_MIN ? [5 * unknown, unknown] : [fails.high, fails.expected];
  const lost = monthOf(byDay(month, failed, () => 1));
  return {
    kind: 'missing_fallback',
    area: 'reliability',
    subject: name,
    title: `Fall back to ${nameOf(other)} when ${name} fails`,
    explanation:
      `${percent(share.expected)} of the requests for ${name} failed at the one provider that was asked, on ` +
      `${countDays(failed)} days. ${nameOf(other)} could have answered.`,
    evidence: {
      failed: failed.length,
      failed_share: share.expected,
      failed_share_low: share.low,
      days: countDays(failed),
      alternative: nameOf(other),
      alternative_failed_share: own.length < ASKED_MIN ? null : fails.expected,
    },
    samples: requests.length,
    saving: {
      unit: 'requests_per_month',
      low: Math.max(0, lost.low) * (1 - worst),
      expected: lost.expected * (1 - usual),
      high: lost.high,
    },
    change: chainChange(month, nameOf(other)),
    measure: { metric: 'failed_share', model_requested: name },
  };
}

function chainChange({ settings }: AdviceMonth, model: string): ConfigurationChange {
  const { fallback_enabled, default_fallback_chain } = settings;
  const chain = default_fallback_chain.length > 0 ? default_fallback_chain : [model];
  return {
    target: 'organization',
    patch: { fallback_enabled: true, default_fallback_chain: chain },
    expects: { fallback_enabled, default_fallback_chain },
  };
}

/** Of another provider, as good, there to stay, and not more than twice as dear; the same model first. */
function findOther(month: AdviceMonth, asked: NonNullable<AdviceRequest['asked']>): AdviceModel | null {
  const now = month.models.find(
    ({ provider, model }) => provider === asked.provider && model === asked.model,
  );
  const price_max = PRICE_FACTOR_MAX * (now === undefined ? Number.POSITIVE_INFINITY : priceOf(now));
  const quality = now?.quality ?? null;
  const able = month.models.filter(
    (one) =>
      one.provider !== asked.provider &&
      !retiresSoon(one, month) &&
      (one.model === asked.model ||
        (quality !== null &&
          one.quality !== null &&
          one.quality >= quality - 0.05 &&
          priceOf(one) <= price_max)),
  );
  return (
    able.sort(
      (a, b) => Number(b.model === asked.model) - Number(a.model === asked.model) || priceOf(a) - priceOf(b),
    )[0] ?? null
  );
}

const STORM_MINUTES_MIN = 3;
const STORM_DAYS_MIN = 2;
const STORM_REQUESTS_MIN = 100;

/** Keys whose client sends again at once what has just failed. */
export function adviseRetryStorms(month: AdviceMonth): Advice[] {
  const advice: Advice[] = [];
  for (const key of month.keys) {
    const own = month.requests.filter(({ key_id }) => key_id === key.key_id);
    const { storms, good_minutes } = findStorms(own, month.one_in);
    const requests = storms.flatMap((storm) => storm.requests);
    if (storms.length < STORM_MINUTES_MIN || countDays(requests) < STORM_DAYS_MIN) continue;
    if (requests.length * month.one_in < STORM_REQUESTS_MIN) continue;
    const code = requests[0]?.error_code ?? 'unknown';
    const limit = Math.max(1, Math.ceil(2 * quantileOf(Float64Array.from(good_minutes).sort(), 0.99)));
    const { requests_per_minute } = key.limits;
    const helps = good_minutes.length > 0 && (requests_per_minute === null || limit < requests_per_minute);
    const lost = monthOf(byDay(month, requests, () => 1));
    advice.push({
      kind: 'retry_storm',
      area: 'reliability',
      subject: key.key_id,
      title: `The client of ${key.name} repeats failing requests without a pause`,
      explanation:
        `In ${storms.length} minutes it sent several times what it usually sends, and nearly all of it failed (${code}). ` +
        `Let it wait as Retry-After says, and longer each time. ${helps ? `A limit of ${limit} a minute is twice what its good minutes need.` : ''}`.trim(),
      evidence: {
        storm_minutes: storms.length,
        days: countDays(requests),
        requests: requests.length,
        error_code: code,
      },
      samples: own.length,
      saving: { unit: 'requests_per_month', ...lost, low: Math.max(0, lost.low) },
      change: helps
        ? {
            target: 'key',
            id: key.key_id,
            patch: { rate_limit: limit },
            expects: { rate_limit: requests_per_minute },
          }
        : null,
      measure: { metric: 'refused_share', key_id: key.key_id },
    });
  }
  return advice;
}
