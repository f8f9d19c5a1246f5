import type { TraceContext, TraceRecord } from '@sluice/contract';

/** Where the spans of one request stand. */
export interface SpanIds {
  trace_id: string;
  /** The client's span; `null` = the request begins the trace. */
  parent_span_id: string | null;
  gateway_span_id: string;
  /** Of each attempt, in order. */
  attempt_span_ids: string[];
  /** What the client said of sampling; `null` = it sent no trace. */
  parent_sampled: boolean | null;
}

/** Parts of a `traceparent` that the door has let through. */
const parentOf = ({ traceparent }: TraceContext) => {
  const [, trace_id = '', span_id = '', flags = '00'] = traceparent.split('-');
  return { trace_id, span_id, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
};

/**
 * Made of the request's own id and nothing else: what is exported twice, or to two places, has the same ids each time,
 * and a receiver that has a span already knows it.
 */
export async function spanIdsOf(
  record: Pick<TraceRecord, 'organization_id' | 'request_id' | 'attempts' | 'trace_context'>,
): Promise<SpanIds> {
  const name = `${record.organization_id}\n${record.request_id}`;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(name)));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const parent = record.trace_context === undefined ? null : parentOf(record.trace_context);
  const attempts_from = Number.parseInt(hex.slice(60), 16);
  return {
    trace_id: parent?.trace_id ?? hex.slice(0, 32),
    parent_span_id: parent?.span_id ?? null,
    gateway_span_id: hex.slice(32, 48),
    attempt_span_ids: record.attempts.map(
      (_, at) => `${hex.slice(48, 60)}${((attempts_from + at) % 65_536).toString(16).padStart(4, '0')}`,
    ),
    parent_sampled: parent?.sampled ?? null,
  };
}

/** 2^56: the last 14 hex digits of a trace id are random (W3C Trace Context level 2, read 2026-11-21). */
const RANDOM_BITS = 56n;

/**
 * Whether a trace is exported. A client's own decision counts for its traces; others are chosen by trace id alone, so
 * that everyone who samples the same share keeps the same traces (OpenTelemetry, TraceState probability sampling,
 * read 2026-11-21).
 * @param ratio 0 to 1.
 */
export function isSampled({ trace_id, parent_sampled }: SpanIds, ratio: number): boolean {
  if (parent_sampled !== null) return parent_sampled;
  if (ratio >= 1) return true;
  const random = BigInt(`0x${trace_id.slice(-14)}`);
  return random >= BigInt(Math.round((1 - ratio) * 2 ** 53)) << (RANDOM_BITS - 53n);
}
