import type { TelemetryExporter, TelemetrySignal, TraceRecord } from '@sluice/contract';
import { isSampled, spanIdsOf } from '@sluice/core/telemetry/span-ids';
import { listEnabledExporters } from '../d1/telemetry.ts';

export interface ForwardPorts {
  DB: D1Database;
  /** `sluice-telemetry` */
  TELEMETRY: { sendBatch(messages: { body: string; contentType: 'text' }[]): Promise<unknown> };
}

/** A message may have 128 kB, a batch 100 messages and 256 kB (Cloudflare's documented limits, read 2026-11-21). */
const MESSAGE_CHARS_MAX = 80_000;
const BATCH_CHARS_MAX = 160_000;
const BATCH_MAX = 100;

/**
 * Queues what exporters are to get of these requests: for each exporter and signal messages of its own, so that one that
 * has to be sent again brings nothing to anybody who has it already. Where nobody exports, it costs one query.
 * @throws when D1 or the queue cannot be reached: then nothing, or a part, was queued.
 */
export async function forwardTraces(records: readonly TraceRecord[], ports: ForwardPorts): Promise<void> {
  if (records.length === 0) return;
  const organizations = [...new Set(records.map(({ organization_id }) => organization_id))];
  const exporters = await listEnabledExporters(ports.DB, organizations);
  const bodies: string[] = [];
  for (const exporter of exporters) {
    const own = records.filter(({ organization_id }) => organization_id === exporter.organization_id);
    for (const signal of exporter.signals) bodies.push(...(await messagesOf(own, exporter, signal)));
  }
  for (const batch of batchesOf(bodies))
    await ports.TELEMETRY.sendBatch(batch.map((body) => ({ body, contentType: 'text' })));
}

async function messagesOf(
  records: readonly TraceRecord[],
  exporter: TelemetryExporter,
  signal: TelemetrySignal,
): Promise<string[]> {
  const with_content = signal === 'traces' && exporter.capture_content;
  const messages: string[] = [];
  let waiting: string[] = [];
  let chars = 0;
  const close = () => {
    if (waiting.length > 0)
      messages.push(
        `{"version":1,"organization_id":${JSON.stringify(exporter.organization_id)},` +
          `"exporter_id":${JSON.stringify(exporter.id)},"signal":"${signal}","records":[${waiting.join(',')}]}`,
      );
    waiting = [];
    chars = 0;
  };
  for (const record of records) {
    if (signal === 'traces' && !isSampled(await spanIdsOf(record), exporter.sample_ratio)) continue;
    let json = JSON.stringify({ ...record, candidates: [], ...(with_content ? {} : NO_CONTENT) });
    if (json.length > MESSAGE_CHARS_MAX) json = JSON.stringify({ ...record, candidates: [], ...NO_CONTENT });
    if (chars + json.length > MESSAGE_CHARS_MAX) close();
    waiting.push(json);
    chars += json.length;
  }
  close();
  return messages;
}

/** What an exporter does not get is not in its messages either. */
const NO_CONTENT = { request_body: null, response_text: null } as const;

function batchesOf(bodies: readonly string[]): string[][] {
  const batches: string[][] = [];
  let batch: string[] = [];
  let chars = 0;
  for (const body of bodies) {
    if (batch.length > 0 && (batch.length === BATCH_MAX || chars + body.length > BATCH_CHARS_MAX)) {
      batches.push(batch);
      batch = [];
      chars = 0;
    }
    batch.push(body);
    chars += body.length;
  }
  return batch.length === 0 ? batches : [...batches, batch];
}
