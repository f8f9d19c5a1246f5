import { expect, it } from 'vitest';
import { createRetryBudgets, type RetryBudgets } from './retry-budget.ts';

const T0 = 1_763_700_000_000;

/** How many of a hundred retries are granted. */
function retriesGranted(budgets: RetryBudgets, organization_id: string, at_ms: number): number {
  let granted = 0;
  for (let i = 0; i < 100; i++) if (budgets.takeRetry(organization_id, at_ms)) granted++;
  return granted;
}

it('a total outage is answered with at most a fifth more calls than requests', () => {
  const budgets = createRetryBudgets();
  let calls = 0;
  for (let i = 0; i < 500; i++) {
    budgets.countRequest('org', T0 + i * 10);
    calls++;
    if (budgets.takeRetry('org', T0 + i * 10)) calls++;
  }
  expect(calls).toBeGreaterThan(590);
  expect(calls).toBeLessThanOrEqual(500 * 1.2 + 3);
});

it('a quiet organization has three retries in ten seconds, and again after them', () => {
  const budgets = createRetryBudgets();
  const take = (at_ms: number) => budgets.takeRetry('org', at_ms);
  budgets.countRequest('org', T0);
  expect([take(T0), take(T0), take(T0), take(T0)]).toEqual([true, true, true, false]);
  expect(take(T0 + 9_000)).toBe(false);
  expect(take(T0 + 10_000)).toBe(true);
});

it('requests of more than ten seconds ago pay for nothing', () => {
  const budgets = createRetryBudgets();
  for (let i = 0; i < 1_000; i++) budgets.countRequest('org', T0);
  expect(retriesGranted(budgets, 'org', T0 + 11_000)).toBe(3);
});

it('one organization does not spend the retries of another', () => {
  const budgets = createRetryBudgets();
  expect(retriesGranted(budgets, 'loud', T0)).toBe(3);
  expect(budgets.takeRetry('quiet', T0)).toBe(true);
});

it('a clock that goes back gives nothing back', () => {
  const budgets = createRetryBudgets();
  expect(retriesGranted(budgets, 'org', T0)).toBe(3);
  expect(budgets.takeRetry('org', T0 - 60_000)).toBe(false);
});
