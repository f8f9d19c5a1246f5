import { matches } from './match.ts';
import type { PriceBook } from './price-book.ts';
import type { Price, PriceEntry, PriceRow } from './shrink-entry.ts';

export interface PriceDifference {
  price_provider: string;
  /** `null` = a new model. */
  before: PriceEntry | null;
  after: PriceEntry;
  /** Why a person should look at it first; `null` = nothing is odd. */
  doubt: string | null;
}

/** A price that moves this many times, up or down, waits for a person. */
const ABSURD_RATIO = 10;

/**
 * What the public source has that the prices in force have not. A model that the source no longer lists keeps its
 * price: half a file must not take the prices of the other half.
 * @param book in force
 */
export function comparePrices(
  price_provider: string,
  book: PriceBook,
  source: readonly PriceEntry[],
): PriceDifference[] {
  const known = new Map(book.models.map((entry) => [entry.id, entry]));
  const differences: PriceDifference[] = [];
  const seen = new Set<string>();
  for (const after of source) {
    // Twice the same id: the first counts, as it does for look-ups.
    if (seen.has(after.id)) continue;
    seen.add(after.id);
    const before = known.get(after.id) ?? null;
    if (before !== null && canonical(before) === canonical(after)) continue;
    if (before === null && rowsOf(after).every((row) => Object.keys(row).length === 0)) continue;
    const doubt = before === null ? doubtOfNew(after) : doubtOf(before, after, book);
    differences.push({ price_provider, before, after, doubt });
  }
  return differences;
}

/** Members in one order, so that the order in which somebody wrote them is no difference. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

const rowsOf = ({ prices }: PriceEntry): PriceRow[] =>
  Array.isArray(prices) ? prices.map((dated) => dated.prices) : [prices];

/** Nobody knows yet what it should cost, so a price of nothing is not believed. */
function doubtOfNew(entry: PriceEntry): string | null {
  for (const row of rowsOf(entry))
    for (const key of ['input_mtok', 'output_mtok'])
      if (valuesOf(row[key]).includes(0)) return `a new model whose ${key} is 0`;
  return null;
}

function doubtOf(before: PriceEntry, after: PriceEntry, book: PriceBook): string | null {
  const doubt = doubtOfPrices(before, after);
  if (doubt !== null || canonical(before.match) === canonical(after.match)) return doubt;
  return doubtOfNames(after, book);
}

function doubtOfPrices(before: PriceEntry, after: PriceEntry): string | null {
  const old_paths = pathsOf(before);
  const new_paths = pathsOf(after);
  for (const [path, price] of old_paths) {
    const next = new_paths.get(path);
    if (next !== undefined && isAbsurd(price, next)) return `${path} goes from ${price} to ${next}`;
  }
  // Where prices got or lost tiers and dates, no path need be the same: then the cheapest and the dearest tell.
  for (const key of new Set(rowsOf(before).flatMap(Object.keys))) {
    const old_values = rowsOf(before).flatMap((row) => valuesOf(row[key]));
    const new_values = rowsOf(after).flatMap((row) => valuesOf(row[key]));
    if (old_values.length === 0) continue;
    if (new_values.length === 0) return `${key} is gone`;
    for (const most of [Math.min, Math.max])
      if (isAbsurd(most(...old_values), most(...new_values)))
        return `${key} goes from ${most(...old_values)} to ${most(...new_values)}`;
  }
  return null;
}

/** Names that the entry now covers, or covers no longer, get another price: it must not be an absurd one either. */
function doubtOfNames(after: PriceEntry, book: PriceBook): string | null {
  const revised = book.models.map((entry) => (entry.id === after.id ? after : entry));
  for (const { id } of book.models) {
    const name = id.toLowerCase();
    const had = book.models.find((entry) => matches(entry.match, name));
    const has = revised.find((entry) => matches(entry.match, name));
    if (had === undefined || had.id === has?.id) continue;
    if (has === undefined) return `${id} would have no price`;
    const doubt = doubtOfPrices(had, has);
    if (doubt !== null) return `${id} would cost what ${has.id} costs: ${doubt}`;
  }
  return null;
}

const valuesOf = (price: Price | undefined): number[] =>
  price === undefined
    ? []
    : typeof price === 'number'
      ? [price]
      : [price.base, ...price.tiers.map((tier) => tier.price)];

/** Each price under a name of its own: `input_mtok`, `input_mtok from 200000`, with its constraint in front. */
function pathsOf(entry: PriceEntry): Map<string, number> {
  const paths = new Map<string, number>();
  const add = (before: string, row: PriceRow): void => {
    for (const [key, price] of Object.entries(row)) {
      if (price === undefined) continue;
      if (typeof price === 'number') paths.set(`${before}${key}`, price);
      else {
        paths.set(`${before}${key}`, price.base);
        for (const tier of price.tiers) paths.set(`${before}${key} from ${tier.start}`, tier.price);
      }
    }
  };
  if (!Array.isArray(entry.prices)) add('', entry.prices);
  else
    for (const { constraint, prices } of entry.prices)
      add(constraint === undefined ? '' : `${canonical(constraint)} `, prices);
  return paths;
}

function isAbsurd(before: number, after: number): boolean {
  if (before === after) return false;
  if (before === 0 || after === 0) return true;
  const ratio = after / before;
  // A tenfold move of prices that binary fractions cannot hold exactly is still a tenfold move.
  return ratio >= ABSURD_RATIO * (1 - 1e-9) || ratio <= (1 + 1e-9) / ABSURD_RATIO;
}
