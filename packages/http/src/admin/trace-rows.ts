import type { StoredTrace } from '@sluice/contract';
import { toUsd } from '@sluice/core/money';
import { fallbackUsed } from '@sluice/core/receipt';
import type { Cell } from './export-rows.ts';
import { renderTime } from './render-key.ts';

/** Names the columns of an export of traces, in their order. Neither prompts nor answers are among them. */
export const TRACE_COLUMNS = [
  'request_id',
  'timestamp',
  'key_id',
  'token_id',
  'project_id',
  'user_id',
  'session_id',
  'door',
  'stream',
  'model_requested',
  'model',
  'provider',
  'connection_id',
  'strategy',
  'split_arm',
  'status',
  'error_code',
  'finish_reason',
  'ending',
  'cache',
  'attempts',
  'fallback_used',
  'input_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'cache_write_1h_tokens',
  'output_tokens',
  'reasoning_tokens',
  'estimated',
  'cost_usd',
  'platform_fee_usd',
  'savings_usd',
  'cost_usd_nanos',
  'score',
  'latency_ms',
  'ttft_ms',
  'metadata',
] as const;

/** One trace as a line of an export. Older records lack what was added later: an empty cell, as for what is unknown. */
export function renderTraceRow(trace: StoredTrace, format: 'json' | 'csv'): Record<string, Cell> {
  const { usage, metadata = {}, score_milli } = trace;
  const row: Record<(typeof TRACE_COLUMNS)[number], Cell> = {
    request_id: trace.request_id,
    timestamp: renderTime(trace.at_ms),
    key_id: trace.key_id,
    token_id: trace.token_id ?? null,
    project_id: trace.project_id,
    user_id: trace.user_id,
    session_id: trace.session_id,
    door: trace.door,
    stream: trace.stream,
    model_requested: trace.model_requested,
    model: trace.model,
    provider: trace.provider,
    connection_id: trace.connection_id,
    strategy: trace.strategy,
    split_arm: trace.split_arm ?? null,
    status: trace.status,
    error_code: trace.error_code,
    finish_reason: trace.finish_reason,
    ending: trace.ending,
    cache: trace.cache_status,
    attempts: trace.attempts.length,
    fallback_used: fallbackUsed(trace),
    input_tokens: usage?.input_tokens ?? null,
    cache_read_tokens: usage?.cache_read_tokens ?? null,
    cache_write_tokens: usage?.cache_write_tokens ?? null,
    cache_write_1h_tokens: usage?.cache_write_1h_tokens ?? null,
    output_tokens: usage?.output_tokens ?? null,
    reasoning_tokens: usage?.reasoning_tokens ?? null,
    estimated: usage?.estimated ?? null,
    cost_usd: trace.cost_usd_nanos === null ? null : toUsd(trace.cost_usd_nanos),
    platform_fee_usd: toUsd(trace.platform_fee_usd_nanos),
    savings_usd: trace.savings_usd_nanos === null ? null : toUsd(trace.savings_usd_nanos),
    cost_usd_nanos: trace.cost_usd_nanos,
    score: score_milli === null ? null : score_milli / 1_000,
    latency_ms: trace.latency_ms,
    ttft_ms: trace.ttft_ms,
    // JSON downloads carry it as it is; only spreadsheets need a cell.
    metadata: format === 'csv' ? JSON.stringify(metadata) : (metadata as unknown as Cell),
  };
  return row;
}
