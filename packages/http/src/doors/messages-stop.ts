import type { FinishReason } from '@sluice/contract';

/** Anthropic's own words. @see https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons (read 2026-11-21) */
const NATIVE: ReadonlySet<unknown> = new Set([
  'end_turn',
  'max_tokens',
  'stop_sequence',
  'tool_use',
  'pause_turn',
  'refusal',
  'model_context_window_exceeded',
  'compaction',
]);

/** How an answer ended. */
export interface Stop {
  finish_reason: FinishReason;
  native_finish_reason: string | null;
  tool_calls: boolean;
  refusal: string | null;
}

/**
 * The native word where the provider's was Anthropic's, else its equal. `error` is no word of Anthropic's: any other
 * would make a failure look like an answer.
 */
export function stopReasonOf({ finish_reason, native_finish_reason, tool_calls, refusal }: Stop): string {
  // An emulated JSON answer ends with a call that the client never sees; others stop plainly after calls.
  if (finish_reason === 'tool_calls' || (finish_reason === 'stop' && tool_calls)) return 'tool_use';
  if (native_finish_reason !== 'tool_use' && NATIVE.has(native_finish_reason))
    return native_finish_reason as string;
  if (refusal !== null) return 'refusal';
  switch (finish_reason) {
    case 'stop':
      return 'end_turn';
    case 'length':
      return 'max_tokens';
    case 'content_filter':
      return 'refusal';
    case 'error':
      return 'error';
  }
}

/** The members of a message that say how it ended. The provider does not say which stop sequence matched. */
export function renderStop(stop: Stop): Record<string, unknown> {
  const stop_reason = stopReasonOf(stop);
  const rendered: Record<string, unknown> = { stop_reason, stop_sequence: null };
  if (stop_reason === 'refusal')
    rendered['stop_details'] = { type: 'refusal', category: null, explanation: stop.refusal };
  return rendered;
}
