import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseFailure } from './error.ts';

const ROOT = join(import.meta.dirname, '../../../../../../shared/fixtures/open');
const NONE = () => null;

const parse = (status: number, error: unknown) => parseFailure(status, NONE, JSON.stringify({ error }), 0);

describe('a failure of Google', () => {
  it.each([
    [400, { status: 'INVALID_ARGUMENT', message: 'API key not valid. Please pass a valid API key.' }, 'auth'],
    [400, { status: 'INVALID_ARGUMENT', message: 'x', details: [{ reason: 'API_KEY_INVALID' }] }, 'auth'],
    [401, { status: 'UNAUTHENTICATED', message: 'x' }, 'auth'],
    [403, { status: 'PERMISSION_DENIED', message: 'x', details: [{ reason: 'SERVICE_DISABLED' }] }, 'auth'],
    [
      400,
      { status: 'FAILED_PRECONDITION', message: 'User location is not supported for the API use.' },
      'auth',
    ],
    [400, { status: 'FAILED_PRECONDITION', message: 'Please enable billing on your project.' }, 'quota'],
    [
      404,
      { status: 'NOT_FOUND', message: 'models/x is not found for API version v1beta' },
      'model_not_found',
    ],
    [
      400,
      {
        status: 'INVALID_ARGUMENT',
        message: 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
      },
      'context_too_long',
    ],
    [
      400,
      { status: 'INVALID_ARGUMENT', message: 'Please use a valid role: user, model.' },
      'invalid_request',
    ],
    [
      503,
      { status: 'UNAVAILABLE', message: 'The model is overloaded. Please try again later.' },
      'overloaded',
    ],
    [500, { status: 'INTERNAL', message: 'x' }, 'overloaded'],
    [504, { status: 'DEADLINE_EXCEEDED', message: 'x' }, 'overloaded'],
    [
      429,
      { status: 'RESOURCE_EXHAUSTED', message: 'Resource has been exhausted (e.g. check quota).' },
      'rate_limited',
    ],
    [
      429,
      {
        status: 'RESOURCE_EXHAUSTED',
        message: 'You exceeded your current quota, please check your plan and billing details.',
        details: [
          {
            violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier', quotaValue: '50' }],
          },
        ],
      },
      'quota',
    ],
    [429, { status: 'RESOURCE_EXHAUSTED', message: 'Quota exceeded for metric: x, limit: 0' }, 'quota'],
    [429, { status: 'RESOURCE_EXHAUSTED', message: 'Your prepayment credits are depleted.' }, 'quota'],
  ])('%s %j is of kind %3$s', (status, error, kind) => {
    expect(parse(status, error)).toMatchObject({ kind, status });
  });

  it('names the longer of the delay in its details and in its prose', () => {
    const error = {
      status: 'RESOURCE_EXHAUSTED',
      message: 'Quota exceeded.\nPlease retry in 48.939935699s.',
      details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.4s' }],
    };
    expect(parse(429, error).retry_after_ms).toBe(48_940);
    expect(parse(429, { ...error, message: 'no hint' }).retry_after_ms).toBe(34_400);
    const header = (name: string) => (name === 'retry-after' ? '60' : null);
    expect(parseFailure(429, header, JSON.stringify({ error }), 0).retry_after_ms).toBe(60_000);
  });

  it('names the field that was wrong and its own code', () => {
    const error = {
      status: 'INVALID_ARGUMENT',
      message: 'Invalid value',
      details: [{ fieldViolations: [{ field: 'generation_config.top_k' }] }],
    };
    expect(parse(400, error)).toMatchObject({ param: 'generation_config.top_k', code: 'INVALID_ARGUMENT' });
  });

  it('is read from a list, from text and from nothing', () => {
    const list = JSON.stringify([{ error: { code: 503, status: 'UNAVAILABLE', message: 'm' } }]);
    expect(parseFailure(503, NONE, list, 0)).toMatchObject({ kind: 'overloaded', message: 'm' });
    expect(parseFailure(502, NONE, '<html>bad</html>', 0)).toMatchObject({
      kind: 'overloaded',
      message: '<html>bad</html>',
    });
    expect(parseFailure(403, NONE, '', 0)).toMatchObject({ kind: 'auth', message: '', code: null });
    expect(parseFailure(302, NONE, '', 0).kind).toBe('network');
    for (const body of [
      'null',
      '[]',
      '{"error":5}',
      '{"error":{"details":{}}}',
      '{"error":{"details":[null]}}',
    ]) {
      expect(parseFailure(400, NONE, body, 0).kind).toBe('invalid_request');
    }
  });

  it.skipIf(!existsSync(ROOT)).each([
    ['gemini/002-testgoogle-test-count-tokens-error', 'model_not_found', null],
    [
      'gemini/049-real-error-scenarios-gemini-gemini-2-5-flash-handles-context-length-ex',
      'rate_limited',
      48_940,
    ],
    ['gemini/071-quoted-overloaded-503', 'overloaded', null],
    [
      'vertex/033-multimodal-tool-return-matrix-tool-return-content-url-image-google-ver-3',
      'invalid_request',
      null,
    ],
  ])('recorded as %s is of kind %s', (name, kind, retry_after_ms) => {
    const { response } = JSON.parse(readFileSync(join(ROOT, `${name}.json`), 'utf8'));
    const failure = parseFailure(response.status, NONE, JSON.stringify(response.body), 0);
    expect(failure).toMatchObject({ kind, retry_after_ms, status: response.status });
  });
});
