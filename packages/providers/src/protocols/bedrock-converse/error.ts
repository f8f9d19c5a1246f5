import type { FailureKind, ProviderFailure } from '@sluice/contract';
import { parseRetryAfter } from '../../retry-after.ts';
import { findString, isObject, type Json } from '../anthropic/wire.ts';

const MESSAGE_CHARS_MAX = 2000;

/**
 * By the exception's name; the status decides only where there is none. Names are compared without the ending and
 * without case: inside streams they are written `throttlingException`.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_Errors
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html (read 2026-11-21)
 */
const KIND_BY_NAME: Record<string, FailureKind> = {
  accessdenied: 'auth',
  expiredtoken: 'auth',
  unrecognizedclient: 'auth',
  invalidsignature: 'auth',
  signaturedoesnotmatch: 'auth',
  incompletesignature: 'auth',
  invalidclienttokenid: 'auth',
  missingauthenticationtoken: 'auth',
  optinrequired: 'auth',
  throttling: 'rate_limited',
  throttled: 'rate_limited',
  toomanyrequests: 'rate_limited',
  servicequotaexceeded: 'quota',
  modelnotready: 'overloaded',
  modeltimeout: 'overloaded',
  modelerror: 'overloaded',
  modelstreamerror: 'overloaded',
  internalserver: 'overloaded',
  internalfailure: 'overloaded',
  serviceunavailable: 'overloaded',
  resourcenotfound: 'model_not_found',
  conflict: 'conflict',
  validation: 'invalid_request',
};

const TOO_LONG =
  /input is too long|prompt is too long|too many input tokens|context (?:window|limit|length)|maximum (?:context|input)|exceeds? .{0,40}(?:tokens|context)/i;
const NO_MODEL =
  /model identifier is invalid|model id|isn.t supported|inference profile|access to the model|end of its life|legacy/i;
const REFUSED = /content filter|blocked by .*(?:guardrail|polic)|violat\w+ .*polic/i;

/**
 * An HTTP failure: the name is in `x-amzn-errortype` (`Name:http://…`), the text in `message` or `Message`.
 */
export function parseFailure(
  status: number,
  header: (name: string) => string | null,
  body_text: string,
  now_ms: number,
): ProviderFailure {
  const body = readJson(body_text);
  const name = header('x-amzn-errortype') ?? findString(body.__type) ?? findString(body.code);
  const failure = failureOf(status, name, findMessage(body));
  if (failure.message === '') failure.message = describeBody(status, body_text);
  failure.retry_after_ms = parseRetryAfter(header, now_ms);
  return failure;
}

/** @param name of the exception, in any of its spellings; `null` = unknown */
export function failureOf(status: number, name: string | null, message: string): ProviderFailure {
  const code = name === null ? null : shorten(name);
  return {
    kind: parseKind(status, code, message),
    status,
    message: message.slice(0, MESSAGE_CHARS_MAX),
    code,
    param: null,
    retry_after_ms: null,
  };
}

export const malformed = (message: string): ProviderFailure => ({
  kind: 'malformed',
  status: 200,
  message,
  code: null,
  param: null,
  retry_after_ms: null,
});

export const findMessage = (body: Json): string =>
  findString(body.message) ?? findString(body.Message) ?? findString(body.originalMessage) ?? '';

/** `com.amazon#ThrottlingException:http://…` → `ThrottlingException` */
function shorten(name: string): string {
  const bare = name.split(':')[0] ?? '';
  return bare.slice(bare.lastIndexOf('#') + 1).slice(0, 100);
}

function parseKind(status: number, name: string | null, message: string): FailureKind {
  const key = (name ?? '').toLowerCase().replace(/(?:exception|error|failure)$/, '');
  const full = (name ?? '').toLowerCase().replace(/exception$/, '');
  const kind = find(full) ?? find(key) ?? kindOfStatus(status);
  if (kind === 'rate_limited') return /per day|daily/i.test(message) ? 'quota' : kind;
  if (kind === 'auth') return /access to the model/i.test(message) ? 'model_not_found' : kind;
  if (kind !== 'invalid_request') return kind;
  if (TOO_LONG.test(message)) return 'context_too_long';
  if (NO_MODEL.test(message)) return 'model_not_found';
  return REFUSED.test(message) ? 'content_refused' : kind;
}

const find = (key: string): FailureKind | undefined =>
  Object.hasOwn(KIND_BY_NAME, key) ? KIND_BY_NAME[key] : undefined;

function kindOfStatus(status: number): FailureKind {
  switch (status) {
    case 401:
    case 403:
      return 'auth';
    case 404:
      return 'model_not_found';
    case 408:
    case 424:
      return 'overloaded';
    case 409:
      return 'conflict';
    case 429:
      return 'rate_limited';
    default:
      if (status >= 500 || status === 200) return 'overloaded';
      return status >= 300 && status < 400 ? 'network' : 'invalid_request';
  }
}

function readJson(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function describeBody(status: number, body_text: string): string {
  const text = body_text.trimStart().startsWith('<') ? '' : body_text.trim().slice(0, 300);
  return text === '' || text.startsWith('{') ? `The provider answered with status ${status}.` : text;
}
