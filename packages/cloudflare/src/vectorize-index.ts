import type { VectorIndexPort, VectorMatch, VectorRow } from '@sluice/contract';

/** What is used of a Vectorize binding. */
export interface VectorizeBinding {
  upsert(
    vectors: { id: string; values: number[]; namespace: string; metadata: Record<string, string | number> }[],
  ): Promise<unknown>;
  query(
    vector: number[],
    options: { topK: number; namespace: string; returnMetadata: 'all'; filter: Record<string, unknown> },
  ): Promise<{ matches: { id: string; score: number; metadata?: Record<string, unknown> }[] }>;
}

/** With metadata, Vectorize returns this many at most. */
const COUNT_MAX = 20;

/**
 * Vectorize, for more vectors than one object holds. The organization is the namespace, hashed, since a namespace has
 * at most 64 bytes; the context is an indexed metadata field. Writes are found after some seconds only.
 * Its index needs `wrangler vectorize create-metadata-index NAME --property-name=context --type=string` first.
 * @see https://developers.cloudflare.com/vectorize/platform/limits/ (read 2026-11-21)
 */
export function createVectorizeIndex(binding: VectorizeBinding, now_ms: () => number): VectorIndexPort {
  return {
    async put({ id, organization_id, ...rest }, vector) {
      const namespace = await namespaceOf(organization_id);
      const metadata = { ...rest, organization_id };
      await binding.upsert([{ id, values: [...vector], namespace, metadata }]);
    },

    async search(organization_id, context, vector, count) {
      const { matches } = await binding.query([...vector], {
        // More than are wanted: some of them may have expired.
        topK: COUNT_MAX,
        namespace: await namespaceOf(organization_id),
        returnMetadata: 'all',
        filter: { context: { $eq: context } },
      });
      return matches
        .map(({ id, score, metadata }) => ({ ...(metadata as unknown as VectorRow), id, similarity: score }))
        .filter((match: VectorMatch) => match.context === context && match.expires_at_ms > now_ms())
        .slice(0, count);
    },

    // Rows of the exact cache are gone, so nothing that is still found can be served; Vectorize forgets by id only.
    clear: () => Promise.resolve(),
  };
}

async function namespaceOf(organization_id: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(organization_id));
  return [...new Uint8Array(digest).slice(0, 24)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
