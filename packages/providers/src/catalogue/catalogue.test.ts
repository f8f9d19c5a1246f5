import { readFileSync } from 'node:fs';
import { noUsage, type Prices, type Provider, type Usage } from '@sluice/contract';
import { costOf, worstCaseOf, worstCost } from '@sluice/core/money';
import { describe, expect, it } from 'vitest';
import { renderCatalogue } from '../../../../scripts/catalogue.ts';
import { renderLimits } from '../../../../scripts/catalogue-limits.ts';
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
  provider('bedrock', 'aws'),
  provider('vertex', 'google-vertex'),
];
const at = (iso: string) => createCatalogue(PROVIDERS, { now_ms: () => Date.parse(iso) });
const catalogue = at('2026-11-21T12:00:00Z');

const pricesOf = (id: string, model: string): Prices => {
  const prices = catalogue.find(id, model)?.prices;
  if (!prices) throw new Error(`${id}/${model} has no price`);
  return prices;
};

describe('prices by the unit', () => {
  const cost = (id: string, model: string, usage: Partial<Usage>) =>
    costOf({ ...noUsage(), ...usage }, pricesOf(id, model));

  it.each<[string, string, Partial<Usage>, number]>([
    ['openai', 'whisper-1', { units: 60 }, 6_000_000],
    ['openai', 'tts-1', { units: 1_000_000 }, 15_000_000_000],
    ['openai', 'dall-e-3', { units: 2 }, 240_000_000],
    ['groq', 'whisper-large-v3-turbo', { units: 3600 }, 40_000_000],
    ['xai', 'grok-imagine-image', { units: 1 }, 20_000_000],
    ['openai', 'omni-moderation-latest', {}, 0],
    ['openai', 'omni-moderation-2024-09-26', { input_tokens: 50 }, 0],
    [
      'openai',
      'gpt-image-1',
      { input_tokens: 10, input_image_tokens: 100, output_tokens: 1000, units: 1 },
      41_050_000,
    ],
    ['openai', 'gpt-4o-transcribe', { input_audio_tokens: 100, output_tokens: 10, units: 0 }, 700_000],
  ])('%s/%s costs what its price list says', (id, model, usage, nanos) => {
    const spent = cost(id, model, usage);
    // A price per hour does not come out even per second: at most a nano-dollar a second more.
    expect(spent).toBeGreaterThanOrEqual(nanos);
    expect(spent).toBeLessThanOrEqual(nanos + (usage.units ?? 0));
  });

  it('are listed, name their source, and are unknown for other models', () => {
    const listed = catalogue.list('openai').map(({ model }) => model);
    expect(listed.filter((model) => model === 'whisper-1')).toHaveLength(1);
    expect(listed).toContain('tts-1-hd');
    expect(catalogue.find('openai', 'tts-1')?.price_source).toContain('2026-11-21');
    expect(catalogue.find('openai', 'tts-9')).toBeNull();
    expect(catalogue.providersOf('tts-1')).toContain('openai');
  });

  it('bound what a request can cost, so that a hold is enough', () => {
    const may = { cache_1h: false, audio: false };
    const worst = worstCaseOf(pricesOf('openai', 'gpt-image-1'), 110, may, { output_tokens: 1000, units: 1 });
    const usage = { input_tokens: 10, input_image_tokens: 100, output_tokens: 1000 };
    expect(worst === null ? 0 : worstCost(worst, 1000)).toBeGreaterThanOrEqual(
      cost('openai', 'gpt-image-1', usage) ?? Number.POSITIVE_INFINITY,
    );
    const spoken = worstCaseOf(pricesOf('openai', 'tts-1'), 5, may, { output_tokens: 0, units: 5 });
    expect(spoken?.input_usd_nanos).toBe(75_000);
  });
});

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
    expect(catalogue.providersOf('claude-sonnet-4-5')).toEqual(['anthropic', 'vertex']);
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

describe('models at Bedrock and Vertex', () => {
  it('have prices there, and the abilities of the same model elsewhere', () => {
    const model = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0';
    const arn = `arn:aws:bedrock:eu-west-1:123456789012:inference-profile/${model}`;
    for (const name of [model, arn]) {
      const found = catalogue.find('bedrock', name);
      expect(found?.abilities).toMatchObject({ output_tokens_max: 64_000, context_tokens: 200_000 });
      expect(found?.prices?.input).toBeGreaterThan(0);
    }
    expect(catalogue.find('vertex', 'claude-sonnet-4-5@20250929')?.abilities.output_tokens_max).toBe(64_000);
  });

  it('are listed under names that can be called', () => {
    for (const { model } of catalogue.list('bedrock')) {
      expect(model).not.toMatch(/^regional/);
      expect(catalogue.find('bedrock', model)).not.toBeNull();
    }
  });

  it('never stand before the vendor’s own', () => {
    expect(catalogue.providersOf('claude-sonnet-4-5')).toEqual(['anthropic', 'vertex']);
    expect(catalogue.providersOf('gemini-2.5-flash')).toEqual(['gemini', 'vertex']);
  });
});

describe('what is known of models', () => {
  it('names where a quality score comes from and when it was read, and invents none', () => {
    expect(catalogue.find('anthropic', 'claude-opus-4-7')?.quality).toEqual({
      score: 0.898,
      source: 'arena.ai/leaderboard/text (updated 2026-09-30): 1494',
      read_on: '2026-10-01',
    });
    expect(catalogue.find('openai', 'gpt-3.5-turbo')?.quality).toBeNull();
  });

  it('covers the chat models that matter, all scores between 0 and 1, better models above worse ones', () => {
    const scored = PROVIDERS.flatMap(({ id }) => catalogue.list(id)).filter(({ quality }) => quality);
    expect(new Set(scored.map(({ model }) => model)).size).toBeGreaterThan(80);
    for (const { quality } of scored) {
      expect(quality?.score).toBeGreaterThan(0);
      expect(quality?.score).toBeLessThan(1);
    }
    const scoreOf = (id: string, model: string) => catalogue.find(id, model)?.quality?.score ?? Number.NaN;
    expect(scoreOf('openai', 'gpt-5.5')).toBeGreaterThan(scoreOf('openai', 'gpt-4o-mini'));
  });

  it.each([
    ['openai', 'gpt-5.5-2026-04-23', 'gpt-5.5'],
    ['bedrock', 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'claude-sonnet-4-5'],
    ['vertex', 'claude-sonnet-4-5@20250929', 'claude-sonnet-4-5'],
    ['groq', 'meta-llama/llama-4-scout-17b-16e-instruct', 'meta-llama/llama-4-scout-17b-16e-instruct'],
  ])('%s/%s has what is known of %s', (id, model, same) => {
    const found = catalogue.find(id, model);
    expect(found?.quality?.score).toBeGreaterThan(0.5);
    const home = catalogue.providersOf(same)[0] ?? '';
    expect(found?.quality).toEqual(catalogue.find(home, same)?.quality);
  });

  it('tells models of one day from their followers by date of release and retirement', () => {
    expect(catalogue.find('openai', 'gpt-5.5')).toMatchObject({
      released_on: '2026-04-23',
      retires_on: null,
    });
    expect(catalogue.find('openai', 'gpt-4o-mini')?.retires_on).toBe('2027-01-14');
    expect(catalogue.find('gemini', 'gemini-2.5-pro')).toMatchObject({
      released_on: '2025-06-17',
      retires_on: '2026-12-01',
    });
    // Clouds set dates of their own.
    expect(catalogue.find('vertex', 'gemini-2.5-pro')?.retires_on).toBeNull();
  });

  it.each([
    ['anthropic', 'claude-haiku-4-5', { prefill: true, prompt_cache: true, audio: false }],
    ['anthropic', 'claude-opus-4-7', { prefill: false, vision: true, tools: true, reasoning: true }],
    ['gemini', 'gemini-3.8-flash', { prefill: false, audio: true, output_tokens_max: 65_536 }],
    ['openai', 'gpt-5.4', { prefill: false, context_tokens: 1_050_000, json_schema: true }],
    ['openai', 'gpt-4o-2024-05-13', { output_tokens_max: 4_096, json_schema: false }],
    ['mistral', 'mistral-large-2512', { tools: true, prefill: null }],
  ])('%s/%s can what its vendor says', (id, model, abilities) => {
    expect(catalogue.find(id, model)?.abilities).toMatchObject(abilities);
  });

  it('lists other names, each of which means the same model', () => {
    const model = catalogue.find('anthropic', 'claude-sonnet-4-5');
    for (const alias of catalogue.find('openai', 'gpt-5')?.aliases ?? [])
      expect(catalogue.find('openai', alias)?.prices).toEqual(catalogue.find('openai', 'gpt-5')?.prices);
    expect(model?.aliases).not.toContain('claude-sonnet-4-5');
  });
});

describe('prices that were found after the package was made', () => {
  const entry = {
    id: 'gpt-4o-mini',
    match: { equals: 'gpt-4o-mini' },
    prices: { input_mtok: 0.1, output_mtok: 0.5 },
  };
  const young = { id: 'gpt-99', match: { equals: 'gpt-99' }, prices: { input_mtok: 9, output_mtok: 90 } };
  const revision = (one: typeof entry) => ({ price_provider: 'openai', entry: one, read_on: '2026-11-22' });

  it('take the place of the package’s, name their day, add new models, and go again', () => {
    const revisable = at('2026-11-21T12:00:00Z');
    expect(revisable.find('openai', 'gpt-99')).toBeNull();
    revisable.revise([revision(entry), revision(young)]);
    expect(revisable.find('openai', 'gpt-4o-mini')).toMatchObject({
      prices: { input: 100_000_000, output: 500_000_000, cache_read: null },
      price_source: 'genai-prices (read 2026-11-22)',
    });
    expect(revisable.find('openai', 'gpt-99')?.prices?.output).toBe(90_000_000_000);
    expect(revisable.providersOf('gpt-99')).toEqual(['openai']);
    expect(revisable.find('openai', 'gpt-4o')?.price_source).toMatch(/^genai-prices@/);
    revisable.revise([]);
    expect(revisable.find('openai', 'gpt-4o-mini')?.prices?.input).toBe(150_000_000);
    expect(revisable.find('openai', 'gpt-99')).toBeNull();
  });
});

it.each([
  ['prices', renderCatalogue],
  ['limits', renderLimits],
])('the generated file of %s is that of the installed packages', (name, render) => {
  const file = readFileSync(`packages/providers/src/catalogue/${name}.generated.ts`, 'utf8');
  expect(file.replace(/\s+$/, '') === render().replace(/\s+$/, ''), 'run npm run catalogue').toBe(true);
});
