import type { CatalogueModel, ModelAbilities, ModelOverride, StoredModel } from '@sluice/contract';
import * as z from 'zod';
import type { ModelOverrideShown, ModelShown } from '../described/answers/model-answers.ts';
import type { AdminApp } from './create-admin.ts';
import { parsePrices, pricesSchema, renderPrices } from './model-prices.ts';
import { newId } from './new-id.ts';
import { tellIsolates } from './organization-routes.ts';
import type { Admin, AdminPorts } from './ports.ts';
import { readBody, readQuery } from './read-body.ts';
import { renderTime } from './render-key.ts';

const tokens = z.int().positive().max(100_000_000).nullable().exactOptional();
const ability = z.boolean().nullable().exactOptional();
const abilities = z.strictObject({
  context_tokens: tokens,
  output_tokens_max: tokens,
  tools: ability,
  vision: ability,
  json_schema: ability,
  reasoning: ability,
  audio: ability,
  prefill: ability,
  prompt_cache: ability,
});

const alias = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .refine((name) => name !== 'auto', '"auto" already means something');

/** What is absent stays as it is; `null` is as in the catalogue. */
export const overrideBody = z.strictObject({
  prices: pricesSchema.nullable().exactOptional(),
  abilities: abilities.nullable().exactOptional(),
  quality: z.number().min(0).max(1).nullable().exactOptional(),
  enabled: z.boolean().nullable().exactOptional(),
  aliases: z.array(alias).max(20).nullable().exactOptional(),
});

export const listQuery = z.strictObject({ provider: z.string().max(64).optional() });

const NONE: ModelOverride = { prices: null, abilities: {}, quality: null, enabled: true, aliases: [] };

/** `/admin/v1/models`: what an organization says of models itself, which wins over the catalogue. */
export function addModelRoutes(app: AdminApp, ports: AdminPorts): void {
  app.get('/models', async (c) => {
    const { provider } = readQuery(c, listQuery);
    const own = await ports.organizations.models(c.get('admin').organization_id);
    if (provider === undefined) return c.json({ data: own.map(renderOverride), next_cursor: null });
    const by_model = new Map(own.filter((one) => one.provider === provider).map((one) => [one.model, one]));
    const listed = ports.catalogue.list(provider);
    const data = listed.map((model) => renderModel(model, by_model.get(model.model) ?? null));
    return c.json({ data, next_cursor: null });
  });

  // A model's name may hold slashes, as `accounts/fireworks/models/llama`.
  app.put('/models/:provider/:model{.+}', async (c) => {
    const { provider, model } = c.req.param();
    const body = await readBody(c, overrideBody);
    const before = await findOverride(ports, c.get('admin'), provider, model);
    const { updated_at_ms: _, provider: __, model: ___, ...kept } = before ?? { ...NO_ROW, ...NONE };
    const after: ModelOverride = {
      prices:
        body.prices === undefined ? kept.prices : body.prices === null ? null : parsePrices(body.prices),
      abilities: body.abilities === undefined ? kept.abilities : (body.abilities ?? {}),
      quality: body.quality === undefined ? kept.quality : body.quality,
      enabled: body.enabled === undefined ? kept.enabled : (body.enabled ?? true),
      aliases: body.aliases === undefined ? kept.aliases : [...new Set(body.aliases ?? [])],
    };
    return c.json(
      await put(ports, c.get('admin'), provider, model, before, saysNothing(after) ? null : after),
    );
  });

  app.delete('/models/:provider/:model{.+}', async (c) => {
    const { provider, model } = c.req.param();
    const before = await findOverride(ports, c.get('admin'), provider, model);
    return c.json(await put(ports, c.get('admin'), provider, model, before, null));
  });
}

const NO_ROW = { provider: '', model: '', updated_at_ms: 0 };

const saysNothing = (one: ModelOverride): boolean =>
  one.prices === null &&
  Object.keys(one.abilities).length === 0 &&
  one.quality === null &&
  one.enabled &&
  one.aliases.length === 0;

async function findOverride(
  ports: AdminPorts,
  { organization_id }: Admin,
  provider: string,
  model: string,
): Promise<StoredModel | null> {
  const own = await ports.organizations.models(organization_id);
  return own.find((one) => one.provider === provider && one.model === model) ?? null;
}

async function put(
  ports: AdminPorts,
  admin: Admin,
  provider: string,
  model: string,
  before: StoredModel | null,
  after: ModelOverride | null,
): Promise<ModelOverrideShown> {
  const at_ms = ports.clock.now_ms();
  await ports.organizations.require(admin.organization_id);
  const version = await ports.organizations.putModel(admin.organization_id, provider, model, after, {
    id: newId(ports, 'evt'),
    at_ms,
    actor: `admin:${admin.id}`,
    action: after === null ? 'model.reset' : 'model.update',
    target_type: 'model',
    target_id: `${provider}/${model}`,
    before: before === null ? null : renderWords(before),
    after: after === null ? null : renderWords(after),
  });
  await tellIsolates(ports, admin.organization_id, version);
  return after === null
    ? { provider, model, ...renderWords(NONE), updated_at: null }
    : renderOverride({ ...after, provider, model, updated_at_ms: at_ms });
}

const renderWords = (one: ModelOverride) => ({
  prices: one.prices === null ? null : renderPrices(one.prices),
  abilities: one.abilities,
  quality: one.quality,
  enabled: one.enabled,
  aliases: one.aliases,
});

const renderOverride = (one: StoredModel): ModelOverrideShown => ({
  provider: one.provider,
  model: one.model,
  ...renderWords(one),
  updated_at: renderTime(one.updated_at_ms),
});

/** As it is used: the catalogue's model with the organization's own words over it. */
function renderModel(model: CatalogueModel, own: StoredModel | null): ModelShown {
  const prices = own?.prices ?? model.prices;
  const merged: ModelAbilities = { ...model.abilities, ...own?.abilities };
  return {
    provider: model.provider,
    model: model.model,
    prices: prices === null ? null : renderPrices(prices),
    price_source: own?.prices ? 'organization' : model.price_source,
    abilities: merged,
    quality: own?.quality ?? model.quality?.score ?? null,
    quality_source: own?.quality != null ? 'organization' : (model.quality?.source ?? null),
    quality_read_on: own?.quality != null ? null : (model.quality?.read_on ?? null),
    enabled: own?.enabled ?? true,
    aliases: [...new Set([...(own?.aliases ?? []), ...(model.aliases ?? [])])],
    released_on: model.released_on ?? null,
    retires_on: model.retires_on ?? null,
    overridden: own !== null,
  };
}
