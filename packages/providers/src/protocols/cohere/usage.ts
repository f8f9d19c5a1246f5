import { type FinishReason, noUsage, type Usage } from '@sluice/contract';
import { asCount, asRecord } from '../gemini/lenient.ts';

/**
 * `usage.tokens` is what the model read and wrote; `billed_units` leaves Cohere's own preamble out and is the lesser
 * witness, taken only alone. Pictures are counted beside the input; cached tokens inside it, reasoning inside the
 * output (recorded exchanges, read 2026-11-21). `null` when nothing was counted.
 */
export function parseUsage(raw: unknown): Usage | null {
  const usage = asRecord(raw);
  const tokens = asRecord(usage?.['tokens']) ?? asRecord(usage?.['billed_units']);
  if (usage === null || tokens === null) return null;
  const input = asCount(tokens['input_tokens']) + asCount(tokens['image_tokens']);
  const output = asCount(tokens['output_tokens']);
  const counted = noUsage();
  counted.cache_read_tokens = Math.min(input, asCount(usage['cached_tokens']));
  counted.input_tokens = input - counted.cache_read_tokens;
  counted.reasoning_tokens = Math.min(output, asCount(tokens['reasoning_tokens']));
  counted.output_tokens = output - counted.reasoning_tokens;
  return counted;
}

export function parseFinishReason(native: string, has_tool_calls: boolean): FinishReason {
  switch (native) {
    case 'MAX_TOKENS':
      return 'length';
    case 'TOOL_CALL':
      return 'tool_calls';
    case 'ERROR':
    case 'ERROR_LIMIT':
    case 'TIMEOUT':
      return 'error';
    case 'ERROR_TOXIC':
      return 'content_filter';
    default:
      return has_tool_calls ? 'tool_calls' : 'stop';
  }
}
