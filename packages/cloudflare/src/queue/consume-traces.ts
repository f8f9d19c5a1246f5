import type { Settlement, TraceRecord } from '@sluice/contract';
import type { ReceiptPorts } from '../d1/chain-receipts.ts';
import { storeTraces } from '../d1/store-traces.ts';
import { parseTraceRow, type TraceMessage, type TraceRow, traceMessage } from './trace-message.ts';

export interface ConsumePorts {
  DB: D1Database;
  TRACES_DEAD: { send(body: unknown): Promise<unknown> };
  /** Tells a key's ledger again; harmless when it knew. */
  settle: (key_id: string, settled: Settlement[]) => Promise<void>;
  /** Makes and signs receipts; absent = the deployment has no key to sign with. */
  receipts?: ReceiptPorts | null;
  /** `GET /metrics` is on: its counters are kept. Absent = they are not. */
  metrics?: boolean;
  /** Hands stored traces on to exporters; absent = this deployment has none. @throws when they are to come again. */
  forward?: (records: readonly TraceRecord[]) => Promise<void>;
}

/** The queue gives up after 100 tries and half a day each at most; between them we wait longer and longer. */
const RETRY_SECONDS_MAX = 600;

/**
 * Stores the traces of a batch of messages, each message by itself: acknowledged when its rows are in D1, retried
 * when D1 or a ledger failed. What cannot be read goes to the dead queue, where a person finds it; it would fail
 * for ever otherwise. Exporters are told after everything is stored, so that they hold nothing up.
 */
export async function consumeTraces(batch: MessageBatch<unknown>, ports: ConsumePorts): Promise<void> {
  const stored: { message: Message<unknown>; read: Read }[] = [];
  for (const message of batch.messages) {
    try {
      stored.push({ message, read: await store(message.body, ports) });
    } catch (error) {
      retry(message, error);
    }
  }
  const failed = await forward(
    stored.map(({ read }) => read),
    ports,
  );
  for (const { message, read } of stored) {
    try {
      if (failed !== null && read.records.length > 0) throw failed;
      // Last: a retry because of the steps above must not send it a second time.
      if (read.dead !== null) await ports.TRACES_DEAD.send(read.dead);
      message.ack();
    } catch (error) {
      retry(message, error);
    }
  }
}

function retry(message: Message<unknown>, error: unknown): void {
  const delay_seconds = Math.min(RETRY_SECONDS_MAX, 5 * 2 ** Math.min(10, message.attempts));
  console.error(
    JSON.stringify({
      event: 'traces_not_stored',
      message_id: message.id,
      attempts: message.attempts,
      delay_seconds,
      error: error instanceof Error ? error.message : typeof error,
    }),
  );
  message.retry({ delaySeconds: delay_seconds });
}

/** What a message held. */
interface Read {
  records: TraceRecord[];
  /** For the dead queue; `null` = everything could be read. */
  dead: unknown;
}

async function store(body: unknown, ports: ConsumePorts): Promise<Read> {
  const message = parseMessage(body);
  if (message === null) return { records: [], dead: body };
  const rows = new Map<string, TraceRow>();
  const records = new Map<string, TraceRecord>();
  const unreadable: unknown[] = [];
  for (const record of message.records) {
    const row = parseTraceRow(record);
    if (row === null) {
      unreadable.push(record);
      continue;
    }
    const name = `${row.organization_id}\n${row.request_id}`;
    rows.set(name, row);
    // Written by this gateway, and what its queries need has been looked at.
    records.set(name, record as TraceRecord);
  }
  await storeTraces(ports.DB, [...rows.values()], ports.receipts ?? null, ports.metrics);
  for (const [key_id, settled] of byKey(message.unsettled)) await ports.settle(key_id, settled);
  const dead = unreadable.length === 0 ? null : { version: 1, records: unreadable, unsettled: [] };
  return { records: [...records.values()], dead };
}

/** @returns what went wrong; `null` = nothing. */
async function forward(read: Read[], { forward }: ConsumePorts): Promise<Error | null> {
  if (forward === undefined) return null;
  try {
    await forward(read.flatMap(({ records }) => records));
    return null;
  } catch (error) {
    return error instanceof Error ? error : new Error(typeof error);
  }
}

function parseMessage(body: unknown): TraceMessage | null {
  if (typeof body !== 'string') return null;
  try {
    return traceMessage.parse(JSON.parse(body));
  } catch {
    return null;
  }
}

function byKey(unsettled: TraceMessage['unsettled']): Map<string, Settlement[]> {
  const settlements = new Map<string, Settlement[]>();
  for (const { key_id, settlement } of unsettled) {
    const list = settlements.get(key_id);
    if (list === undefined) settlements.set(key_id, [settlement]);
    else list.push(settlement);
  }
  return settlements;
}
