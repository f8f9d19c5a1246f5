import type { AttemptRecord, CandidateRecord, TraceRecord } from '@sluice/contract';
import { inputTokens, outputTokens, toUsd } from './money.ts';

const usd = (usd_nanos: number | null): number | null => (usd_nanos === null ? null : toUsd(usd_nanos));

/** What an answer itself carries: in the body field and, without the cost of a running stream, in the header. */
export interface CompactReceipt {
  request_id: string;
  routing_decision: string;
  provider: string | null;
  model: string | null;
  cost_usd: number | null;
  latency_ms: number;
  overhead_ms: number;
  cache: 'miss' | 'hit' | 'off';
  fallback_used: boolean;
  degraded: string[];
}

/** The whole receipt of `GET /v1/receipts/{id}`, read from the trace. Money in dollars; `null` = unknown. */
export function renderReceipt(trace: TraceRecord) {
  const usage = trace.usage;
  const winner = trace.provider === null ? null : `${trace.provider}/${trace.model}`;
  return {
    request_id: trace.request_id,
    timestamp: new Date(trace.at_ms).toISOString(),
    status: trace.status,
    error_code: trace.error_code,
    ending: trace.ending,
    token_id: trace.token_id ?? null,
    routing: {
      strategy: trace.strategy,
      model_requested: trace.model_requested,
      candidates_evaluated: trace.candidates_evaluated ?? trace.candidates.length,
      candidates: trace.candidates.map(renderCandidate),
      analysis: trace.analysis ?? null,
      winner,
      split_arm: trace.split_arm ?? null,
      reason: reasonOf(trace),
    },
    execution: {
      provider: trace.provider,
      model: trace.model,
      connection: trace.connection_id,
      finish_reason: trace.finish_reason,
      latency_ms: trace.latency_ms,
      ttft_ms: trace.ttft_ms,
      routing_overhead_ms: trace.overhead_ms,
      tokens:
        usage === null
          ? null
          : {
              prompt: inputTokens(usage),
              completion: outputTokens(usage),
              total: inputTokens(usage) + outputTokens(usage),
              cached: usage.cache_read_tokens,
              cache_write: usage.cache_write_tokens + usage.cache_write_1h_tokens,
              reasoning: usage.reasoning_tokens,
            },
      /** Images, seconds, characters or searches, where the model is priced by them. */
      units: usage?.units ?? null,
    },
    cost: {
      provider_cost_usd: usd(trace.cost_usd_nanos),
      platform_fee_usd: usd(trace.platform_fee_usd_nanos),
      total_usd:
        trace.cost_usd_nanos === null ? null : usd(trace.cost_usd_nanos + trace.platform_fee_usd_nanos),
      savings_vs_default_usd: usd(trace.savings_usd_nanos),
      price_source: trace.price_source,
      estimated: usage?.estimated ?? false,
    },
    fallback: {
      used: fallbackUsed(trace),
      attempts: trace.attempts.map(renderAttempt),
    },
    cache: renderCache(trace),
    guards: trace.guards ?? [],
    limits: {
      held_usd: usd(trace.held_usd_nanos),
      settled_usd: usd(trace.settled_usd_nanos),
      /** Shared budgets that it was charged to. */
      budgets: (trace.budgets ?? []).map(({ scope, subject, usd_nanos }) => ({
        scope,
        subject,
        charged_usd: usd(usd_nanos),
      })),
    },
    residency: renderResidency(trace),
    dropped_parameters: trace.dropped_parameters,
    degraded: trace.degraded,
    signature: null,
  };
}

const renderCache = ({ cache_status, cache, cache_near_misses, cache_embedding }: TraceRecord) => ({
  status: cache_status,
  kind: cache?.kind ?? null,
  similarity: cache?.similarity ?? null,
  age_seconds: cache === undefined ? null : Math.floor(cache.age_ms / 1_000),
  entry_id: cache?.entry_id ?? null,
  saved_usd: usd(cache?.saved_usd_nanos ?? null),
  near_misses: cache_near_misses ?? [],
  embedding: cache_embedding === undefined ? null : renderEmbedding(cache_embedding),
});

const renderEmbedding = (one: NonNullable<TraceRecord['cache_embedding']>) => ({
  provider: one.provider,
  model: one.model,
  tokens: one.input_tokens,
  cost_usd: usd(one.cost_usd_nanos),
  skipped: one.skipped,
});

/** Where it had to stay, and where it was served: of an answer from the cache, nowhere. */
function renderResidency({ residency, attempts, connection_id, model, cache_status }: TraceRecord) {
  const winner =
    cache_status === 'hit'
      ? undefined
      : attempts.findLast(
          (attempt) =>
            attempt.error === null && attempt.connection_id === connection_id && attempt.model === model,
        );
  return {
    required: residency?.required ?? null,
    set_by: residency?.set_by ?? null,
    deployment_jurisdiction: residency?.jurisdiction ?? null,
    served_in: winner?.residency ?? null,
    region: winner?.region ?? null,
  };
}

const renderAttempt = ({ model, provider, status, error, latency_ms, role, ...more }: AttemptRecord) => ({
  model,
  provider,
  status,
  error,
  latency_ms,
  role,
  region: more.region ?? null,
  residency: more.residency ?? null,
  ...(more.lost ? { lost: true } : {}),
  ...(more.cost_usd_nanos === undefined ? {} : { cost_usd: usd(more.cost_usd_nanos) }),
});

const renderCandidate = (candidate: CandidateRecord) => ({
  model: candidate.model,
  provider: candidate.provider,
  score: candidate.score,
  parts: candidate.parts ?? null,
  price: usd(candidate.price_usd_nanos),
  latency: candidate.latency_ms,
  excluded_because: candidate.excluded_because,
});

/** The model asked for could not be used at all, or some target before the last one tried had failed for good. */
export const fallbackUsed = (trace: Pick<TraceRecord, 'attempts' | 'strategy'>): boolean =>
  trace.strategy === 'fallback_chain' || triedAnother(trace.attempts);

function triedAnother(attempts: TraceRecord['attempts']): boolean {
  const first = attempts[0];
  // Who was only asked beside another, and let go, has answered nothing.
  const last = attempts.filter(({ lost }) => !lost).at(-1);
  if (first === undefined || last === undefined) return false;
  return first.connection_id !== last.connection_id || first.model !== last.model;
}

function reasonOf(trace: TraceRecord): string {
  if (!triedAnother(trace.attempts)) return trace.reason;
  const failed = trace.attempts
    .filter((attempt) => attempt.error !== null)
    .map((attempt) => `${attempt.provider}/${attempt.model} failed (${attempt.error})`);
  return `${trace.reason}. ${failed.join(', ')}, so the next target was used`;
}
