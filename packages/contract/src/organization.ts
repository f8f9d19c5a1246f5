import type { CacheSettings } from './cache.ts';
import type { GuardPolicy } from './guard.ts';
import type { ModelAbilities } from './provider.ts';
import type { RateRules } from './rate-limit.ts';
import type { Residency } from './residency.ts';
import type { RoutingConfig } from './routing.ts';
import type { ScopeRule } from './scope.ts';

/** An organization's own provider credential, ready for use. Lives in isolate memory only; never serialized. */
export interface Connection {
  id: string;
  organization_id: string;
  /** Id in the list of providers. */
  provider: string;
  name: string;
  /** Without `{field}`s: they are filled in when the connection is read. */
  base_url: string;
  credential: string;
  /** Where it serves, in the provider's own words (`eu-central-1`); `null` = it has none. */
  region: string | null;
  /** Values of the provider's `fields`. */
  settings: Record<string, string>;
  /** The owner allowed a host inside a private network. */
  private_allowed: boolean;
  /** Models it serves; `null` = every model that the catalogue has for the provider. */
  models: string[] | null;
  weight: number;
  enabled: boolean;
  timeouts: Partial<Timeouts>;
  /** Asked now and then, whether or not there is traffic; absent or `null` = only traffic tells. */
  health_check?: HealthCheck | null;
}

/** One of `path` and `model`. */
export interface HealthCheck {
  /** Asked with GET; resolved against the base URL, whose host it cannot leave. */
  path: string | null;
  /** Greeted with a few tokens, which cost what they cost. */
  model: string | null;
  every_s: number;
}

/** `first_byte_ms` until the first content, `idle_ms` between chunks, `total_ms` for the whole attempt. */
export interface Timeouts {
  first_byte_ms: number;
  idle_ms: number;
  total_ms: number;
}

/**
 * What holds where nobody set anything. A deadline that is still this one is cut shorter where somebody else can take
 * over (`core/calling/deadlines.ts`).
 */
export const DEFAULT_TIMEOUTS: Readonly<Timeouts> = {
  first_byte_ms: 30_000,
  idle_ms: 60_000,
  total_ms: 600_000,
};

/** Prices in integer nano-dollars per million tokens; `null` = unknown, never 0. */
export interface Prices {
  input: number | null;
  cache_read: number | null;
  cache_write: number | null;
  cache_write_1h: number | null;
  output: number | null;
  /** `null` = billed as output. */
  reasoning: number | null;
  input_audio: number | null;
  output_audio: number | null;
  /** `null` or absent = as `input`. */
  input_image?: number | null;
  /** Nano-dollars for each request, beside tokens. */
  per_request: number | null;
  /** Nano-dollars for each image, second, character or search; `null` or absent = not priced by these. */
  per_unit?: number | null;
  /**
   * An endpoint that costs by the hour, not by tokens: then nothing else here counts. A request costs its time share
   * (`Usage.gpu_ms`), but never more than `ms_max`, which is also what a hold is made of. Absent = not by the hour.
   */
  hourly?: { usd_nanos_per_hour: number; ms_max: number };
  /** Prices that hold from this many input tokens (all kinds) on, for the whole request; ascending. */
  tiers: { from_input_tokens: number; prices: Omit<Prices, 'tiers'> }[];
}

export interface CatalogueModel {
  provider: string;
  /** The provider's name of it. */
  model: string;
  abilities: ModelAbilities;
  prices: Prices | null;
  /** Where the price comes from: `genai-prices@0.1.8`, `organization`. */
  price_source: string | null;
  /** 0 to 1, comparable between models; absent = nobody measured it. */
  quality?: { score: number; source: string; read_on: string } | null;
  /** Other names of it. */
  aliases?: string[];
  /** ISO dates; absent = unknown. */
  released_on?: string | null;
  retires_on?: string | null;
}

/** What an organization says of a model itself. What is `null`, or not there, is as the catalogue has it. */
export interface ModelOverride {
  prices: Prices | null;
  abilities: Partial<ModelAbilities>;
  /** 0 to 1. */
  quality: number | null;
  /** False: nobody of the organization may use it, and no list shows it. */
  enabled: boolean;
  /** Names that stand for it in this organization. */
  aliases: string[];
}

/** What isolates cache of an organization, under `config_version`. */
export interface OrganizationSettings {
  organization_id: string;
  config_version: number;
  connections: Connection[];
  /** Only connections that are certain to serve there are in `connections`. Absent or `null` = anywhere. */
  residency?: Residency | null;
  /** Whose rule that is; absent = the organization's. */
  residency_of?: 'key';
  /** How many were left out for that; absent = none. */
  connections_outside?: number;
  default_model: string;
  /** Tried in order when the asked-for target fails and the request brought no chain of its own. */
  default_fallback_chain: string[];
  fallback_enabled: boolean;
  timeouts: Timeouts;
  /** Prices that the organization set itself, by `provider/model`. */
  price_overrides: Record<string, Prices>;
  /** What else it set itself, by `provider/model`; its prices are above, its aliases below. Absent = nothing. */
  model_overrides?: Record<string, ModelOverride>;
  aliases: Record<string, string>;
  routing: RoutingConfig;
  /** Budgets that keys share; absent = there are none. */
  scope_rules?: ScopeRule[];
  /** Rate limits that keys share; absent = there are none. */
  rate_rules?: RateRules;
  /** Absent = nothing is said. */
  cache?: CacheSettings;
  /** Absent = there are none, and no request is looked at. */
  guards?: GuardPolicy[];
  retain_content: boolean;
  platform_fee_percent: number;
  usd_per_eur: number;
  time_zone: string;
}

export interface OrganizationPort {
  /** Cached; a warm call does no I/O. @throws GatewayError limits_unavailable when storage cannot be read. */
  settings(organization_id: string): Promise<OrganizationSettings>;
}

/** Models and their prices. Pure look-ups in memory. */
export interface CataloguePort {
  /** A model of one provider, by the provider's name of it; `null` when unknown. */
  find(provider: string, model: string): CatalogueModel | null;
  /** Providers that serve a bare model name, best known first. */
  providersOf(model: string): string[];
  list(provider: string): CatalogueModel[];
  /** Whether a model of this name can chat: what can only embed, rank or paint is no choice of `auto`. Absent = all can. */
  chats?(model: string): boolean;
}
