import type { AdmitAnswer } from '@sluice/contract';

/**
 * What a key's ledger and the ledger of a shared budget say to each other. All numbers are totals since the lease was
 * opened, never changes: a message that is lost, late or told twice does no harm.
 */
export interface LeaseTotals {
  /** Chosen by the key's ledger, so that an answer that never came can be asked for again. */
  lease_id: string;
  granted_usd_nanos: number;
  held_usd_nanos: number;
  spent_usd_nanos: number;
  returned_usd_nanos: number;
  /** Nothing more is admitted from it. */
  ended: boolean;
  /** Ended and without holds, but what it spent may still be corrected downward. */
  doubtful: boolean;
}

/** Everything that one key's ledger knows of its leases of one scope. What it does not list it never had or used. */
export interface ScopeStatement {
  key_id: string;
  /** Incarnation of the key's ledger, and a count within it. A statement that is not newer than the last is ignored. */
  order: readonly [incarnation: number, count: number];
  leases: LeaseTotals[];
}

export interface ScopeAsk {
  statement: ScopeStatement;
  /** Of the organization; 0 = unknown. */
  config_version: number;
  /** `null` = only a report. */
  wanted: {
    lease_id: string;
    /** What the requests that wait need beyond what the lease has free. */
    need_usd_nanos: number;
    /** Less than this beyond what is free helps none of them. */
    least_usd_nanos: number;
    /** The cheapest of them as a whole, for telling spent from held. */
    floor_usd_nanos: number;
    /** With a slice for those that follow. */
    want_usd_nanos: number;
  } | null;
}

export type ScopeRefusal = Omit<Extract<AdmitAnswer, { kind: 'refused' }>, 'kind' | 'limits'>;

export interface ScopeGrant {
  lease_id: string;
  /** `none`: no budget is set there. `counted`: none of its budgets is hard. */
  kind: 'none' | 'counted' | 'limited';
  /** In all. */
  granted_usd_nanos: number;
  /** The lease admits until then; `null` = its windows never end. */
  until_ms: number | null;
  /** The budget is nearly spent and shared: what becomes free is to go back at once. */
  tight: boolean;
  /** The lease is over (its window, its budgets): open another. */
  ended: boolean;
  /** Why it is less than was needed; `null` = it is not. */
  refusal: ScopeRefusal | null;
}

export interface ScopeAnswer {
  /** Of the policy that it was given under. */
  version: number;
  /** The statement was older than this one: number it anew. `null` = it was taken. */
  stale: readonly [incarnation: number, count: number] | null;
  /** Leases that are done with: forget them. */
  gone: string[];
  /** For the lease that is open: spent in all, at which to report at once. */
  report_at: { lease_id: string; usd_nanos: number | null } | null;
  grant: ScopeGrant | null;
  /** How its tightest hard budget stood then, for headers; absent = none is hard. */
  seen?: ScopeSeen;
}

/** For people, who call held what requests hold, and not what waits for them in a lease. */
export interface ScopeSeen {
  remaining_usd_nanos: number;
  held_usd_nanos: number;
}
