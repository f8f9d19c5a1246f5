import type { Prices } from '@sluice/contract';

/** Prices that the price package does not have: by the image, the second, the character, the search. */
export interface UnitPrice {
  models: string[];
  prices: Prices;
  source: string;
}

const NONE: Prices = {
  input: null,
  cache_read: null,
  cache_write: null,
  cache_write_1h: null,
  output: null,
  reasoning: null,
  input_audio: null,
  output_audio: null,
  per_request: null,
  tiers: [],
};

const nanos = (usd: number): number => Math.ceil(Math.round(usd * 1e12) / 1e3);

/** Dollars for each image, character or search. */
const each = (usd: number): Prices => ({ ...NONE, per_unit: nanos(usd) });
const perMinute = (usd: number): Prices => each(usd / 60);
const perHour = (usd: number): Prices => each(usd / 3600);
const perMillionCharacters = (usd: number): Prices => each(usd / 1e6);

/** Dollars per million tokens of text, of images read, and of images made. */
const image = (text: number, input_image: number, cached: number, output: number): Prices => ({
  ...NONE,
  input: text * 1e9,
  input_image: input_image * 1e9,
  cache_read: cached * 1e9,
  output: output * 1e9,
});

const FREE: Prices = { ...NONE, input: 0, output: 0 };
const tokens = (input: number): Prices => ({ ...NONE, input: input * 1e9, output: 0 });

const OPENAI = 'openai.com/api/pricing (read 2026-11-21)';
const GROQ = 'groq.com/pricing (read 2026-11-21)';
const COHERE = 'cohere.com/pricing (read 2026-11-21)';
const MISTRAL = 'mistral.ai/pricing (read 2026-11-21)';
const XAI = 'docs.x.ai/docs/models (read 2026-11-21)';

/** By the provider's id in the price package. Where a model has several prices for what a request may ask, the dearest stands here. */
const UNIT_PRICES: Record<string, UnitPrice[]> = {
  openai: [
    { models: ['dall-e-2'], prices: each(0.02), source: OPENAI },
    { models: ['dall-e-3'], prices: each(0.12), source: OPENAI },
    { models: ['gpt-image-1'], prices: image(5, 10, 2.5, 40), source: OPENAI },
    { models: ['gpt-image-1-mini'], prices: image(2, 2.5, 0.25, 8), source: OPENAI },
    { models: ['gpt-image-1.5', 'chatgpt-image-latest'], prices: image(5, 8, 2, 32), source: OPENAI },
    { models: ['gpt-image-2'], prices: image(5, 8, 2, 30), source: OPENAI },
    { models: ['whisper-1'], prices: perMinute(0.006), source: OPENAI },
    { models: ['tts-1'], prices: perMillionCharacters(15), source: OPENAI },
    { models: ['tts-1-hd'], prices: perMillionCharacters(30), source: OPENAI },
    // Billed by tokens that its answer does not count: $0.015 a minute, at a slow 750 characters a minute.
    { models: ['gpt-4o-mini-tts'], prices: perMillionCharacters(20), source: OPENAI },
    {
      models: [
        'omni-moderation-latest',
        'omni-moderation',
        'text-moderation-latest',
        'text-moderation-stable',
      ],
      prices: FREE,
      source: OPENAI,
    },
  ],
  groq: [
    { models: ['whisper-large-v3'], prices: perHour(0.111), source: GROQ },
    { models: ['whisper-large-v3-turbo'], prices: perHour(0.04), source: GROQ },
    { models: ['playai-tts', 'playai-tts-arabic'], prices: perMillionCharacters(50), source: GROQ },
    { models: ['canopylabs/orpheus-v1-english'], prices: perMillionCharacters(22), source: GROQ },
    { models: ['canopylabs/orpheus-arabic-saudi'], prices: perMillionCharacters(40), source: GROQ },
  ],
  cohere: [
    {
      models: ['rerank-v3.5', 'rerank-english-v3.0', 'rerank-multilingual-v3.0', 'rerank-v4.0-fast'],
      prices: each(0.002),
      source: COHERE,
    },
    { models: ['rerank-v4.0-pro'], prices: each(0.0025), source: COHERE },
    {
      models: [
        'embed-english-v3.0',
        'embed-english-light-v3.0',
        'embed-multilingual-v3.0',
        'embed-multilingual-light-v3.0',
      ],
      prices: tokens(0.1),
      source: COHERE,
    },
  ],
  mistral: [
    { models: ['mistral-moderation-latest', 'mistral-moderation'], prices: tokens(0.1), source: MISTRAL },
  ],
  'x-ai': [
    { models: ['grok-2-image', 'grok-2-image-1212'], prices: each(0.07), source: XAI },
    { models: ['grok-imagine-image'], prices: each(0.02), source: XAI },
    { models: ['grok-imagine-image-quality'], prices: each(0.05), source: XAI },
  ],
};

const NO_PRICES: UnitPrice[] = [];

export const unitPricesOf = (price_provider: string): UnitPrice[] => UNIT_PRICES[price_provider] ?? NO_PRICES;

const DATED = /-(?:\d{4}-\d{2}-\d{2}|\d{4})$/;

/**
 * What one model costs by the unit, its dated versions included; `null` = the price package decides.
 * @param name lower-case
 */
export function findUnitPrice(price_provider: string, name: string): UnitPrice | null {
  const rows = unitPricesOf(price_provider);
  const bare = name.replace(DATED, '');
  return rows.find(({ models }) => models.includes(name) || models.includes(bare)) ?? null;
}
