/** What a search returns: the slot of a vector and about how alike it is. */
export interface FlatMatch {
  slot: number;
  /** From the quantized vectors: within about a hundredth of the cosine. */
  similarity: number;
}

const HEAD = 96;

/**
 * Cosines over quantized vectors in one flat array: each search looks at all of them, so it misses none. 50,000
 * vectors of 384 dimensions are 19 MB. Whatever cannot come up to `floor` is left after its first quarter, by a bound
 * that holds (Cauchy–Schwarz), not by a guess.
 */
export class FlatIndex {
  readonly dimensions: number;
  #values: Int8Array;
  /** Length 1 of a vector in its quantized steps, and of its rest after the head. */
  #scales: Float32Array;
  #rests: Float32Array;
  #size = 0;

  constructor(dimensions: number, capacity = 1_024) {
    this.dimensions = dimensions;
    this.#values = new Int8Array(dimensions * capacity);
    this.#scales = new Float32Array(capacity);
    this.#rests = new Float32Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  /** @param quantized from `quantize` @returns its slot. */
  add(quantized: Int8Array): number {
    if (this.#size === this.#scales.length) this.#grow();
    const slot = this.#size++;
    this.replace(slot, quantized);
    return slot;
  }

  replace(slot: number, quantized: Int8Array): void {
    this.#values.set(quantized, slot * this.dimensions);
    this.#scales[slot] = 1 / Math.max(1, lengthOf(quantized, 0));
    this.#rests[slot] = lengthOf(quantized, Math.min(HEAD, this.dimensions));
  }

  /** @param slots only these; `null` = all. @returns the best, at least `floor` alike, most alike first. */
  search(quantized: Int8Array, slots: Iterable<number> | null, count: number, floor: number): FlatMatch[] {
    const { dimensions } = this;
    const values = this.#values;
    const scales = this.#scales;
    const rests = this.#rests;
    const head = Math.min(HEAD, dimensions);
    const own_scale = 1 / Math.max(1, lengthOf(quantized, 0));
    const own_rest = lengthOf(quantized, head);
    const best: FlatMatch[] = [];
    const look = (slot: number): void => {
      const from = slot * dimensions;
      const scale = (scales[slot] as number) * own_scale;
      const enough = floor / scale;
      let dot = 0;
      for (let at = 0; at < head; at++) dot += (quantized[at] as number) * (values[from + at] as number);
      if (dot + own_rest * (rests[slot] as number) < enough) return;
      for (let at = head; at < dimensions; at++)
        dot += (quantized[at] as number) * (values[from + at] as number);
      if (dot >= enough) keepBest(best, { slot, similarity: dot * scale }, count);
    };
    if (slots === null) for (let slot = 0; slot < this.#size; slot++) look(slot);
    else for (const slot of slots) look(slot);
    return best;
  }

  #grow(): void {
    const capacity = this.#scales.length * 2;
    const values = new Int8Array(this.dimensions * capacity);
    values.set(this.#values);
    const scales = new Float32Array(capacity);
    scales.set(this.#scales);
    const rests = new Float32Array(capacity);
    rests.set(this.#rests);
    this.#values = values;
    this.#scales = scales;
    this.#rests = rests;
  }
}

function keepBest(best: FlatMatch[], match: FlatMatch, count: number): void {
  let at = best.length;
  while (at > 0 && (best[at - 1] as FlatMatch).similarity < match.similarity) at -= 1;
  if (at >= count) return;
  best.splice(at, 0, match);
  if (best.length > count) best.pop();
}

function lengthOf(values: Int8Array, from: number): number {
  let sum = 0;
  for (let at = from; at < values.length; at++) sum += (values[at] as number) ** 2;
  return Math.sqrt(sum);
}

/** In 127 steps of the largest value: 1 byte a dimension. */
export function quantize(vector: Float32Array): Int8Array {
  let most = 0;
  for (const value of vector) most = Math.max(most, Math.abs(value));
  const quantized = new Int8Array(vector.length);
  if (most === 0) return quantized;
  for (let at = 0; at < vector.length; at++)
    quantized[at] = Math.round(((vector[at] as number) / most) * 127);
  return quantized;
}

/** Of vectors of length 1. */
export function cosineOf(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < one.length; at++) sum += (one[at] as number) * (other[at] ?? 0);
  return sum;
}
