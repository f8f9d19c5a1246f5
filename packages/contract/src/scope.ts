import type { BudgetPolicy } from './key.ts';
import type { BudgetView } from './ledger.ts';

/**
 * What a budget can be set on. A key's own budgets stand in its policy and in its ledger; all others are shared by
 * keys, and each subject of them (this user, that project) has a ledger of its own.
 */
export const BUDGET_SCOPES = ['organization', 'project', 'key', 'user', 'model', 'session'] as const;
export type BudgetScope = (typeof BUDGET_SCOPES)[number];
export type SharedScope = Exclude<BudgetScope, 'key'>;

/** That shared budgets exist, as isolates know it. What they amount to is the business of their ledgers. */
export interface ScopeRule {
  scope: SharedScope;
  /**
   * Project id, user id, session id, or model pattern (a name, `provider/model`, `provider/*`: all that match share one
   * budget). `null` = each one has budgets of this size of its own. A rule that names a subject stands there in place
   * of it, and has taken over from it what it does not set itself. Always `null` for `organization`.
   */
  subject: string | null;
  /** The smallest of its per-request limits; `null` = none. */
  per_request_limit_usd_nanos: number | null;
  /** Some of its budgets are hard. */
  hard: boolean;
  /** It has budgets of a window, so that a ledger counts; else only a per-request limit, which needs none. */
  counted: boolean;
}

/** Everything that a scope's ledger must know, read from storage by the scope's name. */
export interface ScopePolicy {
  /** `ORGANIZATION/SCOPE/SUBJECT`, see `core/limits/scope-name.ts`. */
  name: string;
  organization_id: string;
  /** `key` where a key is split over several ledgers, which share its budgets. */
  scope: BudgetScope;
  /** `null` for `organization` and `key`. */
  subject: string | null;
  /** The organization's `config_version` that it was read under. */
  version: number;
  budgets: BudgetPolicy[];
  /**
   * Ids of the stored budgets, by the id of the budget above that they stand for: the subject's own, and the one for
   * each that it may replace. None in common with before: all of them were deleted, and this is a new one, which
   * begins at nothing. Absent = unknown.
   */
  stored_ids?: Readonly<Record<string, readonly string[]>>;
  /** IANA name. */
  time_zone: string;
}

export interface ScopeUsage {
  name: string;
  scope: BudgetScope;
  subject: string | null;
  budgets: BudgetView[];
  /** Keys that hold a part of it now. */
  holders: number;
}

/** Ledgers of shared budgets, for people: admissions reach them by way of the key's ledger. */
export interface ScopePort {
  /**
   * @param config_version of the organization: a ledger that read its budgets under an older one reads them again
   *   first, so that nobody is shown a limit that was changed.
   * @returns `null` = no budget is set there. @throws Error when the ledger cannot be reached.
   */
  usage(name: string, config_version: number): Promise<ScopeUsage | null>;
  /** To be called after its budgets changed: read again, parts of it that are now too large called back. */
  refresh(name: string): Promise<void>;
}
