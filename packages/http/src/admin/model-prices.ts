import type { Prices } from '@sluice/contract';
import { toUsd } from '@sluice/core/money';
import * as z from 'zod';
import { toNanos } from './apply-key-changes.ts';

/** Dollars per million tokens; `null` or absent = unknown, never 0. */
const usd = z.number().min(0).max(1_000_000).nullable().default(null);

const priceFields = {
  input_usd_per_mtok: usd,
  cache_read_usd_per_mtok: usd,
  cache_write_usd_per_mtok: usd,
  cache_write_1h_usd_per_mtok: usd,
  output_usd_per_mtok: usd,
  reasoning_usd_per_mtok: usd,
  input_audio_usd_per_mtok: usd,
  output_audio_usd_per_mtok: usd,
  per_request_usd: usd,
  input_image_usd_per_mtok: usd,
  /** For each image, second, character or search. */
  per_unit_usd: usd,
};

const flatPrices = z.strictObject(priceFields);
/** Prices as administrators write them. */
export const pricesSchema = z.strictObject({
  ...priceFields,
  tiers: z
    .array(z.strictObject({ from_input_tokens: z.int().positive(), prices: flatPrices }))
    .max(10)
    .default([]),
});

const nanos = (dollars: number | null): number | null => (dollars === null ? null : toNanos(dollars));
const dollars = (price: number | null): number | null => (price === null ? null : toUsd(price));

type FlatPrices = z.output<typeof flatPrices>;

const parseFlat = (prices: FlatPrices): Omit<Prices, 'tiers'> => ({
  input: nanos(prices.input_usd_per_mtok),
  cache_read: nanos(prices.cache_read_usd_per_mtok),
  cache_write: nanos(prices.cache_write_usd_per_mtok),
  cache_write_1h: nanos(prices.cache_write_1h_usd_per_mtok),
  output: nanos(prices.output_usd_per_mtok),
  reasoning: nanos(prices.reasoning_usd_per_mtok),
  input_audio: nanos(prices.input_audio_usd_per_mtok),
  output_audio: nanos(prices.output_audio_usd_per_mtok),
  per_request: nanos(prices.per_request_usd),
  input_image: nanos(prices.input_image_usd_per_mtok),
  per_unit: nanos(prices.per_unit_usd),
});

const renderFlat = (prices: Omit<Prices, 'tiers'>): FlatPrices => ({
  input_usd_per_mtok: dollars(prices.input),
  cache_read_usd_per_mtok: dollars(prices.cache_read),
  cache_write_usd_per_mtok: dollars(prices.cache_write),
  cache_write_1h_usd_per_mtok: dollars(prices.cache_write_1h),
  output_usd_per_mtok: dollars(prices.output),
  reasoning_usd_per_mtok: dollars(prices.reasoning),
  input_audio_usd_per_mtok: dollars(prices.input_audio),
  output_audio_usd_per_mtok: dollars(prices.output_audio),
  per_request_usd: dollars(prices.per_request),
  input_image_usd_per_mtok: dollars(prices.input_image ?? null),
  per_unit_usd: dollars(prices.per_unit ?? null),
});

/** Tiers ascending, as whoever computes with them expects. */
export const parsePrices = (
  prices: FlatPrices & { tiers: { from_input_tokens: number; prices: FlatPrices }[] },
): Prices => ({
  ...parseFlat(prices),
  tiers: prices.tiers
    .map((tier) => ({ from_input_tokens: tier.from_input_tokens, prices: parseFlat(tier.prices) }))
    .sort((a, b) => a.from_input_tokens - b.from_input_tokens),
});

export const renderPrices = (prices: Prices) => ({
  ...renderFlat(prices),
  tiers: prices.tiers.map((tier) => ({
    from_input_tokens: tier.from_input_tokens,
    prices: renderFlat(tier.prices),
  })),
});
