import type { HealthSnapshot, Target } from '@sluice/contract';
import { noUsage } from '@sluice/contract';
import type { MergedRules } from './merge-rules.ts';
import { createCooledCount, readOfferHealth } from './offer-health.ts';
import { asOffer, bookOf, type Offer } from './offers.ts';
import { bestOf, compareScored, expectCost, expectLatency, type Scored, scoreOf } from './score.ts';
import { PREFERENCE, STRATEGY_DEFAULT } from './strategies.ts';

export interface Ordered {
  targets: Target[];
  /** Of each target, by provider id; empty where there was nothing to order. */
  scored: ReadonlyMap<string, Scored>;
}

const NOTHING: ReadonlyMap<string, Scored> = new Map();

/**
 * A model that several providers serve, by the strategy's score; connections of one provider stay together and equals
 * stay in their order. Endpoints of a pool have their own order, which is kept.
 */
export function orderProviders(
  targets: Target[],
  rules: MergedRules,
  health: HealthSnapshot,
  input_tokens: number,
  output_tokens: { reasoning: number; plain: number },
  now_ms: number,
): Ordered {
  if (!hasSeveral(targets)) return { targets, scored: NOTHING };
  const groups = new Map<string, Target[]>();
  for (const target of targets) {
    const group = groups.get(target.provider.id);
    if (group === undefined) groups.set(target.provider.id, [target]);
    else group.push(target);
  }
  const offers: Offer[] = [];
  for (const [first, ...others] of groups.values())
    if (first !== undefined)
      offers.push(
        asOffer(
          first,
          [first, ...others].map(({ connection }) => connection),
          null,
        ),
      );
  const known = readOfferHealth(bookOf(offers), health, now_ms);
  const cooledOf = createCooledCount(health, now_ms);
  const estimated = offers.map((offer, index) => {
    const seen = known.get(index) ?? null;
    const output = offer.abilities.reasoning === true ? output_tokens.reasoning : output_tokens.plain;
    return {
      offer,
      health: seen,
      cost_usd_nanos: expectCost(offer, { ...noUsage(), input_tokens, output_tokens: output }),
      latency_ms: expectLatency(offer, seen, output),
      out: (seen?.out ?? 0) + cooledOf(offer.connections) >= offer.connections.length,
    };
  });
  const scale = {
    ...bestOf(estimated),
    // The client has chosen the model: all are as good as it is.
    needed_quality: 0,
    strategy: rules.strategy ?? STRATEGY_DEFAULT,
    prefer_providers: rules.prefer_providers,
    preference: PREFERENCE,
  };
  const ranked = estimated.map((one) => scoreOf(one, scale)).sort(compareScored);
  const ordered: Target[] = [];
  const scored = new Map<string, Scored>();
  for (const one of ranked) {
    scored.set(one.offer.provider.id, one);
    ordered.push(...(groups.get(one.offer.provider.id) ?? []));
  }
  return { targets: ordered, scored };
}

function hasSeveral(targets: readonly Target[]): boolean {
  const first = targets[0]?.provider.id;
  let several = false;
  for (const { provider, pool } of targets) {
    if (pool !== undefined) return false;
    if (provider.id !== first) several = true;
  }
  return several;
}
