import type {
  Connection,
  ModelAbilities,
  OrganizationSettings,
  Prices,
  Provider,
  Target,
} from '@sluice/contract';
import { type ResolvePorts, resolveServed, toTargets } from './resolve-model.ts';

/** A model of one provider, with all the connections that serve it. */
export interface Offer {
  provider: Provider;
  model: string;
  abilities: ModelAbilities;
  prices: Prices | null;
  /** 0 to 1; `null` = nobody measured it. */
  quality: number | null;
  /** Shared between offers that the same connections serve. */
  connections: readonly Connection[];
  /** ISO date; `null` = unknown or never. */
  retires_on: string | null;
}

export interface OfferBook {
  offers: Offer[];
  /** Index in `offers`, by provider id and model. */
  by_name: ReadonlyMap<string, number>;
  /** Provider's id by connection. */
  provider_of: ReadonlyMap<string, string>;
}

export const offerName = (provider_id: string, model: string): string => `${provider_id}\n${model}`;

const books = new WeakMap<OrganizationSettings, { until_ms: number; book: OfferBook }>();
const BOOK_MS = 10_000;

/** Everything that `auto` may choose from; made again every ten seconds, since a price may change by the minute. */
export function offersOf(settings: OrganizationSettings, ports: ResolvePorts, now_ms: number): OfferBook {
  const known = books.get(settings);
  if (known !== undefined && now_ms < known.until_ms) return known.book;
  const book = bookOf(collectOffers(settings, ports));
  books.set(settings, { until_ms: now_ms + BOOK_MS, book });
  return book;
}

export function bookOf(offers: Offer[]): OfferBook {
  const by_name = new Map<string, number>();
  const provider_of = new Map<string, string>();
  for (const [index, { provider, model, connections }] of offers.entries()) {
    by_name.set(offerName(provider.id, model), index);
    for (const { id } of connections) provider_of.set(id, provider.id);
  }
  return { offers, by_name, provider_of };
}

/**
 * Models that the catalogue has measured, those that an owner listed at a connection, and each provider's default:
 * what else a provider has (embeddings, images, snapshots of long ago) nobody means by `auto`.
 */
function collectOffers(settings: OrganizationSettings, ports: ResolvePorts): Offer[] {
  const offers: Offer[] = [];
  const open = new Map<string, Connection[]>();
  const listed = new Map<string, Connection[]>();
  for (const connection of settings.connections) {
    if (!connection.enabled) continue;
    if (connection.models === null) push(open, connection.provider, connection);
    else
      for (const model of connection.models)
        if (ports.catalogue.chats?.(model) !== false)
          push(listed, offerName(connection.provider, model), connection);
  }
  for (const [provider_id, connections] of open) {
    const provider = ports.findProvider(provider_id);
    if (provider === null) continue;
    const names = new Set<string>();
    for (const known of ports.catalogue.list(provider_id))
      if (known.quality != null || known.model === provider.default_model) names.add(known.model);
    if (provider.default_model !== undefined) names.add(provider.default_model);
    for (const model of names) {
      const name = offerName(provider_id, model);
      const more = listed.get(name);
      listed.delete(name);
      addOffer(
        offers,
        provider,
        model,
        more === undefined ? connections : [...connections, ...more],
        settings,
        ports,
      );
    }
    // Listed at another connection of a provider that this one serves whole.
    for (const [name, some] of listed)
      if (name.startsWith(`${provider_id}\n`)) listed.set(name, [...connections, ...some]);
  }
  for (const [name, connections] of listed) {
    const at = name.indexOf('\n');
    const provider = ports.findProvider(name.slice(0, at));
    if (provider !== null) addOffer(offers, provider, name.slice(at + 1), connections, settings, ports);
  }
  addDefault(offers, settings, ports);
  return offers;
}

/** The organization's own default is always among them, whatever the catalogue knows of it. */
function addDefault(offers: Offer[], settings: OrganizationSettings, ports: ResolvePorts): void {
  const known = new Set(offers.map(({ provider, model }) => offerName(provider.id, model)));
  const groups = new Map<string, Target[]>();
  for (const target of resolveServed(settings.default_model, settings, ports)) {
    const name = offerName(target.provider.id, target.model);
    if (known.has(name)) continue;
    groups.set(name, [...(groups.get(name) ?? []), target]);
  }
  for (const group of groups.values()) {
    const [first] = group;
    if (first !== undefined)
      addOffer(
        offers,
        first.provider,
        first.model,
        group.map(({ connection }) => connection),
        settings,
        ports,
      );
  }
}

function push(map: Map<string, Connection[]>, key: string, connection: Connection): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [connection]);
  else known.push(connection);
}

function addOffer(
  offers: Offer[],
  provider: Provider,
  model: string,
  connections: Connection[],
  settings: OrganizationSettings,
  ports: ResolvePorts,
): void {
  const [target] = toTargets(provider, connections.slice(0, 1), model, settings, ports);
  if (target === undefined) return;
  const retires_on = ports.catalogue.find(provider.id, model)?.retires_on ?? null;
  offers.push(asOffer(target, connections, retires_on));
}

export const asOffer = (
  { provider, model, abilities, prices, quality }: Target,
  connections: readonly Connection[],
  retires_on: string | null,
): Offer => ({ provider, model, abilities, prices, quality: quality ?? null, connections, retires_on });
