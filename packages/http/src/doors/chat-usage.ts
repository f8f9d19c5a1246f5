import type { Usage } from '@sluice/contract';

/** Disjoint buckets as OpenAI counts them: cached and audio tokens inside the prompt, reasoning inside the completion. */
export function renderUsage(usage: Usage): Record<string, unknown> {
  const cache_write_tokens = usage.cache_write_tokens + usage.cache_write_1h_tokens;
  const prompt_tokens =
    usage.input_tokens + usage.cache_read_tokens + cache_write_tokens + usage.input_audio_tokens;
  const completion_tokens = usage.output_tokens + usage.reasoning_tokens + usage.output_audio_tokens;
  const prompt_tokens_details: Record<string, number> = {
    cached_tokens: usage.cache_read_tokens,
    audio_tokens: usage.input_audio_tokens,
  };
  if (cache_write_tokens > 0) prompt_tokens_details['cache_write_tokens'] = cache_write_tokens;
  return {
    prompt_tokens,
    completion_tokens,
    total_tokens: prompt_tokens + completion_tokens,
    prompt_tokens_details,
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning_tokens,
      audio_tokens: usage.output_audio_tokens,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
