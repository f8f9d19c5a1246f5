import type { Leg, Target } from '@sluice/contract';
import { covers } from '../routing/model-pattern.ts';
import type { Scopes } from './find-scopes.ts';

/** What of the answer is known to whoever charges it. */
export interface Charged {
  usd_nanos: number;
  /** Of it, what was spent beside the answer: no budget of a model has it. */
  beside_usd_nanos?: number;
  /** Who answered; `null` = nobody knows: then every model of the plan is charged. */
  target: Target | null;
  /** Where several worked on it, each with the cost of its attempt. */
  legs?: Leg[] | undefined;
}

/**
 * What the request cost at the scopes of models, where that is not all of it: a hold stands on every model of the plan,
 * the charge on the one that answered.
 * @returns `null` = everywhere all of it.
 */
export function sharesOf({ charged }: Scopes, answer: Charged): Record<string, number> | null {
  let shares: Record<string, number> | null = null;
  for (const { name, scope, subject } of charged) {
    if (scope !== 'model' || subject === null) continue;
    const usd_nanos = shareOf(subject, answer);
    if (usd_nanos === answer.usd_nanos) continue;
    shares ??= {};
    shares[name] = usd_nanos;
  }
  return shares;
}

function shareOf(pattern: string, { usd_nanos: all, beside_usd_nanos = 0, target, legs }: Charged): number {
  const usd_nanos = all - beside_usd_nanos;
  if (legs === undefined) return target === null || covers(pattern, target) ? usd_nanos : 0;
  let sum = 0;
  for (const leg of legs) {
    if (!covers(pattern, leg.target)) continue;
    const cost = leg.attempt.cost_usd_nanos ?? null;
    // Its price is unknown: then all that was held is charged, as it is at the key.
    if (cost === null) return usd_nanos;
    sum += cost;
  }
  return Math.min(sum, usd_nanos);
}
