import type { AdmitAnswer, AdmitAsk, Lease, LimitsView } from '@sluice/contract';
import { worstCase } from './key-ledger-state.ts';

/** What one isolate still has of a lease. */
export interface HeldLease {
  lease: Lease;
  requests: number;
  tokens: number;
  usd_nanos: number;
  /** On the isolate's own clock, counted from before the ledger was asked. */
  until_ms: number;
  /** A hold that could outlive the lease at the ledger is not for the isolate to admit. */
  expires_in_ms_max: number;
  /** Shared budgets that the slice is held in, too. */
  scopes: readonly string[];
  config_version: number;
  limits: LimitsView;
}

const NO_SCOPES: readonly string[] = [];

export function holdLease(
  lease: Lease,
  limits: LimitsView,
  ask: AdmitAsk,
  asked_ms: number,
  lease_ms: number,
): HeldLease {
  const { requests, tokens, usd_nanos } = lease;
  const until_ms = asked_ms + lease_ms;
  return {
    lease,
    requests,
    tokens,
    usd_nanos,
    until_ms,
    expires_in_ms_max: ask.expires_in_ms,
    scopes: ask.scopes ?? NO_SCOPES,
    config_version: ask.config_version ?? 0,
    limits,
  };
}

/** Admits out of the slice what fits wholly; `null` = the ledger must be asked. Never lowers, never refuses. */
export function admitLocally(held: HeldLease, ask: AdmitAsk, now_ms: number): AdmitAnswer | null {
  if (!(now_ms < held.until_ms) || held.requests < 1 || !ask.priced) return null;
  if (ask.policy_version !== held.lease.policy_version || ask.expires_in_ms > held.expires_in_ms_max)
    return null;
  if (!hasSameScopes(held, ask)) return null;
  const tokens = ask.input_tokens + ask.output_tokens;
  const usd_nanos = worstCase(ask, ask.output_tokens);
  if (!(tokens <= held.tokens && usd_nanos <= held.usd_nanos)) return null;
  held.requests--;
  held.tokens -= tokens;
  held.usd_nanos -= usd_nanos;
  return {
    kind: 'admitted',
    output_tokens: ask.output_tokens,
    held_usd_nanos: usd_nanos,
    limits: held.limits,
    lease: null,
  };
}

/** A slice knows nothing of shared budgets that it was not made for. */
function hasSameScopes(held: HeldLease, ask: AdmitAsk): boolean {
  const scopes = ask.scopes ?? NO_SCOPES;
  if (scopes.length !== held.scopes.length || (ask.config_version ?? 0) > held.config_version) return false;
  for (let i = 0; i < scopes.length; i++) if (scopes[i] !== held.scopes[i]) return false;
  return true;
}
