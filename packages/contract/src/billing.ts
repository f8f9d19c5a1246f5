import type { AuditEntry, ListPosition } from './admin.ts';
import type { UsageSums } from './usage.ts';

/** Token buckets that a provider's export and our own sums can be compared in. Disjoint. */
export const BILLED_BUCKETS = [
  'input_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'output_tokens',
  'input_audio_tokens',
  'output_audio_tokens',
] as const;
export type BilledBucket = (typeof BILLED_BUCKETS)[number];

/** What a provider says of one model on one day. A day is a UTC day: both vendors cut their days there. */
export interface BilledLine {
  /** `2026-10-31` */
  day: string;
  /** In the provider's own words; `null` = the whole day, whatever the model. */
  model: string | null;
  /** `null` = the export does not count them. */
  requests: number | null;
  /** `null` = the export has no tokens. Buckets that are missing are 0; output holds reasoning too. */
  tokens: Partial<Record<BilledBucket, number>> | null;
  /** `null` = the export has no money. */
  usd_nanos: number | null;
}

export interface BillingExport {
  /** Id in the list of providers. */
  provider: string;
  /** `openai_costs_json`, `anthropic_usage_csv`, … */
  format: string;
  lines: BilledLine[];
}

export interface ReconciledSide {
  requests: number | null;
  tokens: Record<BilledBucket, number> | null;
  usd_nanos: number | null;
}

export const RECONCILIATION_FLAGS = [
  'missing_here',
  'missing_there',
  'tokens_differ',
  'price_differs',
  'requests_differ',
  'unpriced_here',
] as const;
export type ReconciliationFlag = (typeof RECONCILIATION_FLAGS)[number];

/** One model on one UTC day, theirs beside ours. Differences are theirs minus ours. */
export interface ReconciledRow {
  day: string;
  /** As we name it, or they where we know nothing of it; `null` = the whole day, or nobody answered. */
  model: string | null;
  /** `null` = they know nothing of it. */
  theirs: ReconciledSide | null;
  /** `null` = we know nothing of it. */
  ours: ReconciledSide | null;
  token_difference: Record<BilledBucket, number> | null;
  usd_nanos_difference: number | null;
  flags: ReconciliationFlag[];
}

export interface Tolerance {
  /** Of the larger side. */
  percent: number;
  usd_nanos: number;
}

export interface Reconciliation {
  /** `recon_…` */
  id: string;
  organization_id: string;
  at_ms: number;
  actor: string;
  provider: string;
  format: string;
  /** UTC days, both inclusive. */
  first_day: string;
  last_day: string;
  tolerance: Tolerance;
  theirs_usd_nanos: number | null;
  ours_usd_nanos: number;
  flagged_rows: number;
  rows: ReconciledRow[];
}

export interface ReconciliationStore {
  add(reconciliation: Reconciliation, audit: AuditEntry): Promise<void>;
  find(organization_id: string, id: string): Promise<Reconciliation | null>;
  /** Without rows. */
  list(
    organization_id: string,
    limit: number,
    after: ListPosition | null,
  ): Promise<Omit<Reconciliation, 'rows'>[]>;
}

/** What a key spent on a model in a month. */
export interface StatementLine extends UsageSums {
  project_id: string | null;
  project_name: string | null;
  key_id: string;
  /** `null` = there is no such key any more. */
  key_name: string | null;
  /** `null` = none answered. */
  model: string | null;
  provider: string | null;
}

/** A monthly budget of a key beside what the key spent in the month of the statement. */
export interface StatementBudget {
  key_id: string;
  key_name: string;
  limit_usd_nanos: number;
  spent_usd_nanos: number;
  hard: boolean;
}

/** A calendar month in the organization's time zone. */
export interface Statement {
  organization_id: string;
  organization_name: string;
  /** `2026-10` */
  month: string;
  time_zone: string;
  from_ms: number;
  /** Exclusive. */
  until_ms: number;
  /** At the time of writing; each request was charged the percentage of its own time. */
  platform_fee_percent: number;
  made_at_ms: number;
  lines: StatementLine[];
  /** Dearest lines are told one by one; so many more are folded into one. 0 = none. */
  folded_lines: number;
  totals: UsageSums;
  budgets: StatementBudget[];
}

export interface StatementStore {
  /** `null` = not frozen. */
  find(
    organization_id: string,
    month: string,
  ): Promise<{ statement: Statement; frozen_at_ms: number } | null>;
  /** The first one stays. @returns what stands. */
  freeze(statement: Statement, frozen_at_ms: number): Promise<{ statement: Statement; frozen_at_ms: number }>;
  /** Frozen months, newest first. */
  list(organization_id: string): Promise<{ month: string; frozen_at_ms: number; totals: UsageSums }[]>;
}
