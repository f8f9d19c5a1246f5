import type { AuditEntry } from './admin.ts';
import type { FailureKind } from './provider.ts';
import type { TraceRecord } from './trace.ts';

export const ADVICE_AREAS = ['cost', 'speed', 'reliability', 'usage'] as const;
export type AdviceArea = (typeof ADVICE_AREAS)[number];

/** What advice there is; `docs/recommendations.md` has the rule of each. */
export const ADVICE_KINDS = [
  'cheaper_model',
  'enable_cache',
  'enable_semantic_cache',
  'prompt_cache',
  'pool_dearer_than_api',
  'faster_connection',
  'missing_fallback',
  'retry_storm',
  'model_retiring',
  'limit_too_tight',
  'holds_too_large',
  'key_without_budget',
  'key_expiring',
  'key_unused',
] as const;
export type AdviceKind = (typeof ADVICE_KINDS)[number];

/** What a configuration change is a patch of, as its route takes it. `expects` are the members as they were. */
export type ConfigurationChange =
  | { target: 'organization'; patch: Record<string, unknown>; expects: Record<string, unknown> }
  | { target: 'key'; id: string; patch: Record<string, unknown>; expects: Record<string, unknown> }
  | { target: 'connection'; id: string; patch: Record<string, unknown>; expects: Record<string, unknown> };

/** An estimate with its 95 % range. Months have 30 days. */
export interface Saving {
  unit: 'usd_nanos_per_month' | 'ms_per_request' | 'requests_per_month';
  low: number;
  expected: number;
  high: number;
}

/** What is compared before and after a change; `docs/recommendations.md` defines each. */
export const EFFECT_METRICS = ['cost_per_request', 'latency', 'failed_share', 'refused_share'] as const;
export type EffectMetric = (typeof EFFECT_METRICS)[number];

/** Whose requests are compared; what is absent is not filtered. */
export interface EffectMeasure {
  metric: EffectMetric;
  key_id?: string;
  model_requested?: string;
  model?: string;
}

export interface Advice {
  kind: AdviceKind;
  area: AdviceArea;
  /** What it is about: with the kind it names the advice, from one run to the next. */
  subject: string;
  title: string;
  explanation: string;
  /** What it was computed from: numbers and names, no prompt and no secret. Money ends in `_usd_nanos`. */
  evidence: Record<string, number | string | null>;
  /** Requests that it rests on. */
  samples: number;
  /** `null` = nothing that could be counted: a risk. */
  saving: Saving | null;
  /** `null` = no setting of the gateway does it; the explanation says who can. */
  change: ConfigurationChange | null;
  /** `null` = nothing to compare afterwards. */
  measure: EffectMeasure | null;
}

export interface EffectSide {
  value: number;
  low: number;
  high: number;
  samples: number;
}

/** What a change came to: 14 days before it beside 14 days after it. */
export interface Effect {
  metric: EffectMetric;
  /** `null` = too few requests to say. */
  before: EffectSide | null;
  after: EffectSide | null;
  /** After less before; negative is better. `null` = one side is missing. */
  difference: { low: number; expected: number; high: number } | null;
  /** `unclear`: zero is within the range. */
  verdict: 'better' | 'worse' | 'unclear';
  measured_at_ms: number;
}

/**
 * `open`: to be decided · `snoozed` until a time · `dismissed` for good · `applied` · `gone`: it was open, and the last
 * run did not find it any more.
 */
export const RECOMMENDATION_STATES = ['open', 'snoozed', 'dismissed', 'applied', 'gone'] as const;
export type RecommendationState = (typeof RECOMMENDATION_STATES)[number];

export interface Recommendation extends Advice {
  /** `rec_…`, made of kind and subject: the same advice keeps its id. */
  id: string;
  organization_id: string;
  state: RecommendationState;
  /** Of the traces that it was computed from. */
  from_ms: number;
  until_ms: number;
  first_seen_ms: number;
  /** Of the last run that found it. */
  seen_ms: number;
  /** Of a snoozed one; else `null`. */
  snoozed_until_ms: number | null;
  /** `null` = it was not applied. */
  applied_at_ms: number | null;
  applied_by: string | null;
  /** `null` = not measured (yet). */
  effect: Effect | null;
}

/** What advice reads of one request: never its words. Tokens are in disjoint buckets, reasoning is in the output. */
export interface AdviceRequest
  extends Pick<
    TraceRecord,
    | 'at_ms'
    | 'key_id'
    | 'model_requested'
    | 'strategy'
    | 'provider'
    | 'connection_id'
    | 'model'
    | 'status'
    | 'error_code'
    | 'ending'
    | 'cost_usd_nanos'
    | 'held_usd_nanos'
    | 'latency_ms'
    | 'ttft_ms'
    | 'cache_status'
  > {
  /** 0 to 1; `null` = neither `auto` nor a kept prompt tells. */
  difficulty: number | null;
  needs_tools: boolean;
  needs_vision: boolean;
  needs_json: boolean;
  input_tokens: number;
  cache_read_tokens: number;
  cache_write_tokens: number;
  output_tokens: number;
  /** Of the last attempt; `null` = it answered, or there was none. */
  failure: FailureKind | null;
  /** Different targets that were asked. */
  targets: number;
  /** Of the last attempt: who was asked, also where nobody answered; `null` = nobody was asked. */
  asked: { provider: string; connection_id: string; model: string } | null;
  /** Equal for equal requests, for those that differ in writing only, and for those that begin alike. `null` = unknown. */
  prints: { exact: string; loose: string; head: string | null } | null;
}

/** A trace as it is read for advice. */
export interface AdviceRow {
  request: AdviceRequest;
  /** The format of `request_body`. */
  door: string;
  /** Where it is kept, and short enough to be read; else `null`. */
  request_body: string | null;
}

export interface RecommendationStore {
  /** All of them: there are a few for each kind. */
  list(organization_id: string): Promise<Recommendation[]>;
  find(organization_id: string, id: string): Promise<Recommendation | null>;
  /**
   * Writes what a run found over what is there, and what it did not find as gone. Decisions stay; a snooze that is over
   * and an applied one whose effect is known are open again.
   */
  putRun(organization_id: string, found: Recommendation[], now_ms: number): Promise<void>;
  /** Writes its state. @returns false when it was no longer in one of `from`: nothing changed. */
  decide(
    recommendation: Recommendation,
    from: readonly RecommendationState[],
    audit: AuditEntry,
  ): Promise<boolean>;
  setEffect(organization_id: string, id: string, effect: Effect): Promise<void>;
  /** When the last run was; `null` = never. */
  lastRun(organization_id: string): Promise<number | null>;
  /** How many traces there are in a time, and when the first of them was. */
  span(
    organization_id: string,
    from_ms: number,
    until_ms: number,
  ): Promise<{ count: number; first_ms: number | null }>;
  /** Oldest first, one millisecond in `one_in`. */
  rows(
    organization_id: string,
    from_ms: number,
    until_ms: number,
    one_in: number,
    limit: number,
    after: number | null,
  ): Promise<{ rows: AdviceRow[]; next: number | null }>;
}
