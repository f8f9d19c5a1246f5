import type { RateLimits } from './key.ts';
import type { LimitsView } from './ledger.ts';

/**
 * Whom a rate limit is about. A key's own limits stand in its policy, and its ledger keeps them exactly; all others
 * are shared by keys. `key` turns up here only where `RateLimitPort.with_keys` asks for it.
 */
export const RATE_SCOPES = ['organization', 'project', 'user', 'ip', 'key'] as const;
export type RateScope = (typeof RATE_SCOPES)[number];

export const PLANS = ['free', 'starter', 'pro', 'enterprise'] as const;
export type Plan = (typeof PLANS)[number];

/** Rate limits of an organization that keys share, ready for use: plans have become numbers. */
export interface RateRules {
  /** Of all its requests together; `null` = none. */
  organization: RateLimits | null;
  /** Of each project, each user and each address that has none of its own; `null` = none. */
  project: RateLimits | null;
  user: RateLimits | null;
  ip: RateLimits | null;
  /** Whether some address has limits: only then is anybody's looked at. */
  has_addresses: boolean;
  /** By `project/ID`, `user/ID` and `ip/ADDRESS`: instead of those above. */
  subjects: Record<string, RateLimits>;
}

/** Limits as their owner wrote them: what is `null` or absent is as the plan has it. */
export interface PlannedLimits extends Partial<RateLimits> {
  plan?: Plan | null;
}

/** Of one subject, instead of what all others of its scope have. */
export interface LimitOverride extends PlannedLimits {
  scope: Exclude<RateScope, 'organization' | 'key'>;
  subject: string;
}

/** One limit's owner, as a request meets it. */
export interface RateSubject {
  /** No two subjects of any organization have the same, see `core/limits/rate-name.ts`. */
  name: string;
  scope: RateScope;
  /** `null` for `organization`. */
  subject: string | null;
  /** The same object as long as the settings are the same. */
  limits: RateLimits;
}

/** One request asking to be counted, everywhere or nowhere. */
export interface RateAsk {
  request_id: string;
  subjects: readonly RateSubject[];
  /** IANA name; days turn over at its midnight. */
  time_zone: string;
  /** Upper bounds; the rest comes back with `settle`. */
  input_tokens: number;
  output_tokens: number;
  /** A request that nobody ended by then is in flight no longer. */
  expires_in_ms: number;
}

/** What a request has taken from one subject. */
export interface RatePart {
  subject: RateSubject;
  /** Under which it is held there. */
  hold_id: string;
  tokens: number;
}

export type RateLimitName = 'requests_per_minute' | 'tokens_per_minute' | 'requests_per_day' | 'concurrency';

export type RateAnswer =
  | {
      kind: 'admitted';
      parts: readonly RatePart[];
      /** The tightest of all, for headers; `null` = nobody could be asked. */
      limits: LimitsView | null;
      /** Subjects that could not be asked: they let everything pass meanwhile. */
      unchecked: readonly RateSubject[];
    }
  | {
      kind: 'refused';
      scope: RateScope;
      subject: string | null;
      limit: RateLimitName;
      /** Whoever waits so long and is alone is admitted by every subject; `null` = it never fits. */
      retry_after_ms: number | null;
      /** Of the subject that refused. */
      limits: LimitsView;
    };

/**
 * Rate limits that keys share. They protect; they are not money: where they cannot be asked, they let pass, and say so.
 * No method throws.
 */
export interface RateLimitPort {
  /** Keys' own limits are to be asked here as well. */
  readonly with_keys: boolean;
  /** Takes from all subjects or from none. At once, without a promise, where this isolate may decide by itself. */
  take(ask: RateAsk): RateAnswer | Promise<RateAnswer>;
  /** The request was not made after all: as if it had never been counted. */
  giveBack(parts: readonly RatePart[]): void;
  /** The request has ended. */
  settle(parts: readonly RatePart[], used: { input_tokens: number; output_tokens: number }): void;
}
