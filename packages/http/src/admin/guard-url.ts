import type { GuardPolicy, GuardRule } from '@sluice/contract';

const HIDDEN = '/…';

/** Where a webhook guard asks, without its path: that may be its password. */
export const maskUrl = (url: string): string => `${new URL(url).origin}${HIDDEN}`;

export const isMasked = (url: string): boolean => url.endsWith(HIDDEN) || url.endsWith('/%E2%80%A6');

/** As it may be shown and audited: what it signs with is nobody's to set. */
export function renderGuard(guard: GuardPolicy): GuardPolicy {
  if (guard.rule.kind !== 'webhook') return { ...guard };
  const { signing: _, ...rule } = guard.rule;
  return { ...guard, rule: { ...rule, url: maskUrl(rule.url) } };
}

/** A rule that comes back as it was shown keeps the URL that is stored, and any webhook what it signs with. */
export function keepWebhook(before: GuardRule, rule: GuardRule): GuardRule {
  if (before.kind !== 'webhook' || rule.kind !== 'webhook') return rule;
  const is_same = isMasked(rule.url) && maskUrl(rule.url) === maskUrl(before.url);
  const url = is_same ? before.url : rule.url;
  return { ...rule, url, ...(before.signing === undefined ? {} : { signing: before.signing }) };
}
