import type { EmbedderPort } from '@sluice/contract';
import type { AiBinding } from './workers-ai-fetch.ts';

/** Multilingual, 1,024 dimensions, $0.012 for a million tokens (developers.cloudflare.com/workers-ai, read 2026-11-21). */
const MODEL = '@cf/baai/bge-m3';

/** Workers AI of the deployment's own account. */
export const createWorkersAiEmbedder = (ai: AiBinding): EmbedderPort => ({
  id: MODEL,
  async embed(texts, signal) {
    const response = await ai.run(
      MODEL,
      { text: [...texts] },
      { returnRawResponse: true, ...(signal === undefined ? {} : { signal }) },
    );
    const { result, data } = (await response.json()) as { result?: { data?: number[][] }; data?: number[][] };
    const vectors = data ?? result?.data ?? [];
    if (vectors.length !== texts.length) throw new Error('Workers AI gave too few vectors.');
    return vectors.map((values) => unitOf(Float32Array.from(values)));
  },
});

function unitOf(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}
