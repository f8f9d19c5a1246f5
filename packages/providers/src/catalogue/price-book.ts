import type { MatchRule } from './match.ts';
import { PRICES } from './prices.generated.ts';
import type { PriceEntry } from './shrink-entry.ts';

/** A price that was found after the package was made: it takes the place of the package's own. */
export interface PriceRevision {
  /** The price package's id of the provider. */
  price_provider: string;
  entry: PriceEntry;
  /** ISO date of when it was found. */
  read_on: string;
}

/** The entries of one provider; the first whose rule fits a name counts. */
export interface PriceBook {
  model_match?: MatchRule;
  models: PriceEntry[];
}

export const PRICE_PROVIDERS: readonly string[] = Object.keys(PRICES);

/** Parsed anew each time. @returns `null` for a provider that the package does not have. */
export function readPriceBook(price_provider: string, revisions: readonly PriceRevision[]): PriceBook | null {
  const text = Object.hasOwn(PRICES, price_provider) ? PRICES[price_provider] : undefined;
  if (text === undefined) return null;
  const book = JSON.parse(text) as PriceBook;
  for (const revision of revisions) {
    if (revision.price_provider !== price_provider) continue;
    const at = book.models.findIndex(({ id }) => id === revision.entry.id);
    if (at === -1) book.models.push(revision.entry);
    else book.models[at] = revision.entry;
  }
  return book;
}
