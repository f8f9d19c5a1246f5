import type { Split, UsageRow } from '@sluice/client';
import { expect, it } from 'vitest';
import { armResults } from './split-results.ts';

const SPLIT: Split = {
  name: 'cheaper',
  model_name: 'split/cheaper',
  enabled: true,
  sticky_by: 'user',
  arms: [
    { id: 'control', model: 'openai/gpt-4o', percent: 50 },
    { id: 'mini', model: 'openai/gpt-4o-mini', percent: 50 },
  ],
};

const rowOf = (split: string, sums: Partial<UsageRow>): UsageRow =>
  ({
    split,
    requests: 0,
    errors: 0,
    cost_usd: 0,
    unpriced_requests: 0,
    score_mean: null,
    scored_requests: 0,
    latency_ms_mean: null,
    ttft_ms_mean: null,
    ...sums,
  }) as UsageRow;

it('takes an arm by its own name, and a price only over requests whose price is known', () => {
  const [control, mini] = armResults(SPLIT, [
    rowOf('cheaper/mini', { requests: 100, errors: 2, cost_usd: 0.9, unpriced_requests: 10 }),
    rowOf('other/control', { requests: 5000 }),
  ]);
  expect(mini).toMatchObject({ requests: 100, share: 1, error_share: 0.02, cost_usd: 0.01 });
  expect(control).toMatchObject({ requests: 0, share: 0, error_share: null, cost_usd: null });
});

it('calls a difference one only where it is too large for chance, and says which way', () => {
  const compare = (errors: number, requests: number) =>
    armResults(SPLIT, [
      rowOf('cheaper/control', { requests, errors: requests * 0.02, score_mean: 0.9, scored_requests: 400 }),
      rowOf('cheaper/mini', { requests, errors, score_mean: 0.6, scored_requests: 400 }),
    ])[1]?.verdicts.map(({ word }) => word);
  expect(compare(150, 1000)).toEqual(['more errors', 'lower score']);
  expect(compare(24, 1000)).toEqual(['errors: no difference', 'lower score']);
  expect(compare(20, 20)).toEqual(['errors: too early', 'lower score']);
});
