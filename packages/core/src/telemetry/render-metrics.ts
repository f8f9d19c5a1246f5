import type { TraceRecord } from '@sluice/contract';
import { inputTokens, outputTokens, toUsd } from '../money.ts';
import { answeringAttempt, operationName, providerName } from './gen-ai.ts';
import type { Attributes } from './span.ts';

/** What a stretch of requests adds to a metric. Nothing in it counts requests of another stretch. */
export interface Metric {
  name: string;
  description: string;
  /** UCUM. */
  unit: string;
  points: MetricPoint[];
}

export interface MetricPoint {
  attributes: Attributes;
  sum: number;
  /** `null` = only the sum is told. */
  histogram: Histogram | null;
}

export interface Histogram {
  bounds: readonly number[];
  /** One more than `bounds`. */
  counts: number[];
  count: number;
  min: number;
  max: number;
}

/** The conventions' own bucket bounds (semantic-conventions-genai, gen-ai-metrics, read 2026-11-21). */
export const TOKEN_BOUNDS = Array.from({ length: 14 }, (_, at) => 4 ** at);
export const SECOND_BOUNDS = Array.from({ length: 14 }, (_, at) => 0.01 * 2 ** at);

/** Metrics of these requests, as differences to before. Without requests that no provider was asked for, there are few. */
export function renderMetrics(records: readonly TraceRecord[]): Metric[] {
  const duration = new Points(SECOND_BOUNDS);
  const first_chunk = new Points(SECOND_BOUNDS);
  const tokens = new Points(TOKEN_BOUNDS);
  const requests = new Points(SECOND_BOUNDS);
  const cost = new Points(null);
  for (const record of records) {
    const operation = operationName(record.door);
    const answered_by = answeringAttempt(record);
    requests.add(
      {
        'gen_ai.operation.name': operation,
        'http.response.status_code': record.status,
        'sluice.cache.status': record.cache_status,
        ...(record.error_code === null ? {} : { 'error.type': record.error_code }),
      },
      record.latency_ms / 1000,
    );
    for (const [at, attempt] of record.attempts.entries()) {
      const attributes = {
        'gen_ai.operation.name': operation,
        'gen_ai.provider.name': providerName(attempt.provider),
        'gen_ai.request.model': attempt.model,
        ...(at === answered_by && record.model !== null ? { 'gen_ai.response.model': record.model } : {}),
      };
      const error = attempt.error === null ? {} : { 'error.type': attempt.error };
      duration.add({ ...attributes, ...error }, attempt.latency_ms / 1000);
      if (at !== answered_by) continue;
      const { usage, ttft_ms, stream, cost_usd_nanos } = record;
      if (stream && ttft_ms !== null) first_chunk.add(attributes, ttft_ms / 1000);
      if (cost_usd_nanos !== null) cost.add(attributes, toUsd(cost_usd_nanos));
      if (usage === null) continue;
      tokens.add({ ...attributes, 'gen_ai.token.type': 'input' }, inputTokens(usage));
      tokens.add({ ...attributes, 'gen_ai.token.type': 'output' }, outputTokens(usage));
    }
  }
  return [
    duration.metric('gen_ai.client.operation.duration', 'GenAI operation duration.', 's'),
    first_chunk.metric('gen_ai.client.operation.time_to_first_chunk', 'Time to the first chunk.', 's'),
    tokens.metric('gen_ai.client.token.usage', 'Number of input and output tokens used.', '{token}'),
    requests.metric('sluice.request.duration', 'Requests to the gateway, from first to last byte.', 's'),
    cost.metric('sluice.cost', 'What answers cost.', '{USD}'),
  ].filter(({ points }) => points.length > 0);
}

class Points {
  readonly #bounds: readonly number[] | null;
  readonly #points = new Map<string, MetricPoint>();

  constructor(bounds: readonly number[] | null) {
    this.#bounds = bounds;
  }

  add(attributes: Attributes, value: number): void {
    const name = JSON.stringify(attributes);
    const point = this.#points.get(name) ?? { attributes, sum: 0, histogram: this.#newHistogram() };
    this.#points.set(name, point);
    point.sum += value;
    const { histogram } = point;
    if (histogram === null) return;
    // A bound belongs to the bucket below it.
    const at = histogram.bounds.findIndex((bound) => value <= bound);
    const bucket = at < 0 ? histogram.bounds.length : at;
    histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + 1;
    histogram.count += 1;
    histogram.min = Math.min(histogram.min, value);
    histogram.max = Math.max(histogram.max, value);
  }

  #newHistogram(): Histogram | null {
    const bounds = this.#bounds;
    if (bounds === null) return null;
    const counts = new Array<number>(bounds.length + 1).fill(0);
    return { bounds, counts, count: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
  }

  metric(name: string, description: string, unit: string): Metric {
    return { name, description, unit, points: [...this.#points.values()] };
  }
}
