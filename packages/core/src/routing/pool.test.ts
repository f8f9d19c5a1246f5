import {
  type Connection,
  type HealthSnapshot,
  NO_ROUTING,
  type Pool,
  type Target,
  targetKey,
} from '@sluice/contract';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { target } from '../calling/call-test-bed.ts';
import { costOf, worstCaseOf, worstCost } from '../money.ts';
import { asEndpoint, findPool, fullLast, orderPools, poolOf, whyFull } from './pool.ts';
import { resolveModel } from './resolve-model.ts';
import { balance } from './share-out.ts';

const POOL: Pool = {
  name: 'house',
  model: 'llama',
  connection_ids: ['conn_a', 'conn_b'],
  usd_nanos_per_hour: 1_800_000_000,
  in_flight_max: 4,
  overflow: ['api-model'],
  health_path: '/health',
};
const TIMEOUTS = { first_byte_ms: 30_000, idle_ms: 60_000, total_ms: 600_000 };
const endpoint = (name: string): Target =>
  asEndpoint(target(name, 'chat-completions', 'llama'), POOL, { timeouts: TIMEOUTS });
const A = endpoint('a');
const B = endpoint('b');
const API = target('api', 'chat-completions', 'api-model');
const random = { id: () => '', number: () => 0.5 };
const health = (in_flight: Record<string, number>, waiting: Record<string, number> = {}): HealthSnapshot => ({
  targets: Object.fromEntries(
    Object.entries(waiting).map(([id, count]) => [
      targetKey(id, 'llama'),
      {
        breaker: 'closed',
        retry_at_ms: null,
        cooled_until_ms: null,
        ttft_ms_p50: null,
        latency_ms_p50: null,
        tokens_per_second: null,
        error_ratio: null,
        waiting: count,
      },
    ]),
  ),
  in_flight: Object.fromEntries(
    Object.entries(in_flight).map(([id, count]) => [targetKey(id, 'llama'), count]),
  ),
  config_version: 1,
  read_at_ms: 0,
});
const order = (seen: HealthSnapshot): string[] =>
  orderPools([A, B, API], seen, random).map(({ connection }) => connection.id);

it('asks the endpoint with the fewest requests first, and what it overflows to behind all endpoints', () => {
  expect(order(health({ conn_a: 3, conn_b: 1 }))).toEqual(['conn_b', 'conn_a', 'conn_api']);
  expect(order(health({ conn_b: 2 }))).toEqual(['conn_a', 'conn_b', 'conn_api']);
});

it('an endpoint with all its requests under way, or with a queue, comes after the overflow', () => {
  expect(order(health({ conn_a: 4 }))).toEqual(['conn_b', 'conn_api', 'conn_a']);
  expect(order(health({ conn_a: 4, conn_b: 7 }))).toEqual(['conn_api', 'conn_a', 'conn_b']);
  expect(order(health({}, { conn_b: 2 }))).toEqual(['conn_a', 'conn_api', 'conn_b']);
  expect(whyFull(A, health({ conn_a: 4 }))).toContain('4 of 4');
  expect(whyFull(A, health({ conn_a: 3 }))).toBeNull();
  expect(whyFull(API, health({}))).toBeNull();
});

it('whatever the load, no target is lost and no full endpoint stands before a free one', () => {
  const loads = fc.record({ conn_a: fc.nat(6), conn_b: fc.nat(6) });
  fc.assert(
    fc.property(loads, (in_flight) => {
      const seen = health(in_flight);
      const ordered = orderPools([A, B, API], seen, random);
      expect(new Set(ordered)).toEqual(new Set([A, B, API]));
      const at = ordered.indexOf(API);
      ordered.forEach((one, index) => {
        if (one !== API) expect(index < at).toBe(whyFull(one, seen) === null);
      });
    }),
  );
});

it('in a list with an order of its own only full endpoints move, to its end', () => {
  const moved = (seen: HealthSnapshot): string[] =>
    fullLast([A, API, B], seen).map(({ connection }) => connection.id);
  expect(moved(health({ conn_a: 3, conn_b: 1 }))).toEqual(['conn_a', 'conn_api', 'conn_b']);
  expect(moved(health({ conn_a: 4 }))).toEqual(['conn_api', 'conn_b', 'conn_a']);
});

it('leaves a list without endpoints as it is', () => {
  const list = [API, target('other')];
  expect(orderPools(list, health({}), random)).toBe(list);
});

it('costs its share of the hour, and holds all of the deadline', () => {
  const usage = {
    input_tokens: 5_000,
    cache_read_tokens: 0,
    cache_write_tokens: 0,
    cache_write_1h_tokens: 0,
    output_tokens: 900,
    reasoning_tokens: 0,
    input_audio_tokens: 0,
    output_audio_tokens: 0,
    estimated: false,
  };
  expect(costOf({ ...usage, gpu_ms: 2_000 }, A.prices)).toBe(1_000_000);
  expect(costOf(usage, A.prices)).toBeNull();
  const worst = worstCaseOf(
    A.prices,
    5_000,
    { cache_1h: false, audio: false },
    { output_tokens: null, units: 0 },
  );
  const held = worst === null ? 0 : worstCost(worst, 4_096);
  expect(held).toBe(300_000_000);
  expect(costOf({ ...usage, gpu_ms: 9_999_999 }, A.prices)).toBe(held);
  expect(A.price_source).toBe('pool');
});

it('is found by its model, by its name, and by an endpoint of it', () => {
  expect(findPool('llama', [POOL])).toBe(POOL);
  expect(findPool('pool/house', [POOL])).toBe(POOL);
  expect(findPool('house', [POOL])).toBeNull();
  expect(poolOf({ id: 'conn_b' }, 'llama', [POOL])).toBe(POOL);
  expect(poolOf({ id: 'conn_b' }, 'other', [POOL])).toBeNull();
  expect(poolOf({ id: 'conn_x' }, 'llama', [POOL])).toBeNull();
});

it('a model of a pool resolves to its endpoints and, behind them, to what it overflows to', () => {
  const serving = (one: Target): Connection => ({ ...one.connection, models: [one.model] });
  const settings = {
    organization_id: 'org',
    config_version: 1,
    connections: [serving(A), serving(B), serving(API)],
    default_model: 'api-model',
    default_fallback_chain: [],
    fallback_enabled: true,
    timeouts: TIMEOUTS,
    price_overrides: {},
    aliases: { cheap: 'llama' },
    routing: { ...NO_ROUTING, pools: [POOL] },
    retain_content: false,
    platform_fee_percent: 0,
    usd_per_eur: 1,
    time_zone: 'UTC',
  };
  const providers = new Map([A, B, API].map(({ provider }) => [provider.id, provider]));
  const ports = {
    catalogue: { find: () => null, providersOf: () => [], list: () => [] },
    findProvider: (id: string) => providers.get(id) ?? null,
  };
  for (const name of ['llama', 'pool/house', 'cheap']) {
    const found = resolveModel(name, settings, ports, 0);
    expect(found.map(({ connection }) => connection.id)).toEqual(['conn_a', 'conn_b', 'conn_api']);
    expect(found.map((one) => one.pool?.name ?? null)).toEqual(['house', 'house', null]);
    const full = balance(found, 'weighted', health({ conn_a: 9, conn_b: 9 }), random);
    expect(full[0]?.connection.id).toBe('conn_api');
  }
});
