import { describe, expect, it } from 'vitest';
import { parseFailure } from './error.ts';

function read(status: number, error: Record<string, unknown> | string, headers: Record<string, string> = {}) {
  const body = typeof error === 'string' ? error : JSON.stringify({ type: 'error', error });
  return parseFailure(status, (name) => headers[name] ?? null, body, 0);
}

describe('a failure', () => {
  it.each([
    [400, 'invalid_request_error', 'prompt is too long: 210000 tokens > 200000 maximum', 'context_too_long'],
    [
      400,
      'invalid_request_error',
      'input length and `max_tokens` exceed context limit: 1 + 2 > 2',
      'context_too_long',
    ],
    [400, 'invalid_request_error', 'Your credit balance is too low to access the Anthropic API.', 'quota'],
    [400, 'invalid_request_error', 'You have reached your specified API usage limits.', 'quota'],
    [400, 'invalid_request_error', 'Output blocked by content filtering policy', 'content_refused'],
    [
      400,
      'invalid_request_error',
      'messages.1.content: text content blocks must be non-empty',
      'invalid_request',
    ],
    [401, 'authentication_error', 'invalid x-api-key', 'auth'],
    [402, 'billing_error', 'Payment required', 'quota'],
    [403, 'permission_error', 'No access', 'auth'],
    [404, 'not_found_error', 'model: claude-9', 'model_not_found'],
    [413, 'request_too_large', 'Request exceeds the maximum size', 'invalid_request'],
    [429, 'rate_limit_error', 'Too fast', 'rate_limited'],
    [429, 'rate_limit_error', 'Extra usage is required for long context requests.', 'quota'],
    [500, 'api_error', 'Internal server error', 'overloaded'],
    [504, 'timeout_error', 'Timed out', 'overloaded'],
    [529, 'overloaded_error', 'Overloaded', 'overloaded'],
    [400, 'brand_new_error', 'Hm', 'invalid_request'],
    [408, 'brand_new_error', 'Hm', 'conflict'],
    [301, 'brand_new_error', 'Hm', 'network'],
  ] as const)('%i %s "%s" is %s', (status, type, message, kind) => {
    expect(read(status, { type, message })).toMatchObject({ kind, status, message, code: type });
  });

  it('follows error_code before words, and x-should-retry before hope', () => {
    const error = {
      type: 'rate_limit_error',
      message: 'No.',
      details: { error_code: 'spend_limit_reached' },
    };
    expect(read(429, error)).toMatchObject({ kind: 'quota', code: 'spend_limit_reached' });
    expect(read(429, { type: 'rate_limit_error', message: 'No.' }, { 'x-should-retry': 'false' }).kind).toBe(
      'quota',
    );
  });

  it('carries how long to wait and which field is meant', () => {
    expect(
      read(429, { type: 'rate_limit_error', message: 'No.' }, { 'retry-after': '7' }).retry_after_ms,
    ).toBe(7000);
    expect(read(400, { type: 'invalid_request_error', message: 'messages.0.content: empty' }).param).toBe(
      'messages.0.content',
    );
  });

  it('in HTML gives no HTML away', () => {
    const page = '<html><head><title>413 Request Entity Too Large</title></head><body>…</body></html>';
    expect(read(413, page)).toMatchObject({
      kind: 'invalid_request',
      message: 'The request is larger than the provider accepts.',
    });
    expect(read(502, page.replace('413 Request Entity Too Large', 'Bad gateway'))).toMatchObject({
      kind: 'overloaded',
      message: 'Bad gateway',
    });
    expect(read(520, '').message).toBe('The provider answered with status 520.');
  });
});
