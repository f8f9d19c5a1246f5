import { readdirSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { traceFixture } from '../../packages/cloudflare/src/queue/trace-fixture.ts';
import { parseTraceRow } from '../../packages/cloudflare/src/queue/trace-message.ts';
import { noUsage } from '../../packages/contract/src/answer.ts';
import type { AttemptRecord, TraceRecord } from '../../packages/contract/src/trace.ts';
import { createDice } from '../traces-bench/seed.ts';
import type { Scene, SceneKey } from './scene.ts';

// Migrations are text to the Worker's bundler.
registerHooks({
  load: (url, context, next) =>
    url.endsWith('.sql')
      ? { format: 'module', source: 'export default ""', shortCircuit: true }
      : next(url, context),
});
const { storeTraces } = await import('../../packages/cloudflare/src/d1/store-traces.ts');

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DAYS = 90;
const ROWS_PER_BATCH = 400;

interface Offer {
  provider: string;
  connection: string;
  model: string;
  /** Dollars per million tokens. */
  input: number;
  output: number;
  ttft_ms: number;
}

const OFFERS: Record<string, Offer> = {
  mini: {
    provider: 'openai',
    connection: 'OpenAI',
    model: 'gpt-4o-mini',
    input: 0.15,
    output: 0.6,
    ttft_ms: 310,
  },
  big: { provider: 'openai', connection: 'OpenAI', model: 'gpt-4o', input: 2.5, output: 10, ttft_ms: 420 },
  sonnet: {
    provider: 'anthropic',
    connection: 'Anthropic',
    model: 'claude-sonnet-4-5',
    input: 3,
    output: 15,
    ttft_ms: 640,
  },
  flash: {
    provider: 'gemini',
    connection: 'Gemini',
    model: 'gemini-2.5-flash',
    input: 0.3,
    output: 2.5,
    ttft_ms: 260,
  },
};

/** What each key of the scene mostly asks for, in the order of the scene, and how much of the day's traffic it makes. */
const HABITS = [
  {
    share: 34,
    offers: ['sonnet', 'sonnet', 'big', 'mini'],
    asked: 'support',
    input: 1800,
    output: 320,
    stream: true,
  },
  {
    share: 26,
    offers: ['mini', 'flash', 'mini', 'mini'],
    asked: null,
    input: 2600,
    output: 240,
    stream: false,
  },
  {
    share: 20,
    offers: ['big', 'sonnet', 'mini', 'flash'],
    asked: 'auto',
    input: 1200,
    output: 410,
    stream: true,
  },
  {
    share: 12,
    offers: ['big', 'big', 'sonnet', 'flash'],
    asked: null,
    input: 5200,
    output: 900,
    stream: true,
  },
  {
    share: 8,
    offers: ['big', 'flash', 'mini', 'mini'],
    asked: null,
    input: 7400,
    output: 700,
    stream: false,
  },
] as const;

type Dice = (sides: number) => number;

/** Busy by day, quiet at night and at weekends, and a little more each week. */
function countOf(at_ms: number, days_ago: number, dice: Dice): number {
  const date = new Date(at_ms);
  const hour = date.getUTCHours();
  const by_hour = hour >= 7 && hour < 19 ? 1 : hour >= 5 && hour < 22 ? 0.45 : 0.12;
  const by_day = date.getUTCDay() % 6 === 0 ? 0.45 : 1;
  const mean = 11 * by_hour * by_day * (1 - days_ago / 220);
  return Math.floor(mean * (0.7 + dice(60) / 100) + dice(100) / 100);
}

/** So that each run draws the same month. */
const SEED = 20_261_121;

/** Ninety days of traffic, written as the consumer of the queue writes it, while the gateway has nothing to do. */
export async function writeHistory(persist_to: string, scene: Scene, now_ms: number): Promise<number> {
  const folder = path.join(persist_to, 'v3', 'd1', 'miniflare-D1DatabaseObject');
  const file = readdirSync(folder).find((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
  if (file === undefined) throw new Error(`no database in ${folder}`);
  const sqlite = new DatabaseSync(path.join(folder, file), { timeout: 60_000 });
  const db = batchesOf(sqlite);
  const dice = createDice(SEED);
  const records: TraceRecord[] = [];
  const last_hour_ms = Math.floor(now_ms / HOUR_MS) * HOUR_MS - HOUR_MS;
  for (let hour = DAYS * 24; hour >= 0; hour--) {
    const from_ms = last_hour_ms - hour * HOUR_MS;
    const count = countOf(from_ms, hour / 24, dice);
    for (let at = 0; at < count; at++)
      records.push(recordOf(scene, from_ms + dice(HOUR_MS), records.length, dice));
  }
  for (let at = 0; at < records.length; at += ROWS_PER_BATCH) {
    const rows = records.slice(at, at + ROWS_PER_BATCH).flatMap((record) => parseTraceRow(record) ?? []);
    sqlite.exec('BEGIN');
    await storeTraces(db, rows);
    sqlite.exec('COMMIT');
  }
  // What was made a moment ago has been there for long.
  for (const table of ['keys', 'projects', 'members', 'connections', 'organizations'])
    sqlite.exec(`UPDATE ${table} SET created_at_ms = created_at_ms - ${(DAYS + 9) * DAY_MS}`);
  sqlite.close();
  return records.length;
}

/** As much of D1 as storing needs. */
function batchesOf(sqlite: DatabaseSync): D1Database {
  const prepare = (sql: string, values: SQLInputValue[] = []) => ({
    bind: (...bound: SQLInputValue[]) => prepare(sql, bound),
    all: async () => ({ results: sqlite.prepare(sql).all(...values) }),
  });
  const batch = (statements: { all: () => Promise<unknown> }[]) =>
    Promise.all(statements.map((one) => one.all()));
  return { prepare, batch } as unknown as D1Database;
}

function recordOf(scene: Scene, at_ms: number, serial: number, dice: Dice): TraceRecord {
  const [key, habit] = pickKey(scene, dice);
  const first = OFFERS[habit.offers[dice(4)] ?? 'mini'] as Offer;
  const input_tokens = Math.round(habit.input * (0.4 + dice(120) / 100));
  const output_tokens = Math.round(habit.output * (0.3 + dice(140) / 100));
  const is_failed = dice(100) < 3;
  const is_rescued = is_failed && dice(10) < 7;
  const is_refused = !is_failed && dice(100) < 2;
  const is_hit = !is_failed && !is_refused && dice(100) < 11;
  const second = OFFERS[first.model === 'gpt-4o' ? 'sonnet' : 'big'] as Offer;
  const offer = is_rescued ? second : first;
  const price = Math.round((input_tokens * offer.input + output_tokens * offer.output) * 1000);
  const answered = !is_refused && (!is_failed || is_rescued);
  const ttft_ms = Math.round(offer.ttft_ms * (0.7 + dice(90) / 100)) + (is_rescued ? 900 : 0);
  const latency_ms = is_hit
    ? 4 + dice(9)
    : ttft_ms + output_tokens * (6 + dice(5)) + (dice(40) === 0 ? 9000 : 0);
  const connection_id = scene.connection_ids[offer.connection] ?? null;
  return traceFixture({
    request_id: `req_${serial.toString(36).padStart(20, 'h')}`,
    at_ms,
    key_id: key.id,
    project_id: key.project_id,
    door: habit.share === 12 ? 'anthropic' : 'chat-completions',
    stream: habit.stream,
    model_requested: habit.asked ?? first.model,
    strategy: habit.asked === 'auto' ? 'balanced' : 'requested_model',
    reason: habit.asked === 'auto' ? 'the best balance of price, speed and quality' : 'asked for',
    attempts: is_refused
      ? []
      : attemptsOf(scene, first, is_failed, is_rescued ? second : null, latency_ms, at_ms),
    provider: answered ? offer.provider : null,
    connection_id: answered ? connection_id : null,
    model: answered ? offer.model : null,
    status: answered ? 200 : is_refused ? 429 : 502,
    error_code: answered ? null : is_refused ? 'rate_limited' : 'provider_error',
    finish_reason: answered ? 'stop' : null,
    ending: answered ? 'complete' : is_refused ? 'refused' : 'failed',
    usage: answered ? { ...noUsage(), input_tokens, output_tokens } : null,
    cost_usd_nanos: answered ? (is_hit ? 0 : price) : 0,
    platform_fee_usd_nanos: 0,
    savings_usd_nanos: habit.asked === 'auto' && answered && !is_hit ? Math.round(price * 0.4) : null,
    held_usd_nanos: price * 2,
    settled_usd_nanos: answered && !is_hit ? price : 0,
    latency_ms: is_refused ? 2 : latency_ms,
    ttft_ms: answered && habit.stream ? Math.min(ttft_ms, latency_ms) : null,
    cache_status: is_hit ? 'hit' : 'miss',
    ...(is_hit
      ? {
          cache: {
            kind: dice(3) === 0 ? 'semantic' : 'exact',
            saved_usd_nanos: price,
          } as TraceRecord['cache'] & object,
        }
      : {}),
    user_id: dice(3) === 0 ? null : `customer-${100 + dice(40)}`,
    metadata: { release: `2026.${Math.max(1, 46 - Math.floor(dice(9)))}` },
  });
}

function attemptsOf(
  scene: Scene,
  first: Offer,
  is_failed: boolean,
  second: Offer | null,
  latency_ms: number,
  at_ms: number,
): AttemptRecord[] {
  const attemptOf = (offer: Offer, role: 'first' | 'fallback', failed: boolean): AttemptRecord => ({
    connection_id: scene.connection_ids[offer.connection] ?? '',
    provider: offer.provider,
    model: offer.model,
    status: failed ? 503 : 200,
    error: failed ? 'overloaded' : null,
    message: failed ? 'The model is overloaded.' : null,
    role,
    latency_ms: failed ? 880 : latency_ms,
    at_ms,
  });
  return [
    attemptOf(first, 'first', is_failed),
    ...(second === null ? [] : [attemptOf(second, 'fallback', false)]),
  ];
}

function pickKey(scene: Scene, dice: Dice): [SceneKey, (typeof HABITS)[number]] {
  let left = dice(100);
  for (const [at, habit] of HABITS.entries()) {
    left -= habit.share;
    const key = scene.keys[at];
    if (left < 0 && key !== undefined) return [key, habit];
  }
  throw new Error('The shares of the keys are less than 100.');
}
