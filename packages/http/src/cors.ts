const EXPOSED = [
  'x-request-id',
  'request-id',
  'x-llm-gateway',
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
  'x-ratelimit-limit-requests',
  'x-ratelimit-remaining-requests',
  'x-ratelimit-reset-requests',
  'x-ratelimit-limit-tokens',
  'x-ratelimit-remaining-tokens',
  'x-ratelimit-reset-tokens',
  'ratelimit',
  'ratelimit-policy',
  'anthropic-ratelimit-tokens-reset',
  'anthropic-ratelimit-tokens-remaining',
  'anthropic-ratelimit-tokens-limit',
  'anthropic-ratelimit-requests-reset',
  'anthropic-ratelimit-requests-remaining',
  'anthropic-ratelimit-requests-limit',
  'x-budget-remaining-usd',
  'x-budget-held-usd',
  'retry-after',
  'retry-after-ms',
  'server-timing',
  'x-cache',
  'age',
  'idempotent-replayed',
].join(', ');

/** Headers for a page whose origin the key allows. Never with credentials: the key itself is the credential. */
export function corsHeaders(origin: string | null, allowed: readonly string[]): Record<string, string> {
  if (origin === null || !allowed.includes(origin)) return {};
  return { 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED, vary: 'origin' };
}

/** What needs a key that belongs on a server, or a session, is for no page of another origin. */
const isForPages = (path: string): boolean => path.startsWith('/v1/') && path !== '/v1/tokens';

/**
 * A preflight shows no key, so it cannot be refused for one; the request after it is checked against the key's
 * origins, and without a match the browser withholds the answer.
 */
export function preflight(request: Request): Response {
  const origin = request.headers.get('origin');
  if (origin === null || !isForPages(new URL(request.url).pathname))
    return new Response(null, { status: 204 });
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, POST, OPTIONS',
      'access-control-allow-headers':
        request.headers.get('access-control-request-headers') ?? 'authorization, content-type',
      'access-control-max-age': '600',
      vary: 'origin, access-control-request-headers',
    },
  });
}
