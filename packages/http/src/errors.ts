import { ERRORS, GatewayError } from '@sluice/contract';

/** OpenAI's envelope. The message of an error that is not ours stays inside: it may hold anything. */
export function renderErrorBody(error: GatewayError, request_id: string): string {
  return JSON.stringify({
    error: {
      message: error.message,
      type: ERRORS[error.code].type,
      param: error.param,
      code: error.code,
      request_id,
      ...error.extra,
    },
  });
}

/** What a client is told of an error that no stage foresaw. */
export function toGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  return new GatewayError(
    'internal_error',
    'The gateway failed on this request. The request id is in the log of whoever runs it.',
    { cause: error },
  );
}

export function errorHeaders(error: GatewayError, request_id: string): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': 'application/json', 'x-request-id': request_id };
  if (error.retry_after_ms !== null) {
    headers['retry-after'] = String(Math.max(1, Math.ceil(error.retry_after_ms / 1000)));
    headers['retry-after-ms'] = String(Math.max(1, Math.ceil(error.retry_after_ms)));
  }
  return headers;
}

/**
 * The one place where an error becomes a response.
 * @param render the door's own envelope; OpenAI's unless given.
 */
export function errorResponse(
  error: unknown,
  request_id: string,
  extra_headers: Record<string, string> = {},
  render: (error: GatewayError, request_id: string) => string = renderErrorBody,
): Response {
  const known = toGatewayError(error);
  if (known.code === 'internal_error')
    console.error(JSON.stringify({ event: 'internal_error', request_id, error: describe(known.cause) }));
  return new Response(render(known, request_id), {
    status: known.status,
    headers: { ...errorHeaders(known, request_id), ...extra_headers },
  });
}

/** Name, message and stack of our own code; never a value from a request. */
const describe = (cause: unknown): string =>
  cause instanceof Error ? (cause.stack ?? `${cause.name}: ${cause.message}`) : typeof cause;
