import { reset } from 'cloudflare:test';
import { env as bindings } from 'cloudflare:workers';
import { renderScopeName } from '@sluice/core/limits/scope-name';
import { beforeEach, expect, test } from 'vitest';
import type { Env } from '../env.ts';
import { createBudgetStore } from './budgets.ts';
import { requireOrganization } from './organizations.ts';
import { type BudgetRow, loadScopePolicy, scopeRulesOf, selectBudgets } from './scope-policy.ts';

const { DB } = bindings as unknown as Env;
const store = createBudgetStore(DB);

beforeEach(async () => {
  await reset();
  await requireOrganization(DB, 'org_default', 1);
  await DB.prepare(
    `UPDATE organizations SET settings = '{"time_zone":"Europe/Berlin","usd_per_eur":1.1}'`,
  ).run();
});

const listRules = async (organization_id = 'org_default') =>
  scopeRulesOf((await selectBudgets(DB, organization_id).all<BudgetRow>()).results, 1.1);

let made = 0;
const put = async (
  scope: 'organization' | 'user' | 'model',
  subject: string | null,
  window: 'daily' | 'monthly' | 'per_request',
  limit_amount: number,
  more: { hard?: boolean; currency?: 'eur' } = {},
): Promise<number | null> => {
  const id = `bud_${++made}`;
  return await store.create(
    {
      id,
      organization_id: 'org_default',
      name: '',
      scope,
      subject,
      window,
      currency: 'usd',
      limit_amount,
      hard: true,
      alert_percents: [50],
      version: 1,
      created_at_ms: made,
      updated_at_ms: made,
      ...more,
    },
    {
      id: `evt_${made}`,
      at_ms: made,
      actor: 'test',
      action: 'budget.create',
      target_type: 'budget',
      target_id: id,
      before: null,
      after: null,
    },
  );
};

test('a subject has what names it, and of the budgets for each one what that does not replace', async () => {
  await put('user', null, 'daily', 1);
  await put('user', null, 'monthly', 20, { hard: false });
  await put('user', 'alice', 'daily', 5);
  await put('organization', null, 'daily', 99);
  const alice = await loadScopePolicy({ DB }, 'org_default/user/alice');
  expect(alice).toMatchObject({ scope: 'user', subject: 'alice', version: 5, time_zone: 'Europe/Berlin' });
  expect(alice?.budgets).toMatchObject([
    { id: 'daily', limit_usd_nanos: 5e9, hard: true, alert_percents: [50] },
    { id: 'monthly', limit_usd_nanos: 20e9, hard: false },
  ]);
  const bob = await loadScopePolicy({ DB }, 'org_default/user/bob');
  expect(bob?.budgets).toMatchObject([{ limit_usd_nanos: 1e9 }, { limit_usd_nanos: 20e9 }]);
  expect((await loadScopePolicy({ DB }, 'org_default/organization/'))?.budgets).toMatchObject([
    { limit_usd_nanos: 99e9 },
  ]);
});

test('euros follow the rate of the organization, and are never more than what was set', async () => {
  await put('model', 'openai/*', 'monthly', 0.333333333, { currency: 'eur' });
  const policy = await loadScopePolicy({ DB }, 'org_default/model/openai%2F*');
  expect(policy?.budgets).toMatchObject([
    { currency: 'eur', limit_amount: 0.333333333, limit_usd_nanos: 366_666_666 },
  ]);
});

test('nothing is set: of another organization, of another scope, or only what one request may cost', async () => {
  await put('user', 'alice', 'daily', 5);
  await put('user', 'bob', 'per_request', 5);
  for (const name of [
    'org_other/user/alice',
    'org_default/session/alice',
    'org_default/user/bob',
    'nonsense',
  ])
    expect(await loadScopePolicy({ DB }, name)).toBeNull();
});

test('isolates learn which budgets there are, each with what it took over', async () => {
  await put('user', null, 'per_request', 0.25);
  await put('user', 'alice', 'daily', 5, { hard: false });
  await put('model', 'gpt-4o', 'monthly', 7);
  expect(await listRules()).toEqual([
    { scope: 'model', subject: 'gpt-4o', per_request_limit_usd_nanos: null, hard: true, counted: true },
    { scope: 'user', subject: null, per_request_limit_usd_nanos: 25e7, hard: false, counted: false },
    { scope: 'user', subject: 'alice', per_request_limit_usd_nanos: 25e7, hard: false, counted: true },
  ]);
  expect(await listRules('org_other')).toEqual([]);
});

test('one budget of each scope, subject and window: the second one changes nothing', async () => {
  expect(await put('user', 'alice', 'daily', 5)).toBe(2);
  expect(await put('user', 'alice', 'daily', 6)).toBeNull();
  expect((await loadScopePolicy({ DB }, 'org_default/user/alice'))?.version).toBe(2);
  expect(await store.count('org_default')).toBe(1);
});

test('which stored budgets stand behind a limit: the own and the one for each, of a pattern its own alone', async () => {
  await put('user', null, 'daily', 1);
  const each = `bud_${made}`;
  const idsOf = async (name: string) => (await loadScopePolicy({ DB }, name))?.stored_ids;
  expect(await idsOf('org_default/user/alice')).toEqual({ daily: [each] });
  await put('user', 'alice', 'daily', 5);
  expect(new Set((await idsOf('org_default/user/alice'))?.['daily'])).toEqual(new Set([each, `bud_${made}`]));
  await put('model', null, 'daily', 1);
  await put('model', 'openai/*', 'daily', 1);
  expect(await idsOf(renderScopeName('org_default', 'model', 'openai/*'))).toEqual({
    daily: [`bud_${made}`],
  });
});
