import type { CandidateRecord } from '@sluice/contract';
import { worstCaseOf, worstCost } from '../money.ts';
import type { GatewayRequest } from '../request.ts';
import { type InputEstimate, outputAsked } from '../token-estimate.ts';
import type { Choice } from './choose-offers.ts';
import type { Offer } from './offers.ts';
import type { Scored } from './score.ts';

/** Of the best, and of all: a receipt is read by people, and hundreds of models say no more than forty. */
const RANKED_MAX = 28;
export const CANDIDATES_MAX = 40;

const thousandth = (value: number): number => Math.round(value * 1000) / 1000;

/** What a receipt says of a score: the parts as in docs/routing.md. */
export const renderScore = ({
  score,
  parts,
  good_enough,
}: Scored): Pick<CandidateRecord, 'score' | 'parts'> => ({
  score: thousandth(score),
  parts: {
    price: thousandth(parts.price),
    latency: thousandth(parts.latency),
    quality: thousandth(parts.quality),
    reliability: thousandth(parts.reliability),
    good_enough: good_enough ? 1 : 0,
  },
});

/** The candidates of `auto`, best first, then those that were left out, each with the reason. */
export function recordChoice(
  { ranked, excluded }: Choice,
  request: GatewayRequest,
  input: InputEstimate,
): CandidateRecord[] {
  const records: CandidateRecord[] = [];
  for (const one of ranked) {
    if (records.length >= Math.max(RANKED_MAX, CANDIDATES_MAX - excluded.length)) break;
    records.push({
      ...recordOf(one.offer, request, input),
      ...renderScore(one),
      latency_ms: one.latency_ms,
      excluded_because: null,
    });
  }
  for (const { offer, because, estimated } of excluded) {
    if (records.length >= CANDIDATES_MAX) break;
    records.push({
      ...recordOf(offer, request, input),
      latency_ms: estimated?.latency_ms ?? null,
      excluded_because: because,
    });
  }
  return records;
}

function recordOf(offer: Offer, request: GatewayRequest, input: InputEstimate): CandidateRecord {
  const worst = worstCaseOf(offer.prices, input.upper_tokens, input, request.bounds);
  return {
    model: offer.model,
    provider: offer.provider.id,
    connection_id: offer.connections[0]?.id ?? '',
    price_usd_nanos: worst === null ? null : worstCost(worst, outputAsked(request, offer.abilities)),
    latency_ms: null,
    score: null,
    excluded_because: null,
  };
}
