import type { ProviderFailure } from '@sluice/contract';
import { parseErrorObject, parseFailure as parseOpenaiLike } from '../chat-completions/error.ts';

/** Trial keys are counted by the month and by the minute; only the latter heals soon (documented, read 2026-11-21). */
const MONTHLY = /\/\s*month|per month|monthly/i;

/** What a non-2xx answer means: `{id, message}`, now and then with an `error_type`. */
export function parseFailure(
  status: number,
  header: (name: string) => string | null,
  body_text: string,
  now_ms: number,
): ProviderFailure {
  return refine(parseOpenaiLike(status, header, body_text, now_ms));
}

/** The same in a body that came with status 200, or in a stream. */
export const parseErrorBody = (body: Record<string, unknown>, status: number | null): ProviderFailure =>
  refine(parseErrorObject(body, status));

function refine(failure: ProviderFailure): ProviderFailure {
  const { status, message } = failure;
  if (status === 429 && MONTHLY.test(message)) return { ...failure, kind: 'quota', retry_after_ms: null };
  // 499: the request was cancelled on the way; 501: no such thing at this model.
  if (status === 499) return { ...failure, kind: 'conflict' };
  if (status === 501) return { ...failure, kind: 'invalid_request' };
  return failure;
}
