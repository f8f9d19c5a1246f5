import {
  type ExportResult,
  GatewayError,
  TELEMETRY_SIGNALS,
  type TelemetryExporter,
  type TelemetrySignal,
  type TelemetryStore,
  type TraceRecord,
} from '@sluice/contract';
import { noteExport } from '../d1/telemetry.ts';
import { type ExportPorts, exportRecords } from '../telemetry/export-records.ts';

export interface TelemetryConsumerPorts extends ExportPorts {
  DB: D1Database;
  store: Pick<TelemetryStore, 'find' | 'headers'>;
}

/** As forwarded; `records` are not looked into again, since nobody else writes this queue. */
interface TelemetryMessage {
  organization_id: string;
  exporter_id: string;
  signal: TelemetrySignal;
  records: TraceRecord[];
}

/** As in wrangler.toml: after so many tries, some two hours, what an exporter cannot take is let go. */
export const TRIES_MAX = 16;
const RETRY_SECONDS_MAX = 600;
/** A receiver may ask for any wait; a queue holds a message back for half a day at most. */
const ASKED_SECONDS_MAX = 3_600;
/** Receivers take 4 MB and more; spans are about as large as their records. */
const REQUEST_CHARS_MAX = 1_000_000;

interface Group {
  name: Pick<TelemetryMessage, 'organization_id' | 'exporter_id' | 'signal'>;
  records: TraceRecord[];
  messages: Message<unknown>[];
  chars: number;
}

/**
 * Sends what waits: one request for each exporter and signal, whatever the number of messages. Messages are acknowledged
 * when the receiver took them, and come again, later and later or when it says, where it may yet: OTLP's 429, 502,
 * 503 and 504, and no answer at all. What it will never take is let go and logged; its traces are in D1 all the same.
 */
export async function consumeTelemetry(
  batch: MessageBatch<unknown>,
  ports: TelemetryConsumerPorts,
): Promise<void> {
  const groups: Group[] = [];
  for (const message of batch.messages) {
    const parsed = parseMessage(message.body);
    if (parsed === null) {
      console.error(JSON.stringify({ event: 'telemetry_unreadable', message_id: message.id }));
      message.ack();
      continue;
    }
    const { records, ...name } = parsed;
    const chars = String(message.body).length;
    const group = groups.find(
      (one) =>
        one.name.exporter_id === name.exporter_id &&
        one.name.organization_id === name.organization_id &&
        one.name.signal === name.signal &&
        one.chars + chars <= REQUEST_CHARS_MAX,
    );
    if (group === undefined) groups.push({ name, records: [...records], messages: [message], chars });
    else {
      group.records.push(...records);
      group.messages.push(message);
      group.chars += chars;
    }
  }
  await Promise.all(groups.map((group) => send(group, ports)));
}

async function send({ name, records, messages }: Group, ports: TelemetryConsumerPorts): Promise<void> {
  let result: ExportResult;
  try {
    const { organization_id, exporter_id, signal } = name;
    const exporter = await ports.store.find(organization_id, exporter_id);
    if (exporter === null || !exporter.enabled) {
      for (const message of messages) message.ack();
      return;
    }
    result = await exportTo(exporter, signal, records, ports);
    await noteExport(ports.DB, exporter, result.error, ports.now_ms()).catch(() => undefined);
  } catch (error) {
    const text = error instanceof Error ? error.message : typeof error;
    result = { outcome: 'later', status: null, error: text, retry_after_ms: null, duration_ms: 0 };
  }
  for (const message of messages) conclude(message, name, result);
}

async function exportTo(
  exporter: TelemetryExporter,
  signal: TelemetrySignal,
  records: TraceRecord[],
  ports: TelemetryConsumerPorts,
): Promise<ExportResult> {
  try {
    const headers = await ports.store.headers(exporter.organization_id, exporter.id);
    return await exportRecords(records, signal, exporter, headers, ports);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    // No key of the gateway opens its headers: time does not heal that.
    const { message } = error;
    return { outcome: 'rejected', status: null, error: message, retry_after_ms: null, duration_ms: 0 };
  }
}

function conclude(message: Message<unknown>, name: Group['name'], result: ExportResult): void {
  const { outcome, status, error, retry_after_ms } = result;
  if (outcome === 'taken') {
    message.ack();
    return;
  }
  const { attempts } = message;
  const given_up = outcome === 'rejected' || attempts >= TRIES_MAX;
  const own_seconds = Math.min(RETRY_SECONDS_MAX, 5 * 2 ** Math.min(10, attempts));
  const asked_seconds = Math.min(ASKED_SECONDS_MAX, Math.ceil((retry_after_ms ?? 0) / 1000));
  const delay_seconds = Math.max(own_seconds, asked_seconds);
  console.error(
    JSON.stringify({
      event: given_up ? 'telemetry_dropped' : 'telemetry_not_sent',
      ...name,
      status,
      error,
      attempts,
      ...(given_up ? {} : { delay_seconds }),
    }),
  );
  if (given_up) message.ack();
  else message.retry({ delaySeconds: delay_seconds });
}

function parseMessage(body: unknown): TelemetryMessage | null {
  if (typeof body !== 'string') return null;
  try {
    const message = JSON.parse(body) as Partial<TelemetryMessage> & { version?: unknown };
    const { version, organization_id, exporter_id, signal, records } = message;
    if (version !== 1 || typeof organization_id !== 'string' || typeof exporter_id !== 'string') return null;
    if (!TELEMETRY_SIGNALS.some((known) => known === signal) || !Array.isArray(records)) return null;
    return { organization_id, exporter_id, signal: signal as TelemetrySignal, records };
  } catch {
    return null;
  }
}
