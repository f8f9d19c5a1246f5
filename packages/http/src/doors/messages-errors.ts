import { ERRORS, type ErrorCode, type GatewayError } from '@sluice/contract';

/**
 * Anthropic's types by status: its SDKs and agents branch on them.
 * @see https://platform.claude.com/docs/en/api/errors (read 2026-11-21)
 */
const TYPES: Record<number, string> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
};

const typeOf = (code: ErrorCode): string => {
  const { status } = ERRORS[code];
  return TYPES[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
};

/** By these words agents see that they must shorten the conversation, whoever served it. */
const TOO_LONG = 'prompt is too long';

/** Anthropic's envelope; what is only ours stands in `details`. */
export function renderMessagesError(error: GatewayError, request_id: string): string {
  const { code, param, extra } = error;
  const long = code === 'context_length_exceeded' && !error.message.includes(TOO_LONG);
  const message = long ? `${TOO_LONG}: ${error.message}` : error.message;
  return JSON.stringify({
    type: 'error',
    error: { type: typeOf(code), message, details: { error_code: code, param, ...extra } },
    request_id,
  });
}

/** The SDK throws at an event of this name, and skips events without any. */
export const renderMessagesStreamError = (error: GatewayError, request_id: string): string =>
  `event: error\ndata: ${renderMessagesError(error, request_id)}\n\n`;
