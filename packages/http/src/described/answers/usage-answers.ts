import { USAGE_GROUPS } from '@sluice/contract';
import * as z from 'zod';
import { count, id, pageOf, time, usd, usd_nanos } from './answer-parts.ts';

const moneyFields = {
  cost_usd: usd.describe('US dollars of the requests whose price is known.'),
  platform_fee_usd: usd,
  total_usd: usd,
  savings_usd: usd,
  cost_usd_nanos: usd_nanos,
  platform_fee_usd_nanos: usd_nanos,
  savings_usd_nanos: usd_nanos,
};
const cachedFields = {
  cache_hits: count,
  cache_saved_usd: usd.describe('What asking a provider would have cost; no part of `savings_usd`.'),
  cache_saved_usd_nanos: usd_nanos,
};
const tokenFields = {
  input_tokens: count,
  cache_read_tokens: count,
  cache_write_tokens: count,
  cache_write_1h_tokens: count,
  output_tokens: count,
  reasoning_tokens: count,
  input_audio_tokens: count,
  output_audio_tokens: count,
};
const unpriced_requests = count.describe('Requests that are in no cost: their price is unknown.');

const usageFields = {
  requests: count,
  errors: count,
  ...tokenFields,
  ...moneyFields,
  ...cachedFields,
  unpriced_requests,
  estimated_requests: count,
  latency_ms_mean: z.number().nullable().describe('null = no requests.'),
  ttft_ms_mean: z.number().nullable().describe('null = none had a first token.'),
  score_mean: z.number().nullable().describe('Of POST /v1/feedback, 0 to 1; null = nobody said anything.'),
  scored_requests: z.int(),
};
const spendFields = { requests: count, ...moneyFields, ...cachedFields, unpriced_requests };

export type MoneySums = z.output<typeof moneySums>;
export const moneySums = z.strictObject(moneyFields);
export type TokenSums = z.output<typeof tokenSums>;
export const tokenSums = z.strictObject(tokenFields);
export type UsageSumsShown = z.output<typeof usageSums>;
export type SpendSumsShown = z.output<typeof spendSums>;
export const usageSums = z.strictObject(usageFields).meta({ id: 'UsageSums' });
export const spendSums = z.strictObject(spendFields).meta({ id: 'SpendSums' });

const group = z.string().nullable().exactOptional();
const groups = Object.fromEntries(USAGE_GROUPS.map((name) => [name, group])) as Record<
  (typeof USAGE_GROUPS)[number],
  typeof group
>;

const reportOf = <Sums extends z.ZodType, Row extends z.ZodType>(totals: Sums, row: Row) =>
  z.strictObject({
    from: time,
    to: time,
    since: time.describe('As `from`.'),
    until: time.describe('As `to`.'),
    time_zone: z.string(),
    source: z.enum(['traces', 'hourly_sums']),
    totals,
    ...pageOf(row).shape,
  });

const anomaly = z
  .strictObject({
    id,
    scope: z.enum(['key', 'project']),
    scope_id: id,
    hour: time.describe('Start of the hour.'),
    spent_usd: usd,
    expected_usd: usd.describe('What would have been usual.'),
    score: z.number().describe('Distance from usual in robust standard deviations.'),
    basis: z.enum(['same_hour_of_week', 'recent_hours', 'active_hours']),
    detected_at: time,
  })
  .meta({ id: 'Anomaly' });
export type AnomalyShown = z.output<typeof anomaly>;

const rank = z.number().nullable();
const percentiles = z
  .strictObject({ p50_ms: rank, p90_ms: rank, p95_ms: rank, p99_ms: rank })
  .meta({ id: 'Percentiles', description: 'By nearest rank; null = none was measured.' });
const activityFields = {
  requests: count,
  errors: count,
  cost_usd: usd.describe('US dollars of the requests whose price is known.'),
  latency: percentiles,
  ttft: percentiles,
};
const activity = z.strictObject(activityFields).meta({
  id: 'Activity',
  description: 'Durations are of requests that were answered in full: a refusal is always quick.',
});
export type ActivityShown = z.output<typeof activity>;

export const USAGE_ANSWERS = {
  getActivity: z
    .strictObject({
      from: time,
      to: time,
      step_ms: z.int().min(1),
      traces_max: count.describe('More than the newest so many are not read.'),
      oldest_at: time.nullable().describe('When the oldest came that was read; null = there was none.'),
      total: activity,
      providers: z
        .array(z.strictObject({ provider: z.string(), attempts: count, failures: count }))
        .describe('Calls to providers, the most failures first, at most twenty.'),
      ...pageOf(
        z.strictObject({ at: time.describe('Start of the step.'), ...activityFields }).meta({
          id: 'ActivityStep',
          description: 'Steps without requests are left out.',
        }),
      ).shape,
    })
    .meta({ id: 'ActivityReport' }),
  getUsage: reportOf(
    usageSums,
    z.strictObject({ ...groups, ...usageFields }).meta({
      id: 'UsageRow',
      description: 'Sums of one group. What is not grouped by is absent; null = those that have none.',
    }),
  ).meta({ id: 'UsageReport' }),
  getSpend: reportOf(spendSums, z.strictObject({ ...groups, ...spendFields }).meta({ id: 'SpendRow' })).meta({
    id: 'SpendReport',
  }),
  listAnomalies: pageOf(anomaly),
} satisfies Record<string, z.ZodType>;
