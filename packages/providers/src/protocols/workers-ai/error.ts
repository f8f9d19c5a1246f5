import type { FailureKind, ProviderFailure } from '@sluice/contract';
import { parseErrorObject, parseFailure as parseOpenai } from '../chat-completions/error.ts';
import { asList, asRecord, asText, type Loose } from '../gemini/lenient.ts';

/**
 * Cloudflare's own numbers, which say more than the status: 3036 is the day's allocation and 3040 a moment's lack of
 * room, both 429. @see https://developers.cloudflare.com/workers-ai/platform/errors/ (read 2026-11-21)
 */
const KINDS: Record<number, FailureKind> = {
  3003: 'invalid_request',
  3006: 'context_too_long',
  3007: 'conflict',
  3008: 'conflict',
  3016: 'auth',
  3023: 'auth',
  3036: 'quota',
  3040: 'rate_limited',
  3041: 'auth',
  3042: 'model_not_found',
  5004: 'invalid_request',
  5005: 'invalid_request',
  5007: 'model_not_found',
  5016: 'auth',
  5018: 'auth',
  5019: 'invalid_request',
  5021: 'context_too_long',
  7000: 'model_not_found',
  7003: 'auth',
  10000: 'auth',
};

export function parseFailure(
  status: number,
  header: (name: string) => string | null,
  body_text: string,
  now_ms: number,
): ProviderFailure {
  const failure = parseOpenai(status, header, body_text, now_ms);
  let body: Loose | null = null;
  try {
    body = asRecord(JSON.parse(body_text));
  } catch {}
  const named = body === null ? null : parseErrorBody(body, status);
  if (named === null) return failure;
  return { ...named, retry_after_ms: named.kind === 'rate_limited' ? failure.retry_after_ms : null };
}

/** A failure in a body, Cloudflare's envelope or OpenAI's error; `null` when it holds none. */
export function parseErrorBody(body: Loose, status: number | null): ProviderFailure | null {
  const first = asRecord(asList(body['errors'])[0]);
  if (body['success'] !== false && first === null) {
    const reported = body['error'] ? parseErrorObject(body, status) : null;
    return reported === null ? null : withNumber(reported, numberIn(reported.message));
  }
  const message = asText(first?.['message']) ?? 'The provider reported an error without a word.';
  const number = typeof first?.['code'] === 'number' ? first['code'] : numberIn(message);
  return withNumber(parseErrorObject({ error: { message, code: String(number ?? '') } }, status), number);
}

/** The binding writes `5007: No such model …`, and the REST API at times `AiError: … (uuid)`. */
function numberIn(message: string): number | null {
  const number = /(?:^|\s)(\d{4,5}): /.exec(message)?.[1];
  return number === undefined ? null : Number(number);
}

function withNumber(failure: ProviderFailure, number: number | null): ProviderFailure {
  const kind = number === null ? undefined : KINDS[number];
  if (kind === undefined) return failure;
  return { ...failure, kind, code: String(number) };
}
