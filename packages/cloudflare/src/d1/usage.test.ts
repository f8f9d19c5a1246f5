import { reset } from 'cloudflare:test';
import { env as bindings } from 'cloudflare:workers';
import { noUsage, type TraceRecord, type UsageGroup, type UsageQuery, type UsageRow } from '@sluice/contract';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Env } from '../env.ts';
import { traceFixture } from '../queue/trace-fixture.ts';
import { parseTraceRow } from '../queue/trace-message.ts';
import { putFeedback } from './feedback.ts';
import { migrate } from './migrate.ts';
import { storeTraces } from './store-traces.ts';
import { createUsageStore } from './usage.ts';

const { DB } = bindings as unknown as Env;
const usage = createUsageStore(DB);
const HOUR_MS = 3_600_000;
/** Berlin's clocks go back in this week. */
const FROM_MS = Date.UTC(2026, 9, 22);
const UNTIL_MS = Date.UTC(2026, 10, 2);

/** A small generator of its own, so that a failure comes again. */
function createDice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

/** Of a request that the cache answered. */
const hit = (saved_usd_nanos: number | null): Partial<TraceRecord> => ({
  cache_status: 'hit',
  cache: { kind: 'exact', similarity: null, age_ms: 1, entry_id: 'ans_1', saved_usd_nanos },
});

function history(count: number, seed: number): TraceRecord[] {
  const dice = createDice(seed);
  const pick = <T>(...values: [T, ...T[]]): T => values[dice(values.length)] ?? values[0];
  return Array.from({ length: count }, (_, at) =>
    traceFixture({
      request_id: `req_${at}`,
      at_ms: FROM_MS + dice(UNTIL_MS - FROM_MS),
      key_id: pick('keyA', 'keyB', "key'; DROP TABLE traces--"),
      project_id: pick(null, 'proj_1', 'proj_2'),
      user_id: pick(null, 'ann', '=cmd|x'),
      session_id: pick(null, 's1', 's2'),
      provider: pick('openai', 'anthropic'),
      model: pick('gpt-4o-mini', 'claude-sonnet-4-5', null),
      connection_id: pick('conn_1', 'conn_2', null),
      door: pick('chat-completions', 'responses'),
      split_arm: pick(null, 'exp/a'),
      status: pick(200, 200, 429, 502),
      ending: pick('complete', 'truncated', 'failed'),
      usage: pick(null, {
        ...noUsage(),
        input_tokens: dice(1_000),
        output_tokens: dice(90),
        estimated: true,
      }),
      cost_usd_nanos: pick(null, dice(1_000_000), 1_000),
      savings_usd_nanos: pick(null, 7),
      ...pick<Partial<TraceRecord>>({}, { cache_status: 'miss' }, hit(null), hit(90_000)),
      ttft_ms: pick(null, 12.4),
      latency_ms: 100.6,
    }),
  );
}

const store = (records: TraceRecord[]) =>
  storeTraces(
    DB,
    records.map(parseTraceRow).filter((row) => row !== null),
  );

const FIELD: Partial<Record<UsageGroup, (record: TraceRecord, time_zone: string) => string | null>> = {
  key: (record) => record.key_id,
  project: (record) => record.project_id,
  user: (record) => record.user_id,
  session: (record) => record.session_id,
  model: (record) => record.model,
  provider: (record) => record.provider,
  connection: (record) => record.connection_id,
  door: (record) => record.door,
  status_class: (record) => `${Math.floor(record.status / 100)}xx`,
  status: (record) => String(record.status),
  split: (record) => record.split_arm ?? null,
  hour: (record) => new Date(record.at_ms - (record.at_ms % HOUR_MS)).toISOString(),
  day: (record, time_zone) => dayOf(record.at_ms, time_zone),
  month: (record, time_zone) => dayOf(record.at_ms, time_zone).slice(0, 7),
};
const dayOf = (at_ms: number, timeZone: string) =>
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(at_ms);

/** What the store should say, added up without SQL. */
function expected(records: TraceRecord[], groups: UsageGroup[], time_zone: string) {
  const sums = new Map<string, number[]>();
  for (const record of records) {
    const id = JSON.stringify(groups.map((group) => FIELD[group]?.(record, time_zone) ?? null));
    const sum = sums.get(id) ?? [0, 0, 0, 0, 0, 0, 0, 0, 0];
    const summands = [
      1,
      record.status >= 400 || record.ending === 'truncated' || record.ending === 'failed' ? 1 : 0,
      record.usage?.input_tokens ?? 0,
      record.cost_usd_nanos ?? 0,
      record.cost_usd_nanos === null ? 1 : 0,
      Math.round(record.latency_ms),
      record.usage?.estimated ? 1 : 0,
      record.cache_status === 'hit' ? 1 : 0,
      record.cache?.saved_usd_nanos ?? 0,
    ];
    for (const [at, summand] of summands.entries()) sum[at] = (sum[at] ?? 0) + summand;
    sums.set(id, sum);
  }
  return Object.fromEntries([...sums].sort());
}

const told = (rows: UsageRow[], groups: UsageGroup[]) =>
  Object.fromEntries(
    rows
      .map(
        (row) =>
          [
            JSON.stringify(groups.map((group) => row[group] ?? null)),
            [
              row.requests,
              row.errors,
              row.input_tokens,
              row.cost_usd_nanos,
              row.unpriced_requests,
              row.latency_ms_sum,
              row.estimated_requests,
              row.cache_hits,
              row.cache_saved_usd_nanos,
            ],
          ] as const,
      )
      .sort(),
  );

const queryOf = (groups: UsageGroup[], more: Partial<UsageQuery> = {}): UsageQuery => ({
  groups,
  from_ms: FROM_MS,
  until_ms: UNTIL_MS,
  time_zone: 'UTC',
  filter: {},
  ...more,
});

async function walk(query: UsageQuery, page_rows: number): Promise<UsageRow[]> {
  const rows: UsageRow[] = [];
  let after = null;
  do {
    const page = await usage.page('org_default', query, page_rows, after);
    rows.push(...page.rows);
    after = page.next;
  } while (after !== null);
  return rows;
}

beforeEach(() => reset());

describe('usage', () => {
  test('is, by every dimension and time, what the requests add up to, from sums and from traces', async () => {
    const records = history(600, 7);
    await store(records);
    for (const groups of [
      [],
      ['key'],
      ['project', 'user'],
      ['model', 'provider', 'connection'],
      ['door', 'split', 'status_class'],
      ['day'],
      ['month', 'key'],
      ['month', 'day', 'hour', 'model'],
      ['session'],
      ['status', 'day', 'key', 'project'],
      ['session', 'month', 'connection', 'door', 'split', 'user'],
    ] satisfies UsageGroup[][])
      for (const time_zone of ['UTC', 'Europe/Berlin', 'America/Los_Angeles'])
        expect(told(await walk(queryOf(groups, { time_zone }), 10_000), groups)).toEqual(
          expected(records, groups, time_zone),
        );
  });

  test('scores add up in the hour of their request, said before or after it was stored, and the last word counts once', async () => {
    const records = history(60, 5);
    const say = (request_id: string, score_milli: number, organization_id = 'org_default') =>
      putFeedback(DB, {
        organization_id,
        request_id,
        at_ms: UNTIL_MS,
        score_milli,
        comment: null,
        metadata: {},
      });
    const said = new Map<string, number>();
    const sayAll = async (step: number, score_milli: number) => {
      for (let at = 0; at < 60; at += step) {
        await say(`req_${at}`, score_milli + at);
        said.set(`req_${at}`, score_milli + at);
      }
    };
    await migrate(DB);
    await sayAll(4, 100);
    await store(records);
    await sayAll(3, 500);
    await sayAll(6, 200);
    await say('req_1', 900, 'org_other');
    await store(records);
    for (const groups of [
      ['key', 'model', 'status_class', 'door'],
      ['hour', 'user', 'split', 'connection'],
      ['session'],
      [],
    ] satisfies UsageGroup[][]) {
      const sums = new Map<string, [number, number]>();
      for (const record of records) {
        const score_milli = said.get(record.request_id);
        if (score_milli === undefined) continue;
        const id = JSON.stringify(groups.map((group) => FIELD[group]?.(record, 'UTC') ?? null));
        const [sum, count] = sums.get(id) ?? [0, 0];
        sums.set(id, [sum + score_milli, count + 1]);
      }
      const rows = (await walk(queryOf(groups), 1_000)).filter(({ quality_count }) => quality_count > 0);
      const shown = rows.map((row): [string, [number, number]] => [
        JSON.stringify(groups.map((group) => row[group] ?? null)),
        [row.quality_milli_sum, row.quality_count],
      ]);
      expect(new Map(shown)).toEqual(sums);
    }
  });

  test('a walk over pages meets each group once, however small the pages are', async () => {
    const records = history(200, 11);
    await store(records);
    for (const groups of [['key', 'user', 'model'], ['day', 'session'], ['hour']] satisfies UsageGroup[][]) {
      const rows = await walk(queryOf(groups), 7);
      expect(told(rows, groups)).toEqual(expected(records, groups, 'UTC'));
      expect(new Set(rows.map((row) => JSON.stringify(groups.map((group) => row[group])))).size).toBe(
        rows.length,
      );
    }
  });

  test('filters keep what they name, also nothing, and take no text of a caller for SQL', async () => {
    const records = history(200, 3);
    await store(records);
    for (const [filter, keeps] of [
      [{ key: "key'; DROP TABLE traces--" }, (record) => record.key_id.startsWith("key'")],
      [{ project: null, model: 'gpt-4o-mini' }, (r) => r.project_id === null && r.model === 'gpt-4o-mini'],
      [{ status: '502', connection: 'conn_1' }, (r) => r.status === 502 && r.connection_id === 'conn_1'],
      [{ session: 's1', user: '=cmd|x' }, (r) => r.session_id === 's1' && r.user_id === '=cmd|x'],
    ] satisfies [UsageQuery['filter'], (record: TraceRecord) => boolean][]) {
      const query = queryOf(['provider'], { filter });
      const kept = records.filter(keeps);
      expect(told(await walk(query, 100), ['provider'])).toEqual(expected(kept, ['provider'], 'UTC'));
      expect((await usage.totals('org_default', query)).requests).toBe(kept.length);
    }
  });

  test('nobody sees the sums of another organization', async () => {
    await store(history(20, 5).map((record) => ({ ...record, organization_id: 'org_other' })));
    for (const groups of [['key'], ['session']] satisfies UsageGroup[][])
      expect(await walk(queryOf(groups), 100)).toEqual([]);
    expect((await usage.totals('org_default', queryOf([]))).requests).toBe(0);
    expect(await usage.countTraces('org_default', FROM_MS, UNTIL_MS, 10)).toBe(0);
    expect(await usage.countTraces('org_other', FROM_MS, UNTIL_MS, 10)).toBe(10);
  });

  test('where a day begins off the hour, an hour counts to the day that it begins in', async () => {
    // Midnight in Kolkata is 18:30 UTC.
    await store([
      traceFixture({ request_id: 'req_a', at_ms: Date.UTC(2026, 9, 30, 18, 45) }),
      traceFixture({ request_id: 'req_b', at_ms: Date.UTC(2026, 9, 30, 19, 5) }),
    ]);
    const query = queryOf(['day'], { time_zone: 'Asia/Kolkata' });
    expect((await walk(query, 10)).map(({ day, requests }) => [day, requests])).toEqual([
      ['2026-10-30', 1],
      ['2026-10-31', 1],
    ]);
  });
});
