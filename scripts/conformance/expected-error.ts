import { ERRORS, type ErrorCode } from '../../packages/contract/src/error.ts';
import { objectOf, parseJson, textOf } from './loose.ts';

export interface ExpectedError {
  status: number;
  code: ErrorCode;
  /** The provider's own words, where the caller can act on them; `null` = they stay inside. */
  message: string | null;
}

/** The caller can cure these, and the provider's words help with that. */
const TOLD: ErrorCode[] = ['invalid_request', 'content_filter', 'context_length_exceeded', 'unknown_model'];

/** What a client is told of a recorded error, from its status and its body alone. */
export function expectError(status: number, body_text: string): ExpectedError {
  const { message, words } = readWords(body_text);
  const code = codeOf(status, words);
  return { status: ERRORS[code].status, code, message: TOLD.includes(code) ? message : null };
}

function codeOf(status: number, words: string): ErrorCode {
  if (status === 401 || status === 403 || status === 498) return 'provider_credentials_rejected';
  if (status === 402) return 'provider_error';
  if (status === 404) return 'unknown_model';
  if (status === 408 || status === 504) return 'provider_timeout';
  if (status === 429) {
    if (/request too large/i.test(words)) return 'context_length_exceeded';
    // No wait heals these: money, a plan without this model, a day's allowance.
    return /insufficient_quota|extra usage is required|PerDay|"quotaValue":"0"|limit: 0\b/i.test(words)
      ? 'provider_error'
      : 'no_provider_available';
  }
  if (status >= 500) return 'provider_error';
  if (/API_KEY_INVALID|incorrect api key/i.test(words)) return 'provider_credentials_rejected';
  if (
    /context_length_exceeded|maximum context length|prompt is too long|TOO_MANY_TOKENS|token count.*exceeds/i.test(
      words,
    )
  )
    return 'context_length_exceeded';
  if (/model_not_found|model identifier is invalid/i.test(words)) return 'unknown_model';
  if (/content_filter|content management policy/i.test(words)) return 'content_filter';
  return 'invalid_request';
}

/** The message of any vendor's error body, and all of its text. */
function readWords(body_text: string): { message: string; words: string } {
  const body = objectOf(parseJson(body_text));
  const error = objectOf(body['error']);
  const message =
    textOf(error['message']) || textOf(body['error']) || textOf(body['message']) || textOf(body['detail']);
  return { message, words: body_text };
}
