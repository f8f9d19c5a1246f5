import { PRICE_CHANGE_STATES } from '@sluice/contract';
import * as z from 'zod';
import { id, pageOf, time, usd } from './answer-parts.ts';

const price = usd.nullable().describe('US dollars per million tokens; null = unknown.');
const flat = {
  input_usd_per_mtok: price,
  cache_read_usd_per_mtok: price,
  cache_write_usd_per_mtok: price,
  cache_write_1h_usd_per_mtok: price,
  output_usd_per_mtok: price,
  reasoning_usd_per_mtok: price,
  input_audio_usd_per_mtok: price,
  output_audio_usd_per_mtok: price,
  per_request_usd: usd.nullable(),
  input_image_usd_per_mtok: price,
  per_unit_usd: usd.nullable().describe('US dollars for each image, second, character or search.'),
};

export const pricesShown = z
  .strictObject({
    ...flat,
    tiers: z
      .array(z.strictObject({ from_input_tokens: z.int(), prices: z.strictObject(flat) }))
      .describe('Prices of the whole request from this many input tokens on; ascending.'),
  })
  .meta({ id: 'Prices' });

const tokens = z.int().nullable();
const able = z.boolean().nullable();

const abilities = z
  .strictObject({
    context_tokens: tokens,
    output_tokens_max: tokens,
    tools: able,
    vision: able,
    json_schema: able,
    reasoning: able,
    audio: able.exactOptional(),
    prefill: able.exactOptional(),
    prompt_cache: able.exactOptional(),
  })
  .meta({ id: 'ModelAbilities', description: 'null or absent = unknown.' });

const someAbilities = z
  .strictObject({
    context_tokens: tokens.exactOptional(),
    output_tokens_max: tokens.exactOptional(),
    tools: able.exactOptional(),
    vision: able.exactOptional(),
    json_schema: able.exactOptional(),
    reasoning: able.exactOptional(),
    audio: able.exactOptional(),
    prefill: able.exactOptional(),
    prompt_cache: able.exactOptional(),
  })
  .meta({ id: 'SomeModelAbilities', description: 'What is absent is as the catalogue has it.' });

const modelOverride = z
  .strictObject({
    provider: z.string(),
    model: z.string(),
    prices: pricesShown.nullable().describe('null = as the catalogue has them.'),
    abilities: someAbilities,
    quality: z.number().nullable().describe('0 to 1; null = as the catalogue has it.'),
    enabled: z.boolean(),
    aliases: z.array(z.string()),
    updated_at: time.nullable().describe('null = the organization says nothing of it.'),
  })
  .meta({ id: 'ModelOverride', description: 'What the organization says of a model.' });
export type ModelOverrideShown = z.output<typeof modelOverride>;

const modelShown = z
  .strictObject({
    provider: z.string(),
    model: z.string(),
    prices: pricesShown.nullable().describe('null = unknown.'),
    price_source: z.string().nullable(),
    abilities,
    quality: z.number().nullable().describe('0 to 1; null = nobody measured it.'),
    quality_source: z.string().nullable(),
    quality_read_on: z.string().nullable(),
    enabled: z.boolean(),
    aliases: z.array(z.string()),
    released_on: z.string().nullable(),
    retires_on: z.string().nullable(),
    overridden: z.boolean().describe('The organization says something of it.'),
  })
  .meta({ id: 'Model', description: 'As it is used: the catalogue, and the organization over it.' });
export type ModelShown = z.output<typeof modelShown>;

const priceChange = z
  .strictObject({
    id,
    price_provider: z.string(),
    model: z.string(),
    state: z.enum(PRICE_CHANGE_STATES),
    before: z.unknown().describe('Entry of the price list; null = the model is new.'),
    after: z.unknown(),
    doubt: z.string().nullable().describe('Why it waits for a person; null = nothing is odd.'),
    source: z.string(),
    at: time,
    decided_at: time.nullable(),
    decided_by: z.string().nullable(),
  })
  .meta({ id: 'PriceChange' });
export type PriceChangeShown = z.output<typeof priceChange>;

export const MODEL_ANSWERS = {
  // With `provider` all of its models, without it what the organization says.
  listAdminModels: pageOf(z.union([modelShown, modelOverride])),
  changeModel: modelOverride,
  resetModel: modelOverride,
  listPriceChanges: pageOf(priceChange),
  acceptPriceChange: priceChange,
  rejectPriceChange: priceChange,
} satisfies Record<string, z.ZodType>;
