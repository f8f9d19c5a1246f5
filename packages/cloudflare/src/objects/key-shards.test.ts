import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { AdmitAnswer, BudgetPolicy, KeyPolicy, RateLimits } from '@sluice/contract';
import { ledgerOf, shardName } from '@sluice/core/limits/shards';
import { askOf, budgetOf, NO_RATES, policyOf, settlementOf } from '@sluice/core/limits/test-policy';
import { expect, it } from 'vitest';
import { createLedgerPort } from '../ledger-port.ts';
import type { KeyLedger } from './key-ledger.ts';
import type { ScopeLedger } from './scope-ledger.ts';

const bindings = env as unknown as {
  KEY_LEDGER: DurableObjectNamespace<KeyLedger>;
  SCOPE_LEDGER: DurableObjectNamespace<ScopeLedger>;
};
const port = createLedgerPort(bindings.KEY_LEDGER as unknown as DurableObjectNamespace, {
  clock: { now_ms: () => Date.now() },
});
const SHARDS = 4;
let made = 0;

/** A key that is split over four ledgers, as the database would have it. */
async function createSplitKey(budgets: BudgetPolicy[], limits: Partial<RateLimits> = {}) {
  const key_id = `split${made++}`;
  const rates = { ...NO_RATES, ...limits };
  const policy = policyOf({
    key_id,
    organization_id: 'org',
    shards: SHARDS,
    budgets,
    limits: rates,
    strict: true,
  });
  const put = async (changed: KeyPolicy): Promise<void> => {
    for (let shard = 0; shard < SHARDS; shard++)
      await runInDurableObject(
        bindings.KEY_LEDGER.getByName(shardName(key_id, shard)),
        async (instance: KeyLedger) => {
          instance.source = async () => structuredClone(changed);
        },
      );
    await runInDurableObject(
      bindings.SCOPE_LEDGER.getByName(`org/key/${key_id}`),
      async (instance: ScopeLedger) => {
        instance.source = async (name) => ({
          name,
          organization_id: 'org',
          scope: 'key',
          subject: null,
          version: 0,
          budgets: changed.budgets,
          time_zone: 'UTC',
        });
      },
    );
    await port.refresh(key_id);
  };
  await put(policy);
  return { key_id, policy, put };
}

const askAll = (policy: KeyPolicy, count: number, usd_nanos: number, from = 0): Promise<AdmitAnswer[]> =>
  Promise.all(
    Array.from({ length: count }, (_, i) =>
      port.admit(ledgerOf(policy, `req_${from + i}`, false), askOf(`req_${from + i}`, usd_nanos), []),
    ),
  );

const admittedOf = (answers: AdmitAnswer[]): number =>
  answers.filter(({ kind }) => kind === 'admitted').length;

it('of two hundred at once over four ledgers exactly as many are admitted as the budget of the key pays for', async () => {
  const { key_id, policy } = await createSplitKey([budgetOf(100)]);
  let admitted = admittedOf(await askAll(policy, 200, 10));
  expect(admitted).toBeLessThanOrEqual(10);
  // A refusal stands for a moment, in which another ledger may have given back.
  for (let from = 200; admitted < 10 && from < 260; from += 10) {
    await scheduler.wait(250);
    admitted += admittedOf(await askAll(policy, 10, 10, from));
  }
  expect(admitted).toBe(10);
  const usage = await port.usage(key_id);
  expect(usage?.in_flight).toBe(10);
  expect(usage?.budgets).toMatchObject([
    { scope: 'key', subject: null, limit_usd_nanos: 100, spent_usd_nanos: 0, held_usd_nanos: 100 },
  ]);
  for (let i = 0; i < 260; i++)
    await port.settle(ledgerOf(policy, `req_${i}`, false), [settlementOf(`req_${i}`, 4, 10)]);
  expect(await port.usage(key_id)).toMatchObject({
    in_flight: 0,
    budgets: [{ spent_usd_nanos: 40, held_usd_nanos: 0 }],
  });
});

it('its rates hold in sum, and every ledger counts', async () => {
  const { key_id, policy } = await createSplitKey([], { requests_per_day: 40 });
  expect(admittedOf(await askAll(policy, 400, 1))).toBe(40);
  expect(await port.usage(key_id)).toMatchObject({ requests_today: 40, requests_per_day: 40, in_flight: 40 });
});

it('isolates see the key as it is, whichever ledger they ask', async () => {
  const { key_id, policy, put } = await createSplitKey([budgetOf(100)], { requests_per_minute: 40 });
  expect(await port.policy(key_id)).toEqual(policy);
  const changed = { ...policy, version: policy.version + 1, budgets: [budgetOf(20)] };
  await put(changed);
  for (let i = 0; i < 12; i++)
    expect(await port.admit(ledgerOf(policy, `req_${i}`, false), askOf(`req_${i}`, 1), [])).toEqual({
      kind: 'policy_changed',
      policy: changed,
    });
});

it('a lower budget is in force in every ledger at once', async () => {
  const { policy, put } = await createSplitKey([budgetOf(1_000)]);
  await askAll(policy, 8, 10);
  const changed = { ...policy, version: policy.version + 1, budgets: [budgetOf(50)] };
  await put(changed);
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      port.admit(
        ledgerOf(changed, `late_${i}`, false),
        askOf(`late_${i}`, 10, { policy_version: changed.version }),
        [],
      ),
    ),
  );
  expect(admittedOf(answers)).toBe(0);
});
