import { type AnswerHead, DOOR_NOTES, type Usage } from '@sluice/contract';

export type ResponseStatus = 'in_progress' | 'completed' | 'incomplete' | 'failed';

/** What of a response changes while it is made. */
export interface ResponseState {
  status: ResponseStatus;
  output: readonly unknown[];
  usage: Usage | null;
  incomplete_reason?: string;
  error?: { code: string; message: string };
  service_tier?: string | null;
}

/** A response object with all the members that OpenAI's clients expect; what was asked is repeated as it was said. */
export function renderResponse(head: AnswerHead, state: ResponseState): Record<string, unknown> {
  const echo = head.asked?.[DOOR_NOTES]?.echo ?? {};
  const { usage } = state;
  return {
    id: head.id,
    object: 'response',
    created_at: head.created,
    status: state.status,
    background: false,
    error: state.error ?? null,
    incomplete_details: state.incomplete_reason === undefined ? null : { reason: state.incomplete_reason },
    instructions: echo['instructions'] ?? null,
    max_output_tokens: echo['max_output_tokens'] ?? null,
    max_tool_calls: echo['max_tool_calls'] ?? null,
    model: head.model,
    output: state.output,
    parallel_tool_calls: echo['parallel_tool_calls'] ?? true,
    previous_response_id: null,
    prompt_cache_key: echo['prompt_cache_key'] ?? null,
    reasoning: echo['reasoning'] ?? { effort: null, summary: null },
    safety_identifier: echo['safety_identifier'] ?? null,
    service_tier: state.service_tier ?? 'default',
    // Nothing is kept: a conversation goes on with its whole input.
    store: false,
    temperature: echo['temperature'] ?? null,
    text: echo['text'] ?? { format: { type: 'text' } },
    tool_choice: echo['tool_choice'] ?? 'auto',
    tools: echo['tools'] ?? [],
    top_logprobs: echo['top_logprobs'] ?? 0,
    top_p: echo['top_p'] ?? null,
    truncation: echo['truncation'] ?? 'disabled',
    usage: usage === null ? null : renderResponsesUsage(usage),
    user: echo['user'] ?? null,
    metadata: echo['metadata'] ?? {},
  };
}

/** Disjoint buckets as Responses count them: cached tokens inside the input, reasoning inside the output. */
export function renderResponsesUsage(usage: Usage): Record<string, unknown> {
  const cache_write_tokens = usage.cache_write_tokens + usage.cache_write_1h_tokens;
  const input_tokens =
    usage.input_tokens + usage.cache_read_tokens + cache_write_tokens + usage.input_audio_tokens;
  const output_tokens = usage.output_tokens + usage.reasoning_tokens + usage.output_audio_tokens;
  const input_tokens_details: Record<string, number> = { cached_tokens: usage.cache_read_tokens };
  if (cache_write_tokens > 0) input_tokens_details['cache_write_tokens'] = cache_write_tokens;
  return {
    input_tokens,
    input_tokens_details,
    output_tokens,
    output_tokens_details: { reasoning_tokens: usage.reasoning_tokens },
    total_tokens: input_tokens + output_tokens,
  };
}
