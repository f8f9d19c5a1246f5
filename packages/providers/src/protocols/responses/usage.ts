import { noUsage, type Usage } from '@sluice/contract';
import { isRecord } from '../chat-completions/usage.ts';

/**
 * The usage of a response in disjoint buckets; `null` when it holds no count. `input_tokens` includes what was cached,
 * `output_tokens` what was thought (recorded exchanges, read 2026-11-21). Contradictions are clamped.
 */
export function parseUsage(raw: unknown): Usage | null {
  if (!isRecord(raw)) return null;
  if (typeof raw['input_tokens'] !== 'number' && typeof raw['output_tokens'] !== 'number') return null;
  const input_details = isRecord(raw['input_tokens_details']) ? raw['input_tokens_details'] : {};
  const output_details = isRecord(raw['output_tokens_details']) ? raw['output_tokens_details'] : {};
  const usage = noUsage();
  let input = count(raw['input_tokens']);
  usage.cache_read_tokens = Math.min(input, count(input_details['cached_tokens']));
  input -= usage.cache_read_tokens;
  usage.cache_write_tokens = Math.min(input, count(input_details['cache_write_tokens']));
  input -= usage.cache_write_tokens;
  usage.input_audio_tokens = Math.min(input, count(input_details['audio_tokens']));
  usage.input_tokens = input - usage.input_audio_tokens;
  const output = count(raw['output_tokens']);
  usage.reasoning_tokens = Math.min(output, count(output_details['reasoning_tokens']));
  usage.output_audio_tokens = Math.min(
    output - usage.reasoning_tokens,
    count(output_details['audio_tokens']),
  );
  usage.output_tokens = output - usage.reasoning_tokens - usage.output_audio_tokens;
  return usage;
}

const count = (value: unknown): number =>
  typeof value === 'number' && value > 0 && Number.isFinite(value) ? Math.trunc(value) : 0;
