import type { AttemptRecord, TraceRecord } from '@sluice/contract';
import { noUsage } from '@sluice/contract';
import { expect, test } from 'vitest';
import { renderMetrics, SECOND_BOUNDS } from './render-metrics.ts';
import { renderSpans } from './render-spans.ts';
import { isSampled, spanIdsOf } from './span-ids.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';

const attempt = (change: Partial<AttemptRecord> = {}): AttemptRecord => ({
  connection_id: 'conn_openai',
  provider: 'openai',
  model: 'gpt-4o-mini',
  status: 200,
  error: null,
  message: null,
  role: 'first',
  latency_ms: 80,
  at_ms: 1_020,
  ...change,
});

const record = (change: Partial<TraceRecord> = {}): TraceRecord => ({
  request_id: 'req_1',
  organization_id: 'org_a',
  project_id: null,
  key_id: 'keyAAAAAAAAA',
  at_ms: 1_000,
  door: 'chat-completions',
  stream: true,
  model_requested: 'auto',
  strategy: 'balanced',
  reason: 'asked for',
  candidates: [],
  attempts: [
    attempt({
      provider: 'bedrock',
      model: 'claude',
      connection_id: 'conn_b',
      status: 503,
      error: 'overloaded',
      message: 'a provider’s text that may repeat the prompt',
      at_ms: 1_001,
      latency_ms: 19,
    }),
    attempt({ role: 'fallback' }),
  ],
  provider: 'openai',
  connection_id: 'conn_openai',
  model: 'gpt-4o-mini',
  status: 200,
  error_code: null,
  finish_reason: 'stop',
  ending: 'complete',
  usage: { ...noUsage(), input_tokens: 10, cache_read_tokens: 4, output_tokens: 5, reasoning_tokens: 2 },
  cost_usd_nanos: 1_500,
  platform_fee_usd_nanos: 0,
  savings_usd_nanos: null,
  price_source: null,
  held_usd_nanos: 0,
  settled_usd_nanos: 0,
  latency_ms: 105,
  ttft_ms: 30,
  overhead_ms: 1,
  cache_status: 'off',
  dropped_parameters: [],
  degraded: [],
  user_id: 'ann',
  session_id: 'sess_1',
  metadata: { team: 'blue' },
  request_body: JSON.stringify({ messages: [{ role: 'user', content: 'a secret question' }] }),
  response_text: 'a secret answer',
  ...change,
});

const spansOf = async (of: TraceRecord, with_content = false) =>
  renderSpans(of, await spanIdsOf(of), with_content);

test('each attempt is a client span under one gateway span, with its own times and its own error', async () => {
  const [gateway, first, second, ...more] = await spansOf(record());
  expect(more).toEqual([]);
  expect(gateway).toMatchObject({ kind: 'server', parent_span_id: null, start_ms: 1_000, end_ms: 1_105 });
  expect(first).toMatchObject({
    kind: 'client',
    name: 'chat claude',
    parent_span_id: gateway?.span_id,
    start_ms: 1_001,
    end_ms: 1_020,
    failed: true,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'aws.bedrock',
      'gen_ai.request.model': 'claude',
      'error.type': 'overloaded',
      'http.response.status_code': 503,
    },
  });
  expect(second).toMatchObject({
    failed: false,
    attributes: {
      'gen_ai.provider.name': 'openai',
      'gen_ai.response.model': 'gpt-4o-mini',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 14,
      'gen_ai.usage.output_tokens': 7,
      'gen_ai.usage.cache_read.input_tokens': 4,
      'gen_ai.usage.reasoning.output_tokens': 2,
      'gen_ai.response.time_to_first_chunk': 0.03,
    },
  });
});

test('tokens and cost stand on the one attempt that answered, and nowhere after a cache hit', async () => {
  const counted = (await spansOf(record())).filter((span) => 'gen_ai.usage.input_tokens' in span.attributes);
  expect(counted).toHaveLength(1);
  const hit = await spansOf(record({ attempts: [], cache_status: 'hit', usage: null, cost_usd_nanos: 0 }));
  expect(hit).toHaveLength(1);
  expect(hit[0]?.attributes).toMatchObject({ 'sluice.cache.status': 'hit' });
  expect(Object.keys(hit[0]?.attributes ?? {})).not.toContain('gen_ai.usage.input_tokens');
});

test('the client’s trace is continued: its trace id, its span as the parent, its tracestate', async () => {
  const trace_context = { traceparent: `00-${TRACE}-${PARENT}-01`, tracestate: 'vendor=1' };
  const spans = await spansOf(record({ trace_context }));
  expect(new Set(spans.map(({ trace_id }) => trace_id))).toEqual(new Set([TRACE]));
  expect(spans[0]).toMatchObject({
    parent_span_id: PARENT,
    parent_is_remote: true,
    trace_state: 'vendor=1',
  });
});

test('ids are the same each time, of the right length, and differ between requests and organizations', async () => {
  const ids = await spanIdsOf(record());
  expect(await spanIdsOf(record())).toEqual(ids);
  expect(ids.trace_id).toMatch(/^[0-9a-f]{32}$/);
  const own = [ids.gateway_span_id, ...ids.attempt_span_ids];
  for (const id of own) expect(id).toMatch(/^[0-9a-f]{16}$/);
  expect(new Set(own).size).toBe(3);
  for (const other of [record({ organization_id: 'org_b' }), record({ request_id: 'req_2' })])
    expect((await spanIdsOf(other)).trace_id).not.toBe(ids.trace_id);
});

test('content, and a provider’s own words, are told only where they were opted in for', async () => {
  const text = JSON.stringify(await spansOf(record()));
  expect(text).not.toContain('secret');
  expect(text).not.toContain('may repeat');
  const [, , answered] = await spansOf(record(), true);
  expect(JSON.parse(String(answered?.attributes['gen_ai.input.messages']))).toEqual([
    { role: 'user', parts: [{ type: 'text', content: 'a secret question' }] },
  ]);
  expect(JSON.parse(String(answered?.attributes['gen_ai.output.messages']))).toEqual([
    { role: 'assistant', parts: [{ type: 'text', content: 'a secret answer' }], finish_reason: 'stop' },
  ]);
  const kept_nothing = await spansOf(record({ request_body: null, response_text: null }), true);
  expect(JSON.stringify(kept_nothing)).not.toContain('messages"');
});

test('every span names its user and session, as Langfuse and the conventions call them', async () => {
  for (const { attributes } of await spansOf(record()))
    expect(attributes).toMatchObject({
      'user.id': 'ann',
      'langfuse.user.id': 'ann',
      'session.id': 'sess_1',
      'langfuse.session.id': 'sess_1',
      'gen_ai.conversation.id': 'sess_1',
    });
});

test('a client’s own decision on sampling counts; other traces are chosen by their id, and more of them at a higher ratio', async () => {
  const asked = async (flags: string) =>
    isSampled(
      await spanIdsOf(record({ trace_context: { traceparent: `00-${TRACE}-${PARENT}-${flags}` } })),
      0,
    );
  expect([await asked('01'), await asked('00')]).toEqual([true, false]);
  let kept = 0;
  for (let at = 0; at < 2_000; at++) {
    const ids = await spanIdsOf(record({ request_id: `req_${at}` }));
    expect(isSampled(ids, 0)).toBe(false);
    expect(isSampled(ids, 1)).toBe(true);
    if (!isSampled(ids, 0.25)) continue;
    kept++;
    expect(isSampled(ids, 0.5)).toBe(true);
  }
  // 500 are expected; six standard deviations are 116.
  expect(Math.abs(kept - 500)).toBeLessThan(116);
});

test('metrics add up: an attempt each, tokens and cost of answers, a value on a bound in the bucket below it', () => {
  const metrics = new Map(
    renderMetrics([record(), record({ request_id: 'req_2' })]).map((metric) => [metric.name, metric]),
  );
  const durations = metrics.get('gen_ai.client.operation.duration')?.points ?? [];
  expect(durations.map(({ attributes, histogram }) => [attributes['error.type'], histogram?.count])).toEqual([
    ['overloaded', 2],
    [undefined, 2],
  ]);
  // 0.08 s is a bound itself.
  expect(durations[1]?.histogram?.counts[SECOND_BOUNDS.indexOf(0.08)]).toBe(2);
  const tokens = metrics.get('gen_ai.client.token.usage')?.points ?? [];
  expect(tokens.map(({ attributes, sum }) => [attributes['gen_ai.token.type'], sum])).toEqual([
    ['input', 28],
    ['output', 14],
  ]);
  expect(metrics.get('sluice.cost')?.points).toMatchObject([{ sum: 3e-6, histogram: null }]);
  expect(metrics.get('sluice.request.duration')?.points).toMatchObject([{ histogram: { count: 2 } }]);
});
