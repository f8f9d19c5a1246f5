import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { baseModel, FAULTS, parseFaults } from './faults.ts';
import { createSimulator, type Simulator } from './simulator.ts';

const readJson = async (response: Response): Promise<ReturnType<typeof JSON.parse>> =>
  JSON.parse(await response.text());

let simulator: Simulator;
beforeAll(async () => {
  simulator = await createSimulator();
});
afterAll(() => simulator.close());
beforeEach(() => simulator.reset());

const send = (
  model: string,
  stream = false,
  signal: AbortSignal | null = null,
  content = 'hi',
): Promise<Response> =>
  fetch(`${simulator.url}/v1/chat/completions`, {
    method: 'POST',
    redirect: 'manual',
    headers: { authorization: 'Bearer sk-test' },
    body: JSON.stringify({ model, stream, messages: [{ role: 'user', content }] }),
    signal,
  });

/** What arrives before the end, and whether the end was clean. */
async function drain(response: Response): Promise<{ text: string; clean: boolean }> {
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const bytes of response.body ?? []) text += decoder.decode(bytes, { stream: true });
    return { text, clean: true };
  } catch {
    return { text, clean: false };
  }
}

/** Resolves when the simulator has seen what `seen` looks for; the test's own time limit ends it otherwise. */
async function until(seen: () => boolean): Promise<void> {
  while (!seen()) await new Promise((resolve) => setImmediate(resolve));
}

describe('names', () => {
  test.each(FAULTS)('sim-%s is read as prefix and as suffix', (name) => {
    expect(parseFaults(`sim-${name}`, null)).toEqual([{ name, number: null }]);
    expect(parseFaults(`openai/gpt-4o-mini-sim-${name}`, null)).toEqual([{ name, number: null }]);
  });

  test('numbers and several faults can stand in one name', () => {
    expect(parseFaults('gpt-4o-sim-slow-200-sim-cut-rst', null)).toEqual([
      { name: 'slow', number: 200 },
      { name: 'cut-rst', number: null },
    ]);
    expect(baseModel('claude-opus-4-7-sim-503')).toBe('claude-opus-4-7');
    expect(parseFaults('simple-503', null)).toEqual([]);
  });
});

test.each([
  ['400', 400, null],
  ['401', 401, null],
  ['402', 402, null],
  ['403', 403, null],
  ['404', 404, null],
  ['408', 408, null],
  ['409', 409, null],
  ['422', 422, null],
  ['429', 429, null],
  ['429-retry', 429, '1'],
  ['429-60s', 429, '60'],
  ['503', 503, null],
  ['529', 529, null],
  ['context', 400, null],
  ['filter-400', 400, null],
  ['error-200', 200, null],
])('sim-%s answers %i with an error body and bills nothing', async (fault, status, retry_after) => {
  const response = await send(`gpt-4o-mini-sim-${fault}`);
  expect(response.status).toBe(status);
  expect(response.headers.get('retry-after')).toBe(retry_after);
  expect(await response.json()).toMatchObject({
    error: { message: expect.any(String), type: expect.any(String) },
  });
  expect(simulator.attempts[0]).toMatchObject({
    fault,
    status,
    billed: { input_tokens: 0, output_tokens: 0 },
  });
});

test('a Retry-After can be a date in the future', async () => {
  const at = Date.parse((await send('sim-429-date')).headers.get('retry-after') ?? '');
  expect(at).toBeGreaterThanOrEqual(simulator.attempts[0]?.at_ms ?? Number.POSITIVE_INFINITY);
});

test('sim-500-once fails once by model name, sim-flap-0 is over at once, sim-flap is not', async () => {
  expect((await send('a-sim-500-once')).status).toBe(500);
  expect((await send('a-sim-500-once')).status).toBe(200);
  expect((await send('b-sim-500-once')).status).toBe(500);
  expect((await send('sim-flap-0')).status).toBe(200);
  expect((await send('sim-flap-60')).status).toBe(503);
});

test('a redirect leads to a canary that counts who follows', async () => {
  const response = await send('sim-redirect');
  expect(response.status).toBe(302);
  expect(simulator.canaryHits()).toBe(0);
  await fetch(response.headers.get('location') ?? '');
  expect(await readJson(await fetch(`${simulator.url}/__sim/canary`))).toEqual({ hits: 1 });
});

test('HTML, an empty body and gzip come as such', async () => {
  const html = await send('sim-html');
  expect([html.status, html.headers.get('content-type')]).toEqual([502, 'text/html']);
  expect((await send('sim-html-200')).status).toBe(200);
  expect(await (await send('sim-empty')).text()).toBe('');
  const gzip = await send('sim-gzip', true);
  expect(gzip.headers.get('content-encoding')).toBe('gzip');
  expect(await gzip.text()).toMatch(/data: \[DONE\]\n\n$/);
});

test.each([
  ['cut-abort', false],
  ['cut-rst', false],
  ['cut-fin', true],
])('sim-%s stops in mid-answer and bills only what was sent (clean end: %s)', async (fault, clean) => {
  const full = await drain(await send('gpt-4o-mini', true));
  const broken = await drain(await send(`gpt-4o-mini-sim-${fault}`, true));
  expect(broken.clean).toBe(clean);
  expect(broken.text).toContain('You');
  expect(broken.text).not.toContain('"finish_reason":"stop"');
  const [whole, cut] = simulator.attempts.map((attempt) => attempt.billed.output_tokens);
  expect(full.clean).toBe(true);
  expect(cut).toBe(Math.ceil((whole ?? 0) / 2));
  expect(simulator.attempts[1]?.client_closed).toBe(false);
});

test('sim-reset gives no answer at all', async () => {
  await expect(send('sim-reset')).rejects.toThrow();
  expect(simulator.attempts[0]).toMatchObject({ status: null, bytes_sent: 0, client_closed: false });
});

test.each(['silence', 'stall', 'stall-headers', 'slow-600000'])(
  'sim-%s waits until the client leaves, which is noticed',
  async (fault) => {
    const leaving = new AbortController();
    const pending = send(`sim-${fault}`, true, leaving.signal).then(drain, () => null);
    await until(
      () =>
        (simulator.attempts[0] !== undefined && fault !== 'stall') ||
        (simulator.attempts[0]?.chunks_sent ?? 0) > 3,
    );
    expect(simulator.attempts[0]?.ended_ms).toBeNull();
    leaving.abort();
    await pending;
    await until(() => simulator.attempts[0]?.client_closed === true);
    expect(simulator.attempts[0]?.client_closed_at_ms).not.toBeNull();
    if (fault !== 'stall') expect(simulator.attempts[0]?.billed.output_tokens).toBe(0);
  },
);

test('a client that leaves a running stream is billed for what was produced until then', async () => {
  const leaving = new AbortController();
  const response = await send('gpt-4o-mini', true, leaving.signal, 'go [sim tokens=5000 delay_ms=1]');
  await response.body?.getReader().read();
  leaving.abort();
  await until(() => simulator.attempts[0]?.client_closed === true);
  const billed = simulator.attempts[0]?.billed.output_tokens ?? 0;
  expect(billed).toBeGreaterThan(0);
  expect(billed).toBeLessThan(5000);
});

test.each([
  ['malformed', 1],
  ['malformed-3', 3],
])('sim-%s has %i bad events among 60 and finishes', async (fault, bad) => {
  const { text } = await drain(await send(`sim-${fault}`, true));
  const events = text.split('\n\n').filter((event) => event.includes('content'));
  const broken = text
    .split('\n\n')
    .filter((event) => event !== '' && !event.endsWith('}') && !event.endsWith('[DONE]'));
  expect(broken).toHaveLength(bad);
  expect(events.length).toBeGreaterThanOrEqual(58);
  expect(text).toMatch(/\[DONE\]\n\n$/);
});

test('sim-no-done finishes without [DONE]; sim-no-usage leaves usage out', async () => {
  const { text } = await drain(await send('sim-no-done', true));
  expect(text).toContain('"finish_reason":"stop"');
  expect(text).not.toContain('[DONE]');
  expect('usage' in (await readJson(await send('sim-no-usage')))).toBe(false);
});

test('sim-giant is one line of that many megabytes', async () => {
  const { text } = await drain(await send('sim-giant-2', true));
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeGreaterThan(2 * 1024 * 1024);
});

test('sim-error-event makes the SDK throw after content', async () => {
  const client = new OpenAI({ apiKey: 'k', baseURL: `${simulator.url}/v1`, maxRetries: 0 });
  const stream = await client.chat.completions.create({
    model: 'sim-error-event',
    stream: true,
    messages: [{ role: 'user', content: 'hi' }],
  });
  let text = '';
  const read = async (): Promise<void> => {
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
  };
  await expect(read()).rejects.toThrow(/server had an error/);
  expect(text).not.toBe('');
});

test('sim-filter finishes as filtered in each vendor’s word', async () => {
  expect((await readJson(await send('sim-filter'))).choices[0].finish_reason).toBe('content_filter');
  const gemini = await fetch(
    `${simulator.url}/v1beta/models/gemini-2.5-flash-sim-filter-400:generateContent`,
    {
      method: 'POST',
      headers: { 'x-goog-api-key': 'k' },
      body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'hi' }] }] }),
    },
  );
  expect(gemini.status).toBe(200);
  expect(await gemini.json()).toMatchObject({ promptFeedback: { blockReason: 'SAFETY' } });
});

test('directives set the number of events and of tokens', async () => {
  const { text } = await drain(await send('gpt-4o-mini', true, null, 'go [sim chunks=7 tokens=50]'));
  expect(text.match(/"delta":\{"content":"[^"]/g)?.length).toBeGreaterThanOrEqual(6);
  expect(text.match(/"delta":\{"content":/g)).toHaveLength(7);
  expect(simulator.attempts[0]?.billed.output_tokens).toBe(50);
});
