import { type AdviceRequest, noUsage, type Prices, UNKNOWN_ABILITIES } from '@sluice/contract';
import { costOf } from '../money.ts';
import type { AdviceConnection, AdviceKey, AdviceModel, AdviceMonth } from './month.ts';
import { DAY_MS } from './month.ts';
import { createChance } from './statistics.ts';

export const UNTIL_MS = Date.UTC(2026, 10, 1);
const DAYS = 30;

export const pricesOf = (input: number, output: number, cache_read: number | null = null): Prices => ({
  input: input * 1e9,
  cache_read: cache_read === null ? null : cache_read * 1e9,
  cache_write: null,
  cache_write_1h: null,
  output: output * 1e9,
  reasoning: null,
  input_audio: null,
  output_audio: null,
  per_request: null,
  tiers: [],
});

export const modelOf = (
  provider: string,
  model: string,
  quality: number | null,
  prices: Prices,
): AdviceModel => ({
  provider,
  model,
  prices,
  quality,
  abilities: {
    ...UNKNOWN_ABILITIES,
    context_tokens: 200_000,
    tools: true,
    json_schema: true,
    prompt_cache: true,
  },
  retires_on: null,
  connection_ids: [`conn_${provider}`],
});

export const connectionOf = (id: string, provider: string): AdviceConnection => ({
  id,
  provider,
  name: id.slice(5),
  weight: 1,
  is_stored: true,
});

export const keyOf = (changes: Partial<AdviceKey> = {}): AdviceKey => ({
  key_id: 'key_a',
  name: 'shop',
  state: 'active',
  environment: 'live',
  created_at_ms: UNTIL_MS - 200 * DAY_MS,
  expires_at_ms: null,
  limits: {
    requests_per_minute: null,
    request_burst: null,
    tokens_per_minute: null,
    requests_per_day: null,
    concurrency: null,
  },
  has_budget: true,
  fallback_chain: [],
  requests: 1_000,
  spent_usd_nanos: 0,
  spent_by_day: new Array(DAYS).fill(0),
  ...changes,
});

export const BIG = modelOf('alpha', 'big', 0.9, pricesOf(5, 15, 0.5));
export const SMALL = modelOf('beta', 'small', 0.7, pricesOf(0.3, 1.2, 0.03));
export const WEAK = modelOf('gamma', 'weak', 0.4, pricesOf(0.05, 0.2));

/** One stream of traffic: everything that is not said is as in a quiet, healthy month. */
export interface Traffic {
  per_day: number;
  days?: (day: number) => boolean;
  /** Of a request, by its number. */
  shape?: (chance: () => number, number: number) => Partial<AdviceRequest>;
}

/** A bell around 1, never below a twentieth. */
export const spread = (chance: () => number, sigma: number): number =>
  Math.max(0.05, Math.exp(sigma * (chance() + chance() + chance() + chance() - 2) * 1.73));

/** A number of arrivals around `mean`. */
export const around = (chance: () => number, mean: number): number =>
  Math.max(0, Math.round(mean + Math.sqrt(mean) * (chance() + chance() + chance() + chance() - 2) * 1.73));

/** A month of traffic: fewer requests at night and on weekends, sizes and times as wide as real ones are. */
export function monthOfTraffic(
  seed: number,
  streams: readonly Traffic[],
  changes: Partial<AdviceMonth> = {},
): AdviceMonth {
  const chance = createChance(seed);
  const requests: AdviceRequest[] = [];
  const from_ms = changes.from_ms ?? UNTIL_MS - DAYS * DAY_MS;
  const models = changes.models ?? [BIG, WEAK];
  for (const { per_day, days, shape } of streams)
    for (let day = 0; from_ms + day * DAY_MS < UNTIL_MS; day++) {
      if (days !== undefined && !days(day)) continue;
      const weekend = new Date(from_ms + day * DAY_MS).getUTCDay() % 6 === 0 ? 0.4 : 1;
      for (let left = around(chance, per_day * weekend); left > 0; left--) {
        const hour = Math.min(23.999, Math.max(0, 13 + 10 * (chance() + chance() - 1)));
        const one: AdviceRequest = {
          ...requestAt(Math.floor(from_ms + day * DAY_MS + hour * 3_600_000), chance),
          ...shape?.(chance, requests.length),
        };
        if (one.cost_usd_nanos === -1) one.cost_usd_nanos = priceIt(one, models);
        requests.push(one);
      }
    }
  requests.sort((a, b) => a.at_ms - b.at_ms);
  return {
    from_ms,
    until_ms: UNTIL_MS,
    one_in: 1,
    requests,
    keys: [keyOf()],
    models,
    connections: [connectionOf('conn_alpha', 'alpha'), connectionOf('conn_beta', 'beta')],
    pools: [],
    settings: {
      default_model: 'auto',
      default_routing_strategy: null,
      default_fallback_chain: [],
      fallback_enabled: true,
      aliases: {},
      prefer_providers: [],
      cache: {},
    },
    ...changes,
  };
}

const requestAt = (at_ms: number, chance: () => number): AdviceRequest => ({
  at_ms,
  key_id: 'key_a',
  model_requested: 'big',
  strategy: 'named',
  provider: 'alpha',
  connection_id: 'conn_alpha',
  model: 'big',
  status: 200,
  error_code: null,
  ending: 'complete',
  cost_usd_nanos: -1,
  held_usd_nanos: 0,
  latency_ms: 1_500 * spread(chance, 0.5),
  ttft_ms: null,
  cache_status: 'off',
  difficulty: 0.3 + 0.6 * chance(),
  needs_tools: false,
  needs_vision: false,
  needs_json: false,
  input_tokens: Math.round(800 * spread(chance, 0.6)),
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  output_tokens: Math.round(300 * spread(chance, 0.6)),
  failure: null,
  targets: 1,
  asked: { provider: 'alpha', connection_id: 'conn_alpha', model: 'big' },
  prints: null,
});

export const FAILED = {
  status: 502,
  error_code: 'provider_error',
  ending: 'failed',
  failure: 'overloaded',
  provider: null,
  connection_id: null,
  model: null,
  cost_usd_nanos: null,
} as const satisfies Partial<AdviceRequest>;

export const REFUSED = {
  ...FAILED,
  status: 429,
  error_code: 'rate_limit_exceeded',
  ending: 'refused',
  failure: null,
  targets: 0,
  asked: null,
} as const satisfies Partial<AdviceRequest>;

export const answeredBy = (provider: string, model: string, connection_id = `conn_${provider}`) => ({
  provider,
  model,
  connection_id,
  asked: { provider, model, connection_id },
});

const priceIt = (one: AdviceRequest, models: readonly AdviceModel[]): number | null =>
  costOf(
    {
      ...noUsage(),
      input_tokens: one.input_tokens,
      cache_read_tokens: one.cache_read_tokens,
      output_tokens: one.output_tokens,
    },
    models.find(({ provider, model }) => provider === one.provider && model === one.model)?.prices ?? null,
  );
