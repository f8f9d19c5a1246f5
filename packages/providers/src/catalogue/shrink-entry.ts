import type { MatchRule } from './match.ts';

/** A price as the price package writes it: dollars. */
export type Price = number | { base: number; tiers: { start: number; price: number }[] };
export type PriceRow = Record<string, Price | undefined>;
export interface DatedPrices {
  constraint?:
    | { type: 'start_date'; start_date: string }
    | { type: 'time_of_date'; start_time: string; end_time: string };
  prices: PriceRow;
}

/** A model's entry as the catalogue keeps it: what a price needs of the package's own. */
export interface PriceEntry {
  id: string;
  match: MatchRule;
  context_tokens?: number;
  prices: PriceRow | DatedPrices[];
}

/** An entry as the package, and the public file that it is made from, have it. */
export interface SourceEntry {
  id: string;
  match: MatchRule;
  context_window?: number;
  prices: PriceRow | DatedPrices[];
}

const PRICE_KEYS = [
  'input_mtok',
  'cache_read_mtok',
  'cache_write_mtok',
  'cache_write_1h_mtok',
  'output_mtok',
  'input_audio_mtok',
  'output_audio_mtok',
  'requests_kcount',
];

/** Models that the package lists under a provider but that its API, as we speak it, does not serve (Vertex does). */
const ELSEWHERE: Record<string, RegExp> = {
  google: /^(claude|llama|mistral|codestral|jamba|deepseek|qwen|gpt)/,
  // Open weights, listed at OpenRouter's prices: OpenAI's API has none of them (help.openai.com/articles/11870455, read 2026-11-21).
  openai: /^gpt-oss|:extended$/,
};

/** Vertex serves what the Gemini API does and more; its models need a list of their own. */
export const NAMED_OTHERWISE: Record<string, string> = { 'google-vertex': 'google' };

export const isServed = (price_provider: string, id: string): boolean => !ELSEWHERE[price_provider]?.test(id);

const onlyTokenPrices = (prices: PriceRow): PriceRow =>
  Object.fromEntries(PRICE_KEYS.flatMap((key) => (prices[key] === undefined ? [] : [[key, prices[key]]])));

/** The same order of members each time, so that two entries are equal when their JSON is. */
export function shrinkEntry(model: SourceEntry): PriceEntry {
  const prices = Array.isArray(model.prices)
    ? model.prices.map((entry) => ({ ...entry, prices: onlyTokenPrices(entry.prices) }))
    : onlyTokenPrices(model.prices);
  return {
    // The package's word for every inference profile of one part of the world; this one can be called.
    id: model.id.replace(/^regional\./, 'us.'),
    match: model.match,
    ...(model.context_window === undefined ? {} : { context_tokens: model.context_window }),
    prices,
  };
}
