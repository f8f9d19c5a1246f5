import {
  type Connection,
  type HealthSnapshot,
  type KeyPolicy,
  NO_ROUTING,
  type OrganizationSettings,
  type Provider,
  type RoutingRules,
} from '@sluice/contract';
import type { GatewayRequest } from '../request.ts';
import type { RoutePorts } from '../stages/route.ts';

/** A model of the imagined catalogue. Prices in nano-dollars per million output tokens; input costs a quarter. */
export interface TestModel {
  provider: string;
  model: string;
  output_price: number | null;
  quality: number | null;
  tools?: boolean;
}

/** Look-ups in the catalogue, so that a test can count work instead of time. */
export interface Counted {
  ports: RoutePorts;
  lookups: () => number;
}

const priced = (output: number) => ({
  input: output / 4,
  cache_read: null,
  cache_write: null,
  cache_write_1h: null,
  output,
  reasoning: null,
  input_audio: null,
  output_audio: null,
  per_request: null,
  tiers: [],
});

export function createTestPorts(models: TestModel[], health: Partial<HealthSnapshot> = {}): Counted {
  let lookups = 0;
  const rows = models.map(({ provider, model, output_price, quality, tools = true }) => ({
    provider,
    model,
    abilities: {
      context_tokens: 100_000,
      output_tokens_max: 4000,
      tools,
      vision: false,
      json_schema: true,
      reasoning: false,
    },
    prices: output_price === null ? null : priced(output_price),
    price_source: 'test',
    quality: quality === null ? null : { score: quality, source: 'test', read_on: '2026-11-21' },
  }));
  const by_name = new Map(rows.map((row) => [`${row.provider}/${row.model}`, row]));
  const by_provider = new Map<string, typeof rows>();
  for (const row of rows) by_provider.set(row.provider, [...(by_provider.get(row.provider) ?? []), row]);
  const providers = new Map(
    [...by_provider.keys()].map((id) => [
      id,
      { id, protocol: { id: 'chat-completions', operation: 'chat' } } as Provider,
    ]),
  );
  const snapshot = { targets: {}, config_version: 0, read_at_ms: 0, ...health };
  return {
    lookups: () => lookups,
    ports: {
      catalogue: {
        find: (provider, model) => {
          lookups += 1;
          return by_name.get(`${provider}/${model}`) ?? null;
        },
        providersOf: (model) => rows.filter((row) => row.model === model).map(({ provider }) => provider),
        list: (provider) => by_provider.get(provider) ?? [],
      },
      findProvider: (id) => providers.get(id) ?? null,
      health: { peek: () => snapshot } as unknown as RoutePorts['health'],
      random: { id: () => '', number: () => 0.5 },
    },
  };
}

export const testConnection = (provider: string, n = 0): Connection =>
  ({
    id: `conn_${provider}_${n}`,
    provider,
    models: null,
    weight: 1,
    enabled: true,
    timeouts: {},
  }) as unknown as Connection;

export const testSettings = (
  connections: Connection[],
  rules: Partial<RoutingRules> = {},
  more: Partial<OrganizationSettings> = {},
): OrganizationSettings =>
  ({
    organization_id: 'org',
    connections,
    default_model: 'default-model',
    default_fallback_chain: [],
    fallback_enabled: true,
    aliases: {},
    routing: { ...NO_ROUTING, rules: { ...NO_ROUTING.rules, ...rules } },
    price_overrides: {},
    timeouts: { first_byte_ms: 1, idle_ms: 1, total_ms: 1 },
    ...more,
  }) as unknown as OrganizationSettings;

export const testPolicy = (more: Partial<KeyPolicy> = {}): KeyPolicy =>
  ({
    key_id: 'key',
    model_allowlist: [],
    provider_allowlist: [],
    fallback_chain: [],
    routing_strategy: null,
    budgets: [],
    per_request_limit_usd_nanos: null,
    ...more,
  }) as unknown as KeyPolicy;

export const testRequest = (
  text: string,
  hints: Partial<RoutingRules> = {},
  more: Record<string, unknown> = {},
): GatewayRequest =>
  ({
    request_id: 'r',
    received_at_ms: Date.UTC(2026, 10, 21),
    body_bytes: text.length + 60,
    body_text: text,
    door: { protocol: 'chat-completions', operation: 'chat' },
    bounds: { input_tokens: null, output_tokens: null, units: 0 },
    asked: { model: 'auto', messages: [{ role: 'user', content: text }], ...more },
    hints: { fallback_chain: null, session_id: null, user_id: null, routing: hints },
  }) as unknown as GatewayRequest;
