import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import {
  attemptsOn,
  createVirtualKey,
  eventually,
  hello,
  keyView,
  openaiFor,
  post,
  receiptOf,
} from './harness.ts';

let serial = 0;
const unique = (base: string, fault: string): string =>
  `${base}-${Date.now().toString(36)}${serial++}-sim-${fault}`;
/** `usage`: bytes pass natively; without: the usage chunk is filtered out; the others are translated. */
const WAYS = [
  ['openai, piped', 'gpt-4o-mini', { stream_options: { include_usage: true } }],
  ['openai, filtered', 'gpt-4o-mini', {}],
  ['anthropic, translated', 'claude-sonnet-4-5', {}],
  ['gemini, translated', 'gemini-2.5-flash', {}],
] as const;

const free = async (): Promise<string> => (await createVirtualKey()).secret;

describe.each(WAYS)('%s', (_way, base, extra) => {
  it.each(['cut-abort', 'cut-fin', 'cut-rst', 'error-event'])(
    '%s: an error event, no [DONE], no invented finish',
    async (fault) => {
      const own = await free();
      const response = await post(own, { ...hello(unique(base, fault)), stream: true, ...extra });
      expect(response.status).toBe(200);
      const text = await response.text();
      expect(text).toContain('"error"');
      expect(text).not.toContain('[DONE]');
      expect(text).not.toMatch(/"finish_reason":"(stop|length|tool_calls)"/);
      const receipt = await receiptOf(own, response.headers.get('x-request-id') ?? '');
      expect(receipt.ending).toBe('truncated');
      expect(receipt.cost.estimated || receipt.cost.provider_cost_usd === null).toBe(true);
    },
  );

  it('makes the official client throw when a stream is cut', async () => {
    const client = openaiFor(await free());
    const reading = async (): Promise<void> => {
      const stream = await client.chat.completions.create({
        ...hello(unique(base, 'cut-fin')),
        stream: true,
        ...extra,
      });
      for await (const _ of stream);
    };
    await expect(reading()).rejects.toThrow(OpenAI.APIError);
  });

  it('ends a stalled stream at the idle deadline with an error event', async () => {
    const response = await post(await free(), {
      ...hello(unique(base, 'stall')),
      stream: true,
      'x-timeout': { idle_ms: 500 },
      ...extra,
    });
    const text = await response.text();
    expect(text).toContain('"error"');
    expect(text).not.toContain('[DONE]');
  });

  it('stops the provider and bills what was produced when the client leaves', async () => {
    const own = await createVirtualKey();
    const model = `${base}`;
    const prompt = `leave ${serial++} [sim chunks=200 delay_ms=20]`;
    const leaving = new AbortController();
    const response = await post(
      own.secret,
      { ...hello(model, prompt), stream: true, ...extra },
      {},
      { signal: leaving.signal },
    );
    const reader = response.body?.getReader();
    for (let i = 0; i < 5; i++) await reader?.read();
    leaving.abort();
    const mine = await eventually(
      async () =>
        (await attemptsOn(model)).find((attempt) => JSON.stringify(attempt.request_body).includes(prompt)),
      (attempt) => attempt?.client_closed === true,
    );
    expect(mine?.client_closed).toBe(true);
    expect(mine?.chunks_sent).toBeLessThan(150);
    const receipt = await eventually(
      () => receiptOf(own.secret, response.headers.get('x-request-id') ?? ''),
      () => true,
    );
    expect(receipt.ending).toBe('aborted');
    expect(receipt.cost.estimated).toBe(true);
    expect(receipt.limits.settled_usd).toBeGreaterThan(0);
  });

  it('carries every character, also across malformed events', async () => {
    const own = await free();
    const prompt = 'Grüße, 世界 🌍 — every byte counts';
    const whole = (await (await post(own, hello(base, prompt))).json()) as OpenAI.ChatCompletion;
    const stream = openaiFor(own).chat.completions.stream({ ...hello(base, prompt), ...extra });
    expect((await stream.finalChatCompletion()).choices[0]?.message.content).toBe(
      whole.choices[0]?.message.content,
    );
  });
});

it('many clients that leave leave no hold behind', async () => {
  const own = (await createVirtualKey({ budgets: [{ window: 'total', limit_usd: 1000, hard: true }] }))
    .secret;
  await Promise.all(
    Array.from({ length: 50 }, async (_, i) => {
      const leaving = new AbortController();
      const body = {
        ...hello(i % 2 ? 'claude-sonnet-4-5' : 'gpt-4o-mini', '[sim chunks=100 delay_ms=20]'),
        stream: true,
      };
      const response = await post(own, body, {}, { signal: leaving.signal });
      await response.body?.getReader().read();
      leaving.abort();
    }),
  );
  const view = await eventually(
    () => keyView(own),
    (seen) => seen.limits.in_flight === 0 && seen.budgets[0]?.held_usd === 0,
  );
  expect(view.budgets[0]?.held_usd).toBe(0);
  expect(view.budgets[0]?.spent_usd).toBeGreaterThan(0);
});
