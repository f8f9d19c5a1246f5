import type { ModelRequest } from '@sluice/contract';
import { expect, it } from 'vitest';
import { readHints } from './read-hints.ts';

const NO_HEADER = (): null => null;
const read = (routing: unknown) =>
  readHints({ model: 'auto', 'x-routing-hints': routing } as ModelRequest, NO_HEADER).routing;

it('reads routing hints in the words of routing', () => {
  expect(
    read({
      priority: 'cost',
      max_latency_ms: 2000,
      prefer_providers: ['anthropic', 'openai'],
      exclude_providers: ['cohere'],
      min_quality_score: 0.8,
    }),
  ).toEqual({
    strategy: 'cheapest',
    max_latency_ms: 2000,
    prefer_providers: ['anthropic', 'openai'],
    blocked_providers: ['cohere'],
    min_quality_score: 0.8,
  });
});

it('a hint that is null says nothing, and without hints there is none', () => {
  expect(read({ priority: null, max_latency_ms: null })).toEqual({});
  expect(read(null)).toBeUndefined();
});

it.each([
  [{ priority: 'cheap' }, 'x-routing-hints.priority must be one of cost, latency, balanced, quality.'],
  [{ priority: 'toString' }, 'x-routing-hints.priority must be one of'],
  [{ min_quality_score: 80 }, 'x-routing-hints.min_quality_score must be a number from 0 to 1.'],
  [{ providers: [] }, 'x-routing-hints.providers is unknown; use priority'],
])('refuses hints that it cannot keep: %j', (hints, message) => {
  expect(() => read(hints)).toThrow(message);
});

it('reads the header of the same name, which the body wins over', () => {
  const header = (name: string): string | null =>
    name === 'x-stream-failover' ? 'stop' : name === 'x-routing-hints' ? '{"priority":"latency"}' : null;
  const hints = readHints({ model: 'auto' } as ModelRequest, header);
  expect(hints.routing).toEqual({ strategy: 'fastest' });
  expect(hints.stream_failover).toBe('stop');
});

it('waits for held money as long as the client says, up to half a minute', () => {
  const wait = (value: unknown): number | undefined =>
    readHints({ model: 'auto', 'x-budget-wait-ms': value } as ModelRequest, NO_HEADER).budget_wait_ms;
  expect([wait(500), wait('30000'), wait(0), wait(null)]).toEqual([500, 30_000, undefined, undefined]);
  expect(
    readHints({ model: 'auto' }, (name) => (name === 'x-budget-wait-ms' ? '250' : null)).budget_wait_ms,
  ).toBe(250);
  for (const bad of [30_001, -1, 1.5, 'soon', {}])
    expect(() => wait(bad)).toThrow(expect.objectContaining({ param: 'x-budget-wait-ms' }));
});

it('the user of the body wins over the headers, and each header of another tool says the same', () => {
  const header = (name: string) => (name === 'langfuse-user-id' ? 'from header' : null);
  expect(readHints({ model: 'auto' }, header).user_id).toBe('from header');
  expect(readHints({ model: 'auto', user: 'from body' }, header).user_id).toBe('from body');
});

it('keeps a traceparent that can be read, and its tracestate; anything else begins a new trace', () => {
  const readContext = (traceparent: string, tracestate: string | null = null) =>
    readHints({ model: 'auto' } as ModelRequest, (name) =>
      name === 'traceparent' ? traceparent : name === 'tracestate' ? tracestate : null,
    ).trace_context;
  const good = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  expect(readContext(good)).toEqual({ traceparent: good });
  expect(readContext(good, 'a=1,b=2')).toEqual({ traceparent: good, tracestate: 'a=1,b=2' });
  expect(readContext(good, 'x'.repeat(513))).toEqual({ traceparent: good });
  expect(readContext(`01${good.slice(2)}-later`)).toEqual({ traceparent: `01${good.slice(2)}` });
  for (const bad of [
    `${good}-more`,
    `ff${good.slice(2)}`,
    good.toUpperCase(),
    good.replace(/0af[0-9a-f]+/, '0'.repeat(32)),
    good.replace('b7ad6b7169203331', '0'.repeat(16)),
    'nonsense',
    '',
  ])
    expect(readContext(bad)).toBeUndefined();
});
