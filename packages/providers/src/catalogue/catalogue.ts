import type { CatalogueModel, CataloguePort, ClockPort, Prices, Provider } from '@sluice/contract';
import { findAbilities, releasedOn } from './abilities.ts';
import { chats } from './chats.ts';
import { matches } from './match.ts';
import { type PriceBook, type PriceRevision, readPriceBook } from './price-book.ts';
import { PRICE_SOURCE } from './prices.generated.ts';
import { findQuality } from './quality.ts';
import { announcedOn, retiresOn } from './retirements.ts';
import type { DatedPrices, Price, PriceEntry, PriceRow } from './shrink-entry.ts';
import { findUnitPrice, type UnitPrice, unitPricesOf } from './unit-prices.ts';

const CACHE_MAX = 2000;
/** A dated price is looked at again after this long. */
const DATED_MS = 60_000;

export interface Catalogue extends CataloguePort {
  /** Takes the whole of what has changed since the package was made; what is known of models is looked up anew. */
  revise(revisions: readonly PriceRevision[]): void;
}

/**
 * Models and prices from the price package, parsed per provider when first asked for. A dated price (a cut from some
 * day on, a night tariff) is chosen by the clock, to the minute.
 */
export function createCatalogue(providers: readonly Provider[], clock: ClockPort): Catalogue {
  const by_id = new Map(providers.map((provider) => [provider.id, provider]));
  const books = new Map<string, PriceBook | null>();
  const found = new Map<string, { model: CatalogueModel | null; until_ms: number }>();
  const serving = new Map<string, string[]>();
  let revised: readonly PriceRevision[] = [];
  let read_on = new WeakMap<PriceEntry, string>();

  const priceProviderOf = (id: string): string => by_id.get(id)?.price_provider ?? '';

  function bookOf(provider_id: string): PriceBook | null {
    let book = books.get(provider_id);
    if (book === undefined) {
      book = readPriceBook(priceProviderOf(provider_id), revised);
      books.set(provider_id, book);
    }
    return book;
  }

  function find(provider_id: string, model: string): CatalogueModel | null {
    const key = `${provider_id}\n${model}`;
    const known = found.get(key);
    const now_ms = clock.now_ms();
    if (known !== undefined && now_ms < known.until_ms) return known.model;
    const entry = findEntry(bookOf(provider_id), model.toLowerCase());
    const unit = findUnitPrice(priceProviderOf(provider_id), model.toLowerCase());
    const is_dated = unit === null && entry !== null && Array.isArray(entry.prices);
    const read = entry === null ? undefined : read_on.get(entry);
    const source = read === undefined ? PRICE_SOURCE : `genai-prices (read ${read})`;
    const result =
      entry === null && unit === null ? null : toModel(provider_id, model, entry, unit, source, now_ms);
    if (found.size >= CACHE_MAX) found.clear();
    found.set(key, { model: result, until_ms: is_dated ? now_ms + DATED_MS : Number.POSITIVE_INFINITY });
    return result;
  }

  function findServing(model: string): string[] {
    const name = model.toLowerCase();
    const exact: string[] = [];
    const family: string[] = [];
    for (const { id } of providers) {
      if (find(id, model) !== null) exact.push(id);
      else {
        const rule = bookOf(id)?.model_match;
        if (rule !== undefined && matches(rule, name)) family.push(id);
      }
    }
    return exact.concat(family);
  }

  return {
    find,
    chats,
    revise(revisions) {
      if (revisions.length === 0 && revised.length === 0) return;
      revised = revisions;
      read_on = new WeakMap(revisions.map(({ entry, ...one }) => [entry, one.read_on]));
      books.clear();
      found.clear();
      serving.clear();
    },
    providersOf(model) {
      let known = serving.get(model);
      if (known === undefined) {
        known = findServing(model);
        if (serving.size >= CACHE_MAX) serving.clear();
        serving.set(model, known);
      }
      return known;
    },
    list(provider_id) {
      const models = bookOf(provider_id)?.models ?? [];
      const names = new Set(models.map(({ id }) => id));
      for (const row of unitPricesOf(priceProviderOf(provider_id)))
        for (const name of row.models) names.add(name);
      return [...names].flatMap((name) => find(provider_id, name) ?? []);
    },
  };
}

const findEntry = (book: PriceBook | null, name: string): PriceEntry | null =>
  book?.models.find((entry) => matches(entry.match, name)) ?? null;

function toModel(
  provider_id: string,
  model: string,
  entry: PriceEntry | null,
  unit: UnitPrice | null,
  source: string,
  now_ms: number,
): CatalogueModel {
  const name = model.toLowerCase();
  const abilities = findAbilities(name);
  const context_tokens = entry?.context_tokens ?? abilities.context_tokens;
  return {
    provider: provider_id,
    model,
    abilities: context_tokens === abilities.context_tokens ? abilities : { ...abilities, context_tokens },
    prices: unit?.prices ?? (entry === null ? null : toPrices(rowAt(entry.prices, now_ms))),
    price_source: unit?.source ?? source,
    quality: findQuality(name),
    aliases: entry === null ? [] : otherNames(entry, name),
    released_on: announcedOn(name) ?? releasedOn(name),
    retires_on: retiresOn(provider_id, name),
  };
}

/** Names that the entry spells out and that are not this one. */
function otherNames({ id, match }: PriceEntry, name: string): string[] {
  const rules = 'or' in match ? match.or : [match];
  const names = rules.flatMap((rule) => ('equals' in rule ? [rule.equals] : []));
  return [...new Set([id, ...names])].filter((one) => one !== name && matches(match, one.toLowerCase()));
}

function rowAt(prices: PriceRow | DatedPrices[], now_ms: number): PriceRow {
  if (!Array.isArray(prices)) return prices;
  const now = new Date(now_ms).toISOString();
  const day = now.slice(0, 10);
  const time = now.slice(11, 19);
  // The package lists the default first and lets the last fitting constraint win.
  for (const { constraint, prices: row } of prices.toReversed()) {
    if (constraint === undefined) return row;
    if (constraint.type === 'start_date' && day >= constraint.start_date) return row;
    if (constraint.type === 'time_of_date') {
      const start = constraint.start_time.slice(0, 8);
      const end = constraint.end_time.slice(0, 8);
      if (start <= end ? time >= start && time < end : time >= start || time < end) return row;
    }
  }
  return {};
}

// Dollars per million tokens have at most a few decimals; rounding takes off what binary fractions add.
const nanos = (usd: number): number => Math.round(usd * 1e9);

function priceAt(price: Price | undefined, start: number | null): number | null {
  if (price === undefined) return null;
  if (typeof price === 'number') return nanos(price);
  if (start === null) return nanos(price.base);
  return nanos(price.tiers.findLast((tier) => tier.start <= start)?.price ?? price.base);
}

function toPrices(row: PriceRow): Prices {
  const at = (start: number | null): Omit<Prices, 'tiers'> => ({
    input: priceAt(row['input_mtok'], start),
    cache_read: priceAt(row['cache_read_mtok'], start),
    cache_write: priceAt(row['cache_write_mtok'], start),
    cache_write_1h: priceAt(row['cache_write_1h_mtok'], start),
    output: priceAt(row['output_mtok'], start),
    reasoning: null,
    input_audio: priceAt(row['input_audio_mtok'], start),
    output_audio: priceAt(row['output_audio_mtok'], start),
    per_request: perRequest(row['requests_kcount']),
  });
  const starts = new Set<number>();
  for (const price of Object.values(row))
    if (typeof price === 'object') for (const tier of price.tiers) starts.add(tier.start);
  return {
    ...at(null),
    // The package's tier holds from one token above `start` on.
    tiers: [...starts]
      .sort((a, b) => a - b)
      .map((start) => ({ from_input_tokens: start + 1, prices: at(start) })),
  };
}

function perRequest(price: Price | undefined): number | null {
  const per_thousand = priceAt(price, null);
  return per_thousand === null ? null : Math.ceil(per_thousand / 1000);
}
