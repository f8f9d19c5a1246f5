import type { CallAsk, CallResult, StreamEnd } from '@sluice/contract';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { askFor, bed, inTime, type Script, sse, target, upstream } from '../calling/call-test-bed.ts';
import { call } from '../stages/call.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

/** The three ways that a stream can take, by what makes the call stage choose each. */
const WAYS: [string, Partial<CallAsk>, 'chat-completions' | 'gemini'][] = [
  ['passed natively', {}, 'chat-completions'],
  ['filtered', { receipt: () => '{"r":1}', receipt_in_stream: true }, 'chat-completions'],
  ['translated', {}, 'gemini'],
];

type Stream = Extract<CallResult, { kind: 'stream' }>;

interface Opened extends ReturnType<typeof bed> {
  result: Stream;
  sent: ReturnType<typeof upstream>['sent'];
  gone: AbortController;
}

async function open(script: Script, [, more, wire]: (typeof WAYS)[number]): Promise<Opened> {
  const gone = new AbortController();
  const { fetch, sent } = upstream({ a: [script], b: [{ chunks: [sse({ t: 'other' })] }] });
  const made = bed(fetch);
  const ask = askFor([target('a', wire), target('b', wire)], { client_gone: gone.signal, ...more });
  const result = await inTime(call(ask, made.ports));
  if (result.kind !== 'stream') throw new Error(result.kind);
  return { ...made, result, sent, gone };
}

async function readAll({ result, background }: Opened): Promise<{ text: string; end: StreamEnd }> {
  const [text, end] = await inTime(Promise.all([new Response(result.body).text(), result.ended]));
  await inTime(Promise.all(background));
  return { text, end };
}

const WORDS = ['one ', 'two ', 'three '];
const SAID = WORDS.map((t) => sse({ t }));
const TAIL = sse({ f: 'stop' }, { u: [7, 3] }, '[DONE]');

describe.each(WAYS)('a stream %s', (...way) => {
  const translated = way[2] === 'gemini';

  it('arrives whole, is billed as the provider counted, and is reported once', async () => {
    const opened = await open({ chunks: [sse({ role: true }), ...SAID, TAIL], every_ms: 20 }, way);
    const { text, end } = await readAll(opened);
    for (const word of WORDS) expect(text).toContain(word);
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(end).toMatchObject({ ending: 'complete', failure: null, finish_reason: 'stop' });
    expect(end.usage).toMatchObject({ input_tokens: 7, output_tokens: 3, estimated: false });
    expect(opened.outcomes).toMatchObject([{ result: 'success', output_tokens: 3 }]);
    expect(opened.outcomes[0]?.ttft_ms).not.toBeNull();
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    ['a reset', 'reset'],
    ['a clean end without a terminal event', 'close'],
  ] as const)(
    'that breaks by %s ends in one error event: no [DONE], no second target',
    async (_name, last) => {
      const opened = await open({ chunks: SAID, every_ms: 20, last }, way);
      const { text, end } = await readAll(opened);
      for (const word of WORDS) expect(text).toContain(word);
      expect(text.endsWith('data: {"error":"provider_stream_broken"}\n\n')).toBe(true);
      expect(text).not.toContain('[DONE]');
      expect(end).toMatchObject({ ending: 'truncated', failure: { kind: 'truncated' } });
      expect(end.usage).toMatchObject({ input_tokens: 20, output_tokens: 4, estimated: true });
      expect(opened.outcomes).toMatchObject([{ result: 'failure' }]);
      expect(end.attempts).toMatchObject([{ error: 'truncated', status: 200 }]);
      expect(opened.sent).toHaveLength(1);
    },
  );

  it('that stands still ends within a tenth of its idle deadline, in an error event', async () => {
    const opened = await open({ chunks: SAID, every_ms: 20, last: 'hang' }, way);
    const begun_ms = Date.now();
    let ended_ms = 0;
    opened.result.ended.then(() => {
      ended_ms = Date.now();
    });
    const { text, end } = await readAll(opened);
    expect(text.endsWith('data: {"error":"provider_stream_broken"}\n\n')).toBe(true);
    expect(end).toMatchObject({ ending: 'truncated', failure: { kind: 'timeout' } });
    const stalled_ms = ended_ms - begun_ms - 40;
    expect(stalled_ms).toBeGreaterThanOrEqual(450);
    expect(stalled_ms).toBeLessThanOrEqual(550);
    expect(opened.sent[0]?.aborted).toBe(true);
    expect(opened.outcomes).toMatchObject([{ result: 'failure' }]);
  });

  it('that goes on for ever is ended by the total deadline', async () => {
    const script: Script = { chunks: Array.from({ length: 5_000 }, () => sse({ t: 'on ' })), every_ms: 50 };
    const timeouts = { first_byte_ms: 1_000, idle_ms: 500, total_ms: 3_000 };
    const { text, end } = await readAll(await open(script, [way[0], { ...way[1], timeouts }, way[2]]));
    expect(end).toMatchObject({ ending: 'truncated', failure: { kind: 'timeout' } });
    expect(text).toContain('provider_stream_broken');
  });

  it.each(['cancel', 'signal'])(
    'whose client leaves (%s) ends the upstream within two chunks and bills what came',
    async (how) => {
      const chunks = Array.from({ length: 100 }, () => sse({ t: 'four' }));
      // A long deadline, so that the copy is looked at seldom and what came since must be caught up.
      const timeouts = { first_byte_ms: 1_000, idle_ms: 20_000, total_ms: 60_000 };
      const opened = await open({ chunks, every_ms: 20 }, [way[0], { ...way[1], timeouts }, way[2]]);
      const reader = opened.result.body.getReader();
      const reading = (async () => {
        for (let n = 0; n < 10; n++) await reader.read();
      })();
      await inTime(reading);
      const before = opened.sent[0]?.chunks_sent ?? 0;
      if (how === 'cancel') reader.cancel().catch(() => undefined);
      else opened.gone.abort();
      const end = await inTime(opened.result.ended);
      expect(opened.sent[0]?.aborted).toBe(true);
      const after = opened.sent[0]?.chunks_sent ?? 0;
      expect(after - before).toBeLessThanOrEqual(2);
      expect(end).toMatchObject({ ending: 'aborted', failure: null });
      expect(end.usage?.estimated).toBe(true);
      expect(end.usage?.output_tokens).toBeGreaterThanOrEqual(before - 1);
      expect(end.usage?.output_tokens).toBeLessThanOrEqual(after);
      expect(opened.outcomes).toMatchObject([{ result: 'neutral' }]);
      reader.cancel().catch(() => undefined);
      await inTime(Promise.all(opened.background));
      await vi.advanceTimersByTimeAsync(100);
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  it('whose client never reads is settled all the same', async () => {
    const opened = await open({ chunks: [...SAID, TAIL], every_ms: 20 }, way);
    const end = await inTime(opened.result.ended);
    expect(end.usage?.input_tokens).toBe(7);
  });

  it('keeps characters whole however the bytes are cut', async () => {
    const bytes = new TextEncoder().encode(sse({ t: 'Grüße 👋 日本' }) + TAIL);
    for (let cut = 1; cut < bytes.length; cut += 3) {
      const opened = await open({ chunks: [sse({ t: 'a' }), bytes.slice(0, cut), bytes.slice(cut)] }, way);
      const { text, end } = await readAll(opened);
      expect(text).toContain('Grüße 👋 日本');
      expect(end.usage?.output_tokens).toBe(3);
    }
  });

  it('is stopped at a giant line, with an error event', async () => {
    const filler = new Uint8Array(1 << 18).fill(120);
    const chunks = [sse({ t: 'a' }), 'data: ', ...Array.from({ length: 64 }, () => filler)];
    const opened = await open({ chunks, every_ms: 10 }, way);
    const { text, end } = await readAll(opened);
    expect(end).toMatchObject({ ending: 'truncated', failure: { kind: 'malformed' } });
    expect(text.endsWith('data: {"error":"provider_stream_broken"}\n\n')).toBe(true);
    expect(opened.sent[0]?.chunks_sent).toBeLessThan(12);
  });

  it('that finished and was then reset is complete', async () => {
    const { text, end } = await readAll(
      await open({ chunks: [...SAID, TAIL], every_ms: 30, last: 'reset' }, way),
    );
    expect(end.ending).toBe('complete');
    expect(text).not.toContain('error');
  });

  it('that ends with an error event of the provider tells the client once', async () => {
    const { text, end } = await readAll(await open({ chunks: [...SAID, sse({ e: 'overloaded' })] }, way));
    expect(end).toMatchObject({ ending: 'truncated', failure: { kind: 'overloaded' } });
    expect(text.match(/error|"e":/g)).toHaveLength(1);
    expect(text).not.toContain('[DONE]');
  });

  it('keeps text for the trace only when asked to', async () => {
    const without = await readAll(await open({ chunks: [...SAID, TAIL] }, way));
    expect(without.end.text).toBeNull();
    const kept = await readAll(
      await open({ chunks: [...SAID, TAIL] }, [way[0], { ...way[1], retain_content: true }, way[2]]),
    );
    expect(kept.end.text).toContain('two ');
  });

  it.runIf(way[0] !== 'passed natively')(
    'that a slow client reads does not run far ahead of it',
    async () => {
      const chunks = Array.from({ length: 400 }, () => sse({ t: 'four' }));
      const opened = await open({ chunks: [...chunks, TAIL] }, way);
      const reader = opened.result.body.getReader();
      await inTime(reader.read());
      await vi.advanceTimersByTimeAsync(400);
      const ahead = opened.sent[0]?.chunks_sent ?? 0;
      await vi.advanceTimersByTimeAsync(2_000);
      expect(ahead).toBeLessThan(40);
      expect(opened.sent[0]?.chunks_sent).toBe(ahead);
      const rest = (async () => {
        while (!(await reader.read()).done);
      })();
      const [end] = await inTime(Promise.all([opened.result.ended, rest]));
      expect(end.ending).toBe('complete');
    },
  );

  it.runIf(translated)(
    'with one unreadable event goes on, with three in a row ends in an error',
    async () => {
      const bad = 'data: {broken\n\n';
      const one = await readAll(await open({ chunks: [...SAID, bad, TAIL] }, way));
      expect(one.end.ending).toBe('complete');
      const three = await readAll(await open({ chunks: [...SAID, bad, bad, bad, TAIL] }, way));
      expect(three.end).toMatchObject({ ending: 'truncated', failure: { kind: 'malformed' } });
      expect(three.text).not.toContain('[DONE]');
    },
  );
});

it('a natively passed stream reaches the client byte for byte', async () => {
  const chunks = [sse({ role: true }), ': ping\n\n', ...SAID, TAIL];
  const { text } = await readAll(await open({ chunks }, ['', {}, 'chat-completions']));
  expect(text).toBe(chunks.join(''));
});

it('the usage chunk that the client did not ask for is dropped, and billed', async () => {
  const { fetch } = upstream({ a: [{ chunks: [...SAID, TAIL] }] });
  const made = bed(fetch);
  const ask = askFor([target('a', 'chat-completions', 'adds-usage')], { include_usage: false });
  const result = await inTime(call(ask, made.ports));
  if (result.kind !== 'stream') throw new Error(result.kind);
  const [text, end] = await inTime(Promise.all([new Response(result.body).text(), result.ended]));
  expect(text).not.toContain('"u":');
  expect(text.endsWith('[DONE]\n\n')).toBe(true);
  expect(end.usage).toMatchObject({ input_tokens: 7, estimated: false });
});

it('the receipt rides in the last chunk with the usage known by then', async () => {
  for (const way of WAYS.slice(1)) {
    const receipt = vi.fn((seen: { usage: unknown }) => JSON.stringify({ seen: seen.usage !== null }));
    const opened = await open({ chunks: [...SAID, TAIL] }, [
      way[0],
      { receipt, receipt_in_stream: true },
      way[2],
    ]);
    const { text } = await readAll(opened);
    expect(text).toContain('{"seen":true}');
    expect(receipt.mock.calls[0]?.[0].usage).toMatchObject({
      input_tokens: 7,
      output_tokens: 3,
      estimated: false,
    });
  }
});
