import type { ChatRequest } from '@sluice/contract';
import { withCache } from './content.ts';
import type { SystemBlock } from './wire.ts';

/**
 * System and developer messages, wherever they stand, in order.
 * @param notes sentences of ours that stand in for a parameter without an equal here; always last.
 * @returns a string, or blocks where the client set a cache breakpoint; `null` when there is nothing.
 */
export function renderSystem(chat: ChatRequest, notes: readonly string[]): string | SystemBlock[] | null {
  const blocks: SystemBlock[] = [];
  for (const message of chat.messages) {
    if (message.role !== 'system' && message.role !== 'developer') continue;
    if (typeof message.content === 'string') {
      if (message.content !== '') blocks.push({ type: 'text', text: message.content });
      continue;
    }
    for (const part of message.content ?? []) {
      if (part.type === 'text' && part.text !== '') {
        blocks.push(withCache<SystemBlock>({ type: 'text', text: part.text }, part.cache_control));
      }
    }
  }
  for (const note of notes) blocks.push({ type: 'text', text: note });
  if (blocks.length === 0) return null;
  if (blocks.some((block) => block.cache_control !== undefined)) return blocks;
  return blocks.map((block) => block.text).join('\n\n');
}
