import type { FinishReason } from '@sluice/contract';

/**
 * Google's words, each once. A reason that Google adds later reads as `error`: taking it for a clean stop would
 * hide a broken answer.
 * @see https://ai.google.dev/api/generate-content#FinishReason (read 2026-11-21)
 */
const REASONS: Record<string, FinishReason> = {
  STOP: 'stop',
  FINISH_REASON_UNSPECIFIED: 'stop',
  MAX_TOKENS: 'length',
  CONTINUATION: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  SPII: 'content_filter',
  MODEL_ARMOR: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
  IMAGE_PROHIBITED_CONTENT: 'content_filter',
  IMAGE_RECITATION: 'content_filter',
  LANGUAGE: 'error',
  OTHER: 'error',
  IMAGE_OTHER: 'error',
  NO_IMAGE: 'error',
  MALFORMED_FUNCTION_CALL: 'error',
  MALFORMED_RESPONSE: 'error',
  UNEXPECTED_TOOL_CALL: 'error',
  TOO_MANY_TOOL_CALLS: 'error',
  MISSING_THOUGHT_SIGNATURE: 'error',
};

/** @param has_calls Google says STOP after function calls too. */
export function parseFinishReason(native: string, has_calls: boolean): FinishReason {
  const reason = Object.hasOwn(REASONS, native) ? (REASONS[native] ?? 'error') : 'error';
  return reason === 'stop' && has_calls ? 'tool_calls' : reason;
}
