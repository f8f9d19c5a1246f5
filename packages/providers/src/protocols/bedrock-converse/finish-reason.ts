import type { FinishReason } from '@sluice/contract';

/**
 * @param tool_calls whether the answer holds calls for the client to make; a plain stop beside them is
 * `tool_calls`, and a `tool_use` without any (our own JSON tool) is a plain stop.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_MessageStopEvent.html (read 2026-11-21)
 */
export function parseFinishReason(stop_reason: string, tool_calls: boolean): FinishReason {
  switch (stop_reason) {
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'guardrail_intervened':
    case 'content_filtered':
      return 'content_filter';
    case 'malformed_model_output':
    case 'malformed_tool_use':
      return 'error';
    default:
      return tool_calls ? 'tool_calls' : 'stop';
  }
}
