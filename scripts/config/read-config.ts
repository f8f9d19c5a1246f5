import {
  type CallAdmin,
  type Item,
  type Json,
  KINDS,
  type Kind,
  ORGANIZATION_FIELDS,
  OWN_FIELDS,
  ROUTING_FIELDS,
} from './kinds.ts';

/** A whole configuration, as a file has it. A kind that is not there is not looked after. */
export interface Config {
  organization?: Item;
  [list: string]: Item[] | Item | undefined;
}

/** Everything of a gateway: the file's view, and beside it the raw items, which have ids. */
export interface Actual {
  config: Config;
  /** By list and key. */
  raw: Map<string, Map<string, Item>>;
}

/** In one order, whatever order the gateway answers in. No secret is in it. @throws Error */
export async function readConfig(call: CallAdmin): Promise<Actual> {
  const organization = await call('GET', '/organization');
  const raw = new Map<string, Map<string, Item>>();
  const config: Config = { organization: showOrganization(organization) };
  for (const kind of KINDS) {
    const items = await readAll(call, kind);
    const by_key = new Map<string, Item>();
    for (const item of items) {
      const key = kind.keyOf(item);
      if (by_key.has(key))
        throw new Error(
          `Two of ${kind.list} are called ${JSON.stringify(key)}. Give them different names first: a file tells them apart by name.`,
        );
      by_key.set(key, item);
    }
    raw.set(kind.list, by_key);
  }
  for (const kind of KINDS) {
    const by_key = raw.get(kind.list) ?? new Map<string, Item>();
    const keys = [...by_key.keys()].sort();
    config[kind.list] = keys.map((key) => showItem(kind, by_key.get(key) ?? {}, raw));
  }
  return { config, raw };
}

async function readAll(call: CallAdmin, { list }: Kind): Promise<Item[]> {
  const PAGED = new Set(['connections', 'budgets', 'webhooks']);
  const items: Item[] = [];
  let cursor: Json = null;
  do {
    const query = PAGED.has(list) ? `?limit=100${cursor === null ? '' : `&cursor=${String(cursor)}`}` : '';
    const page = await call('GET', `/${list}${query}`);
    // A webhook of a single key goes with its key, which no file holds.
    items.push(...(page['data'] as Item[]).filter((item) => list !== 'webhooks' || empty(item['keys'])));
    cursor = page['next_cursor'] ?? null;
  } while (cursor !== null);
  return items;
}

const empty = (list: Json | undefined): boolean => !Array.isArray(list) || list.length === 0;

function showOrganization(organization: Item): Item {
  const shown: Item = {};
  for (const name of ORGANIZATION_FIELDS) {
    const value = organization[name];
    if (value === undefined) continue;
    shown[name] = name === 'routing' ? pick(value as Item, ROUTING_FIELDS) : ordered(value);
  }
  return shown;
}

function showItem(kind: Kind, item: Item, raw: Actual['raw']): Item {
  const names =
    kind.fields === 'all' ? Object.keys(item).filter((name) => !OWN_FIELDS.has(name)) : kind.fields;
  const seen = pick(item, names);
  if (kind.list === 'budgets') {
    // Either currency, as its owner wrote it.
    const euro = item['currency'] === 'eur';
    delete seen[euro ? 'limit_usd' : 'limit_eur'];
    seen[euro ? 'limit_eur' : 'limit_usd'] = item['limit_amount'] ?? null;
  }
  if (kind.list === 'pools') {
    // Ids are another gateway's business.
    const connections = [...(raw.get('connections') ?? [])];
    const names_of = (item['connection_ids'] as Json[]).map(
      (id) => connections.find(([, one]) => one['id'] === id)?.[0] ?? id,
    );
    delete seen['connection_ids'];
    seen['connections'] = names_of;
  }
  const first = Object.fromEntries(kind.fixed.map((name) => [name, seen[name] ?? null]));
  const rest = Object.keys(seen)
    .filter((name) => !kind.fixed.includes(name))
    .sort();
  return {
    ...first,
    ...(kind.secret === undefined ? {} : { [kind.secret.field]: { env: kind.secret.envOf(item) } }),
    ...Object.fromEntries(rest.map((name) => [name, seen[name] ?? null])),
  };
}

function pick(item: Item, names: readonly string[]): Item {
  const picked: Item = {};
  for (const name of names) if (item[name] !== undefined) picked[name] = ordered(item[name]);
  return picked;
}

/** The same value with its members in the order of their names. */
export function ordered(value: Json | undefined): Json {
  if (Array.isArray(value)) return value.map(ordered);
  if (value === null || typeof value !== 'object') return value ?? null;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, ordered(value[name])]));
}
