import type { GuardPolicy, GuardRule } from '@sluice/contract';

const HIDDEN = '/…';

/** Where a webhook guard asks, without its path: that may be its password. */
export const maskUrl = (url: string): string => `${new URL(url).origin}${HIDDEN}`;

export const isMasked = (url: string): boolean => url.endsWith(HIDDEN) || url.endsWith('/%E2%80%A6');

/** As it may be shown and audited. */
export const renderGuard = (guard: GuardPolicy): GuardPolicy =>
  guard.rule.kind === 'webhook'
    ? { ...guard, rule: { ...guard.rule, url: maskUrl(guard.rule.url) } }
    : { ...guard };

/** A rule that comes back as it was shown keeps the URL that is stored. */
export function keepUrl(before: GuardRule, rule: GuardRule): GuardRule {
  if (before.kind !== 'webhook' || rule.kind !== 'webhook' || !isMasked(rule.url)) return rule;
  return maskUrl(rule.url) === maskUrl(before.url) ? { ...rule, url: before.url } : rule;
}
