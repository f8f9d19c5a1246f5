import {
  type ChatRequest,
  type ClockPort,
  type Connection,
  type ConnectionTest,
  type FetchPort,
  GatewayError,
  type Provider,
  type ProviderFailure,
} from '@sluice/contract';
import { connectionProblem, staysInPlace } from '../upstream-address.ts';
import { renderCall } from './attempt.ts';
import { boundedText } from './bounded-text.ts';
import { failureOf } from './failures.ts';
import { guardedFetch, requireOwnAddress } from './guarded-fetch.ts';
import { protocolFor } from './protocol-for.ts';
import { withoutCredential } from './without-credential.ts';

/** Some providers refuse fewer, and a reasoning model may spend a few on nothing that is seen. */
const OUTPUT_TOKENS = 16;
const ANSWER_BYTES_MAX = 1 << 20;
const MESSAGE_CHARS_MAX = 300;
const TIMEOUT_MS = 20_000;

const DOOR = { protocol: 'chat-completions', operation: 'chat' } as const;
const UNKNOWN_ABILITIES = {
  context_tokens: null,
  output_tokens_max: null,
  tools: null,
  vision: null,
  json_schema: null,
  reasoning: null,
};

/**
 * A greeting of a few tokens, rendered, signed and sent as a caller's request would be, so that what passes here
 * passes there: address, credential, region, and a model that answers. It costs what such a greeting costs.
 * @param model `null` = the connection's first, else the provider's default.
 * @returns never throws; the report holds nothing of the credential, even where the provider repeats it.
 */
export async function testConnection(
  provider: Provider,
  connection: Connection,
  model: string | null,
  ports: { fetch: FetchPort; clock: ClockPort },
  timeout_ms = TIMEOUT_MS,
): Promise<ConnectionTest> {
  const asked = model ?? connection.models?.[0] ?? provider.default_model ?? null;
  const started_at_ms = ports.clock.now_ms();
  const { status, failure } = await greet(provider, connection, asked, ports, timeout_ms);
  return {
    ok: failure === null,
    status,
    latency_ms: ports.clock.now_ms() - started_at_ms,
    model: asked,
    error: failure && { kind: failure.kind, message: wordsOf(failure, provider, connection) },
  };
}

type Greeted = { status: number | null; failure: ProviderFailure | null };

const refused = (failure: ProviderFailure): Greeted => ({ status: failure.status, failure });

async function greet(
  provider: Provider,
  connection: Connection,
  model: string | null,
  ports: { fetch: FetchPort; clock: ClockPort },
  timeout_ms: number,
): Promise<Greeted> {
  const problem = connectionProblem(connection);
  if (problem !== null) return refused(failureOf('network', `The base URL may not be called: ${problem}.`));
  if (model === null)
    return refused(failureOf('model_not_found', 'No model is known to ask here. Name one in test_model.'));
  const protocol = protocolFor(provider, DOOR, model);
  if (protocol === null)
    return refused(failureOf('invalid_request', 'This provider has no chat to test with.'));
  const request: ChatRequest = {
    model,
    messages: [{ role: 'user', content: 'Say hello.' }],
    max_tokens: OUTPUT_TOKENS,
  };
  const signal = AbortSignal.timeout(timeout_ms);
  let status: number | null = null;
  try {
    const rendered = protocol.renderRequest(request, {
      model,
      stream: false,
      output_tokens_max: OUTPUT_TOKENS,
      abilities: UNKNOWN_ABILITIES,
      source: { protocol: DOOR.protocol, body_text: JSON.stringify(request), headers: {} },
    });
    if (!staysInPlace(rendered.path))
      return refused(failureOf('model_not_found', 'This cannot be the name of a model.'));
    let call = renderCall({ hops: 1, stream: false }, { target: { connection, provider }, rendered });
    if (provider.prepare !== undefined) {
      const fetch = guardedFetch(ports.fetch, connection);
      call = await provider.prepare(call, connection, { fetch, now_ms: ports.clock.now_ms(), signal });
      requireOwnAddress(call.url, connection);
    }
    const { url, headers, body } = call;
    const response = await ports.fetch(url, { method: 'POST', headers, body, signal });
    status = response.status;
    const text = (await boundedText(response, ANSWER_BYTES_MAX)) ?? '';
    if (status >= 300 && status < 400)
      return refused(failureOf('network', `It redirects (${status}); redirects are not followed.`, status));
    if (!response.ok) {
      const header = (name: string) => response.headers.get(name);
      return { status, failure: protocol.parseFailure(status, header, text, ports.clock.now_ms()) };
    }
    const parsed = protocol.parseAnswer(JSON.parse(text));
    return { status, failure: 'failure' in parsed ? parsed.failure : null };
  } catch (error) {
    return { status, failure: failureOfError(error, status) };
  }
}

function failureOfError(error: unknown, status: number | null): ProviderFailure {
  if (error instanceof GatewayError) return failureOf('auth', error.message, status);
  if (error instanceof SyntaxError) return failureOf('malformed', 'The answer is not JSON.', status);
  if (error instanceof DOMException && error.name === 'TimeoutError')
    return failureOf('timeout', 'No answer came in time.', status);
  const words = error instanceof Error ? error.message : 'unknown';
  return failureOf('network', `The call failed: ${words}`, status);
}

/** Who tests a connection may have typed anything into it. */
const SECRET_CHARS_MIN = 6;

/** Runtimes repeat what they refuse, too, as it looks in a header. */
function wordsOf({ message }: ProviderFailure, provider: Provider, { credential }: Connection): string {
  const headers = Object.values(provider.authorize(credential));
  return withoutCredential(message, credential, headers, SECRET_CHARS_MIN).slice(0, MESSAGE_CHARS_MAX);
}
