import type { Protocol } from '@sluice/contract';
import { anyLineEnds } from '../any-line-ends.ts';
import { parseFailure } from './error.ts';
import { passThrough } from './pass-through.ts';
import { renderRequest } from './request.ts';
import { parseAnswer } from './response.ts';
import { renderSameFormat } from './same-format.ts';
import { createStreamParser } from './stream.ts';

/** Anthropic's Messages API, as Anthropic itself and servers compatible with it speak it. */
export const anthropicMessages: Protocol = {
  id: 'anthropic',
  operation: 'chat',
  renderRequest: (chat, options) =>
    options.source.protocol === 'anthropic'
      ? renderSameFormat(chat, options, '/v1/messages')
      : renderRequest(chat, options),
  // Bare references would take a caller's second argument for the platform that signs.
  parseAnswer: (body) => parseAnswer(body),
  createStreamParser: () => createStreamParser(),
  parseFailure,
  pass_through: anyLineEnds(passThrough),
};
