import type { Recommendation } from '@sluice/client';
import { expect, test } from 'vitest';
import { evidenceRows } from './render-advice.ts';

const advice = (evidence: Recommendation['evidence']) => ({ evidence }) as Recommendation;

test('evidence is told in its own units, with bounds beside what they bound, and nothing of it is lost', () => {
  const rows = evidenceRows(
    advice({
      easy_share: 0.95,
      easy_share_low: 0.91,
      spent_per_month_usd: 12.5,
      spent_per_month_high_usd: 20,
      slow_median_ms: 1_250,
      ttl_seconds: 3_600,
      alternative: 'openai/gpt-4o-mini',
      alternative_failed_share: null,
      samples: 1_234,
      from: '2026-10-22T00:00:00.000Z',
      to: '2026-11-21T00:00:00.000Z',
    }),
  );
  expect(rows.slice(0, -1)).toEqual([
    ['Easy share', '95% (at least 91%)'],
    ['Spent per month', '$12.50 (at most $20.00)'],
    ['Slow median', '1.25 s'],
    ['TTL', '1 h 0 min'],
    ['Alternative', 'openai/gpt-4o-mini'],
    ['Alternative failed share', '–'],
    ['Requests it rests on', '1,234'],
  ]);
});
