import type { TraceRecord } from '@sluice/contract';
import type { ChainPlace, ReceiptSigner } from '../crypto/receipt-signer.ts';
import type { TraceRow } from '../queue/trace-message.ts';

/** How receipts are made of traces. */
export interface ReceiptPorts {
  render: (trace: TraceRecord) => Record<string, unknown>;
  signer: ReceiptSigner;
}

/** Where the chain of a key will end; `expected` is where it ended when it was read. */
interface ChainHead {
  organization_id: string;
  key_id: string;
  expected: number;
  sequence: number;
  hash: string | null;
}

const idOf = (...parts: string[]): string => parts.join('\n');

/**
 * Gives each row that is not stored yet the next place in the chain of its key, and signs its receipt.
 * @returns rows with their receipts, and the heads that `lockHeads` writes: in one transaction with the rows, or not.
 */
export async function chainReceipts(
  db: D1Database,
  rows: TraceRow[],
  { render, signer }: ReceiptPorts,
): Promise<{ rows: TraceRow[]; heads: ChainHead[] }> {
  const asked = JSON.stringify(
    rows.map(({ organization_id, request_id, key_id }) => ({ organization_id, request_id, key_id })),
  );
  const [stored, chains] = await db.batch<Record<string, string | number>>([
    db.prepare(STORED).bind(asked),
    db.prepare(HEADS).bind(asked),
  ]);
  const known = new Set(
    stored?.results.map((row) => idOf(String(row['organization_id']), String(row['request_id']))),
  );
  const heads = new Map<string, ChainHead>();
  for (const row of chains?.results ?? []) {
    const [organization_id, key_id] = [String(row['organization_id']), String(row['key_id'])];
    const sequence = Number(row['sequence']);
    heads.set(idOf(organization_id, key_id), {
      organization_id,
      key_id,
      expected: sequence,
      sequence,
      hash: String(row['hash']),
    });
  }
  const chained: TraceRow[] = [];
  for (const row of rows) {
    const { organization_id, request_id, key_id } = row;
    if (known.has(idOf(organization_id, request_id))) {
      chained.push(row);
      continue;
    }
    const head = heads.get(idOf(organization_id, key_id)) ?? {
      organization_id,
      key_id,
      expected: 0,
      sequence: 0,
      hash: null,
    };
    const place = { key_id, sequence: head.sequence + 1, previous_hash: head.hash };
    const signed = await signOrNull(row, place, { render, signer });
    if (signed === null) {
      chained.push(row);
      continue;
    }
    const { receipt, hash } = signed;
    heads.set(idOf(organization_id, key_id), { ...head, sequence: place.sequence, hash });
    chained.push({ ...row, chain_sequence: place.sequence, receipt: JSON.stringify(receipt) });
  }
  return { rows: chained, heads: [...heads.values()].filter((head) => head.sequence > head.expected) };
}

/** @returns `null` = it cannot be made: the trace is worth more than its receipt, and is stored without. */
async function signOrNull(row: TraceRow, place: ChainPlace, { render, signer }: ReceiptPorts) {
  try {
    return await signer.sign(render(JSON.parse(row.record) as TraceRecord), place);
  } catch (error) {
    const { request_id } = row;
    console.error(JSON.stringify({ event: 'receipt_not_signed', request_id, error: String(error) }));
    return null;
  }
}

/** Fails, and its whole transaction with it, where a chain has grown since it was read: see `wasOvertaken`. */
export const lockHeads = (db: D1Database, heads: ChainHead[]): D1PreparedStatement =>
  db.prepare(LOCK).bind(JSON.stringify(heads));

/** Another consumer was faster: read the heads again. */
export const wasOvertaken = (error: unknown): boolean =>
  error instanceof Error && error.message.includes('NOT NULL constraint failed: receipt_chains.sequence');

const field = (name: string): string => `row.value ->> '${name}'`;
const of = (table: string, id: string): string =>
  `${table}.organization_id = ${field('organization_id')} AND ${table}.${id} = ${field(id)}`;

const STORED =
  'SELECT traces.organization_id, traces.request_id FROM json_each(?1) AS row ' +
  `JOIN traces ON ${of('traces', 'request_id')}`;

const HEADS =
  'SELECT DISTINCT chain.organization_id, chain.key_id, chain.sequence, chain.hash FROM json_each(?1) AS row ' +
  `JOIN receipt_chains AS chain ON ${of('chain', 'key_id')}`;

/** SQL has no other way to end a transaction by a condition than a value that a column does not take. */
const LOCK =
  'INSERT INTO receipt_chains (organization_id, key_id, sequence, hash) ' +
  `SELECT ${field('organization_id')}, ${field('key_id')}, ` +
  `CASE WHEN coalesce((SELECT chain.sequence FROM receipt_chains AS chain WHERE ${of('chain', 'key_id')}), 0) ` +
  `= ${field('expected')} THEN ${field('sequence')} END, ${field('hash')} FROM json_each(?1) AS row WHERE true ` +
  'ON CONFLICT DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash';
