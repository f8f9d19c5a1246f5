import type { Protocol } from '@sluice/contract';
import { anyLineEnds } from '../any-line-ends.ts';
import { parseFailure } from './error.ts';
import { passThrough } from './pass-through.ts';
import { type ChatQuirks, NO_QUIRKS } from './quirks.ts';
import { renderRequest } from './request.ts';
import { parseAnswer } from './response.ts';
import { createStreamParser } from './stream.ts';

export type { ChatQuirks } from './quirks.ts';

/**
 * OpenAI's chat completions, as OpenAI and everyone who imitates it speaks it.
 * @param quirks where the server differs in what it accepts; what it sends is read tolerantly anyway.
 * @see https://platform.openai.com/docs/api-reference/chat (read 2026-11-21)
 */
export function chatCompletions(quirks: Partial<ChatQuirks> = {}): Protocol {
  const all: ChatQuirks = { ...NO_QUIRKS, ...quirks };
  return {
    id: 'chat-completions',
    operation: 'chat',
    renderRequest: (chat, options) => renderRequest(chat, options, all),
    parseAnswer,
    createStreamParser,
    parseFailure,
    pass_through: anyLineEnds(passThrough),
  };
}
