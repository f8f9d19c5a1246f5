import type { Protocol } from '@sluice/contract';
import { anyLineEnds } from '../any-line-ends.ts';
import { parseFailure } from './error.ts';
import { passThrough } from './pass-through.ts';
import { renderRequest } from './request.ts';
import { parseAnswer } from './response.ts';
import { createStreamParser } from './stream.ts';

/**
 * OpenAI's Responses, as OpenAI, Azure, xAI and Bedrock's OpenAI surface speak it.
 * @see https://platform.openai.com/docs/api-reference/responses (read 2026-11-21)
 */
export const responses: Protocol = {
  id: 'responses',
  operation: 'chat',
  renderRequest,
  parseAnswer,
  createStreamParser,
  parseFailure,
  pass_through: anyLineEnds(passThrough),
};
