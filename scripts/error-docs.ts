/** Writes docs/errors.md from the error table. A unit test fails when the page is not fresh. */
import { writeFileSync } from 'node:fs';
import { ERRORS, type ErrorCode } from '../packages/contract/src/error.ts';

const WHEN: Record<ErrorCode, string> = {
  invalid_request:
    'A field is missing or cannot be what it is; `param` names it. Or the provider refused the request as such.',
  invalid_json: 'The body is not JSON.',
  unknown_model: 'No connected provider serves this model.',
  invalid_hints: 'An `x-…` hint of the gateway cannot be read; `param` names it.',
  context_length_exceeded: 'The messages do not fit the context window of the model.',
  content_filter: 'The provider refused the content by its own policy.',
  invalid_api_key: 'The key is missing, malformed, unknown, expired or revoked: one answer for all of these.',
  budget_exceeded:
    'A hard budget is spent. The body names scope, subject, window, limit, spent, held and when it resets. SDKs do not retry it.',
  per_request_limit_exceeded:
    'Even a short answer could cost more than one request may, of the key or of a scope that it shares; `scope` says which.',
  model_not_allowed: 'The allowlist of the key excludes this model or provider.',
  ip_not_allowed: 'The key may not be used from this address.',
  origin_not_allowed: 'The key may not be used from pages of this origin.',
  key_disabled: 'The key was disabled; it can be enabled again.',
  region_not_allowed: 'Data residency excludes every target.',
  forbidden: 'The role may not do this.',
  model_unpriced:
    'A hard budget holds for the key and the price of the model is unknown, so it cannot be held to it.',
  not_found: 'There is nothing there, or it belongs to another organization.',
  method_not_allowed: 'The path exists, but not with this method.',
  idempotency_conflict: 'The same `Idempotency-Key` came with another body.',
  conflict: 'Somebody else changed it meanwhile: read it again, then send the change with the new `etag`.',
  request_too_large: 'The body is over the limit.',
  guard_blocked: 'A guard of the organization refused the content.',
  rate_limit_exceeded:
    'Requests or tokens a minute, or requests a day; `limit` and `scope` say which. `Retry-After` says when.',
  concurrency_limit_exceeded: 'Too many requests of this key, or of a scope that it shares, are in flight.',
  budget_held:
    'The rest of a budget is held by requests in flight; it may be free again in a moment. SDKs retry it; `x-budget-wait-ms` waits.',
  internal_error: 'The gateway failed. The request id is in its log.',
  provider_error: 'Every target failed; `attempts` lists them.',
  provider_credentials_rejected: 'The provider rejected the credential of the connection.',
  provider_stream_broken:
    'The provider broke off in the middle of a stream. Comes as the last event of the stream.',
  no_provider_available:
    'Every target is open, cooled or out of quota; `Retry-After` says when the first may be back.',
  limits_unavailable: 'The limits of the key cannot be checked, and a budget holds for it: nothing was sent.',
  encryption_unavailable:
    'Administration and `POST /v1/tokens` only: the gateway has no key to encrypt credentials or sign tokens with; set `SLUICE_ENCRYPTION_KEYS`.',
  provider_timeout: 'No target answered within its deadlines.',
};

export function renderErrorDocs(): string {
  const rows = (Object.keys(ERRORS) as ErrorCode[])
    .map((code) => ({ code, ...ERRORS[code] }))
    .sort((a, b) => a.status - b.status || a.code.localeCompare(b.code))
    .map(({ code, status, type }) => `| ${status} | \`${code}\` | \`${type}\` | ${WHEN[code]} |`);
  return `# Errors

Generated from \`packages/contract/src/error.ts\` by \`node scripts/run.mjs scripts/error-docs.ts\`.

The body is OpenAI's envelope: \`{"error": {"message", "type", "param", "code", "request_id"}}\`, with the numbers that explain
the error beside them. Inside a stream it is a \`data: {"error": …}\` event; the stream then ends without \`[DONE]\`.
A message never holds a secret, a stack or, except for requests that the provider itself found invalid, a provider's words.

| status | code | type | when |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
}

if (process.argv[1]?.endsWith('error-docs.ts')) {
  writeFileSync('docs/errors.md', renderErrorDocs());
  console.log('wrote docs/errors.md');
}
