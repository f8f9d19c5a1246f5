import {
  type AdmitAnswer,
  type AdmitAsk,
  type BudgetView,
  type CandidateRecord,
  NO_LIMITS_VIEW,
  NO_ROUTING,
  type OrganizationSettings,
  type ScopeRule,
  type Target,
  type TokenScope,
} from '@sluice/contract';
import { expect, it } from 'vitest';
import { policyOf } from '../limits/test-policy.ts';
import type { GatewayRequest } from '../request.ts';
import { admitPlan } from './admit-plan.ts';
import type { Plan } from './route.ts';

const target = (provider: string, model: string, output: number | null): Target =>
  ({
    provider: { id: provider },
    connection: { id: `conn_${provider}` },
    model,
    prices: output === null ? null : { input: 0, output, per_request: null, tiers: [] },
    abilities: { output_tokens_max: 1000 },
  }) as unknown as Target;

const planOf = (...targets: Target[]): Plan => ({
  targets,
  candidates: targets.map(
    (one) => ({ provider: one.provider.id, model: one.model, excluded_because: null }) as CandidateRecord,
  ),
  strategy: 'requested_model',
  reason: 'asked for',
  fallback: targets.length > 1,
  input: { upper_tokens: 10, cache_1h: false, audio: false } as Plan['input'],
  analysis: null,
  evaluated: targets.length,
  default_prices: null,
  conversation: null,
  degraded: [],
});

const requestOf = (more: Partial<GatewayRequest['hints']> = {}, free = false): GatewayRequest =>
  ({
    request_id: 'req_1',
    door: { operation: 'chat' },
    asked: { model: 'gpt', messages: [], max_tokens: 1000 },
    bounds: { input_tokens: null, output_tokens: 1000, units: 0, ...(free ? { free } : {}) },
    hints: { user_id: 'alice', session_id: null, ...more },
  }) as unknown as GatewayRequest;

const settingsOf = (...scope_rules: ScopeRule[]): OrganizationSettings =>
  ({ routing: NO_ROUTING, scope_rules, config_version: 7 }) as unknown as OrganizationSettings;

const rule = (
  scope: ScopeRule['scope'],
  subject: string | null,
  more: Partial<ScopeRule> = {},
): ScopeRule => ({
  scope,
  subject,
  per_request_limit_usd_nanos: null,
  hard: true,
  counted: true,
  ...more,
});

const LARGE = target('openai', 'gpt', 1e9);
const SMALL = target('acme', 'tiny', 1e6);

const admitted = (ask: AdmitAsk): AdmitAnswer => ({
  kind: 'admitted',
  output_tokens: ask.output_tokens,
  held_usd_nanos: 1,
  limits: NO_LIMITS_VIEW,
  lease: null,
});

const spent = (
  subject: string,
  code: 'budget_exceeded' | 'budget_held' = 'budget_exceeded',
): AdmitAnswer => ({
  kind: 'refused',
  code,
  limit: 'monthly',
  retry_after_ms: null,
  budget: {
    scope: 'model',
    subject,
    window: 'monthly',
    limit_usd_nanos: 5e9,
    spent_usd_nanos: 5e9,
    held_usd_nanos: 0,
    remaining_usd_nanos: 0,
    resets_at_ms: Date.UTC(2026, 11, 1),
  } as BudgetView,
  limits: NO_LIMITS_VIEW,
});

async function run(
  settings: OrganizationSettings,
  plan: Plan,
  answer: (ask: AdmitAsk) => AdmitAnswer = admitted,
  request = requestOf(),
  token?: TokenScope,
) {
  const asks: AdmitAsk[] = [];
  const tried: Plan[] = [];
  const admit = (_: string, ask: AdmitAsk): AdmitAnswer => {
    asks.push(structuredClone(ask));
    return answer(ask);
  };
  const done = admitPlan(
    request,
    policyOf({ organization_id: 'org', ...(token === undefined ? {} : { token }) }),
    settings,
    plan,
    1000,
    { admit, clock: { now_ms: () => 0 } },
    (one) => tried.push(one),
  );
  const result = await done.then(
    (value) => ({ value, error: null }),
    (error) => ({ value: null, error }),
  );
  return { ...result, asks, tried };
}

it('an ask names every shared budget that the plan touches; without any it says nothing of them', async () => {
  const { asks } = await run(settingsOf(rule('user', null), rule('model', 'tiny')), planOf(LARGE, SMALL));
  expect(asks).toMatchObject([{ scopes: ['org/user/alice', 'org/model/tiny'], config_version: 7 }]);
  const none = await run(settingsOf(), planOf(LARGE));
  expect(none.asks[0]).not.toHaveProperty('scopes');
  expect(none.asks[0]).not.toHaveProperty('wait_ms');
  expect(none.value?.scopes).toBeNull();
  const free = await run(settingsOf(rule('user', null)), planOf(LARGE), admitted, requestOf({}, true));
  expect(free.asks[0]).not.toHaveProperty('scopes');
  const waits = await run(settingsOf(), planOf(LARGE), admitted, requestOf({ budget_wait_ms: 900 }));
  expect(waits.asks[0]).toMatchObject({ wait_ms: 900 });
});

it('a model whose budget is spent leaves the plan, the next one is admitted without it, and the candidates say why', async () => {
  const settings = settingsOf(rule('model', 'gpt'), rule('model', 'acme/*'));
  const { value, asks } = await run(settings, planOf(LARGE, SMALL), (ask) =>
    ask.scopes?.includes('org/model/gpt') ? spent('gpt') : admitted(ask),
  );
  expect(asks.map((ask) => ask.scopes)).toEqual([
    ['org/model/gpt', 'org/model/acme%2F*'],
    ['org/model/acme%2F*'],
  ]);
  // The hold shrinks with the plan, so that a spent dear model does not make the rest dear.
  expect(asks.map((ask) => ask.output_usd_nanos_per_mtok)).toEqual([1e9, 1e6]);
  expect(value?.plan).toMatchObject({
    targets: [{ model: 'tiny' }],
    fallback: false,
    strategy: 'fallback_chain',
    candidates: [{ excluded_because: 'the budget of model gpt is spent' }, { excluded_because: null }],
  });
  expect(value?.scopes?.names).toEqual(['org/model/acme%2F*']);
});

it('where no other model is left the refusal says whose budget it is and when it turns over', async () => {
  const { error, asks, tried } = await run(settingsOf(rule('model', 'gpt')), planOf(LARGE), () =>
    spent('gpt'),
  );
  expect(asks).toHaveLength(1);
  expect(error).toMatchObject({
    code: 'budget_exceeded',
    retry_after_ms: null,
    extra: {
      scope: 'model',
      subject: 'gpt',
      window: 'monthly',
      limit_usd: 5,
      resets_at: '2026-12-01T00:00:00.000Z',
    },
  });
  expect(error.message).toContain('monthly budget of model gpt');
  expect(error.message).toContain('wait until 2026-12-01');
  expect(tried).toMatchObject([{ targets: [], candidates: [{ excluded_because: expect.anything() }] }]);
});

it('money that is only held is worth a wait, and the answer says how long', async () => {
  const { error } = await run(settingsOf(rule('model', 'gpt')), planOf(LARGE), () =>
    spent('gpt', 'budget_held'),
  );
  expect(error).toMatchObject({ code: 'budget_held', retry_after_ms: 1000 });
});

it('a refusal that is not about a model of the plan is not asked again', async () => {
  const { asks, error } = await run(settingsOf(rule('model', 'gpt')), planOf(LARGE, SMALL), () =>
    spent('other'),
  );
  expect(asks).toHaveLength(1);
  expect(error.code).toBe('budget_exceeded');
});

it('a per-request limit lowers the output to what it pays for; below the floor nothing is asked for', async () => {
  const limited = (usd_nanos: number) =>
    settingsOf(rule('user', null, { per_request_limit_usd_nanos: usd_nanos, counted: false, hard: false }));
  const lowered = await run(limited(400_000), planOf(LARGE));
  expect(lowered.asks).toMatchObject([{ output_tokens: 400 }]);
  expect(lowered.value?.admission).toMatchObject({ kind: 'admitted', lowered: true, output_tokens_max: 400 });
  const refused = await run(limited(15_000), planOf(LARGE));
  expect(refused.asks).toEqual([]);
  expect(refused.error).toMatchObject({
    code: 'per_request_limit_exceeded',
    extra: { scope: 'user', subject: 'alice', window: 'per_request', limit_usd: 0.000015 },
  });
});

it('a per-request limit of a dear model takes only that model out of the plan', async () => {
  const limit = { per_request_limit_usd_nanos: 15_000, counted: false, hard: false };
  const { value, asks } = await run(settingsOf(rule('model', 'gpt', limit)), planOf(LARGE, SMALL));
  expect(asks).toMatchObject([{ output_tokens: 1000, output_usd_nanos_per_mtok: 1e6 }]);
  expect(value?.plan.candidates[0]?.excluded_because).toBe(
    'the budget of model gpt allows less for one request',
  );
});

it('without a known price nothing is sent under a hard shared budget, and a soft one lets it pass', async () => {
  const unpriced = planOf(target('openai', 'gpt', null));
  expect((await run(settingsOf(rule('organization', null)), unpriced)).error).toMatchObject({
    code: 'model_unpriced',
  });
  const soft = await run(settingsOf(rule('organization', null, { hard: false })), unpriced);
  expect(soft.asks).toMatchObject([{ priced: false, scopes: ['org/organization/'] }]);
});

it('a ledger that is away stops what a hard shared budget holds for, and nothing else', async () => {
  const away = (): AdmitAnswer => {
    throw new Error('away');
  };
  expect((await run(settingsOf(rule('user', null)), planOf(LARGE), away)).error).toMatchObject({
    code: 'limits_unavailable',
  });
  const soft = await run(settingsOf(rule('user', null, { hard: false })), planOf(LARGE), away);
  expect(soft.value?.admission.kind).toBe('admitted');
});

it('a page is told that a budget is spent, and how much only of its own user', async () => {
  const token = { user_id: 'alice' } as TokenScope;
  const refused = async (scope: BudgetView['scope'], subject: string | null) => {
    const answer = spent('gpt');
    if (answer.kind === 'refused' && answer.budget !== null) Object.assign(answer.budget, { scope, subject });
    return (await run(settingsOf(), planOf(LARGE), () => answer, requestOf(), token)).error;
  };
  const of_organization = await refused('organization', null);
  expect(of_organization.extra).toEqual({
    limit: 'monthly',
    scope: 'organization',
    window: 'monthly',
    resets_at: '2026-12-01T00:00:00.000Z',
  });
  expect(of_organization.message).not.toMatch(/dollars/);
  expect((await refused('user', 'bob')).extra).not.toHaveProperty('spent_usd');
  expect((await refused('user', 'alice')).extra).toMatchObject({ subject: 'alice', spent_usd: 5 });
});
