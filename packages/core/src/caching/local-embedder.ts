import type { EmbedderPort } from '@sluice/contract';
import { fnv1a } from '../limits/fnv1a.ts';

const DIMENSIONS = 384;

/** Words that say little: they count for a tenth. */
const COMMON = new Set(
  `a an the is are was were be been am do does did can could would should will shall may might must have has had i me my
  we us our you your it its this that these those of in on at to for from by with as and or but if so than then there
  here what which who whom whose when where why how please tell give show explain describe list me about some any
  s re m ll ve d t`.split(/\s+/),
);

/**
 * Words and their pieces, hashed: the same text gives the same vector on every machine, nothing is downloaded and
 * nobody is called. It knows spelling, not meaning: it finds the same question in another order, with other small
 * words, endings, case and typing errors, and no synonyms. For laptops, tests and deployments that have no embedder.
 */
export const localEmbedder: EmbedderPort = {
  id: 'local-1',
  embed: async (texts) => texts.map(vectorOf),
};

export function vectorOf(text: string): Float32Array {
  const vector = new Float32Array(DIMENSIONS);
  const words = text.toLowerCase().match(/\p{L}+|\p{N}+/gu) ?? [];
  for (const word of words) {
    const weight = COMMON.has(word) ? 0.1 : 1;
    add(vector, `w${stemOf(word)}`, weight);
    if (weight < 1) continue;
    const padded = ` ${word} `;
    for (let at = 0; at + 3 <= padded.length; at++)
      add(vector, `c${padded.slice(at, at + 3)}`, 0.5 / Math.sqrt(padded.length));
  }
  return normalized(vector);
}

/** Endings off: enough for English plurals and verbs. */
export function stemOf(word: string): string {
  const one = word.length > 3 && !word.endsWith('ss') ? word.replace(/s$/, '') : word;
  return one.length > 4 ? one.replace(/(?:ing|ed|ly|er|e)$/, '') : one;
}

/** Place and sign of one feature, in two places so that a collision does not decide. */
function add(vector: Float32Array, feature: string, weight: number): void {
  let hash = fnv1a(feature);
  for (let round = 0; round < 2; round++) {
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
    const place = hash % DIMENSIONS;
    vector[place] = (vector[place] ?? 0) + (hash & 0x10000 ? weight : -weight);
  }
}

/** Of length 1; nothing stays nothing. */
export function normalized(vector: Float32Array): Float32Array {
  let sum = 0;
  for (const value of vector) sum += value * value;
  if (sum === 0) return vector;
  const scale = 1 / Math.sqrt(sum);
  for (let at = 0; at < vector.length; at++) vector[at] = (vector[at] ?? 0) * scale;
  return vector;
}
