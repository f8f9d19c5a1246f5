import type { ReasoningDetail } from '@sluice/contract';
import type { Block } from './wire.ts';

/** Marks reasoning that Anthropic signed; only such is ever sent back to it. */
export const REASONING_FORMAT = 'anthropic-claude-v1';

/** Who signed: Claude runs at several platforms, and each refuses the signatures of the others. */
export type SignedFormat = Extract<
  ReasoningDetail['format'],
  'anthropic-claude-v1' | 'bedrock-converse-v1' | 'vertex-claude-v1'
>;

/**
 * The thinking blocks that a client echoes, unmodified and in their order. What another provider made, and text
 * without its signature, is left out: either is a 400. A client that collected a stream may hold the text and the
 * signature of one block as separate details (even the text in pieces); they are joined by their index.
 */
export function renderThinking(
  details: readonly ReasoningDetail[] | null | undefined,
  format: SignedFormat = REASONING_FORMAT,
): Block[] {
  if (!Array.isArray(details)) return [];
  const blocks: Block[] = [];
  let text = '';
  let index: number | null = null;
  for (const detail of details as readonly ReasoningDetail[]) {
    if (detail.format !== format) continue;
    if (detail.type === 'reasoning.encrypted') {
      if (typeof detail.data === 'string' && detail.data !== '') {
        blocks.push({ type: 'redacted_thinking', data: detail.data });
      }
      text = '';
      continue;
    }
    if (detail.type !== 'reasoning.text') continue;
    if ((detail.index ?? null) !== index) text = '';
    index = detail.index ?? null;
    text += detail.text ?? '';
    if (typeof detail.signature === 'string' && detail.signature !== '') {
      blocks.push({ type: 'thinking', thinking: text, signature: detail.signature });
      text = '';
    }
  }
  return blocks;
}
