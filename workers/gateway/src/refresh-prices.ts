import type { FetchPort, PriceChange, PriceChangeStore } from '@sluice/contract';
import { comparePrices, type PriceDifference } from '@sluice/providers/catalogue/compare-prices';
import { PRICE_PROVIDERS, readPriceBook } from '@sluice/providers/catalogue/price-book';
import { fetchPriceSource, PRICE_SOURCE_URL } from '@sluice/providers/catalogue/read-price-source';
import { toRevision } from './price-revision.ts';

export interface RefreshPorts {
  store: PriceChangeStore;
  fetch: FetchPort;
  /** Makes isolates read the organization, and with it the prices, again. */
  organizationChanged: (organization_id: string, config_version: number) => Promise<unknown>;
  newId: () => string;
  /** `SLUICE_PRICE_SOURCE`; `undefined` = the price package's own. */
  source: string | undefined;
}

export type Refresh =
  | { result: 'off' }
  | { result: 'unreadable'; reason: string }
  | { result: 'read'; applied: number; pending: number; unreadable: number };

/** As many rows as anybody will look through. */
const UNDECIDED_MAX = 10_000;

/**
 * The nightly job: reads the public price list and puts in force what differs and is not odd; the rest waits for a
 * person. Without network, or with a list that makes no sense, all stays as it is. Never throws for the source's sake.
 * @throws Error when the database cannot be read or written.
 */
export async function refreshPrices(ports: RefreshPorts, now_ms: number): Promise<Refresh> {
  if (ports.source === 'off') return { result: 'off' };
  const url = ports.source || PRICE_SOURCE_URL;
  const source = await fetchPriceSource(ports.fetch, url, PRICE_PROVIDERS).catch((error: unknown) =>
    String(error),
  );
  if (typeof source === 'string') {
    console.warn(JSON.stringify({ event: 'price_source_unreadable', url, reason: source.slice(0, 300) }));
    return { result: 'unreadable', reason: source };
  }
  const revisions = (await ports.store.inForce()).map(toRevision);
  const differences: PriceDifference[] = [];
  for (const [price_provider, entries] of source.entries) {
    const book = readPriceBook(price_provider, revisions);
    if (book !== null) differences.push(...comparePrices(price_provider, book, entries));
  }
  const known = await undecided(ports.store);
  const changes = differences
    .map((difference) => toChange(difference, ports.newId(), url, now_ms))
    // What waits already, or was refused, is not asked of a person each night anew.
    .filter((change) => change.state === 'applied' || !known.has(keyOf(change)));
  const versions = changes.length === 0 ? [] : await ports.store.add(changes);
  for (const { organization_id, config_version } of versions)
    await ports.organizationChanged(organization_id, config_version);
  const applied = changes.filter(({ state }) => state === 'applied').length;
  const read = { applied, pending: changes.length - applied, unreadable: source.unreadable };
  console.log(JSON.stringify({ event: 'prices_refreshed', url, ...read }));
  return { result: 'read', ...read };
}

const toChange = (
  { price_provider, before, after, doubt }: PriceDifference,
  id: string,
  source: string,
  at_ms: number,
): PriceChange => ({
  id,
  price_provider,
  model: after.id,
  state: doubt === null ? 'applied' : 'pending',
  before,
  after,
  doubt,
  source,
  at_ms,
  decided_at_ms: null,
  decided_by: null,
});

async function undecided(store: PriceChangeStore): Promise<Set<string>> {
  const [pending, rejected] = await Promise.all([
    store.list('pending', UNDECIDED_MAX, null),
    store.list('rejected', UNDECIDED_MAX, null),
  ]);
  return new Set([...pending, ...rejected].map(keyOf));
}

/** The same step from the same price to the same price. */
const keyOf = ({ price_provider, model, before, after }: PriceChange): string =>
  JSON.stringify([price_provider, model, before, after]);
