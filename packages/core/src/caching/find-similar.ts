import type {
  CachedAnswer,
  CachePort,
  CacheRecord,
  CacheRules,
  ClockPort,
  FindEmbedder,
  NearMiss,
  Residency,
  VectorIndexPort,
  VectorMatch,
} from '@sluice/contract';
import { FREE, type Purse } from './embedding-bill.ts';
import { type Fingerprints, pairOf } from './fingerprint.ts';
import { whatDiffers } from './what-differs.ts';

export interface SimilarPorts {
  cache: CachePort;
  embedder: FindEmbedder;
  vectors: VectorIndexPort;
  clock: ClockPort;
}

/** What other words for the same question came to. */
export interface Similar {
  hit: { entry: CachedAnswer; record: CacheRecord } | null;
  /** What was close and was not served, most alike first. */
  near_misses: NearMiss[];
  /** To be found by later, when the answer has come. */
  place: { context: string; text: string; vector: Float32Array };
}

const COUNT = 5;
/** Longer words differ in too much for one angle to tell. */
export const TEXT_CHARS_MAX = 2_000;

/**
 * Looks for an answer to other words for the same question. Only rows of this organization and of the very same
 * context are compared, and both are checked once more on what comes back.
 * @returns `null` when there is nobody to compare with.
 */
export async function findSimilar(
  organization_id: string,
  { fingerprint, text }: NonNullable<Fingerprints['context']>,
  rules: CacheRules,
  ports: SimilarPorts,
  residency: Residency | null | undefined,
  purse: Purse,
): Promise<Similar | null> {
  if (text.length > TEXT_CHARS_MAX) return null;
  const embedder = await ports.embedder(organization_id, rules.embedder, residency ?? null);
  if (embedder === null) return null;
  const payer = embedder.prices === undefined ? FREE : purse;
  const vectors = await payer.pay((spend) => embedder.embed([text], undefined, spend));
  const vector = vectors?.[0];
  if (vector === undefined) return null;
  const context = `${fingerprint}:${embedder.id}`;
  const matches = await ports.vectors.search(organization_id, context, vector, COUNT);
  const similar: Similar = { hit: null, near_misses: [], place: { context, text, vector } };
  for (const match of matches) {
    if (match.organization_id !== organization_id || match.context !== context) continue;
    const pair = await pairOf(text, match.text);
    const because = reasonAgainst(match, text, pair, rules);
    if (because === null && similar.hit === null) {
      const entry = await ports.cache.find(organization_id, match.fingerprint);
      if (entry !== null) {
        similar.hit = { entry, record: recordOf(entry, match.similarity, pair, ports.clock.now_ms()) };
        continue;
      }
    }
    const said = because ?? (similar.hit === null ? 'its answer is gone' : 'another one was closer');
    similar.near_misses.push({
      entry_id: match.id,
      similarity: round(match.similarity),
      because: said,
      pair,
    });
  }
  return similar;
}

/** `null` = its answer may be served. */
function reasonAgainst(match: VectorMatch, text: string, pair: string, rules: CacheRules): string | null {
  if (rules.never_match.includes(pair)) return 'told never to match';
  if (match.similarity < rules.similarity_threshold)
    return `below the threshold of ${rules.similarity_threshold}`;
  return whatDiffers(text, match.text);
}

const recordOf = (entry: CachedAnswer, similarity: number, pair: string, now_ms: number): CacheRecord => ({
  kind: 'semantic',
  similarity: round(similarity),
  age_ms: Math.max(0, now_ms - entry.stored_at_ms),
  entry_id: entry.id,
  saved_usd_nanos: entry.cost_usd_nanos,
  pair,
});

const round = (similarity: number): number => Math.round(similarity * 1e4) / 1e4;
