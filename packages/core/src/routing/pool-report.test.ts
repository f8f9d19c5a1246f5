import type { EndpointUsage, Prices } from '@sluice/contract';
import { expect, it } from 'vitest';
import { reportPool } from './pool-report.ts';

const HOUR_MS = 3_600_000;
const POOL = { connection_ids: ['a', 'b'], usd_nanos_per_hour: 2_000_000_000 };
const PRICES: Prices = {
  input: 1_000_000_000,
  cache_read: 500_000_000,
  cache_write: null,
  cache_write_1h: null,
  output: 4_000_000_000,
  reasoning: null,
  input_audio: null,
  output_audio: null,
  per_request: null,
  tiers: [{ from_input_tokens: 10, prices: { ...({} as Prices), input: 9e9, output: 9e9 } }],
};
const USED: EndpointUsage = {
  requests: 1_000,
  input_tokens: 2_000_000,
  cache_read_tokens: 1_000_000,
  output_tokens: 500_000,
  reasoning_tokens: 125_000,
  gpu_ms: 12 * HOUR_MS,
  cost_usd_nanos: 24_000_000_000,
};

it('compares what the machines cost with what the same tokens cost by an API', () => {
  const report = reportPool(POOL, USED, 24 * HOUR_MS, PRICES);
  // 2 endpoints, 24 h, $2 an hour; the API takes $2 + $0.50 + $2 + $0.50 for a thousand requests.
  expect(report).toEqual({
    paid_usd_nanos: 96_000_000_000,
    utilization: 0.25,
    api_usd_nanos: 5_000_000_000,
    saved_usd_nanos: -91_000_000_000,
    break_even_requests_per_day: 19_200,
  });
});

it('at the break-even both cost the same', () => {
  const requests = reportPool(POOL, USED, 24 * HOUR_MS, PRICES).break_even_requests_per_day ?? 0;
  const scale = requests / USED.requests;
  const { requests: _, ...tokens } = USED;
  const more = { ...tokens, requests };
  for (const name of ['input_tokens', 'cache_read_tokens', 'output_tokens', 'reasoning_tokens'] as const)
    more[name] *= scale;
  const { paid_usd_nanos, api_usd_nanos } = reportPool(POOL, more, 24 * HOUR_MS, PRICES);
  expect(api_usd_nanos).toBe(paid_usd_nanos);
});

it('says nothing about an API whose price is unknown, and nothing about no requests', () => {
  expect(reportPool(POOL, USED, HOUR_MS, null)).toMatchObject({
    api_usd_nanos: null,
    saved_usd_nanos: null,
    break_even_requests_per_day: null,
  });
  const none = {
    ...USED,
    requests: 0,
    input_tokens: 0,
    cache_read_tokens: 0,
    output_tokens: 0,
    reasoning_tokens: 0,
  };
  expect(reportPool(POOL, { ...none, gpu_ms: 0 }, HOUR_MS, PRICES)).toMatchObject({
    utilization: 0,
    api_usd_nanos: 0,
    break_even_requests_per_day: null,
  });
});
