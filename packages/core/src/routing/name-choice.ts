import { GatewayError, type OrganizationSettings } from '@sluice/contract';
import type { Choice } from './choose-offers.ts';
import type { MergedRules } from './merge-rules.ts';

/** Why `auto` took what it took, for people. */
export function reasonOfChoice(
  choice: Choice,
  difficulty: number,
  { sticky, explored }: { sticky: boolean; explored: boolean },
): string {
  const [first] = choice.ranked;
  if (first === undefined) return '';
  const name = `${first.offer.provider.id}/${first.offer.model}`;
  const of = `of ${choice.ranked.length + choice.excluded.length} models, ${choice.ranked.length} of them usable`;
  const need = `difficulty ${difficulty.toFixed(2)} needs quality ${choice.needed_quality.toFixed(2)}`;
  const relaxed = choice.relaxed === null ? '' : `; ${choice.relaxed}`;
  if (sticky)
    return `${name} answered this conversation before and is still good enough (${need}), ${of}${relaxed}`;
  if (explored)
    return `${name} had no traffic lately and is asked to learn how it does; its score is close to the best ${of}: ${need}${relaxed}`;
  return `${name} is ${WORDS[choice.strategy]} ${of}: ${need}${relaxed}`;
}

const WORDS = {
  cheapest: 'the cheapest that is good enough',
  fastest: 'the fastest that is good enough',
  balanced: 'the best balance of price, speed and reliability among the good enough',
  quality: 'the best',
} as const;

/** What is told when rules or hints leave nothing: how many each of them excluded, and what would help. */
export function nothingLeft(
  choice: Choice,
  rules: MergedRules,
  settings: OrganizationSettings,
): GatewayError | null {
  const counts = new Map<string, number>();
  for (const { because } of choice.excluded) counts.set(because, (counts.get(because) ?? 0) + 1);
  if (counts.size === 0) return null;
  const told = [...counts].sort((a, b) => b[1] - a[1]).map(([because, count]) => `${count} by ${because}`);
  let best: Choice['excluded'][number] | null = null;
  for (const one of choice.excluded)
    if (one.estimated?.cost_usd_nanos != null && (one.offer.quality ?? 0) > (best?.offer.quality ?? 0))
      best = one;
  const hint =
    rules.min_quality_score !== null && best !== null
      ? ` The best that could be used is ${best.offer.provider.id}/${best.offer.model} with ${best.offer.quality}.`
      : '';
  const by_request = [...counts.keys()].some((because) => because.endsWith(' of the request'));
  const by_rules = [...counts.keys()].some(
    (because) => because.includes(' of the ') || because.startsWith('this API key'),
  );
  const message = `No model is left for "auto" with ${settings.connections.length} connections. Excluded: ${told.join(', ')}.${hint}`;
  if (by_request) return new GatewayError('invalid_hints', message, { param: 'x-routing-hints' });
  if (by_rules) return new GatewayError('model_not_allowed', message, { param: 'model' });
  return new GatewayError('invalid_request', message, { param: 'model' });
}
