import type { Prices } from './organization.ts';
import type { Residency } from './residency.ts';

/** What vectors cost whom they were made for. */
export interface EmbeddingSpent {
  provider: string;
  model: string;
  input_tokens: number;
  /** `null` = the price is unknown. */
  cost_usd_nanos: number | null;
}

/**
 * Makes vectors of texts whose angles say how alike they mean. Vectors have length 1. Those of two embedders have
 * nothing to do with each other, so `id` is part of what an answer is found by.
 */
export interface EmbedderPort {
  /** Changes whenever the vectors do. */
  readonly id: string;
  /** Of a connection that is paid: `null` = nobody knows. Absent = it costs nothing. */
  readonly prices?: Prices | null;
  /**
   * @param spend is told what it cost, also where it then fails; never of an embedder that costs nothing
   * @throws whatever goes wrong: the caller does without
   */
  embed(
    texts: readonly string[],
    signal?: AbortSignal,
    spend?: (spent: EmbeddingSpent) => void,
  ): Promise<Float32Array[]>;
}

/** The embedder of an organization's choice, or the deployment's own; `null` = there is no such thing. */
export type FindEmbedder = (
  organization_id: string,
  named: string | null,
  /** Where texts must stay; one that is not certain to be there is not found. `null` = anywhere. */
  residency: Residency | null,
) => Promise<EmbedderPort | null>;

/** A question whose answer is in the exact cache under `fingerprint`. */
export interface VectorRow {
  id: string;
  organization_id: string;
  /** Of everything but the words: only rows of one context are ever compared. */
  context: string;
  fingerprint: string;
  /** The words, which rules about numbers, names and negation read. */
  text: string;
  expires_at_ms: number;
}

export interface VectorMatch extends VectorRow {
  /** Cosine. */
  similarity: number;
}

/**
 * Finds vectors by their angle, inside one organization and one context. What was put in a moment ago need not be
 * found yet. Whoever asks checks organization and context of what comes back once more.
 */
export interface VectorIndexPort {
  put(row: VectorRow, vector: Float32Array): Promise<void>;
  /** @returns at most `count`, most similar first, none that has expired. */
  search(
    organization_id: string,
    context: string,
    vector: Float32Array,
    count: number,
  ): Promise<VectorMatch[]>;
  /** Forgets all of an organization's rows. */
  clear(organization_id: string): Promise<void>;
}
