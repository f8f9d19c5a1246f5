import type { Protocol } from '@sluice/contract';
import { parseFailure } from './error.ts';
import { renderRequest } from './request.ts';
import { parseAnswer } from './response.ts';
import { createStreamParser } from './stream.ts';

/**
 * Cohere's chat, version 2.
 * @see https://docs.cohere.com/v2/reference/chat (read 2026-11-21)
 */
export const cohereChat: Protocol = {
  id: 'cohere',
  operation: 'chat',
  renderRequest,
  parseAnswer,
  createStreamParser,
  parseFailure,
};
