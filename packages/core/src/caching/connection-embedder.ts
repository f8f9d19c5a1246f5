import {
  type Answer,
  type EmbedderPort,
  type EmbeddingsRequest,
  type FetchPort,
  type ModelRequest,
  noUsage,
  type OrganizationSettings,
  type Prices,
  type Provider,
  type ProviderCall,
  type Vector,
} from '@sluice/contract';
import { renderCall } from '../calling/attempt.ts';
import { guardedFetch, requireOwnAddress } from '../calling/guarded-fetch.ts';
import { protocolFor } from '../calling/protocol-for.ts';
import { costOf, inputTokens } from '../money.ts';
import { upperTokens } from './embedding-bill.ts';
import { normalized } from './local-embedder.ts';

export interface ConnectionEmbedderPorts {
  fetch: FetchPort;
  findProvider: (id: string) => Provider | null;
  /** What a model costs this organization; `null` = nobody knows. */
  prices: (provider: string, model: string) => Prices | null;
  now_ms: () => number;
}

const OPERATION = { protocol: 'embeddings', operation: 'embeddings' } as const;
const DEADLINE_MS = 2_000;

/**
 * The embedder that an organization named: `CONNECTION/MODEL`, any connection whose provider has embeddings. What it
 * costs is told to whoever has it embed.
 * @returns `null` when there is no such connection, or its provider embeds nothing.
 */
export function connectionEmbedder(
  named: string,
  settings: Pick<OrganizationSettings, 'connections'>,
  { fetch, findProvider, prices: pricesOf, now_ms }: ConnectionEmbedderPorts,
): EmbedderPort | null {
  const slash = named.indexOf('/');
  const model = named.slice(slash + 1);
  const wanted = named.slice(0, slash);
  const connection = settings.connections.find(
    ({ id, name, provider, enabled }) => enabled && (id === wanted || name === wanted || provider === wanted),
  );
  const provider = connection === undefined ? null : findProvider(connection.provider);
  const protocol = provider === null ? null : protocolFor(provider, OPERATION, model);
  if (slash < 1 || connection === undefined || provider === null || protocol === null) return null;

  const prices = pricesOf(provider.id, model);
  const spentOn = (usage: Answer['usage'], texts: readonly string[]) => {
    const counted = usage ?? { ...noUsage(), input_tokens: upperTokens(texts), estimated: true };
    const cost_usd_nanos = costOf(counted, prices);
    return { provider: provider.id, model, input_tokens: inputTokens(counted), cost_usd_nanos };
  };

  return {
    id: `${connection.id}/${model}`,
    prices,
    async embed(texts, signal = AbortSignal.timeout(DEADLINE_MS), spend = () => undefined) {
      const asked: EmbeddingsRequest = { model, input: [...texts], encoding_format: 'float' };
      const rendered = protocol.renderRequest(asked as ModelRequest, {
        model,
        stream: false,
        output_tokens_max: null,
        abilities: {
          context_tokens: null,
          output_tokens_max: null,
          tools: null,
          vision: null,
          json_schema: null,
          reasoning: null,
        },
        source: { protocol: OPERATION.protocol, body_text: JSON.stringify(asked), headers: {} },
      });
      let call: ProviderCall = renderCall(
        { hops: 1, stream: false },
        { target: { connection, provider }, rendered },
      );
      requireOwnAddress(call.url, connection);
      if (provider.prepare !== undefined)
        call = await provider.prepare(call, connection, {
          fetch: guardedFetch(fetch, connection),
          now_ms: now_ms(),
          signal,
        });
      const { url, headers, body } = call;
      const said = await ask(() => fetch(url, { method: 'POST', headers, body, signal })).catch((error) => {
        // It was sent, and nobody has waited for its end: it may have been done, and be billed.
        if (signal.aborted) spend(spentOn(null, texts));
        throw error;
      });
      const parsed = protocol.parseAnswer(said);
      if ('failure' in parsed) throw new Error('The embedder gave no vectors.');
      spend(spentOn(parsed.answer.usage, texts));
      const vectors = (parsed.answer.vectors ?? []).map(numbersOf);
      if (vectors.length !== texts.length) throw new Error('The embedder gave too few vectors.');
      return vectors.map(normalized);
    },
  };
}

async function ask(send: () => Promise<Response>): Promise<unknown> {
  const response = await send();
  if (!response.ok) throw new Error(`The embedder answered ${response.status}.`);
  return await response.json();
}

/** Numbers, or the base64 of their little-endian 32-bit floats. */
function numbersOf(vector: Vector): Float32Array {
  if (typeof vector !== 'string') return Float32Array.from(vector);
  const bytes = Uint8Array.from(atob(vector), (character) => character.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}
