import type { ErrorCode } from './error.ts';
import type { BudgetWindow, KeyPolicy } from './key.ts';
import type { BudgetScope } from './scope.ts';

/**
 * One request asking to be let in. Money is integer nano-dollars, rounded up. The hold it asks for is
 * `input_usd_nanos + ceil(output_tokens * output_usd_nanos_per_mtok / 1e6)`: an upper bound of what it can cost.
 */
export interface AdmitAsk {
  /** Request id and attempt number. The same id again gets the first answer again, and holds nothing more. */
  hold_id: string;
  /** Version of the policy that the caller decided with. */
  policy_version: number;
  input_tokens: number;
  input_usd_nanos: number;
  output_tokens: number;
  output_usd_nanos_per_mtok: number;
  /** Fewer output tokens than this are not worth a call: below it the budget counts as spent. */
  output_tokens_floor: number;
  /** False when some target has no known price: a key with a hard budget then refuses. */
  priced: boolean;
  /** The hold is charged in full when nobody settled it by then. */
  expires_in_ms: number;
  /** False while another request of the isolate is already bringing a lease: a second one would go back unused. */
  lease_wanted?: boolean;
  /** Names of the shared budgets that the request touches; absent = none. */
  scopes?: readonly string[];
  /** The organization's, that `scopes` follow from: an older part of a shared budget is read again first. */
  config_version?: number;
  /** How long to wait for money that is held by others, instead of a refusal; absent = not at all. */
  wait_ms?: number;
  /** The request comes with a browser token that has limits of its own; absent = with the key, or with one that has none. */
  token?: TokenLimits;
}

/** A browser token, as its key's ledger finds what it has used. */
export interface TokenRef {
  token_id: string;
  expires_at_ms: number;
}

/** Limits of a token's own. `null` = no such limit. */
export interface TokenLimits extends TokenRef {
  spend_cap_usd_nanos: number | null;
  requests_per_minute: number | null;
}

/** How an admitted request ended. Travels in batches, or with the key's next admission. */
export interface Settlement {
  hold_id: string;
  /** `released`: provably never sent to any provider. */
  outcome: 'settled' | 'released';
  usd_nanos: number;
  input_tokens: number;
  output_tokens: number;
  /** What the hold was, so that a ledger that lost its memory can still correct downward. */
  held_usd_nanos: number;
  /** The trace as JSON text, kept for `GET /v1/receipts/{id}`; `null` when there is none. */
  record: string | null;
  /** Those of its ask; absent = none. */
  scopes?: readonly string[];
  /** What it cost there, of the scopes where that is not `usd_nanos`: a model's share. Absent = nowhere. */
  scope_usd_nanos?: Readonly<Record<string, number>>;
  /** Of its ask. */
  token?: TokenRef;
}

/** State of the limits after the admission, for headers. `null` = no such limit. */
export interface LimitsView {
  requests_limit: number | null;
  requests_remaining: number | null;
  requests_reset_ms: number | null;
  tokens_limit: number | null;
  tokens_remaining: number | null;
  tokens_reset_ms: number | null;
  /** Of the tightest hard budget. */
  budget_remaining_usd_nanos: number | null;
  budget_held_usd_nanos: number | null;
}

/** Of a request whose limits nobody asked for, or could. */
export const NO_LIMITS_VIEW: Readonly<LimitsView> = Object.freeze({
  requests_limit: null,
  requests_remaining: null,
  requests_reset_ms: null,
  tokens_limit: null,
  tokens_remaining: null,
  tokens_reset_ms: null,
  budget_remaining_usd_nanos: null,
  budget_held_usd_nanos: null,
});

/**
 * A slice of a hot key's limits that one isolate may spend by itself for a moment. The whole slice is held at the
 * ledger; what was not used comes back with `returnLease`, or is charged when it expires.
 */
export interface Lease {
  lease_id: string;
  policy_version: number;
  requests: number;
  tokens: number;
  usd_nanos: number;
  /** Admissions stop here (the ledger's clock). */
  until_ms: number;
}

export type AdmitAnswer =
  | {
      kind: 'admitted';
      /** Largest number of output tokens that the hold pays for; equals the ask unless the budget was short. */
      output_tokens: number;
      held_usd_nanos: number;
      limits: LimitsView;
      lease: Lease | null;
    }
  | { kind: 'policy_changed'; policy: KeyPolicy | null }
  | {
      kind: 'refused';
      code: Extract<
        ErrorCode,
        | 'budget_exceeded'
        | 'per_request_limit_exceeded'
        | 'budget_held'
        | 'rate_limit_exceeded'
        | 'concurrency_limit_exceeded'
        | 'model_unpriced'
      >;
      /** Which limit: `requests_per_minute`, `tokens_per_minute`, `requests_per_day`, `concurrency`, or a window. */
      limit: string;
      retry_after_ms: number | null;
      /** The budget in the way, where one is. */
      budget: BudgetView | null;
      limits: LimitsView;
    };

export interface BudgetView {
  id: string;
  scope: BudgetScope;
  /** Whom the scope is about; `null` for the organization and for the key itself. */
  subject: string | null;
  window: BudgetWindow;
  currency: 'usd' | 'eur';
  limit_amount: number;
  limit_usd_nanos: number;
  spent_usd_nanos: number;
  held_usd_nanos: number;
  /** Never below 0. */
  remaining_usd_nanos: number;
  hard: boolean;
  alert_percents: number[];
  /** `null` for `total`. */
  resets_at_ms: number | null;
}

export interface KeyUsage {
  limits: LimitsView;
  requests_today: number;
  requests_per_day: number | null;
  in_flight: number;
  budgets: BudgetView[];
}

/** Exact limits and money of one virtual key. @throws Error when the ledger cannot be reached. */
export interface LedgerPort {
  /** The current policy, or `null` when no such key exists. Costs a call; isolates cache it. */
  policy(key_id: string): Promise<KeyPolicy | null>;
  /** One call. `settled` are earlier settlements of the same key that ride along. */
  admit(key_id: string, ask: AdmitAsk, settled: Settlement[]): Promise<AdmitAnswer>;
  settle(key_id: string, settled: Settlement[]): Promise<void>;
  returnLease(
    key_id: string,
    lease_id: string,
    unused: { requests: number; tokens: number; usd_nanos: number },
  ): Promise<void>;
  usage(key_id: string): Promise<KeyUsage | null>;
  /**
   * The trace of a request of this key while the ledger still has it. Waits up to `wait_ms` for a request that is
   * open, so that a receipt can be read the moment its answer ends.
   */
  record(key_id: string, request_id: string, wait_ms: number): Promise<string | null>;
}
