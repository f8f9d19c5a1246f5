import { type BudgetView, METRIC_BOUNDS_MS, type MetricSums, type TargetHealth } from '@sluice/contract';
import parsePrometheus from 'parse-prometheus-text-format';
import { describe, expect, it } from 'vitest';
import { readExposition } from './exposition-fixture.ts';
import { type OrganizationMetrics, renderFamilies } from './metric-families.ts';
import { chooseExposition, renderExposition } from './render-exposition.ts';

const sums = (change: Partial<MetricSums> = {}): MetricSums => ({
  provider: 'openai',
  model: 'gpt-4o-mini',
  door: 'chat-completions',
  status: 200,
  error_code: '',
  cache_status: 'off',
  requests: 3,
  input_tokens: 30,
  cache_read_tokens: 5,
  cache_write_tokens: 0,
  cache_write_1h_tokens: 0,
  output_tokens: 12,
  reasoning_tokens: 0,
  input_audio_tokens: 0,
  output_audio_tokens: 0,
  cost_usd_nanos: 1_500_000,
  unpriced_requests: 1,
  latency_ms_sum: 700,
  latency_within: METRIC_BOUNDS_MS.map((bound) => (bound < 160 ? 0 : bound < 640 ? 2 : 3)),
  ttft_ms_sum: 90,
  ttft_count: 2,
  ttft_within: METRIC_BOUNDS_MS.map((bound) => (bound < 80 ? 1 : 2)),
  ...change,
});

const view: BudgetView = {
  id: 'bud_1',
  scope: 'project',
  subject: 'proj_1',
  window: 'monthly',
  currency: 'usd',
  limit_amount: 10,
  limit_usd_nanos: 10e9,
  spent_usd_nanos: 2.5e9,
  held_usd_nanos: 1e9,
  remaining_usd_nanos: 6.5e9,
  hard: true,
  alert_percents: [],
  resets_at_ms: null,
};

const organization = (change: Partial<OrganizationMetrics> = {}): OrganizationMetrics => ({
  organization_id: 'org_default',
  sums: [
    sums(),
    sums({ cache_status: 'hit' }),
    sums({ status: 503, error_code: 'provider_down', ttft_count: 0 }),
  ],
  health: {
    targets: { 'conn_a\ngpt-4o-mini': { breaker: 'open' } as TargetHealth },
    cooled: { conn_a: 2_000, conn_b: 500 },
  },
  budgets: [{ name: 'a "quoted"\\one\nin two lines', view }],
  ...change,
});

const text = (change: Partial<OrganizationMetrics> = {}) =>
  renderExposition(renderFamilies([organization(change)], '1.2.3', 1_000), 'prometheus');
const samplesOf = (family: string) => readExposition(text()).get(family) ?? [];

describe('what a scraper gets', () => {
  it('is read alike by a maintained parser and by a strict one', () => {
    const parsed = parsePrometheus(text());
    const strict = readExposition(text());
    expect(parsed.map(({ name }) => name).sort()).toEqual([...strict.keys()].sort());
    const duration = parsed.find(({ name }) => name === 'sluice_request_duration_seconds');
    expect(duration?.type).toBe('HISTOGRAM');
    expect(duration?.metrics).toHaveLength(1);
    const requests = parsed.find(({ name }) => name === 'sluice_requests_total');
    expect(requests?.metrics.map(({ value }) => value)).toEqual(['6', '3']);
  });

  it('counts requests, errors by code, kinds of tokens, cost and cache hits', () => {
    const of = (family: string, label: string) =>
      Object.fromEntries(samplesOf(family).map(({ labels, value }) => [labels[label], value]));
    expect(of('sluice_requests_total', 'status')).toEqual({ 200: 6, 503: 3 });
    expect(of('sluice_errors_total', 'code')).toEqual({ provider_down: 3 });
    expect(of('sluice_tokens_total', 'kind')).toEqual({ input: 90, cache_read: 15, output: 36 });
    expect(of('sluice_cost_usd_total', 'model')).toEqual({ 'gpt-4o-mini': 0.0045 });
    expect(of('sluice_cache_hits_total', 'model')).toEqual({ 'gpt-4o-mini': 3 });
    expect(of('sluice_breaker_state', 'state')).toEqual({ closed: 0, open: 1, half_open: 0 });
    expect(of('sluice_connection_cooling', 'connection')).toEqual({ conn_a: 1 });
    expect(of('sluice_budget_spent_usd', 'name')).toEqual({ 'a "quoted"\\one\nin two lines': 2.5 });
  });

  it('has buckets in seconds that only grow, and end in the count', () => {
    const all = samplesOf('sluice_request_duration_seconds');
    const buckets = all.filter(({ name }) => name.endsWith('_bucket'));
    const bounds = buckets.map(({ labels }) => Number(labels['le']?.replace('+Inf', 'Infinity')));
    expect(bounds).toEqual([...METRIC_BOUNDS_MS.map((bound) => bound / 1000), Number.POSITIVE_INFINITY]);
    const counts = buckets.map(({ value }) => value);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(all.find(({ name }) => name.endsWith('_count'))?.value).toBe(counts.at(-1));
    expect(all.find(({ name }) => name.endsWith('_sum'))?.value).toBe(2.1);
  });

  it('says what could not be read, beside what could', () => {
    const broken = readExposition(text({ sums: null, health: null }));
    expect(broken.get('sluice_scrape_missing')?.map(({ labels }) => labels['part'])).toEqual([
      'counters',
      'health',
    ]);
    expect(broken.has('sluice_budget_limit_usd')).toBe(true);
    expect(broken.has('sluice_requests_total')).toBe(false);
  });

  it('is OpenMetrics for whoever asks for it: families without their suffix, and an end', () => {
    expect(chooseExposition('application/openmetrics-text;version=1.0.0,text/plain;q=0.5')).toBe(
      'openmetrics',
    );
    expect(chooseExposition('text/plain')).toBe('prometheus');
    const open = renderExposition(renderFamilies([organization()], '1.2.3', 1_000), 'openmetrics');
    expect(open).toContain('# TYPE sluice_requests counter\nsluice_requests_total{');
    expect(open.endsWith('\n# EOF\n')).toBe(true);
  });
});
