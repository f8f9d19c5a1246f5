import { type BudgetView, type HealthSnapshot, METRIC_BOUNDS_MS, type MetricSums } from '@sluice/contract';
import { toUsd } from '../money.ts';
import type { Family, Labels, Sample } from './render-exposition.ts';

/** What of one organization a scrape shows. A part that could not be read is `null`, and then told to be missing. */
export interface OrganizationMetrics {
  organization_id: string;
  sums: MetricSums[] | null;
  health: Pick<HealthSnapshot, 'targets' | 'cooled'> | null;
  budgets: { name: string; view: BudgetView }[] | null;
}

/** Everything that `GET /metrics` tells. */
export function renderFamilies(
  organizations: readonly OrganizationMetrics[],
  version: string,
  now_ms: number,
): Family[] {
  const requests = new Adder('counter', 'sluice_requests', 'Requests that were answered, errors too.');
  const errors = new Adder('counter', 'sluice_errors', 'Requests that ended in an error, by its code.');
  const tokens = new Adder('counter', 'sluice_tokens', 'Tokens; kinds do not overlap.');
  const cost = new Adder('counter', 'sluice_cost_usd', 'Cost of the requests whose price is known.');
  const unpriced = new Adder('counter', 'sluice_unpriced_requests', 'Requests whose price is unknown.');
  const hits = new Adder('counter', 'sluice_cache_hits', 'Requests that the cache answered.');
  const duration = new Adder(
    'histogram',
    'sluice_request_duration_seconds',
    'From the request to the last byte of its answer.',
  );
  const first_token = new Adder(
    'histogram',
    'sluice_time_to_first_token_seconds',
    'From the request to the first token of its answer.',
  );
  const breakers = new Adder('gauge', 'sluice_breaker_state', '1 for the state that a breaker is in.');
  const cooling = new Adder('gauge', 'sluice_connection_cooling', '1 while a connection rests.');
  const limits = new Adder('gauge', 'sluice_budget_limit_usd', 'Limits of budgets that keys share.');
  const spent = new Adder('gauge', 'sluice_budget_spent_usd', 'Spent of them in their window.');
  const held = new Adder('gauge', 'sluice_budget_held_usd', 'Held of them for requests under way.');
  const missing = new Adder('gauge', 'sluice_scrape_missing', '1 for what could not be read this time.');

  for (const { organization_id: organization, sums, health, budgets } of organizations) {
    for (const row of sums ?? []) {
      const { provider, model, door } = row;
      const answer = { organization, provider, model };
      requests.add({ ...answer, door, status: String(row.status) }, row.requests);
      if (row.error_code !== '') errors.add({ ...answer, door, code: row.error_code }, row.requests);
      for (const [kind, count] of tokensOf(row)) if (count > 0) tokens.add({ ...answer, kind }, count);
      if (row.cost_usd_nanos > 0) cost.add(answer, row.cost_usd_nanos);
      if (row.unpriced_requests > 0) unpriced.add(answer, row.unpriced_requests);
      if (row.cache_status === 'hit') hits.add(answer, row.requests);
      duration.addBuckets({ ...answer, door }, row.latency_ms_sum, row.latency_within, row.requests);
      if (row.ttft_count > 0)
        first_token.addBuckets({ ...answer, door }, row.ttft_ms_sum, row.ttft_within, row.ttft_count);
    }
    for (const [key, target] of Object.entries(health?.targets ?? {})) {
      const [connection = '', model = ''] = key.split('\n');
      for (const state of ['closed', 'open', 'half_open'])
        breakers.add({ organization, connection, model, state }, target.breaker === state ? 1 : 0);
    }
    for (const [connection, until_ms] of Object.entries(health?.cooled ?? {}))
      if (until_ms > now_ms) cooling.add({ organization, connection }, 1);
    for (const { name, view } of budgets ?? []) {
      const { id: budget, scope, window } = view;
      const labels = { organization, budget, name, scope, subject: view.subject ?? '', window };
      limits.add(labels, toUsd(view.limit_usd_nanos));
      spent.add(labels, toUsd(view.spent_usd_nanos));
      held.add(labels, toUsd(view.held_usd_nanos));
    }
    for (const [part, read] of Object.entries({ counters: sums, health, budgets }))
      if (read === null) missing.add({ organization, part }, 1);
  }
  return [
    ...[requests, errors, tokens].map((adder) => adder.family()),
    // Added up as integers, told as dollars.
    cost.family(toUsd),
    ...[unpriced, hits].map((adder) => adder.family()),
    ...[duration, first_token].map((adder) => adder.family((ms) => ms / 1000)),
    ...[breakers, cooling, limits, spent, held, missing].map((adder) => adder.family()),
    {
      name: 'sluice_build_info',
      type: 'gauge',
      help: 'The version that answers.',
      samples: [{ labels: { version }, value: 1 }],
    },
  ];
}

const tokensOf = (row: MetricSums): [kind: string, tokens: number][] => [
  ['input', row.input_tokens],
  ['cache_read', row.cache_read_tokens],
  ['cache_write', row.cache_write_tokens],
  ['cache_write_1h', row.cache_write_1h_tokens],
  ['output', row.output_tokens],
  ['reasoning', row.reasoning_tokens],
  ['input_audio', row.input_audio_tokens],
  ['output_audio', row.output_audio_tokens],
];

const BOUNDS = METRIC_BOUNDS_MS.map((bound_ms) => bound_ms / 1000);

/** The samples of a family, one for each set of labels. */
class Adder {
  readonly #type: Family['type'];
  readonly #name: string;
  readonly #help: string;
  readonly #samples = new Map<string, Sample & { counts: number[]; count: number }>();

  constructor(type: Family['type'], name: string, help: string) {
    this.#type = type;
    this.#name = name;
    this.#help = help;
  }

  #sampleOf(labels: Labels) {
    const name = JSON.stringify(Object.values(labels));
    const found = this.#samples.get(name) ?? { labels, value: 0, counts: [], count: 0 };
    this.#samples.set(name, found);
    return found;
  }

  add(labels: Labels, value: number): void {
    this.#sampleOf(labels).value += value;
  }

  addBuckets(labels: Labels, sum: number, within: readonly number[], count: number): void {
    const sample = this.#sampleOf(labels);
    sample.value += sum;
    sample.count += count;
    for (const [at, found] of within.entries()) sample.counts[at] = (sample.counts[at] ?? 0) + found;
  }

  /** @param told what is added up, in the unit of the name. */
  family(told: (value: number) => number = (value) => value): Family {
    const samples = [...this.#samples.values()].map(({ labels, value, counts, count }) => ({
      labels,
      value: told(value),
      ...(this.#type === 'histogram' ? { buckets: { bounds: BOUNDS, counts, count } } : {}),
    }));
    return { name: this.#name, type: this.#type, help: this.#help, samples };
  }
}
