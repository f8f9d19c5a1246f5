import type { ChatRequest } from '@sluice/contract';
import { renderCachePoint } from './content.ts';
import type { ConverseRules } from './models.ts';
import type { SystemBlock } from './wire.ts';

/**
 * System and developer messages, wherever they stand, in order.
 * @param notes sentences of ours that stand in for a parameter without an equal here; always last.
 */
export function renderSystem(
  chat: ChatRequest,
  notes: readonly string[],
  rules: ConverseRules,
  dropped: Set<string>,
): SystemBlock[] {
  const blocks: SystemBlock[] = [];
  for (const message of chat.messages) {
    if (message.role !== 'system' && message.role !== 'developer') continue;
    if (typeof message.content === 'string') {
      if (message.content !== '') blocks.push({ text: message.content });
      continue;
    }
    for (const part of message.content ?? []) {
      if (part.type !== 'text' || !part.text) continue;
      blocks.push({ text: part.text });
      const point = renderCachePoint(part.cache_control, rules.cache, rules, dropped);
      if (point !== null) blocks.push(point);
    }
  }
  for (const note of notes) blocks.push({ text: note });
  return blocks;
}
