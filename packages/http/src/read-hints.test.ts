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
