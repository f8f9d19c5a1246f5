import type { PriceChange } from '@sluice/contract';
import type { PriceRevision } from '@sluice/providers/catalogue/price-book';
import type { PriceEntry } from '@sluice/providers/catalogue/shrink-entry';

/** A stored change as the catalogue takes it. What is stored was checked before. */
export const toRevision = (change: PriceChange): PriceRevision => ({
  price_provider: change.price_provider,
  entry: change.after as PriceEntry,
  read_on: new Date(change.at_ms).toISOString().slice(0, 10),
});
