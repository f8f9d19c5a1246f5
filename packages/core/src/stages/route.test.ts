import { type Connection, NO_ROUTING, type OrganizationSettings, type Provider } from '@sluice/contract';
import { expect, it } from 'vitest';
import type { GatewayRequest } from '../request.ts';
import { type RoutePorts, route } from './route.ts';

const NONE = { context_tokens: null, output_tokens_max: null, tools: null, vision: null };
const abilities = { ...NONE, json_schema: null, reasoning: null };

const provider = (id: string, default_model?: string): Provider =>
  ({
    id,
    protocol: { id: 'chat-completions', operation: 'chat' },
    ...(default_model === undefined ? {} : { default_model }),
  }) as Provider;
const PROVIDERS = [provider('acme', 'acme-small'), provider('plain')];

const ports: RoutePorts = {
  catalogue: {
    find: (provider_id: string, model: string) => ({ provider: provider_id, model, abilities, prices: null }),
    providersOf: () => [],
    list: () => [],
  } as unknown as RoutePorts['catalogue'],
  findProvider: (id) => PROVIDERS.find((one) => one.id === id) ?? null,
  health: { peek: () => ({ targets: {} }) } as unknown as RoutePorts['health'],
  random: { id: () => '', number: () => random_number },
};
let random_number = 0;

const connection = (provider_id: string, models: string[] | null = null): Connection =>
  ({ id: `conn_${provider_id}`, provider: provider_id, models, weight: 1, enabled: true }) as Connection;

const settings = (
  connections: Connection[],
  more: Partial<OrganizationSettings> = {},
): OrganizationSettings =>
  ({
    organization_id: 'org',
    connections,
    default_model: 'other-model',
    default_fallback_chain: [],
    fallback_enabled: true,
    aliases: {},
    routing: NO_ROUTING,
    price_overrides: {},
    ...more,
  }) as unknown as OrganizationSettings;

const policy = { model_allowlist: [], provider_allowlist: [], fallback_chain: [] } as unknown as Parameters<
  typeof route
>[1];

const request = (model: string, fallback_chain: string[] | null = null): GatewayRequest =>
  ({
    received_at_ms: 1,
    body_bytes: 100,
    body_text: 'x'.repeat(100),
    door: { protocol: 'chat-completions', operation: 'chat' },
    bounds: { input_tokens: null, output_tokens: null, units: 0 },
    asked: { model, messages: [{ role: 'user', content: 'hi' }] },
    hints: { fallback_chain },
  }) as unknown as GatewayRequest;

const planOf = (model: string, org: OrganizationSettings, chain: string[] | null = null) =>
  route(request(model, chain), policy, org, ports);

it('auto is the default of what is connected where nobody serves the organization’s default model', () => {
  const plan = planOf('auto', settings([connection('plain'), connection('acme')]));
  expect(plan.targets.map(({ model }) => model)).toEqual(['acme-small']);
  expect(plan.strategy).toBe('default_model');
  expect(plan.reason).toContain('(other-model) comes down to');
});

it('auto takes the first model of a connection that lists its own', () => {
  const plan = planOf('auto', settings([connection('plain', ['local-a', 'local-b'])]));
  expect(plan.targets.map(({ model }) => model)).toEqual(['local-a']);
});

it('auto is the organization’s default model wherever it is served', () => {
  const org = settings([connection('acme'), connection('plain', ['own'])], { default_model: 'own' });
  const plan = planOf('auto', org);
  expect(plan.targets.map(({ model }) => model)).toEqual(['own']);
  expect(plan.reason).toContain('is the default model of the organization');
});

it('says why the chain stands in for a model that nobody serves', () => {
  const plan = planOf('nope', settings([connection('plain', ['own'])]), ['own']);
  expect(plan.strategy).toBe('fallback_chain');
  expect(plan.reason).toContain('nope was left out: No connected provider serves the model "nope"');
});

it.each(['constructor', '__proto__', 'toString', 'plain/', 'auto/x'])('knows no model %s', (model) => {
  expect(() => planOf(model, settings([connection('plain', ['own'])]))).toThrow(/No connected provider/);
});

it('leaves out a provider that has no such operation, and says so', () => {
  const asked = { ...request('acme/acme-small'), door: { protocol: 'embeddings', operation: 'embeddings' } };
  const org = settings([connection('acme')]);
  expect(() => route(asked as unknown as GatewayRequest, policy, org, ports)).toThrow(
    'acme cannot be called for embeddings',
  );
});

it('of two connections of one provider another one is first from request to request', () => {
  const heavy = { ...connection('acme'), id: 'conn_heavy', weight: 3 };
  const org = settings([connection('acme'), heavy, connection('plain', ['m'])]);
  const firsts = [0.1, 0.3, 0.9].map((number) => {
    random_number = number;
    return planOf('acme/m', org).targets.map((target) => target.connection.id);
  });
  expect(firsts).toEqual([
    ['conn_acme', 'conn_heavy'],
    ['conn_heavy', 'conn_acme'],
    ['conn_heavy', 'conn_acme'],
  ]);
});
