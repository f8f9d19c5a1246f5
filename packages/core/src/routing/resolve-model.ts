import type { CataloguePort, Connection, OrganizationSettings, Provider, Target } from '@sluice/contract';
import { asEndpoint, findPool, poolOf } from './pool.ts';

/** What a name is looked up in. */
export interface ResolvePorts {
  catalogue: CataloguePort;
  findProvider: (id: string) => Provider | null;
}

const UNKNOWN_ABILITIES = {
  context_tokens: null,
  output_tokens_max: null,
  tools: null,
  vision: null,
  json_schema: null,
  reasoning: null,
};

/** Targets of a name, for as long as the settings are the same; prices may change by the minute. */
const resolved = new WeakMap<OrganizationSettings, { until_ms: number; by_name: Map<string, Target[]> }>();
const RESOLVED_MS = 10_000;
const RESOLVED_MAX = 1000;

/** The same targets again as a moment ago: no search through connections and prices for each request. */
export function resolveModel(
  name: string,
  settings: OrganizationSettings,
  ports: ResolvePorts,
  now_ms: number,
): Target[] {
  let known = resolved.get(settings);
  if (known === undefined || now_ms >= known.until_ms || known.by_name.size >= RESOLVED_MAX) {
    known = { until_ms: now_ms + RESOLVED_MS, by_name: new Map() };
    resolved.set(settings, known);
  }
  let targets = known.by_name.get(name);
  if (targets === undefined) {
    targets = resolveAnew(name, settings, ports);
    known.by_name.set(name, targets);
  }
  return targets;
}

/** Every target that a name stands for, best provider first; connections of one provider are in no order yet. */
function resolveAnew(name: string, settings: OrganizationSettings, ports: ResolvePorts): Target[] {
  const targets = resolveName(name, settings, ports);
  return targets.length === 0 && name === 'auto' ? defaultTargets(settings, ports) : targets;
}

/** `auto` where nobody serves the organization's default model: the default of the first connection that has one. */
function defaultTargets(settings: OrganizationSettings, ports: ResolvePorts): Target[] {
  for (const connection of settings.connections) {
    const provider = ports.findProvider(connection.provider);
    const model =
      connection.models === null
        ? provider?.default_model
        : connection.models.find((one) => ports.catalogue.chats?.(one) !== false);
    if (connection.enabled && provider !== null && model !== undefined)
      return toTargets(provider, [connection], model, settings, ports);
  }
  return [];
}

function resolveName(name: string, settings: OrganizationSettings, ports: ResolvePorts): Target[] {
  let model = name === 'auto' ? settings.default_model : name;
  // A model may be named like a member that every object has.
  if (Object.hasOwn(settings.aliases, model)) model = settings.aliases[model] ?? model;
  const pool = findPool(model, settings.routing.pools);
  if (pool === null) return resolveServed(model, settings, ports);
  // Who is full is put behind the overflow for each request anew, by `orderPools`.
  const targets = resolveServed(pool.model, settings, ports);
  for (const overflow of pool.overflow) targets.push(...resolveServed(overflow, settings, ports));
  return targets;
}

/** By everybody who serves a model, under the name that it has there. */
export function resolveServed(model: string, settings: OrganizationSettings, ports: ResolvePorts): Target[] {
  const slash = model.indexOf('/');
  if (slash > 0 && slash < model.length - 1) {
    const provider = ports.findProvider(model.slice(0, slash));
    const own = provider === null ? [] : connectionsOf(provider.id, model.slice(slash + 1), settings);
    if (provider !== null && own.length > 0)
      return toTargets(provider, own, model.slice(slash + 1), settings, ports);
  }
  const listed = settings.connections.filter((c) => c.enabled && c.models?.includes(model));
  const by_provider = new Map<string, Connection[]>();
  for (const connection of listed) {
    const same = by_provider.get(connection.provider);
    if (same === undefined) by_provider.set(connection.provider, [connection]);
    else same.push(connection);
  }
  for (const id of ports.catalogue.providersOf(model))
    if (!by_provider.has(id)) {
      const own = connectionsOf(id, model, settings);
      if (own.length > 0) by_provider.set(id, own);
    }
  const targets: Target[] = [];
  for (const [id, connections] of by_provider) {
    const provider = ports.findProvider(id);
    if (provider !== null) targets.push(...toTargets(provider, connections, model, settings, ports));
  }
  return targets;
}

const connectionsOf = (provider_id: string, model: string, settings: OrganizationSettings): Connection[] =>
  settings.connections.filter(
    (c) => c.enabled && c.provider === provider_id && (c.models === null || c.models.includes(model)),
  );

/** A model at each of these connections; prices of the organization win over the catalogue's. */
export function toTargets(
  provider: Provider,
  connections: Connection[],
  model: string,
  settings: OrganizationSettings,
  ports: ResolvePorts,
): Target[] {
  const known = ports.catalogue.find(provider.id, model);
  const override = settings.price_overrides[`${provider.id}/${model}`];
  const own = settings.model_overrides?.[`${provider.id}/${model}`];
  if (own?.enabled === false) return [];
  const abilities = known?.abilities ?? UNKNOWN_ABILITIES;
  return connections.map((connection) => {
    const target: Target = {
      connection,
      provider,
      model,
      abilities: own === undefined ? abilities : { ...abilities, ...own.abilities },
      prices: override ?? known?.prices ?? null,
      price_source: override === undefined ? (known?.price_source ?? null) : 'organization',
      quality: own?.quality ?? known?.quality?.score ?? null,
    };
    const pool = poolOf(connection, model, settings.routing.pools);
    return pool === null ? target : asEndpoint(target, pool, settings);
  });
}
