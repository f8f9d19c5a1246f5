import type { Advice, AdviceRequest, ConfigurationChange } from '@sluice/contract';
import { noUsage } from '@sluice/contract';
import { costOf } from '../money.ts';
import { MEDIUM_FROM } from '../routing/analyse-request.ts';
import { isStoredName } from '../routing/named-model.ts';
import { neededQuality } from '../routing/strategies.ts';
import {
  type AdviceModel,
  type AdviceMonth,
  byDay,
  countDays,
  DAY_MS,
  groupBy,
  hasFailed,
  isAnswered,
  percent,
} from './month.ts';
import { monthOf, quantileOf, shareOf, sum } from './statistics.ts';

const RATED_MIN = 200;
const DAYS_OF_TRAFFIC_MIN = 5;
/** A name stands for all its requests, so that nearly all must be easy. */
const EASY_SHARE_MIN = 0.9;
export const USD_NANOS_MIN = 1_000_000_000;
const SHARE_MIN = 0.2;
/** Another model says the same in more or fewer tokens. */
const MORE_TOKENS = 1.25;
const FEWER_TOKENS = 0.8;
const RETIRES_WITHIN_MS = 90 * DAY_MS;

export const nameOf = ({ provider, model }: { provider: string; model: string }): string =>
  `${provider}/${model}`;

const wasAnsweredBy = ({ provider, model }: AdviceRequest, one: AdviceModel): boolean =>
  provider === one.provider && model === one.model;

/** Names whose requests are nearly all easy, and a cheaper model that is good enough for all of them. */
export function adviseCheaperModels(month: AdviceMonth): Advice[] {
  const advice: Advice[] = [];
  const rated = month.requests.filter(
    (one) => isAnswered(one) && one.difficulty !== null && one.cost_usd_nanos !== null,
  );
  for (const [name, requests] of groupBy(rated, ({ model_requested }) => model_requested)) {
    if (requests.length < RATED_MIN || countDays(requests) < DAYS_OF_TRAFFIC_MIN) continue;
    const easy = shareOf(
      requests.filter(({ difficulty }) => (difficulty ?? 1) < MEDIUM_FROM).length,
      requests.length,
    );
    if (easy.low < EASY_SHARE_MIN) continue;
    const change = changeOf(month, name, requests);
    const best = change === null ? null : findCheaper(month, requests);
    if (change === null || best === null) continue;
    const saved = (factor: number) =>
      monthOf(byDay(month, requests, (one) => (one.cost_usd_nanos ?? 0) - (costAt(one, best, factor) ?? 0)));
    const cost =
      30 * (sum(byDay(month, requests, (one) => one.cost_usd_nanos ?? 0)) / byDay(month, [], () => 0).length);
    const expected = saved(1).expected;
    const saving = {
      unit: 'usd_nanos_per_month',
      low: saved(MORE_TOKENS).low,
      expected,
      high: saved(FEWER_TOKENS).high,
    } as const;
    if (saving.low < USD_NANOS_MIN || expected < SHARE_MIN * cost) continue;
    advice.push({
      kind: 'cheaper_model',
      area: 'cost',
      subject: name,
      title: `Let ${nameOf(best)} answer what asks for ${name}`,
      explanation:
        `${percent(easy.expected)} of the requests for ${name} are easy, and ${nameOf(best)} is rated good enough for ` +
        `the hardest twentieth of them too. The same tokens would have cost ${percent(expected / cost)} less there. ` +
        'Try it with a split first where answers are looked at closely.',
      evidence: {
        cost_per_month_usd_nanos: Math.round(cost),
        easy_share: easy.expected,
        easy_share_low: easy.low,
        alternative: nameOf(best),
        alternative_quality: best.quality,
      },
      samples: requests.length,
      saving,
      change: change(best),
      measure: { metric: 'cost_per_request', model_requested: name },
    });
  }
  return advice;
}

/** `null` = no setting of the organization decides who answers this name. */
function changeOf(
  { settings }: AdviceMonth,
  name: string,
  requests: readonly AdviceRequest[],
): ((to: AdviceModel) => ConfigurationChange) | null {
  if (name === 'auto') {
    // `auto` weighs price by itself, unless it was told that only quality counts.
    if (
      settings.default_routing_strategy !== 'quality' ||
      requests.some(({ strategy }) => strategy !== 'quality')
    )
      return null;
    return () => ({
      target: 'organization',
      patch: { default_routing_strategy: 'balanced' },
      expects: { default_routing_strategy: 'quality' },
    });
  }
  return isStoredName(name) ? null : (to) => aliasChange(settings.aliases, name, nameOf(to));
}

const aliasChange = (
  aliases: Readonly<Record<string, string>>,
  name: string,
  model: string,
): ConfigurationChange => ({
  target: 'organization',
  patch: { aliases: { ...aliases, [name]: model } },
  expects: { aliases },
});

function findCheaper(month: AdviceMonth, requests: readonly AdviceRequest[]): AdviceModel | null {
  const hardest = Float64Array.from(requests.map(({ difficulty }) => difficulty ?? 1)).sort();
  const quality_min = neededQuality(quantileOf(hardest, 0.95));
  let best: AdviceModel | null = null;
  let lowest = Number.POSITIVE_INFINITY;
  for (const model of month.models) {
    if (model.quality === null || model.quality < quality_min || model.prices?.hourly !== undefined) continue;
    if (requests.some((one) => wasAnsweredBy(one, model)) || retiresSoon(model, month)) continue;
    if (!canServe(model, requests) || isWorse(month, model, requests)) continue;
    let total = 0;
    for (const request of requests) total += costAt(request, model, 1) ?? Number.POSITIVE_INFINITY;
    if (total < lowest) [best, lowest] = [model, total];
  }
  return best;
}

function canServe({ abilities }: AdviceModel, requests: readonly AdviceRequest[]): boolean {
  const window = abilities.context_tokens ?? 0;
  return requests.every(
    (one) =>
      (!one.needs_tools || abilities.tools === true) &&
      (!one.needs_vision || abilities.vision === true) &&
      (!one.needs_json || abilities.json_schema === true) &&
      one.input_tokens + one.cache_read_tokens + one.cache_write_tokens + one.output_tokens <= window,
  );
}

/** It fails more often than those that answer now: seen, not guessed. */
function isWorse(
  { requests: all }: AdviceMonth,
  model: AdviceModel,
  requests: readonly AdviceRequest[],
): boolean {
  const own = all.filter(({ asked }) => asked?.provider === model.provider && asked.model === model.model);
  const name = requests[0]?.model_requested;
  const now = all.filter(({ model_requested }) => model_requested === name);
  return (
    shareOf(own.filter(hasFailed).length, own.length).low >
    shareOf(now.filter(hasFailed).length, now.length).high
  );
}

const costAt = (one: AdviceRequest, { prices }: AdviceModel, output_factor: number): number | null =>
  costOf(
    {
      ...noUsage(),
      // Another model's cache is cold at first, and may have no discount at all.
      input_tokens: one.input_tokens + one.cache_read_tokens + one.cache_write_tokens,
      output_tokens: Math.round(one.output_tokens * output_factor),
    },
    prices,
  );

/** Or was switched off already. */
export const retiresSoon = ({ retires_on }: AdviceModel, { until_ms }: AdviceMonth): boolean =>
  retires_on !== null && Date.parse(retires_on) < until_ms + RETIRES_WITHIN_MS;

/** Models in use that are about to be switched off. */
export function adviseRetiring(month: AdviceMonth): Advice[] {
  const advice: Advice[] = [];
  const { aliases, default_model } = month.settings;
  for (const model of month.models) {
    if (!retiresSoon(model, month)) continue;
    const isIt = (name: string): boolean => name === model.model || name === nameOf(model);
    const is_default = isIt(aliases[default_model] ?? default_model);
    const requests = month.requests.filter((one) => wasAnsweredBy(one, model));
    if (requests.length === 0 && !is_default) continue;
    const next = findSuccessor(month, model);
    const named = Object.keys(aliases).filter((name) => isIt(aliases[name] ?? ''));
    const names = new Set([...named, model.model, nameOf(model)]);
    const asked = new Set(
      requests.map(({ model_requested }) => model_requested).filter((name) => names.has(name)),
    );
    const patch = {
      ...(is_default && next !== null ? { default_model: nameOf(next) } : {}),
      ...(next === null || asked.size + named.length === 0
        ? {}
        : {
            aliases: {
              ...aliases,
              ...Object.fromEntries([...asked, ...named].map((name) => [name, nameOf(next)])),
            },
          }),
    };
    advice.push({
      kind: 'model_retiring',
      area: 'reliability',
      subject: nameOf(model),
      title: `Leave ${nameOf(model)} before ${model.retires_on}`,
      explanation:
        `Its provider switches it off on ${model.retires_on}; requests for it then fail. ` +
        (next === null
          ? 'No model of the same kind was found to take its place.'
          : `${nameOf(next)} can take its place.`),
      evidence: {
        retires_on: model.retires_on,
        is_default: is_default ? 'yes' : 'no',
        successor: next && nameOf(next),
      },
      samples: requests.length,
      saving:
        requests.length === 0
          ? null
          : { unit: 'requests_per_month', ...monthOf(byDay(month, requests, () => 1)) },
      change:
        Object.keys(patch).length === 0
          ? null
          : { target: 'organization', patch, expects: { default_model, aliases } },
      measure: null,
    });
  }
  return advice;
}

const SUCCESSOR_PRICE_MAX = 1.5;

function findSuccessor(month: AdviceMonth, old: AdviceModel): AdviceModel | null {
  const price = priceOf(old);
  const requests = month.requests.filter((one) => wasAnsweredBy(one, old));
  const able = month.models
    .filter((one) => one.provider === old.provider && one.model !== old.model && !retiresSoon(one, month))
    .filter((one) => old.quality !== null && one.quality !== null && one.quality >= old.quality - 0.02)
    .filter((one) => priceOf(one) <= price * SUCCESSOR_PRICE_MAX && canServe(one, requests));
  const distance = (one: AdviceModel): number => Math.abs(Math.log(priceOf(one) / price));
  // What costs about the same is what its maker meant to follow it.
  return able.sort((a, b) => distance(a) - distance(b))[0] ?? null;
}

/** Of a request with four times as much input as output; what is unpriced is dearer than all. */
export const priceOf = ({ prices }: AdviceModel): number =>
  prices?.input == null || prices.output == null
    ? Number.POSITIVE_INFINITY
    : prices.input * 4 + prices.output;
