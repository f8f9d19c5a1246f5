import type { Strategy, Usage } from '@sluice/contract';
import { costOf } from '../money.ts';
import type { OfferHealth } from './offer-health.ts';
import type { Offer } from './offers.ts';
import { QUALITY_UNKNOWN, RELIABILITY_UNKNOWN, type ScoreParts, STRATEGY_WEIGHTS } from './strategies.ts';

/** An offer with what this request would take there. */
export interface Estimated {
  offer: Offer;
  health: OfferHealth | null;
  /** Expected, not the worst case that a hold is made of; `null` = unpriced. */
  cost_usd_nanos: number | null;
  /** To the last token. */
  latency_ms: number;
  /** None of its connections can be called now. */
  out: boolean;
}

export interface Scored extends Estimated {
  score: number;
  parts: ScoreParts;
  /** Its quality is what the request needs. */
  good_enough: boolean;
  preferred: boolean;
}

/** Of a model without traffic, by what it costs: the dear ones are the large and slow ones. */
const GUESSES = [
  { below_usd_nanos: 1e9, ttft_ms: 500, tokens_per_second: 120 },
  { below_usd_nanos: 6e9, ttft_ms: 700, tokens_per_second: 90 },
  { below_usd_nanos: Number.POSITIVE_INFINITY, ttft_ms: 1000, tokens_per_second: 60 },
] as const;
/** A model that thinks shows its first word later. */
const THINKING_MS = 1500;

/** Expected milliseconds to the last token: from live traffic, else a guess by price. */
export function expectLatency(offer: Offer, health: OfferHealth | null, output_tokens: number): number {
  const price = offer.prices?.output ?? 0;
  const guess = GUESSES.find(({ below_usd_nanos }) => price < below_usd_nanos) ?? GUESSES[2];
  const speed = health?.tokens_per_second ?? null;
  const ttft_ms = health?.ttft_ms ?? null;
  // Whole answers have no first token: their latency is all that is known, whatever their length was.
  if (ttft_ms === null && speed === null && health?.latency_ms != null) return health.latency_ms;
  const thinking_ms = ttft_ms === null && offer.abilities.reasoning === true ? THINKING_MS : 0;
  return Math.round(
    (ttft_ms ?? guess.ttft_ms) + thinking_ms + (output_tokens * 1000) / (speed ?? guess.tokens_per_second),
  );
}

/** An endpoint by the hour is paid for already. */
export const expectCost = ({ prices }: Offer, usage: Usage): number | null =>
  prices?.hourly === undefined ? costOf(usage, prices) : 0;

/** Nano-dollars below which all prices count the same: a hundred-thousandth of a dollar. */
const CHEAP_USD_NANOS = 10_000;
/** A price ten thousand times the lowest counts nothing, a latency a hundred times the lowest. */
const PRICE_DECADES = 4;
const LATENCY_DECADES = 2;

const closeness = (value: number, best: number, decades: number): number =>
  Math.max(0, 1 - Math.log10(value / best) / decades);

/** What all scores of one decision are relative to. */
export interface Scale {
  cost_usd_nanos: number;
  latency_ms: number;
  needed_quality: number;
  strategy: Strategy;
  prefer_providers: readonly string[];
  /** Added for a preferred provider. */
  preference: number;
}

/** The formula of docs/routing.md: each part 0 to 1, times the strategy's weight, summed up. */
export function scoreOf(one: Estimated, scale: Scale): Scored {
  const { offer, health } = one;
  const weights = STRATEGY_WEIGHTS[scale.strategy];
  const quality = offer.quality ?? QUALITY_UNKNOWN;
  const working = health?.error_ratio == null ? RELIABILITY_UNKNOWN : 1 - health.error_ratio;
  const parts: ScoreParts = {
    price:
      one.cost_usd_nanos === null
        ? 0
        : closeness(Math.max(CHEAP_USD_NANOS, one.cost_usd_nanos), scale.cost_usd_nanos, PRICE_DECADES),
    latency: closeness(Math.max(1, one.latency_ms), scale.latency_ms, LATENCY_DECADES),
    quality,
    reliability: one.out ? 0 : health?.half_open === true ? working / 2 : working,
  };
  const preferred = scale.prefer_providers.includes(offer.provider.id);
  return {
    ...one,
    parts,
    score:
      parts.price * weights.price +
      parts.latency * weights.latency +
      parts.quality * weights.quality +
      parts.reliability * weights.reliability +
      (preferred ? scale.preference : 0),
    good_enough: quality >= scale.needed_quality,
    preferred,
  };
}

/** The cheapest and the fastest of what is compared. */
export function bestOf(all: readonly Estimated[]): { cost_usd_nanos: number; latency_ms: number } {
  let cost_usd_nanos = Number.POSITIVE_INFINITY;
  let latency_ms = Number.POSITIVE_INFINITY;
  for (const one of all) {
    if (one.cost_usd_nanos !== null && one.cost_usd_nanos < cost_usd_nanos)
      cost_usd_nanos = one.cost_usd_nanos;
    if (one.latency_ms < latency_ms) latency_ms = one.latency_ms;
  }
  return {
    cost_usd_nanos: Math.max(CHEAP_USD_NANOS, cost_usd_nanos),
    latency_ms: Math.max(1, latency_ms),
  };
}

/** What can be called first, then what is good enough, then by score; equals keep their order. */
export const compareScored = (a: Scored, b: Scored): number =>
  Number(a.out) - Number(b.out) || Number(b.good_enough) - Number(a.good_enough) || b.score - a.score;
