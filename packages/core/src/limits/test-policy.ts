import type { AdmitAsk, BudgetPolicy, KeyPolicy, RateLimits, Settlement } from '@sluice/contract';

export const NO_RATES: RateLimits = {
  requests_per_minute: null,
  request_burst: null,
  tokens_per_minute: null,
  requests_per_day: null,
  concurrency: null,
};

/** For tests. */
export const policyOf = (more: Partial<KeyPolicy> = {}): KeyPolicy => ({
  key_id: 'k',
  organization_id: 'org',
  project_id: null,
  name: 'k',
  environment: 'dev',
  version: 1,
  secrets: [],
  state: 'active',
  expires_at_ms: null,
  model_allowlist: [],
  provider_allowlist: [],
  ip_allowlist: [],
  origins: [],
  routing_strategy: null,
  fallback_chain: [],
  limits: NO_RATES,
  per_request_limit_usd_nanos: null,
  budgets: [],
  time_zone: 'UTC',
  body_receipt: true,
  strict: false,
  metadata: {},
  ...more,
});

export const budgetOf = (limit_usd_nanos: number, more: Partial<BudgetPolicy> = {}): BudgetPolicy => ({
  id: 'b',
  window: 'daily',
  limit_usd_nanos,
  currency: 'usd',
  limit_amount: limit_usd_nanos / 1e9,
  hard: true,
  alert_percents: [],
  ...more,
});

/** An ask that costs exactly `usd_nanos`, all of it input. */
export const askOf = (hold_id: string, usd_nanos: number, more: Partial<AdmitAsk> = {}): AdmitAsk => ({
  hold_id,
  policy_version: 1,
  input_tokens: 10,
  input_usd_nanos: usd_nanos,
  output_tokens: 0,
  output_usd_nanos_per_mtok: 0,
  output_tokens_floor: 0,
  priced: true,
  expires_in_ms: 60_000,
  ...more,
});

export const settlementOf = (hold_id: string, usd_nanos: number, held_usd_nanos: number): Settlement => ({
  hold_id,
  outcome: 'settled',
  usd_nanos,
  input_tokens: 5,
  output_tokens: 0,
  held_usd_nanos,
  record: null,
});
