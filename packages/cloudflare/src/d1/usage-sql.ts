import type { UsageDimension, UsageSums } from '@sluice/contract';

type SumColumn = keyof UsageSums;

/** The summed columns, in one place for both sources. */
export const USAGE_SUMS = [
  'requests',
  'errors',
  'input_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'cache_write_1h_tokens',
  'output_tokens',
  'reasoning_tokens',
  'input_audio_tokens',
  'output_audio_tokens',
  'cost_usd_nanos',
  'platform_fee_usd_nanos',
  'savings_usd_nanos',
  'cache_hits',
  'cache_saved_usd_nanos',
  'unpriced_requests',
  'estimated_requests',
  'latency_ms_sum',
  'ttft_ms_sum',
  'ttft_count',
  'quality_milli_sum',
  'quality_count',
] as const satisfies SumColumn[];

/** Where a query over usage reads, in SQL. Text of a caller is never part of it. */
export interface UsageSource {
  table: string;
  /** Compared with the span. */
  time: string;
  hour: string;
  /** Text; `''` = none. */
  dimensions: Partial<Record<UsageDimension, string>>;
  sums: Record<SumColumn, string>;
}

/** The sums that outlive traces. */
export const HOURLY: UsageSource = {
  table: 'usage_hourly',
  time: 'u.hour_ms',
  hour: 'u.hour_ms',
  dimensions: {
    key: 'u.key_id',
    project: 'u.project_id',
    user: 'u.user_id',
    model: 'u.model',
    provider: 'u.provider',
    connection: 'u.connection_id',
    door: 'u.door',
    status_class: 'u.status_class',
    split: 'u.split_arm',
  },
  sums: Object.fromEntries(USAGE_SUMS.map((column) => [column, `sum(u.${column})`])) as UsageSource['sums'],
};

const member = (path: string): string => `u.record ->> '$.${path}'`;
const sumOf = (path: string): string => `sum(${member(path)})`;

/** One row a request, with everything; gone after the organization's retention. */
export const TRACES: UsageSource = {
  table: 'traces',
  time: 'u.at_ms',
  hour: '(u.at_ms - u.at_ms % 3600000)',
  dimensions: {
    key: 'u.key_id',
    project: "coalesce(u.project_id, '')",
    user: "coalesce(u.user_id, '')",
    session: "coalesce(u.session_id, '')",
    model: "coalesce(u.model, '')",
    provider: "coalesce(u.provider, '')",
    connection: `coalesce(${member('connection_id')}, '')`,
    door: `coalesce(${member('door')}, '')`,
    status_class: "((u.status / 100) || 'xx')",
    status: 'CAST(u.status AS TEXT)',
    split: `coalesce(${member('split_arm')}, '')`,
  },
  sums: {
    requests: 'count(*)',
    errors: `sum(u.status >= 400 OR ${member('ending')} IN ('truncated', 'failed'))`,
    input_tokens: sumOf('usage.input_tokens'),
    cache_read_tokens: sumOf('usage.cache_read_tokens'),
    cache_write_tokens: sumOf('usage.cache_write_tokens'),
    cache_write_1h_tokens: sumOf('usage.cache_write_1h_tokens'),
    output_tokens: sumOf('usage.output_tokens'),
    reasoning_tokens: sumOf('usage.reasoning_tokens'),
    input_audio_tokens: sumOf('usage.input_audio_tokens'),
    output_audio_tokens: sumOf('usage.output_audio_tokens'),
    cost_usd_nanos: 'sum(u.cost_usd_nanos)',
    platform_fee_usd_nanos: sumOf('platform_fee_usd_nanos'),
    savings_usd_nanos: sumOf('savings_usd_nanos'),
    cache_hits: `sum(${member('cache_status')} = 'hit')`,
    cache_saved_usd_nanos: sumOf('cache.saved_usd_nanos'),
    unpriced_requests: 'count(*) - count(u.cost_usd_nanos)',
    estimated_requests: sumOf('usage.estimated'),
    latency_ms_sum: `CAST(sum(round(${member('latency_ms')})) AS INTEGER)`,
    ttft_ms_sum: `CAST(sum(round(${member('ttft_ms')})) AS INTEGER)`,
    ttft_count: `count(${member('ttft_ms')})`,
    quality_milli_sum: 'sum(u.score_milli)',
    quality_count: 'count(u.score_milli)',
  },
};
