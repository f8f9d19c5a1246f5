import { noUsage, type Usage } from '@sluice/contract';
import { isObject, type Json } from './wire.ts';

/**
 * Anthropic's counts in disjoint buckets. Its `input_tokens` excludes both caches, its `output_tokens` includes
 * thinking.
 * @returns `null` when there is nothing to read.
 * @see https://platform.claude.com/docs/en/build-with-claude/prompt-caching (read 2026-11-21)
 */
export function parseUsage(usage: unknown): Usage | null {
  if (!isObject(usage)) return null;
  const split = isObject(usage.cache_creation) ? usage.cache_creation : {};
  const details = isObject(usage.output_tokens_details) ? usage.output_tokens_details : {};
  const split_5m = count(split.ephemeral_5m_input_tokens);
  const split_1h = count(split.ephemeral_1h_input_tokens);
  // `message_delta` repeats the total without the split, so the total rules and the split only divides it.
  const written =
    typeof usage.cache_creation_input_tokens === 'number'
      ? count(usage.cache_creation_input_tokens)
      : split_5m + split_1h;
  const written_1h = Math.min(split_1h, written);
  const output = count(usage.output_tokens);
  const thinking = Math.min(count(details.thinking_tokens), output);
  return {
    ...noUsage(),
    input_tokens: count(usage.input_tokens),
    cache_read_tokens: count(usage.cache_read_input_tokens),
    cache_write_tokens: written - written_1h,
    cache_write_1h_tokens: written_1h,
    output_tokens: output - thinking,
    reasoning_tokens: thinking,
  };
}

/** Lays a later report over an earlier one: its members supersede, absent and `null` ones keep what was known. */
export function mergeUsage(earlier: Json | null, later: unknown): Json | null {
  if (!isObject(later)) return earlier;
  const merged: Json = { ...earlier };
  for (const [name, value] of Object.entries(later)) if (value !== null) merged[name] = value;
  return merged;
}

const count = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.floor(value) : 0;
