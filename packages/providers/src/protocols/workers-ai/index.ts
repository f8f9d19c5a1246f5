import type { Protocol } from '@sluice/contract';
import { parseFailure } from './error.ts';
import { renderRequest } from './request.ts';
import { parseAnswer } from './response.ts';
import { createStreamParser } from './stream.ts';

/**
 * Workers AI, over HTTP or through the binding: OpenAI's request with what its models refuse taken out, and answers
 * in either of two shapes, OpenAI's `choices` or the older `response`.
 * @see https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility/ (read 2026-11-21)
 */
export const workersAiChat: Protocol = {
  id: 'workers-ai',
  operation: 'chat',
  renderRequest,
  parseAnswer,
  createStreamParser,
  parseFailure,
};
