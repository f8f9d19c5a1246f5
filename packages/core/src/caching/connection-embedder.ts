import type {
  EmbedderPort,
  EmbeddingsRequest,
  FetchPort,
  ModelRequest,
  OrganizationSettings,
  Provider,
  ProviderCall,
  Vector,
} from '@sluice/contract';
import { renderCall } from '../calling/attempt.ts';
import { guardedFetch, requireOwnAddress } from '../calling/guarded-fetch.ts';
import { protocolFor } from '../calling/protocol-for.ts';
import { normalized } from './local-embedder.ts';

export interface ConnectionEmbedderPorts {
  fetch: FetchPort;
  findProvider: (id: string) => Provider | null;
  now_ms: () => number;
}

const OPERATION = { protocol: 'embeddings', operation: 'embeddings' } as const;
const DEADLINE_MS = 2_000;

/**
 * The embedder that an organization named: `CONNECTION/MODEL`, any connection whose provider has embeddings. What it
 * costs is between the organization and that provider; no key pays for it.
 * @returns `null` when there is no such connection, or its provider embeds nothing.
 */
export function connectionEmbedder(
  named: string,
  settings: Pick<OrganizationSettings, 'connections'>,
  { fetch, findProvider, now_ms }: ConnectionEmbedderPorts,
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

  return {
    id: `${connection.id}/${model}`,
    async embed(texts, signal = AbortSignal.timeout(DEADLINE_MS)) {
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
      const response = await fetch(url, { method: 'POST', headers, body, signal });
      if (!response.ok) throw new Error(`The embedder answered ${response.status}.`);
      const parsed = protocol.parseAnswer(await response.json());
      if ('failure' in parsed) throw new Error('The embedder gave no vectors.');
      const vectors = (parsed.answer.vectors ?? []).map(numbersOf);
      if (vectors.length !== texts.length) throw new Error('The embedder gave too few vectors.');
      return vectors.map(normalized);
    },
  };
}

/** Numbers, or the base64 of their little-endian 32-bit floats. */
function numbersOf(vector: Vector): Float32Array {
  if (typeof vector !== 'string') return Float32Array.from(vector);
  const bytes = Uint8Array.from(atob(vector), (character) => character.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}
