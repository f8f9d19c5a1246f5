import type { Page } from 'playwright-core';

const PAGE = 100;
const NOW_MS = Date.now();

/** As the API lists a request. @param at counted from the newest of those that were there. */
const traceAt = (at: number, name: string) => ({
  request_id: `req_${name}`,
  timestamp: new Date(NOW_MS - at * 37).toISOString(),
  key_id: 'key_of_nobody',
  project_id: null,
  user_id: name,
  session_id: null,
  model_requested: 'auto',
  provider: 'openai',
  model: ['gpt-4o-mini', 'claude-sonnet-4-5', 'gemini-2.5-flash'][Math.abs(at) % 3],
  stream: at % 2 === 0,
  status: at % 50 === 7 ? 503 : 200,
  error_code: at % 50 === 7 ? 'no_provider_available' : null,
  ending: at % 50 === 7 ? 'failed' : 'complete',
  usage: null,
  cost_usd: 0.00012,
  score: null,
  latency_ms: 300 + (at % 700),
  ttft_ms: null,
  degraded: [],
  cache: 'off',
  fallback_used: false,
});

/** Answers the list of requests in the gateway's place, as if there were `count` of them. */
export async function emulateTraces(page: Page, count: number) {
  let added = 0;
  let asked = 0;
  const cursors: string[] = [];
  await page.route(/\/admin\/v1\/traces\?/, async (route) => {
    asked += 1;
    const cursor = new URL(route.request().url()).searchParams.get('cursor');
    if (cursor !== null) cursors.push(cursor);
    // Negative places are of those that came since.
    const from = cursor === null ? -added : Number(cursor);
    const until = Math.min(count, from + PAGE);
    const data = Array.from({ length: until - from }, (_, i) =>
      traceAt(from + i, from + i < 0 ? `new-${-(from + i)}` : `old-${from + i}`),
    );
    await route.fulfill({ json: { data, next_cursor: until < count ? String(until) : null } });
  });
  return {
    /** Lets so many more have come. */
    add(more: number): void {
      added += more;
    },
    asked: () => asked,
    pages: () => cursors.length,
    /** Cursors that were asked for more than once. */
    twice: () => cursors.filter((cursor, at) => cursors.indexOf(cursor) !== at),
  };
}
