import type { CacheSettings } from './cache.ts';
import type { Residency } from './residency.ts';
import type { RoutingRules } from './routing.ts';

export const WINDOWS = ['daily', 'weekly', 'monthly', 'total'] as const;
export type BudgetWindow = (typeof WINDOWS)[number];

export interface BudgetPolicy {
  /** Stable over changes of the limit, so that usage is kept. */
  id: string;
  window: BudgetWindow;
  /** Always dollars inside; a euro budget is converted when the policy is made. */
  limit_usd_nanos: number;
  currency: 'usd' | 'eur';
  /** As the owner wrote it, in `currency`, for display. */
  limit_amount: number;
  /** A soft budget only alerts. */
  hard: boolean;
  alert_percents: number[];
}

/** Which tokens a limit of tokens counts. */
export const TOKENS_COUNTED = ['input', 'output', 'both'] as const;
export type TokensCounted = (typeof TOKENS_COUNTED)[number];

/** `null` = no such limit. */
export interface RateLimits {
  requests_per_minute: number | null;
  /** Requests that may come at once; default: the whole minute's worth. */
  request_burst: number | null;
  tokens_per_minute: number | null;
  /** Absent = both. */
  tokens_counted?: TokensCounted;
  requests_per_day: number | null;
  concurrency: number | null;
}

/**
 * Everything that the gateway must know of a virtual key to serve it: kept by the key's ledger object, cached by
 * isolates under `version`. Holds no secret, only hashes.
 */
export interface KeyPolicy {
  /** The public id inside the key (12 characters): safe to log and show. */
  key_id: string;
  organization_id: string;
  project_id: string | null;
  name: string;
  environment: 'live' | 'dev';
  /** Grows with every change; an admission made with an older one is answered with the new policy. */
  version: number;
  /** SHA-256 of accepted secrets, hex. Two while a rotation overlaps; the older one ends at `expires_at_ms`. */
  secrets: { hash: string; expires_at_ms: number | null }[];
  state: 'active' | 'disabled' | 'revoked';
  expires_at_ms: number | null;
  /** Patterns: a model name, `provider/model`, or `provider/*`. Empty = all. */
  model_allowlist: string[];
  provider_allowlist: string[];
  /** CIDR blocks or single addresses. Empty = all. */
  ip_allowlist: string[];
  /** Browser origins that may call. Empty = none is special: no CORS headers, no check. */
  origins: string[];
  routing_strategy: string | null;
  /** Beside strategy and allow lists; absent = none of its own. */
  rules?: Partial<RoutingRules>;
  fallback_chain: string[];
  limits: RateLimits;
  per_request_limit_usd_nanos: number | null;
  budgets: BudgetPolicy[];
  /** IANA name; windows turn over at its midnight. */
  time_zone: string;
  /** Put the compact receipt into answers. */
  body_receipt: boolean;
  /** Never admit from a lease: each request asks the ledger. */
  strict: boolean;
  /** Ledgers that it is split over, for keys that are hotter than one object can serve; absent = 1. */
  shards?: number;
  metadata: Record<string, string>;
  /** Absent = as the organization says. */
  cache?: CacheSettings;
  /** Narrower than its organization's, never wider; absent or `null` = as the organization says. */
  residency?: Residency | null;
  /** Streams of chat can be continued after a lost connection; absent = they cannot. */
  resumable_streams?: boolean;
  /** The request showed a browser token of this key; set by authentication on a copy, never stored. */
  token?: TokenScope;
}

/** What a browser token narrows its key down to. Empty lists and `null` narrow nothing. */
export interface TokenScope {
  /** Safe to log and show. */
  token_id: string;
  /** The first millisecond in which it is refused. */
  expires_at_ms: number;
  origins: string[];
  /** Patterns as in a key's `model_allowlist`; both lists must allow a model. */
  models: string[];
  /** Of all its requests together, beside the key's budgets. */
  spend_cap_usd_nanos: number | null;
  requests_per_minute: number | null;
  /** Stands for whatever user a request names. */
  user_id: string | null;
  /** Wins over what a request brings under the same names. */
  metadata: Record<string, string>;
}

/** Everything that is signed in a browser token. */
export interface TokenClaims extends TokenScope {
  organization_id: string;
  /** Of the key that it was made from. */
  key_id: string;
  /** Start of the stored hash of the secret that it was made with: it ends when that secret does. */
  secret_tag: string;
}

/** Makes and reads browser tokens, without a look-up. */
export interface TokenPort {
  /** @throws GatewayError encryption_unavailable when the deployment has no key to sign with. */
  sign(claims: TokenClaims): Promise<string>;
  /** `null` for everything that was not signed here, and for what has expired. */
  verify(text: string): Promise<TokenClaims | null>;
}
