import { noUsage, type Prices } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { costOf, worstCaseOf } from './money.ts';

const NONE = {
  cache_write_1h: null,
  reasoning: null,
  input_audio: null,
  output_audio: null,
  per_request: null,
};
const prices: Prices = {
  ...NONE,
  input: 3e9,
  cache_read: 0.3e9,
  cache_write: 3.75e9,
  cache_write_1h: 6e9,
  output: 15e9,
  tiers: [
    {
      from_input_tokens: 200_001,
      prices: { ...NONE, input: 6e9, cache_read: 0.6e9, cache_write: 7.5e9, output: 22.5e9 },
    },
  ],
};
const no_audio = { cache_1h: false, audio: false };

describe('costOf', () => {
  it('adds disjoint buckets, each at its own price', () => {
    const usage = {
      ...noUsage(),
      input_tokens: 1000,
      cache_read_tokens: 2000,
      cache_write_tokens: 500,
      output_tokens: 100,
    };
    expect(costOf(usage, prices)).toBe(3_000_000 + 600_000 + 1_875_000 + 1_500_000);
  });

  it('bills reasoning as output unless it has a price of its own', () => {
    const usage = { ...noUsage(), reasoning_tokens: 10 };
    expect(costOf(usage, prices)).toBe(150_000);
    expect(costOf(usage, { ...prices, reasoning: 1e9 })).toBe(10_000);
  });

  it('uses the dearer tier for the whole request from its first token on', () => {
    expect(costOf({ ...noUsage(), input_tokens: 200_000 }, prices)).toBe(600_000_000);
    expect(costOf({ ...noUsage(), input_tokens: 200_001 }, prices)).toBe(1_200_006_000);
    expect(costOf({ ...noUsage(), cache_read_tokens: 200_001 }, prices)).toBe(Math.ceil(200_001 * 600));
  });

  it('says unknown, never 0, when a price is missing', () => {
    expect(costOf({ ...noUsage(), input_tokens: 1 }, null)).toBeNull();
    expect(costOf({ ...noUsage(), output_tokens: 1 }, { ...prices, output: null })).toBeNull();
    expect(costOf({ ...noUsage(), input_tokens: 1 }, { ...prices, output: null })).toBe(3000);
  });

  it('rounds up once, and not for the noise of binary fractions', () => {
    expect(costOf({ ...noUsage(), input_tokens: 3 }, { ...prices, input: 0.1e9 })).toBe(300);
    expect(costOf({ ...noUsage(), input_tokens: 1 }, { ...prices, input: 37_500 })).toBe(1);
  });
});

describe('worstCaseOf', () => {
  const bounds = { output_tokens: null, units: 0 };

  it('is never below the cost of any mix of the same tokens', () => {
    const worst = worstCaseOf(prices, 1000, no_audio, bounds);
    for (const bucket of ['input_tokens', 'cache_read_tokens', 'cache_write_tokens'] as const) {
      const cost = costOf({ ...noUsage(), [bucket]: 1000, output_tokens: 50 }, prices) ?? Number.NaN;
      const hold =
        (worst?.input_usd_nanos ?? 0) + Math.ceil((50 * (worst?.output_usd_nanos_per_mtok ?? 0)) / 1e6);
      expect(cost).toBeLessThanOrEqual(hold);
    }
  });

  it('counts the long cache and the tier only where the request can reach them', () => {
    expect(worstCaseOf(prices, 1000, no_audio, bounds)?.input_usd_nanos).toBe(3_750_000);
    expect(worstCaseOf(prices, 1000, { cache_1h: true, audio: false }, bounds)?.input_usd_nanos).toBe(
      6_000_000,
    );
    expect(worstCaseOf(prices, 300_000, no_audio, bounds)?.input_usd_nanos).toBe(2_250_000_000);
  });

  it('is unknown when a price is', () => {
    expect(worstCaseOf(null, 10, no_audio, bounds)).toBeNull();
    expect(worstCaseOf({ ...prices, output: null }, 10, no_audio, bounds)).toBeNull();
  });
});
