import { type AttemptRecord, FAILURE_KINDS, type FailureKind, type ProviderFailure } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { clientError, judge, noProviderError } from './verdict.ts';

const failure = (kind: FailureKind, more: Partial<ProviderFailure> = {}): ProviderFailure => ({
  kind,
  status: null,
  message: 'raw words of the provider, sk-secret',
  code: null,
  param: null,
  retry_after_ms: null,
  ...more,
});

const attempt = (error: FailureKind | null, more: Partial<AttemptRecord> = {}): AttemptRecord => ({
  connection_id: 'conn_1',
  provider: 'openai',
  model: 'gpt-4o',
  status: 500,
  error,
  message: 'raw words of the provider, sk-secret',
  role: 'first',
  latency_ms: 3,
  ...more,
});

describe('what a failed attempt means', () => {
  it.each([
    ['overloaded', 'failure', null, 1, true, false],
    ['network', 'failure', null, 1, true, false],
    ['timeout', 'failure', null, 0, true, false],
    ['truncated', 'failure', null, 1, true, false],
    ['malformed', 'failure', null, 1, true, false],
    ['rate_limited', 'neutral', null, 0, true, false],
    ['quota', 'neutral', 300_000, 0, true, false],
    ['auth', 'neutral', 60_000, 0, true, false],
    ['conflict', 'neutral', null, 1, true, false],
    ['model_not_found', 'neutral', null, 0, true, true],
    ['context_too_long', 'neutral', null, 0, true, true],
    ['content_refused', 'neutral', null, 0, false, false],
    ['invalid_request', 'neutral', null, 0, false, false],
  ] as const)(
    '%s: breaker %s, cooled for %s ms, %s retry, fallback %s',
    (kind, breaker, cool_ms, retry_same, fallback, other_model_only) => {
      expect(judge(failure(kind))).toMatchObject({
        breaker,
        cool_ms,
        retry_same,
        fallback,
        other_model_only,
      });
    },
  );

  it('every kind has a verdict', () => {
    for (const kind of FAILURE_KINDS) expect(judge(failure(kind)).code).toBeTypeOf('string');
  });

  it('a 429 cools the connection for as long as it says, and is retried there only within two seconds', () => {
    const soon = judge(failure('rate_limited', { status: 429, retry_after_ms: 2_000 }));
    expect(soon).toMatchObject({ breaker: 'neutral', cool_ms: 2_000, retry_same: 1, retry_wait_ms: 2_000 });
    const later = judge(failure('rate_limited', { status: 429, retry_after_ms: 2_001 }));
    expect(later).toMatchObject({ breaker: 'neutral', cool_ms: 2_001, retry_same: 0, fallback: true });
  });

  it('a Retry-After of ten years cools for ten minutes, one of zero or of nonsense not at all', () => {
    expect(judge(failure('rate_limited', { retry_after_ms: 10 * 365 * 86_400_000 })).cool_ms).toBe(600_000);
    expect(judge(failure('rate_limited', { retry_after_ms: 0 })).cool_ms).toBeNull();
    expect(judge(failure('rate_limited', { retry_after_ms: -5 })).cool_ms).toBeNull();
    expect(judge(failure('rate_limited', { retry_after_ms: Number.NaN })).cool_ms).toBeNull();
  });

  it('an overloaded provider that asks for a long pause is not asked again at once', () => {
    expect(judge(failure('overloaded', { status: 503, retry_after_ms: 30_000 }))).toMatchObject({
      retry_same: 0,
      cool_ms: null,
      fallback: true,
    });
  });

  it('a redirect is a failure and is never tried again at the same target', () => {
    expect(judge(failure('network', { status: 302 }))).toMatchObject({
      breaker: 'failure',
      retry_same: 0,
      fallback: true,
    });
  });

  it('after the client saw content nothing is tried again, and the breaker still learns of it', () => {
    for (const kind of ['truncated', 'network', 'timeout', 'overloaded', 'malformed'] as const) {
      expect(judge(failure(kind), true)).toMatchObject({
        breaker: 'failure',
        retry_same: 0,
        fallback: false,
        code: 'provider_stream_broken',
      });
    }
  });
});

describe('what the caller is told', () => {
  it.each([
    ['overloaded', 502, 'provider_error'],
    ['network', 502, 'provider_error'],
    ['malformed', 502, 'provider_error'],
    ['timeout', 504, 'provider_timeout'],
    ['truncated', 502, 'provider_stream_broken'],
    ['rate_limited', 503, 'no_provider_available'],
    ['quota', 502, 'provider_error'],
    ['auth', 502, 'provider_credentials_rejected'],
    ['conflict', 502, 'provider_error'],
    ['model_not_found', 400, 'unknown_model'],
    ['context_too_long', 400, 'context_length_exceeded'],
    ['content_refused', 400, 'content_filter'],
    ['invalid_request', 400, 'invalid_request'],
  ] as const)('%s everywhere is a %s %s', (kind, status, code) => {
    const error = clientError(failure(kind), [attempt(kind), attempt(kind)]);
    expect([error.status, error.code]).toEqual([status, code]);
  });

  it("a provider's own words reach the caller only where the caller must change the request", () => {
    const callers = new Set<FailureKind>([
      'invalid_request',
      'content_refused',
      'context_too_long',
      'model_not_found',
    ]);
    for (const kind of FAILURE_KINDS) {
      const error = clientError(failure(kind, { param: 'messages' }), [attempt(kind)]);
      const shown = error.message + JSON.stringify(error.extra);
      expect(shown.includes('sk-secret'), kind).toBe(callers.has(kind));
      expect(error.param, kind).toBe(callers.has(kind) ? 'messages' : null);
    }
  });

  it('the attempts are listed by provider, model, status and kind, and by nothing else', () => {
    const error = clientError(failure('timeout'), [
      attempt('overloaded', { status: 503 }),
      attempt('timeout', { status: null, provider: 'mistral', model: 'large' }),
    ]);
    expect(error.code).toBe('provider_error');
    expect(error.extra).toEqual({
      attempts: [
        { provider: 'openai', model: 'gpt-4o', status: 503, error: 'overloaded' },
        { provider: 'mistral', model: 'large', status: null, error: 'timeout' },
      ],
    });
  });

  it("an outage before an unknown fallback model stays the providers' fault, so that clients retry", () => {
    const attempts = [attempt('overloaded'), attempt('model_not_found')];
    const error = clientError(failure('model_not_found'), attempts);
    expect(error.code).toBe('provider_error');
    expect(error.message).not.toContain('sk-secret');
  });

  it('a request that is too long everywhere says so although another model was unknown', () => {
    const attempts = [attempt('model_not_found'), attempt('context_too_long')];
    expect(clientError(failure('context_too_long'), attempts).code).toBe('context_length_exceeded');
  });

  it('rate limits everywhere come with a Retry-After, even when no provider named one', () => {
    expect(
      clientError(failure('rate_limited', { retry_after_ms: 7_000 }), [attempt('rate_limited')])
        .retry_after_ms,
    ).toBe(7_000);
    expect(
      clientError(failure('rate_limited', { retry_after_ms: 7_000 }), [attempt('rate_limited')], 400)
        .retry_after_ms,
    ).toBe(400);
    expect(clientError(failure('rate_limited'), [attempt('rate_limited')]).retry_after_ms).toBe(1_000);
    expect(noProviderError(1_234.5)).toMatchObject({
      code: 'no_provider_available',
      status: 503,
      retry_after_ms: 1_235,
    });
  });
});
