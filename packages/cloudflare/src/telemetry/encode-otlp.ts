import {
  JsonMetricsSerializer,
  JsonTraceSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
} from '@opentelemetry/otlp-transformer';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import type { OtlpProtocol } from '@sluice/contract';
import type { Metric, MetricPoint } from '@sluice/core/telemetry/render-metrics';
import type { Span } from '@sluice/core/telemetry/span';

type Bytes = Uint8Array<ArrayBuffer>;
type ReadableSpan = Parameters<typeof ProtobufTraceSerializer.serializeRequest>[0][number];
type HrTime = [seconds: number, nanoseconds: number];

const SCOPE = { name: 'sluice' };

/** Wire values of the SDK's enums, which are not imported: they would bring the SDK along. */
const KINDS = { server: 1, client: 2 } as const;
const STATUS_UNSET = 0;
const STATUS_ERROR = 2;
const SUM = 3;
const HISTOGRAM = 0;
const DELTA = 0;
const DOUBLE = 1;

/** One request for `/v1/traces`. */
export function encodeSpans(spans: readonly Span[], organization_id: string, protocol: OtlpProtocol): Bytes {
  const resource = resourceOf(organization_id);
  const readable = spans.map((span) => readableSpan(span, resource));
  const serializer = protocol === 'http/json' ? JsonTraceSerializer : ProtobufTraceSerializer;
  return (serializer.serializeRequest(readable) ?? new Uint8Array()) as Bytes;
}

/**
 * One request for `/v1/metrics`: differences, so that no process needs to remember what came before.
 * @param since_ms, until_ms what was counted.
 */
export function encodeMetrics(
  metrics: readonly Metric[],
  organization_id: string,
  protocol: OtlpProtocol,
  { since_ms, until_ms }: { since_ms: number; until_ms: number },
): Bytes {
  const startTime = hrTime(since_ms);
  const endTime = hrTime(until_ms);
  const resource_metrics = {
    resource: resourceOf(organization_id),
    scopeMetrics: [
      { scope: SCOPE, metrics: metrics.map((metric) => metricData(metric, { startTime, endTime })) },
    ],
  };
  const serializer = protocol === 'http/json' ? JsonMetricsSerializer : ProtobufMetricsSerializer;
  return (serializer.serializeRequest(resource_metrics) ?? new Uint8Array()) as Bytes;
}

/** What a receiver refused of an export that it took; `null` = nothing, or its answer cannot be read. */
export function parsePartialSuccess(
  answer: Uint8Array,
  protocol: OtlpProtocol,
): { rejected: number; message: string } | null {
  if (answer.byteLength === 0) return null;
  try {
    // Both signals have the same fields in the same places; in JSON the count has another name.
    const serializer = protocol === 'http/json' ? JsonTraceSerializer : ProtobufTraceSerializer;
    const partial: Record<string, unknown> | undefined = serializer.deserializeResponse(answer)
      .partialSuccess as Record<string, unknown> | undefined;
    const rejected = Number(partial?.rejectedSpans ?? partial?.rejectedDataPoints ?? 0);
    return partial === undefined || !(rejected > 0)
      ? null
      : { rejected, message: String(partial.errorMessage ?? '').slice(0, 200) };
  } catch {
    return null;
  }
}

const hrTime = (ms: number): HrTime => [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)];

function resourceOf(organization_id: string): ReadableSpan['resource'] {
  const resource: ReadableSpan['resource'] = {
    attributes: { 'service.name': 'sluice', 'sluice.organization_id': organization_id },
    merge: () => resource,
    getRawAttributes: () => [],
  };
  return resource;
}

function readableSpan(span: Span, resource: ReadableSpan['resource']): ReadableSpan {
  const { trace_id, span_id, parent_span_id, trace_state } = span;
  const context = (spanId: string, isRemote: boolean) => ({
    traceId: trace_id,
    spanId,
    traceFlags: 1,
    isRemote,
    ...(trace_state === null ? {} : { traceState: stateOf(trace_state) }),
  });
  const startTime = hrTime(span.start_ms);
  return {
    name: span.name,
    kind: KINDS[span.kind],
    spanContext: () => context(span_id, false),
    ...(parent_span_id === null ? {} : { parentSpanContext: context(parent_span_id, span.parent_is_remote) }),
    startTime,
    endTime: hrTime(span.end_ms),
    duration: hrTime(span.end_ms - span.start_ms),
    ended: true,
    status: { code: span.failed ? STATUS_ERROR : STATUS_UNSET },
    attributes: span.attributes,
    links: [],
    events: [],
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

type TraceState = NonNullable<ReturnType<ReadableSpan['spanContext']>['traceState']>;

/** Handed on as it came. */
function stateOf(text: string): TraceState {
  const state: TraceState = {
    serialize: () => text,
    get: () => undefined,
    set: () => state,
    unset: () => state,
  };
  return state;
}

function metricData(metric: Metric, times: { startTime: HrTime; endTime: HrTime }): MetricData {
  const base = {
    descriptor: {
      name: metric.name,
      description: metric.description,
      unit: metric.unit,
      valueType: DOUBLE,
    },
    aggregationTemporality: DELTA,
  };
  if (metric.points.every(({ histogram }) => histogram === null))
    return {
      ...base,
      dataPointType: SUM,
      isMonotonic: true,
      dataPoints: metric.points.map(({ attributes, sum }) => ({ ...times, attributes, value: sum })),
    };
  return {
    ...base,
    dataPointType: HISTOGRAM,
    dataPoints: metric.points.flatMap((point) => histogramPoint(point, times)),
  };
}

function histogramPoint(
  { attributes, sum, histogram }: MetricPoint,
  times: { startTime: HrTime; endTime: HrTime },
) {
  if (histogram === null) return [];
  const { bounds, counts, count, min, max } = histogram;
  const value = { buckets: { boundaries: [...bounds], counts }, sum, count, min, max };
  return [{ ...times, attributes, value }];
}
