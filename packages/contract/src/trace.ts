import type { Usage } from './answer.ts';
import type { CacheRecord, NearMiss } from './cache.ts';
import type { GuardVerdict } from './guard.ts';
import type { FailureKind, ProtocolId } from './provider.ts';
import type { Residency } from './residency.ts';
import type { SharedScope } from './scope.ts';

/** One call to one target. */
export interface AttemptRecord {
  connection_id: string;
  provider: string;
  model: string;
  /** HTTP status of the provider; `null` when none came. */
  status: number | null;
  /** `null` = it answered. */
  error: FailureKind | null;
  /** The provider's own text about it, cut; trace only. */
  message: string | null;
  /** Why this target was tried. `continuation`: it took over a stream that had died; `hedge`: asked beside the first. */
  role: 'first' | 'retry' | 'fallback' | 'probe' | 'continuation' | 'hedge';
  latency_ms: number;
  /** Of the connection, in the provider's own words; absent = it says none. */
  region?: string;
  /** Where it is certain to have been served; absent = nobody can tell. */
  residency?: Residency;
  /** When it was sent; absent = it never was. */
  at_ms?: number;
  /** Its share of the time of an endpoint that costs by the hour; absent = it costs by tokens. */
  gpu_ms?: number;
  /** Another target that was asked beside it was faster; it was let go. */
  lost?: true;
  /** Its share, where several targets are billed for one answer; `null` = its price is unknown. Else absent. */
  cost_usd_nanos?: number | null;
}

export interface CandidateRecord {
  model: string;
  provider: string;
  connection_id: string;
  /** Worst case of this request there; `null` when unpriced. */
  price_usd_nanos: number | null;
  latency_ms: number | null;
  score: number | null;
  /** What the score is made of, each 0 to 1 before its weight. */
  parts?: Record<string, number>;
  excluded_because: string | null;
}

/** What held for one request. */
export interface ResidencyRecord {
  /** `null` = it might go anywhere. */
  required: Residency | null;
  /** `null` = nobody. */
  set_by: 'organization' | 'key' | null;
  /** Where all objects of the deployment run and store, as Cloudflare names it; `null` = it pins none. */
  jurisdiction: string | null;
}

/** Where a request stands in its client's trace. https://www.w3.org/TR/trace-context/ (read 2026-11-21) */
export interface TraceContext {
  /** As it came: version, trace id, parent span id, flags. */
  traceparent: string;
  /** What other vendors add; absent = nothing. */
  tracestate?: string;
}

/** Everything recorded of one request: the trace in D1 and the receipt of the client are both read from it. */
export interface TraceRecord {
  request_id: string;
  organization_id: string;
  project_id: string | null;
  key_id: string;
  /** Of the browser token that was shown in the key's place; absent = the key itself. */
  token_id?: string;
  at_ms: number;
  door: ProtocolId;
  stream: boolean;
  /** As the client wrote it. */
  model_requested: string;
  strategy: string;
  reason: string;
  candidates: CandidateRecord[];
  /** How many were looked at, where not all of them are told; absent = all. */
  candidates_evaluated?: number;
  /** What `auto` read off the request, each signal with its weight; absent = nothing was analysed. */
  analysis?: Record<string, number>;
  /** `NAME/ARM` of the experiment; absent = none. */
  split_arm?: string | null;
  attempts: AttemptRecord[];
  /** Of the answer; `null` when none came. */
  provider: string | null;
  connection_id: string | null;
  model: string | null;
  /** HTTP status of our answer. */
  status: number;
  error_code: string | null;
  finish_reason: string | null;
  /** `complete`, `truncated` (the provider broke off), `aborted` (the client left), `failed`, `refused`. */
  ending: 'complete' | 'truncated' | 'aborted' | 'failed' | 'refused';
  usage: Usage | null;
  /** `null` = the price is unknown. */
  cost_usd_nanos: number | null;
  platform_fee_usd_nanos: number;
  savings_usd_nanos: number | null;
  price_source: string | null;
  held_usd_nanos: number;
  settled_usd_nanos: number;
  /** Shared budgets that it was charged to, each with its share; absent = none. */
  budgets?: { scope: SharedScope; subject: string | null; usd_nanos: number }[];
  latency_ms: number;
  ttft_ms: number | null;
  overhead_ms: number;
  cache_status: 'miss' | 'hit' | 'off';
  /** Of a hit; absent = it was none. */
  cache?: CacheRecord;
  /** What was close and was not served; absent = nothing. */
  cache_near_misses?: NearMiss[];
  /** Where it had to stay, by whose rule, and where the objects of the deployment are; absent = no rule and anywhere. */
  residency?: ResidencyRecord;
  /** What the vector of its question cost (part of `cost_usd_nanos`), or why none was made; absent = none was paid. */
  cache_embedding?: {
    provider: string | null;
    model: string | null;
    input_tokens: number;
    cost_usd_nanos: number | null;
    /** `null` = it was made. */
    skipped: string | null;
  };
  dropped_parameters: string[];
  /** What the gateway did less well than asked, in words: `output_tokens lowered to 812 by the budget`. */
  degraded: string[];
  /** What guards found; absent = nothing. */
  guards?: GuardVerdict[];
  user_id: string | null;
  session_id: string | null;
  metadata: Record<string, string>;
  /** Of the client's own trace (W3C Trace Context); absent = it sent none that can be read. */
  trace_context?: TraceContext;
  /** Only when the organization opted in. */
  request_body: string | null;
  response_text: string | null;
}

/** Takes records off the request path, in batches. Never throws. */
export interface TracePort {
  record(trace: TraceRecord, json: string): void;
}
