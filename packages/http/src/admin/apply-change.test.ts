import type { ConfigurationChange } from '@sluice/contract';
import { expect, test } from 'vitest';
import { reverseOf } from './apply-change.ts';

const reversed = (patch: Record<string, unknown>, expects: Record<string, unknown>) => {
  const change: ConfigurationChange = { target: 'organization', patch, expects };
  const back = reverseOf(change);
  return { patch: back.patch, expects: back.expects };
};

test.each([
  ['a member', { rate_limit: 90 }, { rate_limit: 60 }, { rate_limit: 60 }, { rate_limit: 90 }],
  ['what was not set', { rate_limit: 90 }, { rate_limit: null }, { rate_limit: null }, { rate_limit: 90 }],
  [
    'a budget, which is shown in a list',
    { budget_monthly_usd: 400 },
    { budgets: [] },
    { budget_monthly_usd: null },
    { 'budgets.length': 1, 'budgets.0.limit_amount': 400 },
  ],
  [
    'some of the cache, not all of it',
    { cache: { enabled: true, semantic: false } },
    { cache: { enabled: false, ttl_seconds: 60 } },
    { cache: { enabled: false, semantic: null } },
    { 'cache.enabled': true, 'cache.semantic': false },
  ],
  [
    'a rule of routing',
    { routing: { prefer_providers: ['openai', 'azure'] } },
    { 'routing.rules.prefer_providers': ['azure'] },
    { routing: { prefer_providers: ['azure'] } },
    { 'routing.rules.prefer_providers': ['openai', 'azure'] },
  ],
  [
    'only what was changed of what had to be as it was',
    { aliases: { a: 'new' } },
    { default_model: 'm', aliases: { a: 'old' } },
    { aliases: { a: 'old' } },
    { aliases: { a: 'new' } },
  ],
])('the change back of %s', (_, patch, expects, back, expected) => {
  expect(reversed(patch, expects)).toEqual({ patch: back, expects: expected });
});
