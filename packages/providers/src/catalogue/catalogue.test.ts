import { readFileSync } from 'node:fs';
import { noUsage, type Prices, type Provider } from '@sluice/contract';
import { costOf } from '@sluice/core/money';
import { describe, expect, it } from 'vitest';
import { renderCatalogue } from '../../../../scripts/catalogue.ts';
import { createCatalogue } from './catalogue.ts';

const provider = (id: string, price_provider = id): Provider => ({ id, price_provider }) as Provider;
const PROVIDERS = [
  provider('openai'),
  provider('anthropic'),
  provider('gemini', 'google'),
  provider('mistral'),
  provider('groq'),
  provider('deepseek'),
  provider('xai', 'x-ai'),
];
const at = (iso: string) => createCatalogue(PROVIDERS, { now_ms: () => Date.parse(iso) });
const catalogue = at('2026-11-21T12:00:00Z');

const pricesOf = (id: string, model: string): Prices => {
  const prices = catalogue.find(id, model)?.prices;
  if (!prices) throw new Error(`${id}/${model} has no price`);
  return prices;
};

describe('prices', () => {
  it('are nano-dollars per million tokens', () => {
    expect(pricesOf('openai', 'gpt-4o-mini')).toMatchObject({
      input: 150_000_000,
      cache_read: 75_000_000,
      output: 600_000_000,
    });
  });

  it('hold for dated names of a model, and are unknown for names that nobody knows', () => {
    expect(catalogue.find('openai', 'gpt-4o-mini-2024-07-18')?.prices?.input).toBe(150_000_000);
    expect(catalogue.find('openai', 'gpt-4o-mini-2099')).toBeNull();
  });

  it('know tiers by their first token', () => {
    expect(pricesOf('gemini', 'gemini-2.5-pro').tiers[0]).toMatchObject({
      from_input_tokens: 200_001,
      prices: { input: 2_500_000_000 },
    });
  });

  it('change on their day and by the hour', () => {
    expect(at('2026-12-31T23:59:59Z').find('gemini', 'gemini-3.7-flash')?.prices?.input).toBe(750_000_000);
    expect(at('2027-01-01T00:00:00Z').find('gemini', 'gemini-3.7-flash')?.prices?.input).toBe(1_500_000_000);
    expect(at('2026-11-21T12:00:00Z').find('deepseek', 'deepseek-reasoner')?.prices?.input).toBe(550_000_000);
    expect(at('2026-11-21T20:00:00Z').find('deepseek', 'deepseek-reasoner')?.prices?.input).toBe(135_000_000);
  });

  const CACHING = [
    ['openai', 'gpt-4o-mini'],
    ['openai', 'gpt-5'],
    ['anthropic', 'claude-sonnet-4-5'],
    ['gemini', 'gemini-2.5-flash'],
    ['mistral', 'mistral-medium-latest'],
    ['deepseek', 'deepseek-chat'],
    ['xai', 'grok-4-0709'],
  ] as const;

  it.each(CACHING)('%s/%s: a cached call costs less than a cold one', (id, model) => {
    const prices = pricesOf(id, model);
    const cold = costOf({ ...noUsage(), input_tokens: 10_000, output_tokens: 100 }, prices) ?? Number.NaN;
    const warm = costOf(
      { ...noUsage(), input_tokens: 1_000, cache_read_tokens: 9_000, output_tokens: 100 },
      prices,
    );
    expect(warm).toBeLessThan(cold);
  });
});

describe('names', () => {
  it('are found at every provider that serves them', () => {
    expect(catalogue.providersOf('claude-sonnet-4-5')).toEqual(['anthropic']);
    expect(catalogue.providersOf('gpt-4o-mini-sim-503')).toEqual(['openai']);
    expect(catalogue.providersOf('no-such-model')).toEqual([]);
  });

  it('bring context windows and output limits', () => {
    expect(catalogue.find('openai', 'gpt-4o-mini')?.abilities).toMatchObject({
      context_tokens: 128_000,
      output_tokens_max: 16_384,
    });
    expect(catalogue.find('anthropic', 'claude-sonnet-4-5')?.abilities.output_tokens_max).toBe(64_000);
  });
});

it('the generated price file is that of the installed price package', () => {
  const file = readFileSync('packages/providers/src/catalogue/prices.generated.ts', 'utf8');
  expect(file.replace(/\s+$/, '') === renderCatalogue().replace(/\s+$/, ''), 'run npm run catalogue').toBe(
    true,
  );
});
