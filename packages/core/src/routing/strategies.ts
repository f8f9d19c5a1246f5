import type { Strategy } from '@sluice/contract';

/** What a score is made of; each part is 0 to 1. */
export interface ScoreParts {
  price: number;
  latency: number;
  quality: number;
  reliability: number;
}

/** How much each part counts; they sum up to 1. docs/routing.md shows them, and a test compares. */
export const STRATEGY_WEIGHTS: Record<Strategy, ScoreParts> = {
  cheapest: { price: 0.85, latency: 0.05, quality: 0, reliability: 0.1 },
  fastest: { price: 0.05, latency: 0.8, quality: 0.05, reliability: 0.1 },
  balanced: { price: 0.5, latency: 0.25, quality: 0.1, reliability: 0.15 },
  quality: { price: 0.05, latency: 0.05, quality: 0.8, reliability: 0.1 },
};

export const STRATEGY_DEFAULT: Strategy = 'balanced';

/** Added to the score of a provider that is preferred: it decides between near equals and forbids nothing. */
export const PREFERENCE = 0.15;

/** The quality that a request of this difficulty needs, before it is bounded by the best that there is. */
const NEEDED_EASIEST = 0.5;
const NEEDED_HARDEST = 0.88;
export const neededQuality = (difficulty: number): number =>
  NEEDED_EASIEST + (NEEDED_HARDEST - NEEDED_EASIEST) * difficulty;

/** A model that nobody measured: good enough for the easiest only. */
export const QUALITY_UNKNOWN = 0.5;
/** Of a target without any traffic yet: a little less than a good one's, so that it is tried and not trusted blindly. */
export const RELIABILITY_UNKNOWN = 0.97;
