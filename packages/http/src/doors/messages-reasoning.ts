import { isAnthropicReasoning, type ReasoningDetail, wrapReasoning } from '@sluice/contract';

/** A block of reasoning, whole. */
export type ReasoningBlock =
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'redacted_thinking'; data: string };

/**
 * Anthropic's reasoning as it is; anybody else's with a signature of ours, by which it is known when the client
 * sends it back, and which never reaches Anthropic.
 */
export function renderReasoning(detail: ReasoningDetail): ReasoningBlock {
  const own = isAnthropicReasoning(detail);
  if (detail.type === 'reasoning.encrypted')
    return { type: 'redacted_thinking', data: own ? (detail.data ?? '') : wrapReasoning(detail) };
  return {
    type: 'thinking',
    thinking: detail.text ?? detail.summary ?? '',
    signature: own ? (detail.signature ?? '') : wrapReasoning(detail),
  };
}

/**
 * Whether a detail may wait until the text before it is complete: Google signs a text after it, and a block between
 * two pieces of one text would tear it apart.
 */
export const mayWait = (detail: ReasoningDetail): boolean =>
  detail.type === 'reasoning.encrypted' && detail.format === 'google-gemini-v1' && !detail.id;
