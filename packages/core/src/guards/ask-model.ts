import type { AnyProtocol, Door, GuardRule, ModelRequest, Provider } from '@sluice/contract';
import { renderCall } from '../calling/attempt.ts';
import { boundedText } from '../calling/bounded-text.ts';
import { guardedFetch, requireOwnAddress } from '../calling/guarded-fetch.ts';
import { protocolFor } from '../calling/protocol-for.ts';
import { leaving } from '../routing/residency.ts';
import { connectionProblem, staysInPlace } from '../upstream-address.ts';
import type { WholePorts } from './judge-whole.ts';

const ANSWER_BYTES_MAX = 1 << 18;
const UNKNOWN = {
  context_tokens: null,
  output_tokens_max: null,
  tools: null,
  vision: null,
  json_schema: null,
  reasoning: null,
};

/** A provider's whole answer, as JSON, and what it is read with. */
export interface ModelSaid {
  body: unknown;
  provider: Provider;
  protocol: AnyProtocol;
}

/**
 * One call to a model at one of the organization's connections, on behalf of a guard and within its deadline.
 * @throws Error when it cannot be asked, does not answer in time, or refuses
 */
export async function askModel(
  { connection_id, deadline_ms }: Extract<GuardRule, { kind: 'moderation' }>,
  door: Pick<Door, 'protocol' | 'operation'>,
  asked: ModelRequest,
  output_tokens_max: number | null,
  { fetch, clock, findProvider, settings }: WholePorts,
): Promise<ModelSaid> {
  const connection = settings.connections.find(({ id, enabled }) => enabled && id === connection_id);
  const provider = connection === undefined ? null : findProvider(connection.provider);
  if (connection === undefined || provider === null) throw new Error('There is no such connection.');
  const elsewhere = leaving({ connection, model: asked.model }, settings);
  if (elsewhere !== null) throw elsewhere;
  const protocol = protocolFor(provider, door, asked.model);
  const problem = connectionProblem(connection);
  if (protocol === null || problem !== null) throw new Error(problem ?? `It has no ${door.operation}.`);
  const rendered = protocol.renderRequest(asked, {
    model: asked.model,
    stream: false,
    output_tokens_max,
    abilities: UNKNOWN,
    source: { protocol: door.protocol, body_text: JSON.stringify(asked), headers: {} },
  });
  if (!staysInPlace(rendered.path)) throw new Error('This cannot be the name of a model.');
  const signal = AbortSignal.timeout(deadline_ms);
  let call = renderCall({ hops: 1, stream: false }, { target: { connection, provider }, rendered });
  if (provider.prepare !== undefined) {
    const guarded = guardedFetch(fetch, connection);
    call = await provider.prepare(call, connection, { fetch: guarded, now_ms: clock.now_ms(), signal });
    requireOwnAddress(call.url, connection);
  }
  const { url, headers, body } = call;
  const response = await fetch(url, { method: 'POST', headers, body, signal });
  if (!response.ok) {
    response.body?.cancel().catch(() => undefined);
    throw new Error(`The model answered ${response.status}.`);
  }
  const text = await boundedText(response, ANSWER_BYTES_MAX);
  return { body: JSON.parse(text ?? ''), provider, protocol };
}
