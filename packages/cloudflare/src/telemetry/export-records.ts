import type {
  ExportResult,
  FetchPort,
  TelemetryExporter,
  TelemetryHeaders,
  TelemetrySignal,
  TraceRecord,
} from '@sluice/contract';
import { outsideProblem } from '@sluice/core/routing/residency';
import { renderMetrics } from '@sluice/core/telemetry/render-metrics';
import { renderSpans } from '@sluice/core/telemetry/render-spans';
import { sendOtlp } from '@sluice/core/telemetry/send-otlp';
import { spanIdsOf } from '@sluice/core/telemetry/span-ids';
import { encodeMetrics, encodeSpans, parsePartialSuccess } from './encode-otlp.ts';

export interface ExportPorts {
  fetch: FetchPort;
  /** Why an address may not be called now; `null` = it may. */
  addressProblem: (
    url: string,
    exporter: Pick<TelemetryExporter, 'private_allowed'>,
  ) => Promise<string | null>;
  now_ms: () => number;
}

/**
 * Sends one signal of these requests to one exporter, now, behind the check of its address. What the receiver refuses of
 * an export that it took is logged, and not sent again (OTLP specification 1.10, read 2026-11-21). Never throws.
 */
export async function exportRecords(
  records: readonly TraceRecord[],
  signal: TelemetrySignal,
  exporter: TelemetryExporter,
  headers: TelemetryHeaders,
  ports: ExportPorts,
): Promise<ExportResult> {
  const url = `${exporter.endpoint}/v1/${signal}`;
  const problem = await ports.addressProblem(url, exporter);
  if (problem !== null) return refused(problem);
  const inside = records.filter((record) => outsideOf(record, exporter) === null);
  const outside = records.map((record) => outsideOf(record, exporter)).find((one) => one !== null);
  if (outside !== undefined && inside.length === 0) return refused(outside);
  const { protocol } = exporter;
  const body = signal === 'traces' ? await spansBody(inside, exporter) : metricsBody(inside, exporter);
  const { answer, ...result } = await sendOtlp({ url, protocol, headers, body }, ports);
  const partial = answer === null ? null : parsePartialSuccess(answer, protocol);
  if (partial !== null)
    console.warn(
      JSON.stringify({
        event: 'telemetry_partly_refused',
        organization_id: exporter.organization_id,
        exporter_id: exporter.id,
        signal,
        rejected: partial.rejected,
        // Any longer run of such characters may be a credential that the receiver repeats.
        message: partial.message.replaceAll(/[\w+/=.~-]{20,}/g, '…'),
      }),
    );
  if (outside === undefined || result.error !== null) return result;
  return { ...result, error: `Not all requests may be sent there: ${outside}.` };
}

/** The rule that held when the request was served; a rule that is made later calls nothing back. */
const outsideOf = ({ residency }: TraceRecord, { region }: TelemetryExporter): string | null =>
  outsideProblem(region, residency?.required);

const refused = (problem: string): ExportResult => ({
  outcome: 'rejected',
  status: null,
  error: `Its address may not be called: ${problem}.`,
  retry_after_ms: null,
  duration_ms: 0,
});

async function spansBody(records: readonly TraceRecord[], exporter: TelemetryExporter) {
  const spans = await Promise.all(
    records.map(async (record) => renderSpans(record, await spanIdsOf(record), exporter.capture_content)),
  );
  return encodeSpans(spans.flat(), exporter.organization_id, exporter.protocol);
}

function metricsBody(records: readonly TraceRecord[], { organization_id, protocol }: TelemetryExporter) {
  const since_ms = Math.min(...records.map(({ at_ms }) => at_ms));
  const until_ms = Math.max(...records.map(({ at_ms, latency_ms }) => at_ms + latency_ms));
  return encodeMetrics(renderMetrics(records), organization_id, protocol, { since_ms, until_ms });
}
