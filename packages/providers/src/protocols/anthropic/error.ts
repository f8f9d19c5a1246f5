import type { FailureKind, ProviderFailure } from '@sluice/contract';
import { parseRetryAfter } from '../../retry-after.ts';
import { findString, isObject, type Json } from './wire.ts';

const MESSAGE_CHARS_MAX = 2000;

/** By the error's own type; the status decides only where there is no type, or a foreign one. */
const KIND_BY_TYPE: Record<string, FailureKind> = {
  authentication_error: 'auth',
  permission_error: 'auth',
  billing_error: 'quota',
  not_found_error: 'model_not_found',
  request_too_large: 'invalid_request',
  invalid_request_error: 'invalid_request',
  rate_limit_error: 'rate_limited',
  overloaded_error: 'overloaded',
  api_error: 'overloaded',
  timeout_error: 'overloaded',
};

const TOO_LONG =
  /prompt is too long|exceed(?:s|ed)? (?:the )?(?:model'?s? )?context|context (?:window|limit|length)/i;
/** Money, not pace: waiting does not help. The wording of the API's own messages. */
const NO_CREDIT =
  /credit balance|extra usage is required|(?:usage|spend(?:ing)?) limits?\b|billing|out of (?:extra )?credits?/i;
const REFUSED = /content filtering policy|blocked by .*policy|violat\w+ .*(?:usage policy|terms)/i;

/**
 * An HTTP failure of a Messages API, in JSON or (from the network in front of it) HTML.
 * @see https://platform.claude.com/docs/en/api/errors (read 2026-11-21)
 */
export function parseFailure(
  status: number,
  header: (name: string) => string | null,
  body_text: string,
  now_ms: number,
): ProviderFailure {
  const failure = parseErrorObject(status, readJson(body_text));
  if (failure.message === '') failure.message = describeBody(status, body_text);
  if (failure.kind === 'rate_limited' && header('x-should-retry') === 'false') failure.kind = 'quota';
  failure.retry_after_ms = parseRetryAfter(header, now_ms);
  return failure;
}

/**
 * The error object `{type:'error', error:{type, message, details}}` of a failed answer, of a stream's error event,
 * or of a body that came with status 200.
 * @returns `message` is empty where the object has none
 */
export function parseErrorObject(status: number, body: unknown): ProviderFailure {
  const error: Json = isObject(body) && isObject(body.error) ? body.error : {};
  const type = findString(error.type);
  const details = isObject(error.details) ? error.details : {};
  const error_code = findString(details.error_code);
  const message = (findString(error.message) ?? '').slice(0, MESSAGE_CHARS_MAX);
  return {
    kind: parseKind(status, type, error_code ?? '', message),
    status,
    message,
    code: error_code ?? type,
    param: /^([a-z_]+(?:\.\w+)*): /.exec(message)?.[1] ?? null,
    retry_after_ms: null,
  };
}

function parseKind(status: number, type: string | null, error_code: string, message: string): FailureKind {
  const kind = (type === null ? undefined : KIND_BY_TYPE[type]) ?? kindOfStatus(status);
  if (kind !== 'invalid_request' && kind !== 'rate_limited' && kind !== 'auth') return kind;
  if (NO_CREDIT.test(message) || /credit|billing|spend|usage_limit/.test(error_code)) return 'quota';
  if (kind !== 'invalid_request') return kind;
  if (TOO_LONG.test(message)) return 'context_too_long';
  return REFUSED.test(message) ? 'content_refused' : kind;
}

function kindOfStatus(status: number): FailureKind {
  switch (status) {
    case 401:
    case 403:
      return 'auth';
    case 402:
      return 'quota';
    case 404:
      return 'model_not_found';
    case 408:
    case 409:
      return 'conflict';
    case 429:
      return 'rate_limited';
    default:
      if (status >= 500 || status === 200) return 'overloaded';
      return status >= 300 && status < 400 ? 'network' : 'invalid_request';
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** A page of HTML says nothing to anybody: its title does. */
function describeBody(status: number, body_text: string): string {
  if (status === 413) return 'The request is larger than the provider accepts.';
  const title = /<title>([^<]{1,200})/i.exec(body_text)?.[1]?.trim();
  if (title) return title;
  const text = body_text.trimStart().startsWith('<') ? '' : body_text.trim().slice(0, 300);
  return text === '' ? `The provider answered with status ${status}.` : text;
}
