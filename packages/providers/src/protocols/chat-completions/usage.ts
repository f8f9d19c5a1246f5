import { type FinishReason, noUsage, type Usage } from '@sluice/contract';

/**
 * An OpenAI-shaped usage object in disjoint buckets; `null` when it holds no count. Reads where each server puts
 * its counts: cached tokens flat (Together), as `num_cached_tokens` (Mistral) or `prompt_cache_hit_tokens`
 * (DeepSeek); reasoning inside `completion_tokens` or, as at xAI, beside it. Counts that contradict each other
 * (more cached than prompt at Azure's Grok, more reasoning than completion at Vercel's gateway) are clamped.
 * Seen in recorded exchanges, read 2026-11-21.
 */
export function parseUsage(raw: unknown): Usage | null {
  if (!isRecord(raw)) return null;
  if (typeof raw['prompt_tokens'] !== 'number' && typeof raw['completion_tokens'] !== 'number') return null;
  let prompt = count(raw['prompt_tokens']);
  let completion = count(raw['completion_tokens']);
  const prompt_details = isRecord(raw['prompt_tokens_details']) ? raw['prompt_tokens_details'] : {};
  const completion_details = isRecord(raw['completion_tokens_details'])
    ? raw['completion_tokens_details']
    : {};
  let reasoning = count(completion_details['reasoning_tokens'] ?? raw['reasoning_tokens']);
  let input_audio = count(prompt_details['audio_tokens']);

  // What the total holds beyond the two counts was counted outside of them, and is billed all the same.
  const beyond = count(raw['total_tokens']) - prompt - completion;
  if (beyond > 0 && reasoning === beyond) completion += beyond;
  else if (beyond > 0 && input_audio === beyond) prompt += beyond;
  else if (beyond > 0 && reasoning === 0 && input_audio === 0) {
    // Gemini's OpenAI endpoint counts thoughts in the total and nowhere else.
    reasoning = beyond;
    completion += beyond;
  }

  const usage = noUsage();
  usage.cache_read_tokens = Math.min(
    prompt,
    count(
      prompt_details['cached_tokens'] ??
        raw['cached_tokens'] ??
        raw['prompt_cache_hit_tokens'] ??
        raw['num_cached_tokens'],
    ),
  );
  prompt -= usage.cache_read_tokens;
  usage.cache_write_tokens = Math.min(
    prompt,
    count(prompt_details['cache_write_tokens'] ?? raw['cache_creation_input_tokens']),
  );
  prompt -= usage.cache_write_tokens;
  input_audio = Math.min(prompt, input_audio);
  usage.input_audio_tokens = input_audio;
  usage.input_tokens = prompt - input_audio;

  usage.reasoning_tokens = Math.min(completion, reasoning);
  completion -= usage.reasoning_tokens;
  usage.output_audio_tokens = Math.min(completion, count(completion_details['audio_tokens']));
  usage.output_tokens = completion - usage.output_audio_tokens;
  return usage;
}

/**
 * The usage of a body or chunk, wherever it is: at the top, or inside Groq's `x_groq`. Where both are there the
 * top one holds; over a stream the last one wins, never a sum.
 */
export function findUsage(chunk: Record<string, unknown>): Usage | null {
  const usage = parseUsage(chunk['usage']);
  if (usage !== null) return usage;
  const x_groq = chunk['x_groq'];
  return isRecord(x_groq) ? parseUsage(x_groq['usage']) : null;
}

/**
 * The finish reason of a choice. A plain stop after tool calls is `tool_calls`: several servers say `stop` there,
 * and a client that reads ours acts on it.
 */
export function parseFinishReason(native: string, has_tool_calls: boolean): FinishReason {
  switch (native) {
    case 'length':
    case 'model_length':
    case 'max_tokens':
      return 'length';
    case 'tool_calls':
    case 'function_call':
    case 'tool_use':
      return 'tool_calls';
    case 'content_filter':
    case 'safety':
      return 'content_filter';
    case 'error':
    case 'abort':
    case 'insufficient_system_resource':
      return 'error';
    default:
      return has_tool_calls ? 'tool_calls' : 'stop';
  }
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const count = (value: unknown): number =>
  typeof value === 'number' && value > 0 && Number.isFinite(value) ? Math.trunc(value) : 0;
