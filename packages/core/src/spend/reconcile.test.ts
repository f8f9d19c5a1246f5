import type { BilledLine, UsageSums } from '@sluice/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modelFamily, type OurDay, reconcile } from './reconcile.ts';

const EXACT = { percent: 0, usd_nanos: 0 };
const day = '2026-10-31';

const sums = (change: Partial<UsageSums> = {}): UsageSums => ({
  requests: 2,
  errors: 0,
  input_tokens: 100,
  cache_read_tokens: 20,
  cache_write_tokens: 3,
  cache_write_1h_tokens: 4,
  output_tokens: 50,
  reasoning_tokens: 10,
  input_audio_tokens: 0,
  output_audio_tokens: 0,
  cost_usd_nanos: 1_000_000,
  platform_fee_usd_nanos: 0,
  savings_usd_nanos: 0,
  cache_hits: 0,
  cache_saved_usd_nanos: 0,
  unpriced_requests: 0,
  estimated_requests: 0,
  latency_ms_sum: 0,
  ttft_ms_sum: 0,
  ttft_count: 0,
  quality_milli_sum: 0,
  quality_count: 0,
  ...change,
});
const ours = (change: Partial<OurDay> = {}): OurDay => ({ day, model: 'gpt-4o', sums: sums(), ...change });
const theirs = (change: Partial<BilledLine> = {}): BilledLine => ({
  day,
  model: 'gpt-4o-2024-08-06',
  requests: 2,
  tokens: { input_tokens: 100, cache_read_tokens: 20, cache_write_tokens: 7, output_tokens: 60 },
  usd_nanos: 1_000_000,
  ...change,
});

describe('reconciliation', () => {
  it('of equal books shows no difference, also where names and buckets are cut otherwise', () => {
    const [row, ...others] = reconcile([theirs()], [ours()], EXACT);
    expect(others).toEqual([]);
    expect(row).toMatchObject({ day, model: 'gpt-4o', flags: [], usd_nanos_difference: 0 });
    expect(Object.values(row?.token_difference ?? { none: 1 })).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it.each([
    ['tokens_differ', theirs({ tokens: { ...theirs().tokens, output_tokens: 61 } })],
    ['price_differs', theirs({ usd_nanos: 1_000_003 })],
    ['requests_differ', theirs({ requests: 3 })],
  ] as const)('flags %s, and nothing else', (flag, line) => {
    expect(reconcile([line], [ours()], EXACT).map(({ flags }) => flags)).toEqual([[flag]]);
  });

  it('forgives what is within the tolerance, and the nano-dollar that each request was rounded up', () => {
    expect(reconcile([theirs({ usd_nanos: 999_998 })], [ours()], EXACT)[0]?.flags).toEqual([]);
    const line = theirs({ usd_nanos: 1_009_000, tokens: { ...theirs().tokens, input_tokens: 101 } });
    expect(reconcile([line], [ours()], { percent: 1, usd_nanos: 0 })[0]?.flags).toEqual([]);
    expect(reconcile([line], [ours()], { percent: 0.5, usd_nanos: 0 })[0]?.flags).toEqual([
      'tokens_differ',
      'price_differs',
    ]);
  });

  it('names what only one side knows, and keeps quiet about refusals that cost nothing', () => {
    const refused = ours({
      model: null,
      sums: sums({
        input_tokens: 0,
        cache_read_tokens: 0,
        cache_write_tokens: 0,
        cache_write_1h_tokens: 0,
        output_tokens: 0,
        reasoning_tokens: 0,
        cost_usd_nanos: 0,
      }),
    });
    const rows = reconcile([theirs({ model: 'o3' })], [ours(), refused], EXACT);
    expect(rows.map(({ model, flags }) => [model, flags])).toEqual([
      [null, []],
      ['gpt-4o', ['missing_there']],
      ['o3', ['missing_here']],
    ]);
  });

  it('holds a line without a model against the whole day', () => {
    const rows = reconcile(
      [theirs({ model: null, tokens: null, requests: null, usd_nanos: 3_000_000 })],
      [ours(), ours({ model: 'o3', sums: sums({ cost_usd_nanos: 2_000_000 }) })],
      EXACT,
    );
    expect(rows).toMatchObject([{ model: null, usd_nanos_difference: 0, token_difference: null, flags: [] }]);
  });

  it('loses no nano-dollar of either side, whatever is in the books', () => {
    const name = fc.constantFrom('gpt-4o', 'gpt-4o-2024-08-06', 'GPT 4o', 'o3', null);
    const days = fc.constantFrom('2026-10-30', '2026-10-31');
    fc.assert(
      fc.property(
        fc.array(fc.record({ day: days, model: name, usd_nanos: fc.nat() })),
        fc.array(fc.record({ day: days, model: name, cost: fc.nat() })),
        (lines, own) => {
          const rows = reconcile(
            lines.map((line) => theirs(line)),
            own.map((one) => ours({ ...one, sums: sums({ cost_usd_nanos: one.cost }) })),
            EXACT,
          );
          const sum = (values: (number | null | undefined)[]) =>
            values.reduce<number>((total, value) => total + (value ?? 0), 0);
          expect(sum(rows.map((row) => row.theirs?.usd_nanos))).toBe(
            sum(lines.map((line) => line.usd_nanos)),
          );
          expect(sum(rows.map((row) => row.ours?.usd_nanos))).toBe(sum(own.map(({ cost }) => cost)));
          expect(new Set(rows.map((row) => `${row.day} ${row.model}`)).size).toBe(rows.length);
        },
      ),
    );
  });
});

describe('a model family', () => {
  it.each([
    ['Claude Haiku 4.5', 'claude-haiku-4-5'],
    ['claude-haiku-4-5-20251001', 'claude-haiku-4-5'],
    ['gpt-4o-mini-2024-07-18', 'gpt-4o-mini'],
    ['Claude 3.5 Sonnet 2024-10-22', 'claude-3-5-sonnet'],
    ['gpt-4', 'gpt-4'],
    ['gpt-4-0613', 'gpt-4-0613'],
  ])('of %s is %s', (model, family) => {
    expect(modelFamily(model)).toBe(family);
  });
});
