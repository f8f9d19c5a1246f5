import { noUsage, type Usage } from '@sluice/contract';
import { isObject } from '../anthropic/wire.ts';

/**
 * Bedrock's counts in disjoint buckets: `inputTokens` excludes both caches. Reasoning is inside `outputTokens` and
 * not told apart.
 * @returns `null` when there is nothing to read.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html (read 2026-11-21)
 */
export function parseUsage(usage: unknown): Usage | null {
  if (!isObject(usage)) return null;
  let written_1h = 0;
  for (const detail of Array.isArray(usage.cacheDetails) ? usage.cacheDetails : []) {
    if (isObject(detail) && detail.ttl === '1h') written_1h += count(detail.inputTokens);
  }
  const written = count(usage.cacheWriteInputTokens ?? usage.cacheWriteInputTokenCount);
  written_1h = Math.min(written_1h, written);
  return {
    ...noUsage(),
    input_tokens: count(usage.inputTokens),
    cache_read_tokens: count(usage.cacheReadInputTokens ?? usage.cacheReadInputTokenCount),
    cache_write_tokens: written - written_1h,
    cache_write_1h_tokens: written_1h,
    output_tokens: count(usage.outputTokens),
  };
}

const count = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.floor(value) : 0;
