import { expect, it } from 'vitest';
import { addAnthropicLimitHeaders, addLimitHeaders, renderDuration } from './limit-headers.ts';

it('writes waits as OpenAI does', () => {
  expect([0, 12, 999.2, 1000, 61_000, 3_600_000, 65_316_000].map(renderDuration)).toEqual([
    ...['0ms', '12ms', '1000ms', '1s', '1m1s', '1h0m0s', '18h8m36s'],
  ]);
});

it('shows limits in both families, and only those that there are', () => {
  const none = {
    requests_limit: null,
    requests_remaining: null,
    requests_reset_ms: null,
    tokens_limit: null,
    tokens_remaining: null,
    tokens_reset_ms: null,
    budget_remaining_usd_nanos: null,
    budget_held_usd_nanos: null,
  };
  const requests = { requests_limit: 20, requests_remaining: 19, requests_reset_ms: 3_000 };
  const tokens = { tokens_limit: 40_000, tokens_remaining: 0, tokens_reset_ms: 60_000 };
  const headersOf = (view: object): Record<string, string> => {
    const headers = {};
    addLimitHeaders(headers, { ...none, ...view }, 1_763_700_000_000);
    return headers;
  };
  expect(headersOf({})).toEqual({});
  expect(headersOf({ ...requests, ...tokens })).toMatchObject({
    'x-ratelimit-remaining-requests': '19',
    'x-ratelimit-remaining-tokens': '0',
    'ratelimit-policy': '"requests";q=20, "tokens";q=40000;w=60',
    ratelimit: '"requests";r=19;t=3, "tokens";r=0;t=60',
  });
  expect(headersOf(tokens)).toMatchObject({ ratelimit: '"tokens";r=0;t=60' });
  expect(headersOf(requests)).toMatchObject({ ratelimit: '"requests";r=19;t=3' });
});

it('tells them as Anthropic does where its door asks for it: a time of day, not a wait', () => {
  const headers: Record<string, string> = {};
  const view = {
    requests_limit: 50,
    requests_remaining: 49,
    requests_reset_ms: 1_200,
    tokens_limit: null,
    tokens_remaining: null,
    tokens_reset_ms: null,
    budget_remaining_usd_nanos: null,
    budget_held_usd_nanos: null,
  };
  addAnthropicLimitHeaders(headers, view, Date.UTC(2026, 10, 21, 12));
  expect(headers).toEqual({
    'anthropic-ratelimit-requests-limit': '50',
    'anthropic-ratelimit-requests-remaining': '49',
    'anthropic-ratelimit-requests-reset': '2026-11-21T12:00:02Z',
  });
  addAnthropicLimitHeaders(
    headers,
    { ...view, tokens_limit: 40_000, tokens_remaining: 0, tokens_reset_ms: 60_000 },
    Date.UTC(2026, 10, 21, 12),
  );
  expect(headers).toMatchObject({
    'anthropic-ratelimit-tokens-limit': '40000',
    'anthropic-ratelimit-tokens-remaining': '0',
    'anthropic-ratelimit-tokens-reset': '2026-11-21T12:01:00Z',
  });
});
