import type { ChatRequest, Protocol } from '@sluice/contract';
import { parseFailure, readFailure } from '../gemini/error.ts';
import { asRecord } from '../gemini/lenient.ts';
import { renderRequest } from '../gemini/request.ts';
import { countAnswer } from './count-answer.ts';

/**
 * Google's count of what a `generateContent` body has. Free of charge.
 * @see https://ai.google.dev/api/tokens (read 2026-11-21)
 */
export const geminiCountTokens: Protocol = {
  id: 'gemini-count-tokens',
  operation: 'count_tokens',
  renderRequest(chat: ChatRequest, options) {
    const rendered = renderRequest(chat, { ...options, stream: false });
    const path = rendered.path.replace(/:generateContent$/, ':countTokens');
    // Instructions and tools count only inside a whole request, which must name its model again.
    const model = JSON.stringify(`models/${options.model}`);
    return {
      ...rendered,
      path,
      body: `{"generateContentRequest":{"model":${model},${rendered.body.slice(1)}}`,
    };
  },
  parseAnswer(body) {
    const record = asRecord(body);
    if (record?.['error'] !== undefined && record['error'] !== null)
      return { failure: readFailure(200, record) };
    const count = record?.['totalTokens'];
    if (typeof count === 'number') return { answer: countAnswer(count) };
    const message = 'the answer has no totalTokens';
    return {
      failure: { kind: 'malformed', status: 200, message, code: null, param: null, retry_after_ms: null },
    };
  },
  createStreamParser() {
    throw new Error('A count of tokens has no stream.');
  },
  parseFailure,
};
