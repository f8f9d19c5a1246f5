import { expect, it } from 'vitest';
import {
  joinUsage,
  keyScopeOf,
  ledgerOf,
  parseLedgerName,
  shardName,
  shardPolicy,
  wholePolicy,
  withKeyScope,
} from './shards.ts';
import { askOf, budgetOf, policyOf } from './test-policy.ts';

const limits = {
  requests_per_minute: 10,
  request_burst: null,
  tokens_per_minute: 1_001,
  requests_per_day: 7,
  concurrency: 4,
};
const policy = policyOf({ key_id: 'k', shards: 4, limits, budgets: [budgetOf(100)] });
const parts = [0, 1, 2, 3].map((shard) => shardPolicy(policy, shard));

it('the parts of all ledgers are the limits of the key, none of them nothing', () => {
  for (const name of [
    'requests_per_minute',
    'tokens_per_minute',
    'requests_per_day',
    'concurrency',
  ] as const) {
    const of = parts.map((part) => part.limits[name] ?? 0);
    expect(of.reduce((sum, one) => sum + one, 0)).toBe(limits[name]);
    expect(Math.min(...of)).toBeGreaterThan(0);
  }
  expect(parts.every((part) => part.limits.request_burst === null)).toBe(true);
});

it('no ledger has the budgets for itself: all share one that is named after the key', () => {
  for (const part of parts) {
    expect(part.budgets).toEqual([]);
    expect(keyScopeOf(part)).toBe('org/key/k');
    expect(wholePolicy(part)).toBe(policy);
  }
  const ask = askOf('h', 1, { scopes: ['org/user/a'] });
  expect(parts.map((part) => withKeyScope(part, ask).scopes)).toEqual(
    parts.map(() => ['org/user/a', 'org/key/k']),
  );
});

it('a key that is not split is as it was', () => {
  const one = policyOf({ budgets: [budgetOf(5)] });
  const ask = askOf('h', 1);
  expect(shardPolicy(one, 0)).toBe(one);
  expect(wholePolicy(one)).toBe(one);
  expect(withKeyScope(one, ask)).toBe(ask);
  expect(ledgerOf(one, 'req_1', false)).toBe(one.key_id);
});

it('requests spread evenly, the same one always comes to the same ledger, and tokens to the first', () => {
  const counts = new Map<string, number>();
  for (let i = 0; i < 40_000; i++) {
    const name = ledgerOf(policy, `req_${i.toString(36).padStart(20, 'x')}`, false);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  expect([...counts.keys()].sort()).toEqual(['k', 'k~1', 'k~2', 'k~3']);
  for (const count of counts.values()) expect(Math.abs(count - 10_000)).toBeLessThan(600);
  expect(ledgerOf(policy, 'req_7', false)).toBe(ledgerOf(policy, 'req_7', false));
  expect(ledgerOf(policy, 'req_7', true)).toBe('k');
});

it('the name of a ledger leads back to its key', () => {
  for (const shard of [0, 1, 15])
    expect(parseLedgerName(shardName('k', shard))).toEqual({ key_id: 'k', shard });
});

it('the whole is the sum of its parts', () => {
  const view = {
    requests_limit: 3,
    requests_remaining: 2,
    requests_reset_ms: 10,
    tokens_limit: null,
    tokens_remaining: null,
    tokens_reset_ms: null,
    budget_remaining_usd_nanos: null,
    budget_held_usd_nanos: null,
  };
  const part = { limits: view, requests_today: 5, requests_per_day: 2, in_flight: 1, budgets: [] };
  expect(joinUsage(policy, [part, { ...part, limits: { ...view, requests_reset_ms: 30 } }], [])).toEqual({
    limits: { ...view, requests_limit: 6, requests_remaining: 4, requests_reset_ms: 30 },
    requests_today: 10,
    requests_per_day: 7,
    in_flight: 2,
    budgets: [],
  });
});
