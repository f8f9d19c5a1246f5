import type { Settlement } from '@sluice/contract';
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
}

/** The queue gives up after 100 tries and half a day each at most; between them we wait longer and longer. */
const RETRY_SECONDS_MAX = 600;

/**
 * Stores the traces of a batch of messages, each message by itself: acknowledged when its rows are in D1, retried
 * when D1 or a ledger failed. What cannot be read goes to the dead queue, where a person finds it; it would fail
 * for ever otherwise.
 */
export async function consumeTraces(batch: MessageBatch<unknown>, ports: ConsumePorts): Promise<void> {
  for (const message of batch.messages) {
    try {
      await consume(message.body, ports);
      message.ack();
    } catch (error) {
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
  }
}

async function consume(body: unknown, ports: ConsumePorts): Promise<void> {
  const message = parseMessage(body);
  if (message === null) {
    await ports.TRACES_DEAD.send(body);
    return;
  }
  const rows = new Map<string, TraceRow>();
  const unreadable: unknown[] = [];
  for (const record of message.records) {
    const row = parseTraceRow(record);
    if (row === null) unreadable.push(record);
    else rows.set(`${row.organization_id}\n${row.request_id}`, row);
  }
  await storeTraces(ports.DB, [...rows.values()], ports.receipts ?? null);
  for (const [key_id, settled] of byKey(message.unsettled)) await ports.settle(key_id, settled);
  // Last: a retry because of the steps above must not send them a second time.
  if (unreadable.length > 0) await ports.TRACES_DEAD.send({ version: 1, records: unreadable, unsettled: [] });
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
