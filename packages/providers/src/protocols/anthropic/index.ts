import type { Protocol } from '@sluice/contract';
import { parseFailure } from './error.ts';
import { renderRequest } from './request.ts';
import { parseAnswer } from './response.ts';
import { createStreamParser } from './stream.ts';

/** Anthropic's Messages API, as Anthropic itself and servers compatible with it speak it. */
export const anthropicMessages: Protocol = {
  id: 'anthropic',
  operation: 'chat',
  renderRequest,
  parseAnswer,
  createStreamParser,
  parseFailure,
};
