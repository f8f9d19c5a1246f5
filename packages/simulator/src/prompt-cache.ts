import { hashText } from './text.ts';

/** What a vendor's prompt cache would have known. */
export interface PromptCache {
  /** Looks a prompt up by its points (short to long), then remembers them. */
  look(
    scope: string,
    points: readonly { text: string; tokens: number }[],
  ): { cached_tokens: number; written_tokens: number };
  reset(): void;
}

const ENTRIES_MAX = 100_000;

export function createPromptCache(): PromptCache {
  const known = new Set<string>();
  return {
    look(scope, points) {
      let cached_tokens = 0;
      let marked_tokens = 0;
      for (const point of points) {
        const key = `${scope} ${point.text.length} ${hashText(point.text)}`;
        if (known.has(key)) cached_tokens = point.tokens;
        else if (known.size < ENTRIES_MAX) known.add(key);
        marked_tokens = point.tokens;
      }
      return { cached_tokens, written_tokens: marked_tokens - cached_tokens };
    },
    reset: () => known.clear(),
  };
}
