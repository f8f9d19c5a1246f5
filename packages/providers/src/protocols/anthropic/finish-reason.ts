import type { FinishReason } from '@sluice/contract';

/**
 * @param tool_calls whether the answer holds calls for the client to make; a plain stop beside them is
 * `tool_calls`, and a `tool_use` without any (our own JSON tool) is a plain stop.
 * @see https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons (read 2026-11-21)
 */
export function parseFinishReason(stop_reason: string, tool_calls: boolean): FinishReason {
  switch (stop_reason) {
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'refusal':
      return 'content_filter';
    default:
      // end_turn, stop_sequence, tool_use, pause_turn, compaction and whatever comes next.
      return tool_calls ? 'tool_calls' : 'stop';
  }
}
