import { type Answer, type ChatRequest, noUsage, type Protocol, type ScannedAnswer } from '@sluice/contract';
import { parseErrorObject, parseFailure } from '../anthropic/error.ts';
import { renderRequest } from '../anthropic/request.ts';
import { malformed } from '../anthropic/response.ts';
import { renderSameFormat } from '../anthropic/same-format.ts';
import { isObject } from '../anthropic/wire.ts';
import { countAnswer } from './count-answer.ts';

/**
 * Anthropic's own count of what a Messages body has. Free of charge.
 * @see https://platform.claude.com/docs/en/build-with-claude/token-counting (read 2026-11-21)
 */
export const anthropicCountTokens: Protocol = {
  id: 'anthropic-count-tokens',
  operation: 'count_tokens',
  renderRequest(chat: ChatRequest, options) {
    if (options.source.protocol === 'anthropic-count-tokens')
      return renderSameFormat(chat, options, '/v1/messages/count_tokens');
    const rendered = renderRequest({ ...chat, stream: false }, { ...options, stream: false });
    const { max_tokens: _max_tokens, ...body } = JSON.parse(rendered.body) as Record<string, unknown>;
    return { ...rendered, path: '/v1/messages/count_tokens', body: JSON.stringify(body) };
  },
  parseAnswer: (body) => {
    if (isObject(body) && (body.type === 'error' || isObject(body.error)))
      return { failure: parseErrorObject(200, body) };
    const count = isObject(body) ? body.input_tokens : null;
    return typeof count === 'number'
      ? { answer: countAnswer(count) }
      : { failure: malformed('the answer has no input_tokens') };
  },
  createStreamParser: neverStreams,
  parseFailure,
  pass_through: {
    scanAnswer,
    scanHead: neverStreams,
    scanStream: neverStreams,
    createFilter: neverStreams,
  },
};

function scanAnswer(body_text: string): ScannedAnswer {
  const seen: ScannedAnswer = {
    usage: noUsage(),
    finish_reason: null,
    native_finish_reason: null,
    model: null,
    complete: true,
    failure: null,
    output_chars: 0,
  };
  let parsed: { answer: Answer } | { failure: ScannedAnswer['failure'] };
  try {
    parsed = anthropicCountTokens.parseAnswer(JSON.parse(body_text));
  } catch {
    parsed = { failure: malformed('the body is not JSON') };
  }
  return 'failure' in parsed ? { ...seen, failure: parsed.failure } : seen;
}

function neverStreams(): never {
  throw new Error('A count of tokens has no stream.');
}
