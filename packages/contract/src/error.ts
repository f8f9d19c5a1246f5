/**
 * Everything a client can be told, with its status and OpenAI's `type`. `docs/errors.md` is generated from this table.
 */
export const ERRORS = {
  invalid_request: { status: 400, type: 'invalid_request_error' },
  invalid_json: { status: 400, type: 'invalid_request_error' },
  unknown_model: { status: 400, type: 'invalid_request_error' },
  invalid_hints: { status: 400, type: 'invalid_request_error' },
  context_length_exceeded: { status: 400, type: 'invalid_request_error' },
  content_filter: { status: 400, type: 'invalid_request_error' },
  invalid_api_key: { status: 401, type: 'invalid_request_error' },
  budget_exceeded: { status: 402, type: 'insufficient_quota' },
  per_request_limit_exceeded: { status: 402, type: 'insufficient_quota' },
  model_not_allowed: { status: 403, type: 'permission_error' },
  ip_not_allowed: { status: 403, type: 'permission_error' },
  origin_not_allowed: { status: 403, type: 'permission_error' },
  key_disabled: { status: 403, type: 'permission_error' },
  region_not_allowed: { status: 403, type: 'permission_error' },
  forbidden: { status: 403, type: 'permission_error' },
  model_unpriced: { status: 403, type: 'permission_error' },
  not_found: { status: 404, type: 'invalid_request_error' },
  method_not_allowed: { status: 405, type: 'invalid_request_error' },
  idempotency_conflict: { status: 409, type: 'invalid_request_error' },
  conflict: { status: 409, type: 'invalid_request_error' },
  request_too_large: { status: 413, type: 'invalid_request_error' },
  guard_blocked: { status: 422, type: 'invalid_request_error' },
  rate_limit_exceeded: { status: 429, type: 'rate_limit_error' },
  concurrency_limit_exceeded: { status: 429, type: 'rate_limit_error' },
  budget_held: { status: 429, type: 'rate_limit_error' },
  internal_error: { status: 500, type: 'server_error' },
  provider_error: { status: 502, type: 'server_error' },
  provider_credentials_rejected: { status: 502, type: 'server_error' },
  provider_stream_broken: { status: 502, type: 'server_error' },
  no_provider_available: { status: 503, type: 'server_error' },
  limits_unavailable: { status: 503, type: 'server_error' },
  encryption_unavailable: { status: 503, type: 'server_error' },
  provider_timeout: { status: 504, type: 'server_error' },
} as const satisfies Record<string, { status: number; type: string }>;

export type ErrorCode = keyof typeof ERRORS;

export interface ErrorDetails {
  param?: string | null;
  /** Becomes `Retry-After` (rounded up to whole seconds) and `retry-after-ms`. */
  retry_after_ms?: number | null;
  /** Extra members of the error body: numbers and names that explain it, never a secret or a provider's raw text. */
  extra?: Record<string, unknown>;
  cause?: unknown;
}

/** Thrown by stages and ports; turned into a response only in `http/errors.ts`. The message says what to do next. */
export class GatewayError extends Error {
  readonly code: ErrorCode;
  readonly param: string | null;
  readonly retry_after_ms: number | null;
  readonly extra: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'GatewayError';
    this.code = code;
    this.param = details.param ?? null;
    this.retry_after_ms = details.retry_after_ms ?? null;
    this.extra = details.extra ?? {};
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}
