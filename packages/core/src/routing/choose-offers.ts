import type { Door, HealthSnapshot, KeyPolicy, Strategy, Usage } from '@sluice/contract';
import { noUsage } from '@sluice/contract';
import { protocolFor } from '../calling/protocol-for.ts';
import type { Needs } from './analyse-request.ts';
import { findForbidding, type MergedRules } from './merge-rules.ts';
import { covers } from './model-pattern.ts';
import { createCooledCount, readOfferHealth } from './offer-health.ts';
import type { Offer, OfferBook } from './offers.ts';
import {
  bestOf,
  compareScored,
  type Estimated,
  expectCost,
  expectLatency,
  type Scored,
  scoreOf,
} from './score.ts';
import { neededQuality, PREFERENCE, QUALITY_UNKNOWN, STRATEGY_DEFAULT } from './strategies.ts';

export interface ChooseAsk {
  book: OfferBook;
  rules: MergedRules;
  policy: Pick<KeyPolicy, 'provider_allowlist' | 'model_allowlist'>;
  door: Door;
  health: HealthSnapshot;
  now_ms: number;
  /** ISO date of today, for models that are retired. */
  today: string;
  difficulty: number;
  needs: Needs | null;
  /** Expected, as far as our own estimate goes. */
  input_tokens: number;
  /** Expected of a model that thinks, and of one that does not. */
  output_tokens: { reasoning: number; plain: number };
  /** Leave out what cannot be priced: what `auto` chooses must be accountable. */
  priced_only: boolean;
}

export interface Choice {
  /** Best first. */
  ranked: Scored[];
  excluded: { offer: Offer; because: string; estimated: Estimated | null }[];
  strategy: Strategy;
  needed_quality: number;
  /** A wish that nobody could meet, in words; `null` = all were met. */
  relaxed: string | null;
}

/**
 * Chooses among offers: excludes what cannot or may not serve, then orders the rest by the strategy's score. Pure:
 * the same ask gives the same choice.
 */
export function chooseOffers(ask: ChooseAsk): Choice {
  const { rules } = ask;
  const excluded: Choice['excluded'] = [];
  let usable = estimateUsable(ask, excluded);
  const strategy = rules.strategy ?? STRATEGY_DEFAULT;
  usable = keep(usable, excluded, rules.min_quality_score, minQualityMet, 'min_quality_score');
  const quick = keep(usable, [], rules.max_latency_ms, maxLatencyMet, 'max_latency_ms');
  let relaxed: string | null = null;
  if (rules.max_latency_ms !== null && quick.length === 0 && usable.length > 0) {
    usable = [usable.reduce((a, b) => (b.latency_ms < a.latency_ms ? b : a))];
    relaxed = `no model is expected within max_latency_ms ${rules.max_latency_ms.value}, so the fastest one was taken`;
  } else usable = keep(usable, excluded, rules.max_latency_ms, maxLatencyMet, 'max_latency_ms');
  let best_quality = 0;
  for (const { offer, out } of usable)
    if (!out) best_quality = Math.max(best_quality, offer.quality ?? QUALITY_UNKNOWN);
  // Where nobody is as good as it takes, those near the best are as good as it gets.
  const needed_quality = Math.min(neededQuality(ask.difficulty), best_quality - 0.01);
  const scale = {
    ...bestOf(usable),
    needed_quality,
    strategy,
    prefer_providers: rules.prefer_providers,
    preference: PREFERENCE,
  };
  const ranked = usable.map((one) => scoreOf(one, scale)).sort(compareScored);
  return { ranked, excluded, strategy, needed_quality, relaxed };
}

type Limit = { value: number; from: string } | null;
const minQualityMet = ({ offer }: Estimated, value: number): boolean =>
  (offer.quality ?? QUALITY_UNKNOWN) >= value;
const maxLatencyMet = ({ latency_ms }: Estimated, value: number): boolean => latency_ms <= value;

function keep(
  all: Estimated[],
  excluded: Choice['excluded'],
  limit: Limit,
  meets: (one: Estimated, value: number) => boolean,
  name: string,
): Estimated[] {
  if (limit === null) return all;
  const because = `${name} ${limit.value} of the ${limit.from}`;
  return all.filter((one) => {
    if (meets(one, limit.value)) return true;
    excluded.push({ offer: one.offer, because, estimated: one });
    return false;
  });
}

function estimateUsable(ask: ChooseAsk, excluded: Choice['excluded']): Estimated[] {
  const { book, health, now_ms } = ask;
  const known = readOfferHealth(book, health, now_ms);
  const cooledOf = createCooledCount(health, now_ms);
  const reasoning = usageOf(ask.input_tokens, ask.output_tokens.reasoning);
  const plain = usageOf(ask.input_tokens, ask.output_tokens.plain);
  const usable: Estimated[] = [];
  for (let index = 0; index < book.offers.length; index++) {
    const offer = book.offers[index];
    if (offer === undefined) continue;
    const because = whyExcluded(offer, ask);
    if (because !== null) {
      excluded.push({ offer, because, estimated: null });
      continue;
    }
    const usage = offer.abilities.reasoning === true ? reasoning : plain;
    const cost_usd_nanos = expectCost(offer, usage);
    const seen = known.get(index) ?? null;
    const estimated: Estimated = {
      offer,
      health: seen,
      cost_usd_nanos,
      latency_ms: expectLatency(offer, seen, usage.output_tokens),
      out: (seen?.out ?? 0) + cooledOf(offer.connections) >= offer.connections.length,
    };
    if (cost_usd_nanos === null && ask.priced_only)
      excluded.push({ offer, because: 'its price is unknown', estimated });
    else usable.push(estimated);
  }
  return usable;
}

function usageOf(input_tokens: number, output_tokens: number): Usage {
  return { ...noUsage(), input_tokens, output_tokens, estimated: true };
}

/** Constant words as far as possible: this runs for each of hundreds of models. */
function whyExcluded(offer: Offer, ask: ChooseAsk): string | null {
  const { policy, needs } = ask;
  const { abilities, provider, model } = offer;
  if (policy.provider_allowlist.length > 0 && !policy.provider_allowlist.includes(provider.id))
    return 'this API key may not use the provider';
  if (policy.model_allowlist.length > 0 && !isListed(policy.model_allowlist, offer))
    return 'this API key may not use the model';
  const forbidden = findForbidding(ask.rules, offer);
  if (forbidden !== null) return `${forbidden.rule} of the ${forbidden.from}`;
  if (offer.retires_on !== null && offer.retires_on <= ask.today) return 'it is retired';
  if (protocolFor(provider, ask.door, model) === null) return 'its provider has no such operation';
  if (needs !== null) {
    if (needs.tools && abilities.tools === false) return 'it cannot use tools';
    if (needs.vision && abilities.vision === false) return 'it cannot see images';
    if (needs.audio && abilities.audio !== true) return 'it cannot hear';
    if (needs.json_schema && abilities.json_schema === false) return 'it cannot keep to a JSON schema';
    if (needs.reasoning && abilities.reasoning === false) return 'it does not think';
  }
  const window = abilities.context_tokens;
  if (window !== null && ask.input_tokens > window) return 'its context window is too small';
  return null;
}

function isListed(patterns: readonly string[], offer: Offer): boolean {
  for (const pattern of patterns) if (covers(pattern, offer)) return true;
  return false;
}
