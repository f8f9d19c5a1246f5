import type { TraceRow } from '../queue/trace-message.ts';
import { chainReceipts, lockHeads, type ReceiptPorts, wasOvertaken } from './chain-receipts.ts';
import { ADD_METRICS } from './metrics.ts';
import { migrated } from './migrate.ts';

/** Consumers that store traces of the same key at the same time take turns. */
const TURNS_MAX = 8;

/**
 * Stores rows and adds them to the hourly sums, in one transaction: a row counts if, and only if, it was not there
 * yet. So a message may come twice, a record may be in two messages, and a failure half-way leaves nothing behind.
 * The rows are one value, whatever their number: D1 allows 100 bound values.
 * With `receipts`, each new row's receipt is signed and chained to the one before it, in the same transaction.
 * @param rows each request once.
 * @param metrics they are added to the counters of `GET /metrics`, too.
 */
export async function storeTraces(
  db: D1Database,
  rows: TraceRow[],
  receipts: ReceiptPorts | null = null,
  metrics = false,
): Promise<void> {
  if (rows.length === 0) return;
  for (let turn = 1; ; turn++) {
    try {
      await migrated(db, () => storeOnce(db, rows, receipts, metrics));
      return;
    } catch (error) {
      if (!wasOvertaken(error) || turn === TURNS_MAX) throw error;
    }
  }
}

async function storeOnce(
  db: D1Database,
  rows: TraceRow[],
  receipts: ReceiptPorts | null,
  metrics: boolean,
): Promise<void> {
  const chained = receipts === null ? { rows, heads: [] } : await chainReceipts(db, rows, receipts);
  const json = JSON.stringify(chained.rows);
  await db.batch([
    ...(chained.heads.length === 0 ? [] : [lockHeads(db, chained.heads)]),
    ...(metrics ? [db.prepare(ADD_METRICS).bind(json)] : []),
    ...[ADD_UP, INSERT, INDEX, KEEP_CONTENT].map((sql) => db.prepare(sql).bind(json)),
  ]);
}

const field = (name: string): string => `row.value ->> '${name}'`;
const total = (name: string): string => `coalesce(sum(${field(name)}), 0)`;

const sameRequest = (table: string): string =>
  `${table}.organization_id = ${field('organization_id')} AND ${table}.request_id = ${field('request_id')}`;

/** What was said of an answer may be there before the answer. */
const SCORE = `(SELECT score_milli FROM feedback WHERE ${sameRequest('feedback')})`;

/** Column of the roll-up → its summand over new rows. */
const SUMS: Record<string, string> = {
  requests: 'count(*)',
  errors: total('error'),
  input_tokens: total('input_tokens'),
  cache_read_tokens: total('cache_read_tokens'),
  cache_write_tokens: total('cache_write_tokens'),
  cache_write_1h_tokens: total('cache_write_1h_tokens'),
  output_tokens: total('output_tokens'),
  reasoning_tokens: total('reasoning_tokens'),
  input_audio_tokens: total('input_audio_tokens'),
  output_audio_tokens: total('output_audio_tokens'),
  cost_usd_nanos: total('cost_usd_nanos'),
  platform_fee_usd_nanos: total('platform_fee_usd_nanos'),
  savings_usd_nanos: total('savings_usd_nanos'),
  cache_hits: total('cache_hit'),
  cache_saved_usd_nanos: total('cache_saved_usd_nanos'),
  unpriced_requests: `count(*) - count(${field('cost_usd_nanos')})`,
  estimated_requests: total('estimated'),
  latency_ms_sum: total('latency_ms'),
  ttft_ms_sum: total('ttft_ms'),
  ttft_count: `count(${field('ttft_ms')})`,
  quality_milli_sum: `coalesce(sum(${SCORE}), 0)`,
  quality_count: `count(${SCORE})`,
};

const GROUP: Record<string, string> = {
  organization_id: field('organization_id'),
  hour_ms: field('hour_ms'),
  key_id: field('key_id'),
  status_class: field('status_class'),
  project_id: `coalesce(${field('project_id')}, '')`,
  user_id: `coalesce(${field('user_id')}, '')`,
  model: `coalesce(${field('model')}, '')`,
  provider: `coalesce(${field('provider')}, '')`,
  split_arm: `coalesce(${field('split_arm')}, '')`,
  connection_id: `coalesce(${field('connection_id')}, '')`,
  door: field('door'),
};

const ADD_UP =
  `INSERT INTO usage_hourly (${Object.keys({ ...GROUP, ...SUMS }).join(', ')}) ` +
  `SELECT ${Object.values({ ...GROUP, ...SUMS }).join(', ')} FROM json_each(?1) AS row ` +
  'WHERE NOT EXISTS (SELECT 1 FROM traces ' +
  `WHERE traces.organization_id = ${field('organization_id')} AND traces.request_id = ${field('request_id')}) ` +
  `GROUP BY ${Object.values(GROUP).join(', ')} ` +
  `ON CONFLICT DO UPDATE SET ${Object.keys(SUMS)
    .map((column) => `${column} = ${column} + excluded.${column}`)
    .join(', ')}`;

const COLUMNS = [
  'organization_id',
  'request_id',
  'at_ms',
  'project_id',
  'key_id',
  'user_id',
  'session_id',
  'provider',
  'model',
  'status',
  'cost_usd_nanos',
  'latency_ms',
  'chain_sequence',
  'record',
  'receipt',
];

const AT_MS = field('at_ms');
/** After what is there of the same millisecond. */
const ID =
  `${AT_MS} * 2048 + coalesce((SELECT max(id) % 2048 + 1 FROM traces ` +
  `WHERE id >= ${AT_MS} * 2048 AND id < ${AT_MS} * 2048 + 2048), 0) ` +
  `+ row_number() OVER (PARTITION BY ${AT_MS} ORDER BY row.key) - 1`;

const INSERT =
  `INSERT OR IGNORE INTO traces (id, score_milli, ${COLUMNS.join(', ')}) ` +
  `SELECT ${ID}, ${SCORE}, ${COLUMNS.map(field).join(', ')} FROM json_each(?1) AS row`;

const INDEX =
  'INSERT INTO trace_words (rowid, fields, words) ' +
  `SELECT traces.id, ${field('fields')}, ${field('words')} FROM json_each(?1) AS row ` +
  `JOIN traces ON ${sameRequest('traces')} ` +
  'WHERE NOT EXISTS (SELECT 1 FROM trace_words AS known WHERE known.rowid = traces.id)';

const CONTENT = ['organization_id', 'request_id', 'at_ms', 'request_body', 'response_text'];

const KEEP_CONTENT =
  `INSERT OR IGNORE INTO trace_contents (${CONTENT.join(', ')}) ` +
  `SELECT ${CONTENT.map(field).join(', ')} FROM json_each(?1) AS row ` +
  `WHERE ${field('request_body')} IS NOT NULL OR ${field('response_text')} IS NOT NULL`;
