import type { EmbedderPort } from '@sluice/contract';
import type { Question } from './labelled-pairs/question.ts';
import { whatDiffers } from './what-differs.ts';

export const THRESHOLDS = [0.9, 0.92, 0.95, 0.97, 0.99] as const;

/** What a threshold would have done on labelled pairs. */
export interface Measured {
  /** `null` = every pair counts as close enough: what the rules do by themselves. */
  threshold: number | null;
  rules: boolean;
  /** Of pairs that are the same, how many were answered from the cache. */
  hits: number;
  same: number;
  /** Of pairs that are not, how many were answered with the other's answer. */
  wrong: number;
  other: number;
}

export interface Pair {
  first: string;
  second: string;
  same: boolean;
  similarity: number;
  /** What the rules say; `null` = nothing against it. */
  because: string | null;
}

export async function comparePairs(questions: readonly Question[], embedder: EmbedderPort): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (const { asked, same, other } of questions) {
    const texts = [asked, ...same, ...other];
    const vectors = await embedder.embed(texts);
    const [first] = vectors;
    for (let at = 1; at < texts.length; at++) {
      const second = texts[at] ?? '';
      pairs.push({
        first: asked,
        second,
        same: at <= same.length,
        similarity: cosine(first, vectors[at]),
        because: whatDiffers(asked, second),
      });
    }
  }
  return pairs;
}

export function measure(pairs: readonly Pair[], threshold: number | null, rules: boolean): Measured {
  const served = pairs.filter(
    ({ similarity, because }) =>
      (threshold === null || similarity >= threshold) && (!rules || because === null),
  );
  return {
    threshold,
    rules,
    hits: served.filter(({ same }) => same).length,
    same: pairs.filter(({ same }) => same).length,
    wrong: served.filter(({ same }) => !same).length,
    other: pairs.filter(({ same }) => !same).length,
  };
}

function cosine(one: Float32Array | undefined, other: Float32Array | undefined): number {
  if (one === undefined || other === undefined) return 0;
  let sum = 0;
  for (let at = 0; at < one.length; at++) sum += (one[at] ?? 0) * (other[at] ?? 0);
  return sum;
}
