import type { Timeouts } from './organization.ts';
import type { FailureKind } from './provider.ts';

/** How `auto` and every choice among several targets is made. */
export const STRATEGIES = ['cheapest', 'fastest', 'balanced', 'quality'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** A client's words for them (`x-routing-hints.priority`, `default_priority`). */
export const PRIORITIES = {
  cost: 'cheapest',
  latency: 'fastest',
  balanced: 'balanced',
  quality: 'quality',
} as const;

/**
 * What may be chosen and how. Set at the organization, an assistant, a key or a request; the narrower wins where it
 * says something, except that what a wider one forbids stays forbidden. Empty lists and `null` say nothing.
 */
export interface RoutingRules {
  strategy: Strategy | null;
  /** 0 to 1, as the catalogue's quality scores. */
  min_quality_score: number | null;
  /** Expected time to the last token. */
  max_latency_ms: number | null;
  /** Tried first among equals; forbids nothing. */
  prefer_providers: string[];
  allowed_providers: string[];
  blocked_providers: string[];
  /** Patterns as in a key's `model_allowlist`. */
  allowed_models: string[];
  blocked_models: string[];
}

export const NO_RULES: Readonly<RoutingRules> = {
  strategy: null,
  min_quality_score: null,
  max_latency_ms: null,
  prefer_providers: [],
  allowed_providers: [],
  blocked_providers: [],
  allowed_models: [],
  blocked_models: [],
};

/** `weighted`: at random, by weight. `least_loaded`: the fewest requests under way for its weight. */
export const BALANCINGS = ['weighted', 'least_loaded'] as const;
export type Balancing = (typeof BALANCINGS)[number];

/** What to do when a stream dies after its first content. */
export const STREAM_FAILOVERS = ['stop', 'restart_if_unseen', 'continue'] as const;
export type StreamFailover = (typeof STREAM_FAILOVERS)[number];

/** One link of a stored chain. */
export interface ChainLink {
  /** `auto`, a model, an alias or another chain. */
  model: string;
  timeouts: Partial<Timeouts>;
  /** Go on to the next link after these failures only; `null` = after all that the verdict table lets fall back. */
  on: FailureKind[] | null;
}

/** A stored fallback chain; its name stands wherever a model's name may: `chain/NAME`. */
export interface Chain {
  name: string;
  links: ChainLink[];
}

export interface SplitArm {
  id: string;
  /** `auto`, a model, an alias, a chain or an assistant. */
  model: string;
  percent: number;
}

/** An A/B experiment: `split/NAME`. */
export interface Split {
  name: string;
  /** Off: all requests go to the first arm, and none counts. */
  enabled: boolean;
  /** Percentages sum up to 100. */
  arms: SplitArm[];
  /**
   * Which of 10,000 buckets belong to which arm, as `[first, after the last]`. Kept so that a changed percentage moves
   * no more buckets than it must; absent = in the order of the arms.
   */
  buckets?: Record<string, [number, number][]>;
  /** Whose requests stay on one arm. */
  sticky_by: 'user' | 'session' | 'key' | 'request';
}

/** A stored way to ask: `assistant/NAME`. */
export interface Assistant {
  name: string;
  /** Put before the client's own messages; `null` = none. */
  system_prompt: string | null;
  /** `auto`, a model, an alias, a chain or a split. */
  model: string;
  rules: RoutingRules;
  /** The most that a client may ask for; `null` = its own. */
  output_tokens_max: number | null;
  temperature: number | null;
  fallback_chain: string[];
}

/**
 * Self-hosted endpoints that cost by the hour. Used first until full; what is over goes to the models behind it.
 * Its endpoints are connections of the organization.
 */
export interface Pool {
  name: string;
  /** The model that clients name; the connections serve it. */
  model: string;
  connection_ids: string[];
  /** Nano-dollars an hour of each endpoint. */
  usd_nanos_per_hour: number;
  /** Requests that one endpoint takes at once. */
  in_flight_max: number;
  /** Where requests go when all are full or down: models, in order. */
  overflow: string[];
  /**
   * Asked with GET to see that an endpoint is up, resolved against its base URL (`/metrics` = from the host's root, and
   * then its queue is read too); `null` = not asked.
   */
  health_path: string | null;
}

/** Everything that an organization stored about routing. */
export interface RoutingConfig {
  rules: RoutingRules;
  stream_failover: StreamFailover;
  /** Wait before a second target is asked beside the first; `null` = never. */
  hedge_after_ms: number | null;
  /** Among connections of one provider that serve the same model; absent = `weighted`. */
  balancing?: Balancing;
  chains: Chain[];
  splits: Split[];
  assistants: Assistant[];
  pools: Pool[];
}

export const NO_ROUTING: Readonly<RoutingConfig> = {
  rules: NO_RULES,
  stream_failover: 'continue',
  hedge_after_ms: null,
  chains: [],
  splits: [],
  assistants: [],
  pools: [],
};
