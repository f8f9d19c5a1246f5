import { GatewayError, targetKey } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import {
  createTestPorts,
  testConnection,
  testPolicy,
  testRequest,
  testSettings,
} from '../routing/auto-test-bed.ts';
import { conversationOf, createRoutingMemory } from '../routing/routing-memory.ts';
import { type Plan, route } from './route.ts';

const MODELS = [
  { provider: 'acme', model: 'small', output_price: 0.5e9, quality: 0.6 },
  { provider: 'acme', model: 'middle', output_price: 4e9, quality: 0.75 },
  { provider: 'best', model: 'large', output_price: 25e9, quality: 0.9 },
  { provider: 'other', model: 'strong', output_price: 15e9, quality: 0.86 },
  { provider: 'other', model: 'toolless', output_price: 0.1e9, quality: 0.6, tools: false },
  { provider: 'other', model: 'mystery', output_price: null, quality: 0.9 },
];
const { ports } = createTestPorts(MODELS);
const org = testSettings(['acme', 'best', 'other'].map((id) => testConnection(id)));
const HARD =
  'Prove that the halting problem is undecidable, then analyse critically which assumptions of the proof fail for machines with bounded memory, derive the complexity of the bounded problem, and design an algorithm for it.';
const EASY = 'What is the capital of Peru?';

const names = (plan: Plan): string[] => plan.targets.map(({ provider, model }) => `${provider.id}/${model}`);
const refusal = (run: () => unknown): GatewayError => {
  try {
    run();
  } catch (error) {
    if (error instanceof GatewayError) return error;
  }
  throw new Error('it was not refused');
};

it('takes a cheap model for a simple question and a strong one for a hard one', () => {
  expect(names(route(testRequest(EASY), testPolicy(), org, ports))[0]).toBe('other/toolless');
  const hard = route(testRequest(HARD), testPolicy(), org, ports);
  expect(['best/large', 'other/strong']).toContain(names(hard)[0]);
  expect(hard.strategy).toBe('balanced');
  expect(hard.analysis?.['difficulty']).toBeGreaterThan(0.66);
  expect(hard.reason).toMatch(/needs quality 0\.8/);
});

it('tells of every candidate its score and parts, or why it was left out', () => {
  const { candidates, evaluated } = route(testRequest(EASY), testPolicy(), org, ports);
  expect(evaluated).toBe(6);
  const mystery = candidates.find(({ model }) => model === 'mystery');
  expect(mystery?.excluded_because).toBe('its price is unknown');
  for (const { excluded_because, score, parts } of candidates)
    if (excluded_because === null) {
      expect(score).toBeGreaterThan(0);
      expect(Object.keys(parts ?? {})).toEqual(['price', 'latency', 'quality', 'reliability', 'good_enough']);
    }
});

it('leaves out a model that cannot do what the request needs', () => {
  const tools = [{ type: 'function', function: { name: 'f' } }];
  const plan = route(testRequest(EASY, {}, { tools }), testPolicy(), org, ports);
  expect(names(plan)).not.toContain('other/toolless');
  expect(names(plan)[0]).toBe('acme/small');
});

it('has another provider behind the first choice', () => {
  const [first, second] = route(testRequest(HARD), testPolicy(), org, ports).targets;
  expect(second?.provider.id).not.toBe(first?.provider.id);
});

describe('hints and rules', () => {
  it.each([
    ['cheapest', 'other/toolless'],
    ['quality', 'best/large'],
  ] as const)('%s takes %s', (strategy, name) => {
    expect(names(route(testRequest(EASY, { strategy }), testPolicy(), org, ports))[0]).toBe(name);
  });

  it('the key’s strategy wins over the organization’s, the request’s over the key’s', () => {
    const rules = testSettings(org.connections, { strategy: 'quality' });
    expect(names(route(testRequest(EASY), testPolicy(), rules, ports))[0]).toBe('best/large');
    const cheap = testPolicy({ routing_strategy: 'cheapest' });
    expect(names(route(testRequest(EASY), cheap, rules, ports))[0]).toBe('other/toolless');
    const plan = route(testRequest(EASY, { strategy: 'quality' }), cheap, rules, ports);
    expect(names(plan)[0]).toBe('best/large');
  });

  it('what the organization forbids no narrower level allows', () => {
    const rules = testSettings(org.connections, { blocked_providers: ['best'] });
    const asked = testRequest(HARD, { allowed_providers: ['best', 'other'] });
    const plan = route(asked, testPolicy({ rules: { allowed_providers: ['best', 'other'] } }), rules, ports);
    expect(new Set(names(plan))).toEqual(new Set(['other/strong', 'other/toolless']));
  });

  it('a model that is named is refused, too, where a rule forbids it', () => {
    const rules = testSettings(org.connections, { blocked_models: ['best/*'] });
    const error = refusal(() =>
      route(testRequest(EASY, {}, { model: 'best/large' }), testPolicy(), rules, ports),
    );
    expect(error.code).toBe('model_not_allowed');
    expect(error.message).toContain('blocked_models of the organization');
  });

  it('says which hint left nothing, and what would be possible', () => {
    const error = refusal(() =>
      route(testRequest(EASY, { min_quality_score: 0.99 }), testPolicy(), org, ports),
    );
    expect(error.code).toBe('invalid_hints');
    expect(error.message).toContain('5 by min_quality_score 0.99 of the request');
    expect(error.message).toContain('best/large with 0.9');
  });

  it('takes the fastest where nobody is fast enough, and says so', () => {
    const plan = route(testRequest(EASY, { max_latency_ms: 1 }), testPolicy(), org, ports);
    expect(plan.targets.length).toBe(1);
    expect(plan.degraded[0]).toContain('max_latency_ms 1');
  });

  it('prefers a provider among near equals, but not for a task that it is too weak for', () => {
    const easy = testRequest(EASY, { prefer_providers: ['acme'] });
    expect(names(route(easy, testPolicy(), org, ports))[0]).toBe('acme/small');
    const hard = testRequest(HARD, { prefer_providers: ['acme'] });
    expect(names(route(hard, testPolicy(), org, ports))[0]).not.toBe('acme/small');
  });
});

it('keeps very dear fallbacks out of a plan that a budget must hold for', () => {
  const budgets = [{ hard: true }] as unknown as ReturnType<typeof testPolicy>['budgets'];
  const plan = route(testRequest(EASY), testPolicy({ budgets }), org, ports);
  expect(names(plan)).not.toContain('best/large');
  expect(names(route(testRequest(EASY), testPolicy(), org, ports))).toContain('best/large');
});

it('chooses another model while the best one cannot be called', () => {
  const out = { breaker: 'open' as const, retry_at_ms: Date.UTC(2027, 0, 1), cooled_until_ms: null };
  const unknown = { ttft_ms_p50: null, latency_ms_p50: null, tokens_per_second: null, error_ratio: null };
  const key = targetKey('conn_other_0', 'toolless');
  const sick = createTestPorts(MODELS, { targets: { [key]: { ...out, ...unknown } } });
  expect(names(route(testRequest(EASY), testPolicy(), org, sick.ports))[0]).toBe('acme/small');
  const cooled = createTestPorts(MODELS, { cooled: { conn_other_0: Date.UTC(2027, 0, 1) } });
  expect(names(route(testRequest(EASY), testPolicy(), org, cooled.ports))[0]).toBe('acme/small');
});

it('a conversation stays with the model that answered it, unless that is too weak now', () => {
  const memory = createRoutingMemory();
  const messages = [
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content: 'Hi' },
    { role: 'user', content: EASY },
  ];
  const asked = testRequest(EASY, {}, { messages });
  const conversation = conversationOf('key', null, asked.asked as never);
  memory.learnServing(conversation, 'conn_acme_0', 'middle');
  const plan = route(asked, testPolicy(), org, { ...ports, memory });
  expect(names(plan)[0]).toBe('acme/middle');
  expect(plan.reason).toContain('answered this conversation before');
  const harder = testRequest(
    HARD,
    {},
    { messages: [...messages.slice(0, 2), { role: 'user', content: HARD }] },
  );
  expect(names(route(harder, testPolicy(), org, { ...ports, memory }))[0]).not.toBe('acme/middle');
});

it('learns how long a key’s answers are, and a client’s limit bounds what is expected', () => {
  const memory = createRoutingMemory();
  for (const tokens of [800, 1000, 1200]) memory.learnOutput('key', false, null, tokens);
  expect(memory.findOutput('key', false, null)).toBe(1000);
  expect(memory.findOutput('key', true, null)).toBeNull();
  expect(memory.findOutput('key', false, 64)).toBeNull();
});

it('looks up no model of the catalogue again while nothing changed, with 500 models and 50 connections', () => {
  const models = Array.from({ length: 500 }, (_, i) => ({
    provider: `p${i % 10}`,
    model: `m${i}`,
    output_price: 1e9 + i * 1e7,
    quality: 0.5 + (i % 40) / 100,
  }));
  const connections = Array.from({ length: 50 }, (_, i) => testConnection(`p${i % 10}`, i));
  const counted = createTestPorts(models);
  const settings = testSettings(connections);
  route(testRequest(HARD), testPolicy(), settings, counted.ports);
  const before = counted.lookups();
  const plan = route(testRequest(HARD), testPolicy(), settings, counted.ports);
  // Only for the few that go into the plan, and the default model.
  expect(counted.lookups() - before).toBeLessThanOrEqual(20);
  expect(plan.evaluated).toBe(500);
  expect(plan.candidates.length).toBeLessThanOrEqual(40);
  expect(plan.targets.length).toBe(12);
});

it('offers no model that cannot chat, though a connection lists it', () => {
  const chats = (model: string): boolean => model !== 'embedder';
  const listing = createTestPorts([
    { provider: 'acme', model: 'embedder', output_price: 0, quality: 0.9 },
  ]).ports;
  const asked = { ...listing, catalogue: { ...listing.catalogue, chats } };
  const listed = testSettings([{ ...testConnection('acme'), models: ['embedder', 'talker'] }]);
  expect(names(route(testRequest(EASY), testPolicy(), listed, asked))).toEqual(['acme/talker']);
});
