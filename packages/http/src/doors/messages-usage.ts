import type { Usage } from '@sluice/contract';

/** Disjoint buckets as Anthropic counts them: caches beside the input, thinking inside the output. */
export function renderMessagesUsage(usage: Usage): Record<string, unknown> {
  const body: Record<string, unknown> = {
    input_tokens: usage.input_tokens + usage.input_audio_tokens + (usage.input_image_tokens ?? 0),
    cache_creation_input_tokens: usage.cache_write_tokens + usage.cache_write_1h_tokens,
    cache_read_input_tokens: usage.cache_read_tokens,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cache_write_tokens,
      ephemeral_1h_input_tokens: usage.cache_write_1h_tokens,
    },
    output_tokens: usage.output_tokens + usage.reasoning_tokens + usage.output_audio_tokens,
  };
  if (usage.reasoning_tokens > 0) body['output_tokens_details'] = { thinking_tokens: usage.reasoning_tokens };
  return body;
}
