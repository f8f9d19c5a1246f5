import {
  type CatalogueModel,
  type Connection,
  GatewayError,
  type KeyPolicy,
  type ModelAbilities,
  type OrganizationSettings,
  type Prices,
  type Provider,
} from '@sluice/contract';
import { toUsd } from '@sluice/core/money';
import { findForbidding, type MergedRules } from '@sluice/core/routing/merge-rules';
import { covers } from '@sluice/core/routing/model-pattern';
import { findNamed } from '@sluice/core/routing/named-model';
import { resolveModel } from '@sluice/core/routing/resolve-model';
import { rulesOf } from '@sluice/core/routing/rules-of';
import type { AppPorts, KeyedRead } from './app.ts';

type Ports = Pick<AppPorts, 'pipeline'>;

/**
 * OpenAI's model list: what this key may use, as `provider/model` and, beside it, by the bare name; then `auto`, aliases
 * and the organization's own assistants, chains and splits, as far as they lead to something that it may use.
 * @param id one model instead of the list; @throws GatewayError not_found
 */
export function listModels(ports: Ports, id?: string): KeyedRead {
  return async ({ policy, settings }) => {
    const data = usableModels(ports, policy, settings);
    if (id === undefined) return { object: 'list', data };
    const found = data.find((model) => model.id === id);
    if (found === undefined)
      throw new GatewayError(
        'not_found',
        `The model "${id.slice(0, 200)}" does not exist or this key may not use it.`,
        {
          param: 'model',
        },
      );
    return found;
  };
}

/** OpenAI's members, and ours after them. */
interface ListedModel {
  id: string;
  object: 'model';
  /** Seconds since 1970; 0 = unknown. */
  created: number;
  owned_by: string;
  context_window: number | null;
  max_output_tokens: number | null;
  abilities: Omit<ModelAbilities, 'context_tokens' | 'output_tokens_max'> | null;
  /** Dollars per million tokens; `null` = unknown. */
  prices: ListedPrices | null;
  quality: number | null;
  quality_source: string | null;
  quality_read_on: string | null;
  released_on: string | null;
  retires_on: string | null;
}

interface ListedPrices {
  input_usd_per_mtok: number | null;
  cache_read_usd_per_mtok: number | null;
  cache_write_usd_per_mtok: number | null;
  output_usd_per_mtok: number | null;
  per_unit_usd: number | null;
  tiers: {
    from_input_tokens: number;
    input_usd_per_mtok: number | null;
    output_usd_per_mtok: number | null;
  }[];
}

function usableModels(ports: Ports, policy: KeyPolicy, settings: OrganizationSettings): ListedModel[] {
  const rules = rulesOf({ hints: {} }, policy, settings);
  const today = new Date(ports.pipeline.clock.now_ms()).toISOString().slice(0, 10);
  const models = new Map<string, ListedModel>();
  for (const connection of settings.connections) {
    const provider = ports.pipeline.findProvider(connection.provider);
    if (!connection.enabled || provider === null) continue;
    for (const name of namesOf(connection, provider, ports, today)) {
      if (!mayUse({ provider, model: name }, policy, rules)) continue;
      const full = `${provider.id}/${name}`;
      if (settings.model_overrides?.[full]?.enabled === false) continue;
      const model = render(provider.id, name, settings, ports);
      if (!models.has(name)) models.set(name, model);
      if (!models.has(full)) models.set(full, { ...model, id: full });
    }
  }
  const named = namedModels(ports, policy, settings, rules).filter(({ id }) => !models.has(id));
  return models.size === 0 && named.length === 0 ? [] : [...auto(models), ...named, ...models.values()];
}

/** A connection that lists its models is believed; of all others, those that their provider has retired are left out. */
const namesOf = (connection: Connection, provider: Provider, ports: Ports, today: string): string[] =>
  connection.models ??
  ports.pipeline.catalogue
    .list(provider.id)
    .filter(({ retires_on }) => retires_on == null || retires_on > today)
    .map(({ model }) => model);

const auto = (models: Map<string, ListedModel>): ListedModel[] =>
  models.size > 0 && !models.has('auto') ? [nothingKnown('auto')] : [];

/** @param by_name the key is allowed the name that leads here */
function mayUse(
  target: { provider: { id: string }; model: string },
  policy: KeyPolicy,
  rules: MergedRules,
  by_name = false,
): boolean {
  const { provider_allowlist, model_allowlist } = policy;
  return (
    (provider_allowlist.length === 0 || provider_allowlist.includes(target.provider.id)) &&
    (by_name || model_allowlist.length === 0 || model_allowlist.some((pattern) => covers(pattern, target))) &&
    findForbidding(rules, target) === null
  );
}

/** Names that are the organization's own, and that lead to at least one model that the key may use. */
function namedModels(
  ports: Ports,
  policy: KeyPolicy,
  settings: OrganizationSettings,
  rules: MergedRules,
): ListedModel[] {
  const { chains, splits, assistants } = settings.routing;
  const names = [
    ...Object.keys(settings.aliases),
    ...assistants.map(({ name }) => `assistant/${name}`),
    ...chains.map(({ name }) => `chain/${name}`),
    ...splits.map(({ name }) => `split/${name}`),
  ];
  return names.flatMap((name) => {
    const leads = leadsTo(name, settings).flatMap(({ model, by_name }) =>
      resolveModel(model, settings, ports.pipeline, ports.pipeline.clock.now_ms()).filter((target) =>
        mayUse(target, policy, rules, by_name && policy.model_allowlist.includes(name)),
      ),
    );
    const [first] = leads;
    if (first === undefined) return [];
    const model = render(first.provider.id, first.model, settings, ports);
    return [
      Object.hasOwn(settings.aliases, name) && leadsTo(name, settings)[0]?.by_name === false
        ? { ...model, id: name, owned_by: 'sluice' }
        : nothingKnown(name),
    ];
  });
}

/** @returns names of models; `by_name`: behind an assistant, a chain or a split, which may be allowed as such. */
function leadsTo(name: string, settings: OrganizationSettings): { model: string; by_name: boolean }[] {
  try {
    const named = findNamed(name, settings, NOBODY);
    return named === null
      ? [{ model: name, by_name: false }]
      : named.links.map(({ model }) => ({ model, by_name: true }));
  } catch {
    // It leads to something that is stored no longer.
    return [];
  }
}

const NOBODY = { user_id: null, session_id: null, key_id: '', request_id: '' };

const nothingKnown = (id: string): ListedModel => ({
  id,
  object: 'model',
  created: 0,
  owned_by: 'sluice',
  context_window: null,
  max_output_tokens: null,
  abilities: null,
  prices: null,
  quality: null,
  quality_source: null,
  quality_read_on: null,
  released_on: null,
  retires_on: null,
});

/** With the organization's own words over the catalogue's. */
function render(
  provider_id: string,
  name: string,
  settings: OrganizationSettings,
  ports: Ports,
): ListedModel {
  const model: CatalogueModel | null = ports.pipeline.catalogue.find(provider_id, name);
  const own = settings.model_overrides?.[`${provider_id}/${name}`];
  const prices = settings.price_overrides[`${provider_id}/${name}`] ?? model?.prices ?? null;
  const known = model === null && own === undefined ? null : { ...model?.abilities, ...own?.abilities };
  const { context_tokens, output_tokens_max, ...abilities } = known ?? {};
  const own_quality = own?.quality ?? null;
  return {
    id: name,
    object: 'model',
    created: model?.released_on == null ? 0 : Date.parse(model.released_on) / 1000,
    owned_by: provider_id,
    context_window: context_tokens ?? null,
    max_output_tokens: output_tokens_max ?? null,
    abilities: known === null ? null : { ...NO_ABILITIES, ...abilities },
    prices: prices === null ? null : renderPrices(prices),
    quality: own_quality ?? model?.quality?.score ?? null,
    quality_source: own_quality === null ? (model?.quality?.source ?? null) : 'organization',
    quality_read_on: own_quality === null ? (model?.quality?.read_on ?? null) : null,
    released_on: model?.released_on ?? null,
    retires_on: model?.retires_on ?? null,
  };
}

const NO_ABILITIES = { tools: null, vision: null, json_schema: null, reasoning: null };

const usd = (nanos: number | null | undefined): number | null => (nanos == null ? null : toUsd(nanos));

const renderPrices = (prices: Prices): ListedPrices => ({
  input_usd_per_mtok: usd(prices.input),
  cache_read_usd_per_mtok: usd(prices.cache_read),
  cache_write_usd_per_mtok: usd(prices.cache_write),
  output_usd_per_mtok: usd(prices.output),
  per_unit_usd: usd(prices.per_unit),
  tiers: prices.tiers.map((tier) => ({
    from_input_tokens: tier.from_input_tokens,
    input_usd_per_mtok: usd(tier.prices.input),
    output_usd_per_mtok: usd(tier.prices.output),
  })),
});
