import type { RandomPort } from '@sluice/contract';
import type { Scored } from './score.ts';

/** Of the requests for `auto` that could go to a model without traffic, so many do. */
export const EXPLORE_SHARE = 0.03;
/** Nobody is sent to what is clearly worse, by its guessed numbers, for the sake of knowing. */
export const EXPLORE_SCORE_MIN = 0.85;

/**
 * Now and then puts one of the models of which nothing is known (new, or not used for a quarter of an hour) before the
 * best known one, whose score it would else have to beat with guesses for ever. Only one that is as usable: callable,
 * good enough, almost the same score. Where the best one is unknown itself it is asked anyway, and nothing is drawn.
 *
 * @param ranked best first; changed in place.
 * @returns true when another one came first.
 */
export function explore(ranked: Scored[], random: RandomPort): boolean {
  const [first] = ranked;
  if (first === undefined || isUnknown(first)) return false;
  const score_min = first.score * EXPLORE_SCORE_MIN;
  const unknown = ranked.filter((one) => isUnknown(one) && one.good_enough && one.score >= score_min);
  if (unknown.length === 0) return false;
  const draw = random.number() / EXPLORE_SHARE;
  if (draw >= 1) return false;
  const chosen = unknown[Math.floor(draw * unknown.length)];
  if (chosen === undefined) return false;
  ranked.splice(ranked.indexOf(chosen), 1);
  ranked.unshift(chosen);
  return true;
}

function isUnknown({ health, out }: Scored): boolean {
  if (out) return false;
  return health === null || (health.latency_ms === null && health.error_ratio === null && !health.half_open);
}
