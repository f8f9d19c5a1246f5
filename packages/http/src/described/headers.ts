const json = (name: string, description: string) =>
  hint(name, `${description} As JSON; also a member of the body.`);

function hint(name: string, description: string) {
  return { name, in: 'header', required: false, description, schema: { type: 'string' } } as const;
}

/** What a request may say to the gateway itself, whatever its door. */
export const HINT_HEADERS = {
  'x-routing-hints': json(
    'x-routing-hints',
    'What matters for this request: priority, latency, providers, quality.',
  ),
  'x-fallback-chain': hint(
    'x-fallback-chain',
    'Models to try after the first, with commas between; at most 8.',
  ),
  'x-cache': json(
    'x-cache',
    'Whether an earlier answer will do: enabled, similarity_threshold, ttl_seconds, namespace.',
  ),
  'x-metadata': json('x-metadata', 'At most 16 pairs of strings, kept with the trace.'),
  'x-timeout': json('x-timeout', 'Deadlines: first_byte_ms, idle_ms, total_ms.'),
  'x-stream-failover': hint('x-stream-failover', '`stop`, `restart_if_unseen` or `continue`.'),
  'x-budget-wait-ms': hint('x-budget-wait-ms', 'How long to wait for money that other requests only hold.'),
  'x-llm-gateway-body': hint('x-llm-gateway-body', '`off` = no `x-llm-gateway` member in the body.'),
  'x-session-id': hint('x-session-id', 'The session that the request belongs to.'),
  'x-user-id': hint('x-user-id', 'The end user whom the request is made for.'),
  'idempotency-key': hint('idempotency-key', 'The same key and body get the same answer, and are paid once.'),
} as const;

const answer = (description: string) => ({ description, schema: { type: 'string' } }) as const;

/** What the answers of the doors carry, streams included. */
export const ANSWER_HEADERS = {
  'x-request-id': answer('Names the request, and its receipt.'),
  'x-llm-gateway': answer('The compact receipt known by then, as JSON.'),
  'x-ratelimit-limit-requests': answer('Requests a minute.'),
  'x-ratelimit-remaining-requests': answer('Requests that are left.'),
  'x-ratelimit-reset-requests': answer('When all are back, as OpenAI writes it.'),
  'x-ratelimit-limit-tokens': answer('Tokens a minute.'),
  'x-ratelimit-remaining-tokens': answer('Tokens that are left.'),
  'x-ratelimit-reset-tokens': answer('When all are back, as OpenAI writes it.'),
  'x-budget-remaining-usd': answer('Dollars left in the tightest budget.'),
  'x-budget-held-usd': answer('Dollars held by requests in flight.'),
  'server-timing': answer('Milliseconds of the gateway and of the provider.'),
} as const;
