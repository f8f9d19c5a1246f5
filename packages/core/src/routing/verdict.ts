import {
  type AttemptRecord,
  type ErrorCode,
  type FailureKind,
  GatewayError,
  type ProviderFailure,
} from '@sluice/contract';

/** What one failed attempt means for the breaker, its connection, this request, and the caller. */
export interface Verdict {
  breaker: 'failure' | 'neutral';
  /** Keep the whole connection out for this long from now on; `null` = not at all. */
  cool_ms: number | null;
  /** How often the same target may be tried again, if the retry budget allows it. */
  retry_same: 0 | 1;
  /** The least wait before that retry, before jitter. */
  retry_wait_ms: number;
  /** Whether the next target of the plan may be tried. */
  fallback: boolean;
  /** Of the next targets, only those with another model can do better. */
  other_model_only: boolean;
  /** What the caller is told when nothing else is left to try. */
  code: ErrorCode;
}

interface Rule {
  breaker: 'failure' | 'neutral';
  /** `as_told`: as long as the provider asked; a number: that many milliseconds, or longer if it asked for more. */
  cool: 'no' | 'as_told' | number;
  /** `if_told_soon`: only when the provider itself named a wait that a client would sit through. */
  retry_same: 'never' | 'once' | 'if_told_soon';
  fallback: 'yes' | 'other_model' | 'no';
  code: ErrorCode;
}

/** A rejected credential may have been replaced at the provider: ask again about once a minute. */
const AUTH_COOL_MS = 60_000;
const QUOTA_COOL_MS = 300_000;
/** Longer than this, and the caller is better off at another target, or told. */
const RETRY_WAIT_MS_MAX = 2_000;
/** No provider keeps a connection out for longer, whatever it says: a wrong `Retry-After` must not be for ever. */
export const COOL_MS_MAX = 600_000;
const MESSAGE_CHARS_MAX = 1_000;

/** The failover table. Every kind has one row; `judge` reads it. */
export const RULES: Record<FailureKind, Rule> = {
  overloaded: { breaker: 'failure', cool: 'no', retry_same: 'once', fallback: 'yes', code: 'provider_error' },
  network: { breaker: 'failure', cool: 'no', retry_same: 'once', fallback: 'yes', code: 'provider_error' },
  // Whoever kept us waiting once would do so again, and the client waits for both.
  timeout: { breaker: 'failure', cool: 'no', retry_same: 'never', fallback: 'yes', code: 'provider_timeout' },
  truncated: {
    breaker: 'failure',
    cool: 'no',
    retry_same: 'once',
    fallback: 'yes',
    code: 'provider_stream_broken',
  },
  malformed: { breaker: 'failure', cool: 'no', retry_same: 'once', fallback: 'yes', code: 'provider_error' },
  rate_limited: {
    breaker: 'neutral',
    cool: 'as_told',
    retry_same: 'if_told_soon',
    fallback: 'yes',
    code: 'no_provider_available',
  },
  quota: {
    breaker: 'neutral',
    cool: QUOTA_COOL_MS,
    retry_same: 'never',
    fallback: 'yes',
    code: 'provider_error',
  },
  auth: {
    breaker: 'neutral',
    cool: AUTH_COOL_MS,
    retry_same: 'never',
    fallback: 'yes',
    code: 'provider_credentials_rejected',
  },
  conflict: { breaker: 'neutral', cool: 'no', retry_same: 'once', fallback: 'yes', code: 'provider_error' },
  model_not_found: {
    breaker: 'neutral',
    cool: 'no',
    retry_same: 'never',
    fallback: 'other_model',
    code: 'unknown_model',
  },
  context_too_long: {
    breaker: 'neutral',
    cool: 'no',
    retry_same: 'never',
    fallback: 'other_model',
    code: 'context_length_exceeded',
  },
  content_refused: {
    breaker: 'neutral',
    cool: 'no',
    retry_same: 'never',
    fallback: 'no',
    code: 'content_filter',
  },
  invalid_request: {
    breaker: 'neutral',
    cool: 'no',
    retry_same: 'never',
    fallback: 'no',
    code: 'invalid_request',
  },
};

/**
 * What to do about a failed attempt. A client who left is no failure of anybody's: report `neutral`, try nothing.
 *
 * @param content_sent the client has already seen part of this answer: then nothing is tried again, silently.
 */
export function judge(failure: ProviderFailure, content_sent = false): Verdict {
  const rule = RULES[failure.kind];
  const told_ms = toldWaitMs(failure.retry_after_ms);
  const retry = !content_sent && mayRetry(rule, failure);
  return {
    breaker: rule.breaker,
    cool_ms: coolMs(rule.cool, told_ms),
    retry_same: retry ? 1 : 0,
    retry_wait_ms: retry ? (told_ms ?? 0) : 0,
    fallback: !content_sent && rule.fallback !== 'no',
    other_model_only: rule.fallback === 'other_model',
    code: content_sent && rule.breaker === 'failure' ? 'provider_stream_broken' : rule.code,
  };
}

/** Zero, negative and unreadable waits say nothing. */
function toldWaitMs(retry_after_ms: number | null): number | null {
  return retry_after_ms !== null && retry_after_ms > 0 ? Math.min(retry_after_ms, COOL_MS_MAX) : null;
}

function coolMs(cool: Rule['cool'], told_ms: number | null): number | null {
  if (cool === 'no') return null;
  if (cool === 'as_told') return told_ms;
  return Math.max(cool, told_ms ?? 0);
}

function mayRetry(rule: Rule, failure: ProviderFailure): boolean {
  const wait_ms = failure.retry_after_ms;
  switch (rule.retry_same) {
    case 'never':
      return false;
    case 'if_told_soon':
      return wait_ms !== null && wait_ms >= 0 && wait_ms <= RETRY_WAIT_MS_MAX;
    case 'once': {
      // A redirect is an answer, and the same one would come again.
      const redirected = failure.status !== null && failure.status >= 300 && failure.status < 400;
      return !redirected && !(wait_ms !== null && wait_ms > RETRY_WAIT_MS_MAX);
    }
  }
}

/** Failures that the caller can cure, and whose own words help with that. */
const CALLER_KINDS: ReadonlySet<FailureKind> = new Set<FailureKind>([
  'invalid_request',
  'content_refused',
  'context_too_long',
  'model_not_found',
]);

/**
 * What the caller is told when a request has failed for good.
 *
 * @param failure of the last attempt.
 * @param attempts all of them, the last included. Listed in the error body without the providers' own words.
 * @param retry_after_ms when the soonest target is back, where that is known better than the last failure knows it.
 */
export function clientError(
  failure: ProviderFailure,
  attempts: readonly AttemptRecord[],
  retry_after_ms: number | null = toldWaitMs(failure.retry_after_ms),
): GatewayError {
  const code = codeOf(failure, attempts);
  const told = CALLER_KINDS.has(failure.kind) && code === RULES[failure.kind].code;
  return new GatewayError(code, told ? callerMessage(failure) : providerMessage(code, attempts), {
    param: told ? failure.param : null,
    retry_after_ms: code === 'no_provider_available' ? (retry_after_ms ?? 1_000) : retry_after_ms,
    extra: { attempts: attempts.map(listed) },
  });
}

/** Every target is open or cooled, so nothing was called. */
export function noProviderError(retry_after_ms: number): GatewayError {
  return new GatewayError(
    'no_provider_available',
    'Every provider that could serve this request is resting after failures, rate limits or a rejected ' +
      'credential. Try again after the time in Retry-After, or name other models in x-fallback-chain.',
    { retry_after_ms: Math.max(1, Math.ceil(retry_after_ms)), extra: { attempts: [] } },
  );
}

/**
 * One code for a row of attempts: the last one's where the caller must change the request, else the one they share,
 * else the general one. A caller is told to change the request only if no outage was in the way of an answer.
 */
function codeOf(failure: ProviderFailure, attempts: readonly AttemptRecord[]): ErrorCode {
  const code = RULES[failure.kind].code;
  if (failure.kind === 'invalid_request' || failure.kind === 'content_refused') return code;
  let same = true;
  let callers_own = true;
  for (const attempt of attempts) {
    if (attempt.error === null) continue;
    if (RULES[attempt.error].code !== code) same = false;
    if (!CALLER_KINDS.has(attempt.error)) callers_own = false;
  }
  return same || callers_own ? code : 'provider_error';
}

const listed = (attempt: AttemptRecord) => ({
  provider: attempt.provider,
  model: attempt.model,
  status: attempt.status,
  error: attempt.error,
});

function callerMessage(failure: ProviderFailure): string {
  const words = failure.message.trim().slice(0, MESSAGE_CHARS_MAX);
  if (words !== '') return words;
  switch (failure.kind) {
    case 'context_too_long':
      return 'The request is longer than the context window of the model. Shorten it, or use a model with a larger one.';
    case 'model_not_found':
      return 'The provider does not know this model. Check its name and the access of the connection to it.';
    case 'content_refused':
      return 'The provider refused this request under its content policy.';
    default:
      return 'The provider refused this request as invalid, without saying why.';
  }
}

function providerMessage(code: ErrorCode, attempts: readonly AttemptRecord[]): string {
  const tried = attempts.map((one) => `${one.provider}/${one.model}: ${one.error ?? 'answered'}`).join(', ');
  const list = tried === '' ? '' : ` (${tried})`;
  switch (code) {
    case 'provider_timeout':
      return `The provider did not answer in time${list}. Try again, or allow more time with x-timeout.`;
    case 'provider_credentials_rejected':
      return `The provider rejected the credential of the connection${list}. An administrator must replace it.`;
    case 'provider_stream_broken':
      return `The provider broke off in the middle of its answer${list}. Try again.`;
    case 'no_provider_available':
      return `Every provider that could serve this request is at its rate limit${list}. Try again after the time in Retry-After.`;
    default:
      return `Every provider that was tried failed${list}. Try again, or name other models in x-fallback-chain.`;
  }
}
