import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { traceFixture } from '../../packages/cloudflare/src/queue/trace-fixture.ts';
import { parseTraceRow } from '../../packages/cloudflare/src/queue/trace-message.ts';
import type { TraceRecord } from '../../packages/contract/src/trace.ts';

const MIGRATIONS = path.resolve(import.meta.dirname, '../../migrations');
export const UNTIL_MS = Date.UTC(2026, 10, 21);
export const YEAR_MS = 365 * 86_400_000;
/** In one transaction. */
const ROWS_PER_COMMIT = 20_000;

const MODELS = ['gpt-4o-mini', 'gpt-4o', 'claude-sonnet-4-5', 'gemini-2.5-flash', 'mistral-small'];
const WORDS =
  'order refund invoice summary translate weather recipe contract python error train ticket'.split(' ');

/** A small generator of its own, so that each run seeds the same. */
export function createDice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

/** 200 keys, 2,000 users, five models; few requests are slow, fail or have a score, and one in ten keeps its words. */
function traceOf(at: number, count: number, dice: (sides: number) => number): TraceRecord {
  const pick = <T>(values: readonly T[]): T => values[dice(values.length)] as T;
  const model = pick(MODELS);
  const is_failed = dice(50) === 0;
  const words = Array.from({ length: 40 }, () => pick(WORDS)).join(' ');
  return traceFixture({
    request_id: `req_${at.toString(36).padStart(20, '0')}`,
    at_ms: Math.floor(UNTIL_MS - YEAR_MS + (at / count) * YEAR_MS),
    key_id: `key${dice(200).toString().padStart(9, '0')}`,
    project_id: `proj_${dice(20)}`,
    user_id: `user-${dice(2_000)}`,
    session_id: `s-${dice(count / 10)}`,
    model,
    model_requested: dice(3) === 0 ? 'auto' : model,
    provider: is_failed ? null : (model.split('-')[0] ?? null),
    status: is_failed ? pick([429, 500, 502]) : 200,
    error_code: is_failed ? 'provider_error' : null,
    latency_ms: dice(100) === 0 ? 9_000 + dice(20_000) : 200 + dice(1_500),
    cost_usd_nanos: dice(1_000) === 0 ? 900_000_000 : dice(3_000_000),
    metadata: { team: `team-${dice(12)}`, env: pick(['live', 'test']) },
    ...(dice(10) === 0 ? { request_body: `${words} needle${dice(count)}`, response_text: words } : {}),
  });
}

export function migrateAll(sqlite: DatabaseSync): void {
  for (const file of readdirSync(MIGRATIONS)
    .filter((name) => name.endsWith('.sql'))
    .sort())
    sqlite.exec(readFileSync(path.join(MIGRATIONS, file), 'utf8').replaceAll('--> statement-breakpoint', ''));
}

/** Writes straight into the tables, as `storeTraces` leaves them; the hourly sums at the end. */
export function seedTraces(sqlite: DatabaseSync, count: number): void {
  sqlite.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000');
  const columns =
    'id, organization_id, request_id, at_ms, project_id, key_id, user_id, session_id, provider, model, status, cost_usd_nanos, latency_ms, score_milli, record';
  const insert = sqlite.prepare(
    `INSERT INTO traces (${columns}) VALUES (${columns.replaceAll(/\w+/g, '?')})`,
  );
  const index = sqlite.prepare('INSERT INTO trace_words (rowid, fields, words) VALUES (?, ?, ?)');
  const dice = createDice(7);
  let last_ms = 0;
  let running = 0;
  for (let at = 0; at < count; at++) {
    if (at % ROWS_PER_COMMIT === 0) sqlite.exec('BEGIN');
    const row = parseTraceRow(traceOf(at, count, dice));
    if (row === null) throw new Error('A seeded trace cannot be read.');
    running = row.at_ms === last_ms ? running + 1 : 0;
    last_ms = row.at_ms;
    const id = row.at_ms * 2_048 + running;
    insert.run(
      id,
      row.organization_id,
      row.request_id,
      row.at_ms,
      row.project_id,
      row.key_id,
      row.user_id,
      row.session_id,
      row.provider,
      row.model,
      row.status,
      row.cost_usd_nanos,
      row.latency_ms,
      dice(100) === 0 ? dice(1_001) : null,
      row.record,
    );
    index.run(id, row.fields, row.words);
    if ((at + 1) % ROWS_PER_COMMIT === 0 || at + 1 === count) sqlite.exec('COMMIT');
  }
  sqlite.exec(HOURLY);
}

const HOURLY = `INSERT INTO usage_hourly (organization_id, hour_ms, project_id, key_id, user_id, model, provider, status_class,
  requests, errors, input_tokens, cache_read_tokens, cache_write_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens,
  input_audio_tokens, output_audio_tokens, cost_usd_nanos, platform_fee_usd_nanos, savings_usd_nanos, unpriced_requests,
  estimated_requests, latency_ms_sum, ttft_ms_sum, ttft_count, quality_milli_sum, quality_count)
  SELECT organization_id, at_ms - at_ms % 3600000, project_id, key_id, user_id, coalesce(model, ''), coalesce(provider, ''),
  (status / 100) || 'xx', count(*), sum(status >= 400), 10 * count(*), 0, 0, 0, 5 * count(*), 0, 0, 0, sum(cost_usd_nanos),
  0, 0, 0, 0, sum(latency_ms), 30 * count(*), count(*), coalesce(sum(score_milli), 0), count(score_milli)
  FROM traces GROUP BY 1, 2, 3, 4, 5, 6, 7, 8`;
