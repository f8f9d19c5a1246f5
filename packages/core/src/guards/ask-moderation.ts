import type { GuardRule } from '@sluice/contract';
import { renderCall } from '../calling/attempt.ts';
import { boundedText } from '../calling/bounded-text.ts';
import { guardedFetch, requireOwnAddress } from '../calling/guarded-fetch.ts';
import { protocolFor } from '../calling/protocol-for.ts';
import { connectionProblem, staysInPlace } from '../upstream-address.ts';
import type { Found, WholePorts } from './judge-whole.ts';
import type { RequestText } from './request-texts.ts';

const ANSWER_BYTES_MAX = 1 << 18;
const DOOR = { protocol: 'moderations', operation: 'moderations' } as const;
const UNKNOWN = {
  context_tokens: null,
  output_tokens_max: null,
  tools: null,
  vision: null,
  json_schema: null,
  reasoning: null,
};

/**
 * Asks a moderation model at one of the organization's connections for the categories of the texts.
 * @throws Error when it cannot be asked
 */
export async function askModeration(
  rule: Extract<GuardRule, { kind: 'moderation' }>,
  texts: readonly RequestText[],
  { fetch, clock, findProvider, settings }: WholePorts,
): Promise<Found> {
  const input = texts.map(({ text }) => text).filter((text) => text !== '');
  if (input.length === 0) return {};
  const connection = settings.connections.find(({ id }) => id === rule.connection_id);
  const provider = connection === undefined ? null : findProvider(connection.provider);
  if (connection === undefined || provider === null) throw new Error('There is no such connection.');
  const protocol = protocolFor(provider, DOOR, rule.model);
  const problem = connectionProblem(connection);
  if (protocol === null || problem !== null) throw new Error(problem ?? 'It has no moderation.');
  const asked = { model: rule.model, input };
  const rendered = protocol.renderRequest(asked, {
    model: rule.model,
    stream: false,
    output_tokens_max: null,
    abilities: UNKNOWN,
    source: { protocol: DOOR.protocol, body_text: JSON.stringify(asked), headers: {} },
  });
  if (!staysInPlace(rendered.path)) throw new Error('This cannot be the name of a model.');
  const signal = AbortSignal.timeout(rule.deadline_ms);
  let call = renderCall({ hops: 1, stream: false }, { target: { connection, provider }, rendered });
  if (provider.prepare !== undefined) {
    const guarded = guardedFetch(fetch, connection);
    call = await provider.prepare(call, connection, { fetch: guarded, now_ms: clock.now_ms(), signal });
    requireOwnAddress(call.url, connection);
  }
  const { url, headers, body } = call;
  const response = await fetch(url, { method: 'POST', headers, body, signal });
  if (!response.ok) throw new Error(`The moderation model answered ${response.status}.`);
  return readResults(JSON.parse((await boundedText(response, ANSWER_BYTES_MAX)) ?? ''), rule.categories);
}

function readResults(body: unknown, wanted: readonly string[]): Found {
  const { results } = body as { results?: unknown };
  if (!Array.isArray(results)) throw new Error('The moderation model answered without results.');
  const found: Found = {};
  for (const result of results as { categories?: Record<string, unknown> }[])
    for (const [category, is_found] of Object.entries(result.categories ?? {}))
      if (is_found === true && (wanted.length === 0 || wanted.includes(category)))
        found[category] = (found[category] ?? 0) + 1;
  return found;
}
