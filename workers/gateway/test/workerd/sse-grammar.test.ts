import { describe, expect, it } from 'vitest';
import { budget, createGatewayFixture, hello, idOf, streamed, traceOf } from './gateway-fixture.ts';
import { renderAnthropic, renderChat, renderGemini } from './random-stream-fixture.ts';

const said = { text: ['Good ', 'day'], tools: [], finish_reason: 'stop' as const };

const WAYS = [
  ['piped', 'gpt-4o-mini', { stream_options: { include_usage: true } }, renderChat(said, true)],
  ['filtered', 'gpt-4o-mini', {}, renderChat(said, true)],
  ['from Anthropic', 'claude-sonnet-4-5', {}, renderAnthropic(said)],
  ['from Gemini', 'gemini-2.5-flash', {}, renderGemini(said).replaceAll('\r\n', '\n')],
] as const;

/** Every spelling of a stream that the grammar allows (html.spec.whatwg.org, server-sent events, read 2026-11-21). */
const SPELLINGS: [string, (text: string) => string][] = [
  ['LF', (text) => text],
  ['CRLF', (text) => text.replaceAll('\n', '\r\n')],
  ['CR', (text) => text.replaceAll('\n', '\r')],
  ['line ends mixed', (text) => text.replaceAll('\n\n', '\r\n\n')],
  ['a byte order mark', (text) => `\ufeff${text}`],
  ['two byte order marks', (text) => `\ufeff\ufeff\n\n${text}`],
  ['comments between', (text) => text.replaceAll('data: ', ': keep-alive\ndata: ')],
  ['comments as events', (text) => text.replaceAll('\n\n', '\n\n: ping\n\n')],
  ['no blank after the colon', (text) => text.replaceAll('data: ', 'data:').replaceAll('event: ', 'event:')],
  ['an id with NUL', (text) => text.replaceAll('data: ', 'id: a\0b\ndata: ')],
  ['retry and an unknown field', (text) => text.replaceAll('data: ', 'retry: 10\nfoo: bar\nfoo\ndata: ')],
  ['blank lines before and between', (text) => `\n\n${text.replaceAll('\n\n', '\n\n\n\n')}`],
  ['no last blank line', (text) => text.replace(/\n+$/, '\n')],
  ['no last line end', (text) => text.replace(/\n+$/, '')],
];

/** Sends a stream in this spelling, in pieces of this size. @returns what went wrong; `null` = nothing. */
function createReader(model: string, asked: object, text: string) {
  const streams = new Map<string, Uint8Array[]>();
  const { post, createVirtualKey } = createGatewayFixture({
    upstream: ({ body }) => {
      const name = [...streams.keys()].find((one) => JSON.stringify(body).includes(`<${one}>`)) ?? '';
      return streamed(streams.get(name) ?? []);
    },
  });
  return async (name: string, spell: (text: string) => string, size: number) => {
    const bytes = new TextEncoder().encode(spell(text));
    streams.set(
      name,
      Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      ),
    );
    const { secret, stub } = await createVirtualKey({ budgets: [budget(1e12)] });
    const messages = [{ role: 'user', content: `<${name}>` }];
    const response = await post(secret, hello(model, { stream: true, ...asked, messages }));
    const received = await response.text();
    return { status: response.status, received, trace: await traceOf(stub, idOf(response)) };
  };
}

describe.each(WAYS)('a stream %s', (way, model, asked, text) => {
  it('is read whole and billed exactly in every spelling, however it is cut', async () => {
    const read = createReader(model, asked, text);
    const wrong: string[] = [];
    const costs = new Set<number>();
    await Promise.all(
      SPELLINGS.flatMap(([spelling, spell]) =>
        [1, 7, 1e6].map(async (size) => {
          const { received, trace } = await read(`${spelling} ${size}`, spell, size);
          const whole =
            received.includes('Good ') && received.includes('day') && !received.includes('"error"');
          // What was not asked for is taken out, whatever the line ends.
          const asked_only = way === 'piped' || !received.includes('"prompt_tokens"');
          const closed = trace.ending === 'complete' && trace.finish_reason === 'stop';
          if (!whole || !closed || !asked_only || trace.usage?.estimated !== false)
            wrong.push(`${spelling}, by ${size}`);
          costs.add(trace.settled_usd_nanos);
        }),
      ),
    );
    expect(wrong).toEqual([]);
    expect([...costs]).toHaveLength(1);
  });
});
