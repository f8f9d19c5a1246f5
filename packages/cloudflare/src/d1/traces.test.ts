import { reset } from 'cloudflare:test';
import { env as bindings } from 'cloudflare:workers';
import type { TraceFilter, TraceRecord } from '@sluice/contract';
import { beforeEach, expect, test } from 'vitest';
import type { Env } from '../env.ts';
import { forgetContent, forgetTraces } from '../queue/forget-traces.ts';
import { traceFixture } from '../queue/trace-fixture.ts';
import { parseTraceRow } from '../queue/trace-message.ts';
import { putFeedback } from './feedback.ts';
import { migrate } from './migrate.ts';
import { storeTraces } from './store-traces.ts';
import { createTraceStore } from './traces.ts';

const { DB } = bindings as unknown as Env;
const store = createTraceStore(DB);

beforeEach(async () => {
  await reset();
  await migrate(DB);
});

const keep = (records: TraceRecord[]) =>
  storeTraces(
    DB,
    records.flatMap((one) => parseTraceRow(one) ?? []),
  );

const found = async (filter: TraceFilter, organization_id = 'org_default') =>
  (await store.list(organization_id, filter, 100, null)).map(({ request_id }) => request_id);

const PLAIN = traceFixture({
  request_id: 'req_plain',
  at_ms: 1_000,
  guards: [{ guard: "no'pii", kind: 'moderation', side: 'input', action: 'passed', found: {} }],
});
const ODD = traceFixture({
  request_id: 'req_odd',
  at_ms: 2_000,
  key_id: 'keyODD',
  project_id: 'prj',
  token_id: 'tok',
  user_id: 'ann:b',
  session_id: "s'1",
  provider: 'anthropic',
  connection_id: 'conn_x',
  model: 'claude',
  model_requested: 'auto',
  door: 'anthropic',
  error_code: 'provider_error',
  finish_reason: 'length',
  ending: 'truncated',
  cache_status: 'miss',
  cache: { kind: 'flight', similarity: null, age_ms: 0, entry_id: null, saved_usd_nanos: 1 },
  cache_near_misses: [{ entry_id: 'ans_1', similarity: 0.99, because: 'numbers differ', pair: 'a:b' }],
  guards: [{ guard: "no'pii", kind: 'pii', side: 'input', action: 'flag', found: { email: 1 } }],
  split_arm: 'test/b',
  strategy: 'balanced',
  stream: true,
  status: 502,
  cost_usd_nanos: 9_000_000,
  latency_ms: 7_000,
  metadata: { team: 'checkout' },
});
const FILTERS: TraceFilter[] = [
  { key_id: 'keyODD' },
  { project_id: 'prj' },
  { token_id: 'tok' },
  { user_id: 'ann:b' },
  { session_id: "s'1" },
  { provider: 'anthropic' },
  { connection_id: 'conn_x' },
  { model: 'claude' },
  { model_requested: 'auto' },
  { door: 'anthropic' },
  { error_code: 'provider_error' },
  { finish_reason: 'length' },
  { ending: 'truncated' },
  { cache_status: 'miss' },
  { cache_kind: 'flight' },
  { cache_kind: 'near_miss' },
  { guard: "no'pii" },
  { guard: '*' },
  { split_arm: 'test/b' },
  { strategy: 'balanced' },
  { stream: 'true' },
  { status: 502 },
  { status: 5 },
  { cost_usd_nanos_min: 9_000_000 },
  { latency_ms_min: 7_000 },
  { since_ms: 2_000 },
  { metadata: { team: 'checkout' } },
  { text: 'CHECK*' },
];

test('each filter finds what it names and nothing else, also beside words and a time', async () => {
  await keep([PLAIN, ODD, { ...ODD, organization_id: 'org_other' }]);
  for (const filter of FILTERS) {
    expect([filter, await found(filter)]).toEqual([filter, ['req_odd']]);
    expect(await found({ text: 'checkout', since_ms: 1_500, until_ms: 2_001, ...filter })).toEqual([
      'req_odd',
    ]);
    expect(await found({ ...filter, until_ms: 1_999 })).toEqual([]);
  }
  expect(await found({ guard: 'pii' })).toEqual([]);
  expect(await found({ text: '") OR fields : (' })).toEqual([]);
  expect(await found({ cost_usd_nanos_min: 9_000_001 })).toEqual([]);
});

test('pages hold each trace once, newest first, whatever was asked', async () => {
  await keep(
    Array.from({ length: 30 }, (_, at) => ({ ...ODD, request_id: `req_${at}`, at_ms: 5_000 + (at >> 2) })),
  );
  for (const filter of [{}, { text: 'checkout' }, { model: 'claude' }]) {
    const seen: string[] = [];
    let after = null;
    for (;;) {
      const page = await store.list('org_default', filter, 7, after);
      const last = page.at(-1);
      if (last === undefined) break;
      seen.push(...page.map(({ request_id }) => request_id));
      after = { at_ms: last.at_ms, id: last.request_id };
    }
    expect(seen).toEqual(Array.from({ length: 30 }, (_, at) => `req_${29 - at}`));
  }
});

test('what was said is found while it is kept, and is gone before its trace is', async () => {
  const said = { ...ODD, request_body: '{"content":"Purple elephants"}', response_text: '今日は dance' };
  await keep([said]);
  for (const text of ['purple ELEPHANTS', 'eleph*', '今日', 'dance'])
    expect(await found({ text })).toEqual(['req_odd']);
  expect(await store.find('org_default', 'req_odd')).toMatchObject({ response_text: '今日は dance' });
  expect(await found({ text: 'purple' }, 'org_other')).toEqual([]);
  expect(await forgetContent(DB, 'org_default', 3_000, 10)).toBe(1);
  expect(await found({ text: 'purple' })).toEqual([]);
  expect(await found({ text: 'checkout', model: 'claude' })).toEqual(['req_odd']);
  const after = await store.find('org_default', 'req_odd');
  expect([after?.request_body, after?.response_text]).toEqual([null, null]);
  expect(await forgetTraces(DB, 'org_default', 3_000, 10)).toBe(1);
  expect(await DB.prepare('SELECT count(*) AS n FROM trace_words').first('n')).toBe(0);
});

test('a score is kept whether it comes before or after its trace, the last one holds, and traces are found by it', async () => {
  const say = (request_id: string, score_milli: number, organization_id = 'org_default') =>
    putFeedback(DB, {
      organization_id,
      request_id,
      at_ms: 9_000,
      score_milli,
      comment: 'so so',
      metadata: {},
    });
  await say('req_odd', 100);
  await keep([PLAIN, ODD]);
  await say('req_plain', 900);
  await say('req_plain', 800);
  await say('req_plain', 0, 'org_other');
  expect(await found({ score_milli_max: 100 })).toEqual(['req_odd']);
  expect(await found({ score_milli_min: 800 })).toEqual(['req_plain']);
  const whole = await store.find('org_default', 'req_plain');
  expect(whole?.feedback).toMatchObject({ score_milli: 800, comment: 'so so' });
});
