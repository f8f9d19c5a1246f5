import { expect, it } from 'vitest';
import { countTokens, outputCeiling } from './count-tokens.ts';
import { createRateRules, limitsOfPlan } from './plans.ts';
import { addressSubject, renderRateName } from './rate-name.ts';
import { NO_RATES } from './test-policy.ts';

it.each([
  ['free', 20, 40_000, 1_000],
  ['Starter', 100, 200_000, 10_000],
  ['pro', 500, 1_000_000, 100_000],
  ['enterprise', null, null, null],
  ['of my own', null, null, null],
  [null, null, null, null],
])('plan %s gives its numbers where none are set', (plan, rpm, tpm, rpd) => {
  const limits = limitsOfPlan(plan, NO_RATES);
  expect([limits.requests_per_minute, limits.tokens_per_minute, limits.requests_per_day]).toEqual([
    rpm,
    tpm,
    rpd,
  ]);
  const own = limitsOfPlan(plan, { ...NO_RATES, requests_per_minute: 7, tokens_counted: 'input' });
  expect(own).toMatchObject({ requests_per_minute: 7, tokens_per_minute: tpm, tokens_counted: 'input' });
});

it('an organization that limits nothing has no rules, so that its requests pay for nothing', () => {
  expect(createRateRules({})).toBeNull();
  expect(createRateRules({ plan: 'enterprise', user_limits: {}, limit_overrides: [] })).toBeNull();
  expect(createRateRules({ plan: 'free' })?.organization?.requests_per_minute).toBe(20);
});

it('an override replaces what all others of its scope have', () => {
  const rules = createRateRules({
    user_limits: { plan: 'free' },
    limit_overrides: [{ scope: 'user', subject: 'ann', requests_per_minute: 90 }],
  });
  expect(rules?.user?.requests_per_minute).toBe(20);
  expect(rules?.subjects['user/ann']).toEqual({ ...NO_RATES, requests_per_minute: 90 });
});

it('counts input, output or both', () => {
  expect(countTokens({}, 3, 4)).toBe(7);
  expect(countTokens({ tokens_counted: 'input' }, 3, 4)).toBe(3);
  expect(countTokens({ tokens_counted: 'output' }, 3, 4)).toBe(4);
  expect(outputCeiling({ ...NO_RATES, tokens_per_minute: 100 }, 30)).toBe(70);
  expect(outputCeiling({ ...NO_RATES, tokens_per_minute: 100, tokens_counted: 'output' }, 30)).toBe(100);
  expect(outputCeiling({ ...NO_RATES, tokens_per_minute: 100, tokens_counted: 'input' }, 30)).toBe(Infinity);
});

it('no two subjects have the same name, and one IPv6 network is one subject', () => {
  expect(renderRateName('org', 'user', 'a/b')).not.toBe(renderRateName('org/user/a', 'user', 'b'));
  expect(renderRateName('org', 'user', '\ud800')).toBe('org/user/%EF%BF%BD');
  expect(renderRateName('org', 'user', 'x'.repeat(5_000)).length).toBeLessThan(300);
  expect(addressSubject('203.0.113.7')).toBe('203.0.113.7');
  expect(addressSubject('::ffff:203.0.113.7')).toBe('203.0.113.7');
  expect(addressSubject('2001:db8:1:2:aaaa::1')).toBe(addressSubject('2001:db8:1:2:bbbb::9'));
  expect(addressSubject('2001:db8:1:2::1')).not.toBe(addressSubject('2001:db8:1:3::1'));
  expect(addressSubject('nonsense')).toBeNull();
  expect(addressSubject(null)).toBeNull();
});
