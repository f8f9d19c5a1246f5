import type { EmbedderPort, EmbeddingSpent, TraceRecord } from '@sluice/contract';
import { worstCaseOf } from '../money.ts';

/** Who pays for the vectors of one request. */
export interface Purse {
  /** @returns `null` when the money may not be spent: then nothing was asked. */
  pay<T>(work: (spend: (spent: EmbeddingSpent) => void) => Promise<T>): Promise<T | null>;
}

export const FREE: Purse = { pay: (work) => work(() => undefined) };

const UTF8 = new TextEncoder();
/** No token is less than a byte. A few more for what a provider puts around a text. */
export const upperTokens = (texts: readonly string[]): number => {
  let tokens = 0;
  for (const text of texts) tokens += UTF8.encode(text).length + 8;
  return tokens;
};

const INPUT_ONLY = { output_tokens: 0, units: 0 };
const PLAIN = { cache_1h: false, audio: false };

/**
 * What a paid embedder costs one request. Its money is held with the request's own, so nothing is asked before the
 * request is admitted; and nothing where an exact answer is found, since then nothing needs comparing.
 */
export class EmbeddingBill implements Purse {
  /** What it came to; `null` = nothing yet, or nothing at all. */
  spent: EmbeddingSpent | null = null;
  /** Why the embedder was not asked; `null` = it was, or was not needed. */
  skipped: string | null = null;
  /** The call that is under way, whose cost is not known before its end; `null` = none. Never rejects. */
  pending: Promise<unknown> | null = null;
  /** To be held; `null` = nobody knows the price. Set by `open`. */
  worst_usd_nanos: number | null = 0;
  readonly #exact: Promise<unknown>;
  readonly #decided = Promise.withResolvers<boolean>();
  #closed = false;

  /** @param exact resolves to `null` when there is no exact answer */
  constructor(exact: Promise<unknown>) {
    this.#exact = exact.catch(() => null);
  }

  /** Prices the question. @param text `null` = there is none that could be compared */
  async open(embedder: Promise<EmbedderPort | null>, text: Promise<string | null>): Promise<void> {
    const [one, words] = await Promise.all([embedder, text]);
    if (one?.prices === undefined || words === null) return;
    const worst = worstCaseOf(one.prices, upperTokens([words]), PLAIN, INPUT_ONLY);
    this.worst_usd_nanos = worst?.input_usd_nanos ?? null;
  }

  /** @param because why its money may not be spent; `null` = the request is admitted, and it may */
  decide(because: string | null): void {
    if (because !== null) this.skipped = because;
    this.#decided.resolve(because === null);
  }

  /** The look-up is over: what has not been asked until now is not asked any more. */
  close(): void {
    this.#closed = true;
    this.#decided.resolve(false);
  }

  async pay<T>(work: (spend: (spent: EmbeddingSpent) => void) => Promise<T>): Promise<T | null> {
    if (!(await this.#decided.promise) || (await this.#exact) !== null || this.#closed) return null;
    const working = work((spent) => {
      this.spent = spent;
    });
    this.pending = working.then(
      () => undefined,
      () => undefined,
    );
    return await working;
  }
}

/** As a trace tells it. */
export function embeddingOf(
  embedding: Pick<EmbeddingBill, 'spent' | 'skipped'> | undefined,
): Pick<TraceRecord, 'cache_embedding'> {
  if (embedding === undefined) return {};
  const { spent, skipped } = embedding;
  if (spent !== null) return { cache_embedding: { ...spent, skipped: null } };
  if (skipped === null) return {};
  return { cache_embedding: { provider: null, model: null, input_tokens: 0, cost_usd_nanos: 0, skipped } };
}
