import type {
  BudgetView,
  KeyPolicy,
  KeyUsage,
  OrganizationSettings,
  ScopePort,
  ScopeRule,
} from '@sluice/contract';
import { NO_RATES } from '@sluice/core/limits/test-policy';
import { expect, it } from 'vitest';
import { renderKey } from './key-view.ts';

const view = (scope: BudgetView['scope'], subject: string | null): BudgetView => ({
  id: 'monthly',
  scope,
  subject,
  window: 'monthly',
  currency: 'usd',
  limit_amount: 5,
  limit_usd_nanos: 5e9,
  spent_usd_nanos: 2e9,
  held_usd_nanos: 1e9,
  remaining_usd_nanos: 2e9,
  hard: true,
  alert_percents: [80],
  resets_at_ms: null,
});

const rule = (scope: ScopeRule['scope'], subject: string | null): ScopeRule => ({
  scope,
  subject,
  per_request_limit_usd_nanos: null,
  hard: true,
  counted: true,
});

const policy = {
  key_id: 'abc',
  organization_id: 'org',
  project_id: 'proj_1',
  expires_at_ms: null,
  per_request_limit_usd_nanos: null,
  limits: {},
} as unknown as KeyPolicy;

const settings = {
  scope_rules: [
    rule('organization', null),
    rule('project', 'proj_1'),
    rule('project', 'proj_2'),
    rule('user', null),
  ],
  rate_rules: {
    organization: null,
    project: null,
    user: { ...NO_RATES, requests_per_minute: 30 },
    ip: null,
    subjects: { 'project/proj_1': { ...NO_RATES, requests_per_day: 5_000 } },
    has_addresses: false,
  },
} as unknown as OrganizationSettings;

async function read(headers: Record<string, string>, is_away = false) {
  const asked: string[] = [];
  const scopes: ScopePort = {
    usage: async (name) => {
      if (is_away) throw new Error('away');
      asked.push(name);
      const [, scope, subject] = name.split('/');
      return {
        name,
        scope: scope as ScopeRule['scope'],
        subject: subject || null,
        budgets: [view(scope as ScopeRule['scope'], subject || null)],
        holders: 1,
      };
    },
    refresh: async () => undefined,
  };
  const ledger = {
    usage: async () => ({ limits: {}, budgets: [view('key', null)] }) as unknown as KeyUsage,
  } as unknown as Parameters<typeof renderKey>[0]['ledger'];
  const header = (name: string) => headers[name] ?? null;
  const body = await renderKey({ ledger, scopes, flush: async () => undefined })({
    policy,
    settings,
    header,
  });
  return { asked, body: body as { budgets: Record<string, unknown>[]; limits: { shared: unknown[] } } };
}

it('a key shows its own budgets first, then those that it shares, each with what is spent and held apart', async () => {
  const { asked, body } = await read({});
  expect(asked).toEqual(['org/organization/', 'org/project/proj_1']);
  expect(body.budgets).toMatchObject([
    { scope: 'key', subject: null, spent_usd: 2, held_usd: 1, remaining_usd: 2 },
    { scope: 'organization', subject: null },
    { scope: 'project', subject: 'proj_1' },
  ]);
});

it('a user that a header names is shown, and no other subject of anybody', async () => {
  expect((await read({ 'x-user-id': 'alice' })).asked).toEqual([
    'org/organization/',
    'org/project/proj_1',
    'org/user/alice',
  ]);
});

it('a ledger that is away is no empty budget', async () => {
  await expect(read({}, true)).rejects.toMatchObject({ code: 'limits_unavailable' });
});

it('rate limits that the key shares are shown as they are set, those of the user whom a header names among them', async () => {
  const { body } = await read({ 'x-user-id': 'alice' });
  expect(body.limits.shared).toMatchObject([
    { scope: 'project', subject: 'proj_1', requests_per_day: 5_000, rate_limit: null },
    { scope: 'user', subject: 'alice', rate_limit: 30, requests_per_day: null },
  ]);
  expect((await read({})).body.limits.shared).toHaveLength(1);
});
