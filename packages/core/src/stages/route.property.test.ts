import type { GatewayError, HealthSnapshot, RoutingRules, TargetHealth } from '@sluice/contract';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  createTestPorts,
  type TestModel,
  testConnection,
  testPolicy,
  testRequest,
  testSettings,
} from '../routing/auto-test-bed.ts';
import { covers } from '../routing/model-pattern.ts';
import { type Plan, route } from './route.ts';

const PROVIDERS = ['a', 'b', 'c', 'd'];
const names = fc.array(fc.constantFrom(...PROVIDERS), { maxLength: 3 });
const patterns = fc.array(fc.constantFrom<string>('a/*', 'b/*', 'm0', 'm1', 'm2', 'c/m3', 'd/m4'), {
  maxLength: 3,
});
const models = fc.uniqueArray(
  fc.record({
    provider: fc.constantFrom(...PROVIDERS),
    model: fc.constantFrom('m0', 'm1', 'm2', 'm3', 'm4'),
    output_price: fc.option(fc.integer({ min: 0, max: 80e9 }), { freq: 8 }),
    quality: fc.option(fc.integer({ min: 30, max: 99 }).map((n) => n / 100)),
  }),
  { selector: ({ provider, model }) => `${provider}/${model}`, minLength: 1, maxLength: 16 },
);
const nothing = fc.constant(null);
const rules: fc.Arbitrary<RoutingRules> = fc.record({
  strategy: fc.oneof(nothing, fc.constantFrom('cheapest', 'fastest', 'balanced', 'quality')),
  min_quality_score: fc.oneof(
    nothing,
    fc.integer({ min: 0, max: 100 }).map((n) => n / 100),
  ),
  max_latency_ms: fc.oneof(nothing, fc.integer({ min: 1, max: 20_000 })),
  prefer_providers: names,
  allowed_providers: fc.oneof(fc.constant<string[]>([]), names),
  blocked_providers: fc.oneof(fc.constant<string[]>([]), names),
  allowed_models: fc.oneof(fc.constant<string[]>([]), patterns),
  blocked_models: fc.oneof(fc.constant<string[]>([]), patterns),
});
const number = (max: number) => fc.option(fc.integer({ min: 1, max }));
const target: fc.Arbitrary<TargetHealth> = fc.record({
  breaker: fc.constantFrom('closed', 'open', 'half_open'),
  retry_at_ms: fc.constant(Date.UTC(2027, 0, 1)),
  cooled_until_ms: nothing,
  ttft_ms_p50: number(9000),
  latency_ms_p50: number(30_000),
  tokens_per_second: number(300),
  error_ratio: fc.option(fc.integer({ min: 0, max: 100 }).map((n) => n / 100)),
});
const health: fc.Arbitrary<Partial<HealthSnapshot>> = fc.record({
  targets: fc.dictionary(
    fc
      .tuple(fc.constantFrom(...PROVIDERS), fc.integer({ min: 0, max: 4 }))
      .map(([provider, n]) => `conn_${provider}_0\nm${n}`),
    target,
    { maxKeys: 12 },
  ),
});
const world = fc.record({
  models,
  health,
  organization: rules,
  key: rules,
  request: rules,
  provider_allowlist: fc.oneof(fc.constant<string[]>([]), names),
  model_allowlist: fc.oneof(fc.constant<string[]>([]), patterns),
  text: fc.constantFrom('hi', 'Explain how rainbows form.', 'Prove Fermat and design a compiler.'),
  asked: fc.constantFrom<string>('auto', 'auto', 'm1', 'a/m0'),
  default_model: fc.constantFrom<string>('m0', 'nobody'),
});
type World = typeof world extends fc.Arbitrary<infer W> ? W : never;

function planOf(w: World): Plan | GatewayError {
  const { ports } = createTestPorts(w.models as TestModel[], w.health);
  const policy = testPolicy({
    rules: w.key,
    provider_allowlist: w.provider_allowlist,
    model_allowlist: w.model_allowlist,
  });
  const settings = testSettings(
    PROVIDERS.map((id) => testConnection(id)),
    w.organization,
    { default_model: w.default_model },
  );
  try {
    return route(testRequest(w.text, w.request, { model: w.asked }), policy, settings, ports);
  } catch (error) {
    return error as GatewayError;
  }
}

const every = (w: World): RoutingRules[] => [w.organization, w.key, w.request];

it('a plan holds no model or provider that the key may not use or that any level forbids', () => {
  fc.assert(
    fc.property(world, (w) => {
      const plan = planOf(w);
      if (!('targets' in plan)) return;
      for (const one of plan.targets) {
        if (w.provider_allowlist.length > 0) expect(w.provider_allowlist).toContain(one.provider.id);
        if (w.model_allowlist.length > 0) expect(w.model_allowlist.some((p) => covers(p, one))).toBe(true);
        for (const level of every(w)) {
          expect(level.blocked_providers).not.toContain(one.provider.id);
          expect(level.blocked_models.some((p) => covers(p, one))).toBe(false);
          if (level.allowed_providers.length > 0) expect(level.allowed_providers).toContain(one.provider.id);
          if (level.allowed_models.length > 0)
            expect(level.allowed_models.some((p) => covers(p, one))).toBe(true);
        }
      }
    }),
    { numRuns: 400 },
  );
});

it('auto never falls under the quality or over the latency that was asked for while a candidate keeps them', () => {
  fc.assert(
    fc.property(world, (drawn) => {
      const w = { ...drawn, asked: 'auto' };
      const plan = planOf(w);
      if (!('targets' in plan)) return;
      const quality = Math.max(0, ...every(w).map((level) => level.min_quality_score ?? 0));
      const latency = Math.min(...every(w).map((level) => level.max_latency_ms ?? Number.POSITIVE_INFINITY));
      for (const one of plan.targets) {
        if (plan.strategy !== 'default_model' || quality > 0)
          expect(one.quality ?? 0.5).toBeGreaterThanOrEqual(quality);
        const told = plan.candidates.find(
          ({ provider, model }) => provider === one.provider.id && model === one.model,
        );
        if (told === undefined || told.latency_ms === null) expect(plan.strategy).toBe('default_model');
        // Nothing is known there but a guess, and nothing else is left.
        else if (plan.strategy === 'default_model') continue;
        else if (plan.degraded.length === 0) expect(told.latency_ms).toBeLessThanOrEqual(latency);
        else expect(told.latency_ms).toBeGreaterThan(latency);
      }
      // Said to be impossible only where it was.
      if (plan.degraded.length > 0)
        for (const { excluded_because, latency_ms } of plan.candidates)
          if (excluded_because === null) expect(latency_ms).toBeGreaterThan(latency);
    }),
    { numRuns: 400 },
  );
});

it('the same snapshot gives the same plan', () => {
  fc.assert(
    fc.property(world, (w) => {
      const [one, two] = [planOf(w), planOf(w)];
      const told = (plan: Plan | GatewayError) =>
        'targets' in plan
          ? [
              plan.targets.map(({ connection, model }) => [connection.id, model]),
              plan.candidates,
              plan.reason,
            ]
          : [plan.code, plan.message];
      expect(told(one)).toEqual(told(two));
    }),
    { numRuns: 200 },
  );
});

it('a refusal is one of the words that clients know, never a crash', () => {
  fc.assert(
    fc.property(world, (w) => {
      const plan = planOf(w);
      if ('targets' in plan) return;
      expect(['unknown_model', 'model_not_allowed', 'invalid_hints', 'invalid_request']).toContain(plan.code);
    }),
    { numRuns: 200 },
  );
});
