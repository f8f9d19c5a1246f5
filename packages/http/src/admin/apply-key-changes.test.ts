import { expect, test } from 'vitest';
import { applyKeyChanges, noKeySettings } from './apply-key-changes.ts';
import { type KeyChanges, keyPatch } from './key-schema.ts';

const USD_PER_EUR = 1.1;
const apply = (changes: KeyChanges, before = noKeySettings()) =>
  applyKeyChanges(before, changes, USD_PER_EUR, { findProvider: () => null });

test('no change changes nothing', () => {
  const before = apply({
    rate_limit: 5,
    budget_monthly_eur: 10,
    limits: { daily_usd: 1, per_request_usd: 0.5 },
    metadata: { team: 'a' },
    plan: 'pro',
    cache: { enabled: true },
  });
  expect(apply({}, before)).toEqual(before);
});

test('null takes a limit away, absent leaves it', () => {
  const before = apply({
    rate_limit: 5,
    concurrency: 2,
    per_request_limit_usd: 1,
    routing_strategy: 'cheapest',
  });
  expect(apply({ rate_limit: null, per_request_limit_usd: null, routing_strategy: null }, before)).toEqual(
    apply({ concurrency: 2 }),
  );
});

test('a changed limit keeps the id of its budget, so that what was spent stays spent', () => {
  const before = apply({ limits: { monthly_usd: 10 } });
  const after = apply({ budgets: [{ window: 'monthly', limit_usd: 99, hard: true }] }, before);
  expect(after.budgets.map((budget) => budget.id)).toEqual(before.budgets.map((budget) => budget.id));
});

test('dollars and euros of one window are two budgets, and both hold', () => {
  const { budgets } = apply({
    budgets: [{ window: 'monthly', limit_usd: 250, hard: true }],
    budget_monthly_eur: 250,
  });
  expect(budgets).toMatchObject([
    { id: 'monthly', currency: 'usd', limit_usd_nanos: 250_000_000_000 },
    { id: 'monthly_eur', currency: 'eur', limit_amount: 250, limit_usd_nanos: 275_000_000_000 },
  ]);
});

test('a short form leaves a soft budget soft', () => {
  const before = apply({ budgets: [{ window: 'daily', limit_usd: 1, hard: false }] });
  expect(apply({ limits: { daily_usd: 2 } }, before).budgets).toMatchObject([
    { hard: false, limit_amount: 2 },
  ]);
});

test('a budget of nothing is a budget: the key can spend nothing', () => {
  expect(apply({ limits: { daily_usd: 0, per_request_usd: 0 } })).toMatchObject({
    budgets: [{ limit_usd_nanos: 0 }],
    per_request_limit_usd_nanos: 0,
  });
});

test('an alert percentage alone changes the alerts of every budget and no limit', () => {
  const before = apply({ limits: { daily_usd: 1, weekly_usd: 2 } });
  const after = apply({ budget_alert_pct: 50 }, before);
  expect(after.budgets.map((budget) => [budget.limit_amount, budget.alert_percents])).toEqual([
    [1, [50]],
    [2, [50]],
  ]);
});

test('two budgets of the same window and currency are refused, however they are written', () => {
  const daily = { window: 'daily' as const, limit_usd: 1, hard: true };
  for (const changes of [
    { budgets: [daily, daily] },
    { budgets: [daily], limits: { daily_usd: 1 } },
    { budget_monthly_usd: 1, limits: { monthly_usd: 1 } },
  ]) {
    expect(() => apply(changes)).toThrow(/two (daily|monthly) budgets in usd/);
  }
});

test('money is read to the nano-dollar, also where floating point would stumble', () => {
  for (const usd of [0.1, 0.29, 1.005, 2.675, 4_999_999.99]) {
    expect(apply({ per_request_limit_usd: usd }).per_request_limit_usd_nanos).toBe(
      Number(BigInt(Math.round(usd * 1000)) * 1_000_000n),
    );
  }
});

test('the schema lets through what can work and stops what cannot', () => {
  const good = [
    { ip_allowlist: ['203.0.113.7', '2001:db8::/32', '10.0.0.0/8'] },
    { origins: ['https://shop.example', 'http://localhost:3000'] },
    { expires_at: '2027-01-01T00:00:00+02:00' },
    { model_allowlist: ['anthropic/*'], metadata: {} },
  ];
  const bad = [
    { ip_allowlist: ['example.com'] },
    { origins: ['shop.example'] },
    { origins: ['https://shop.example/'] },
    { origins: ['null'] },
    { expires_at: '2027-01-01' },
    { rate_limit: 0 },
    { rate_limit: '5' },
    { routing_strategy: 'random' },
    { fallback_chain: Array.from({ length: 9 }, () => 'm') },
    { alerts: { webhook_url: 'http://plain.example' } },
    { budgets: [{ window: 'hourly', limit_usd: 1 }] },
    { budgets: [{ window: 'daily', limit_usd: 1, limit_eur: 1 }] },
    { per_request_limit_usd: Number.POSITIVE_INFINITY },
    { name: '' },
    { name: ' '.repeat(5) },
  ];
  for (const one of good) expect([one, keyPatch.safeParse(one).success]).toEqual([one, true]);
  for (const one of bad) expect([one, keyPatch.safeParse(one).success]).toEqual([one, false]);
});
