import { crc32 } from 'node:zlib';
import type { AnswerEvent } from '@sluice/contract';
import { describe, expect, it } from 'vitest';
import { EventStreamDecoder } from './event-stream.ts';
import { parseAnswer } from './response.ts';
import { createStreamParser } from './stream.ts';

/** A frame written by hand, so that the library is not tested with itself. */
function frame(headers: Record<string, string>, payload: string): Uint8Array {
  const head = Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(Buffer.byteLength(value));
      return Buffer.concat([
        Buffer.from([name.length]),
        Buffer.from(name),
        Buffer.from([7]),
        length,
        Buffer.from(value),
      ]);
    }),
  );
  const body = Buffer.from(payload);
  const bytes = Buffer.alloc(16 + head.length + body.length);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.writeUInt32BE(head.length, 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  head.copy(bytes, 12);
  body.copy(bytes, 12 + head.length);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
  return new Uint8Array(bytes);
}

const event = (type: string, payload: unknown): Uint8Array =>
  frame({ ':message-type': 'event', ':event-type': type }, JSON.stringify(payload));

const exception = (type: string, message: string): Uint8Array =>
  frame({ ':message-type': 'exception', ':exception-type': type }, JSON.stringify({ message }));

const text = (value: string): Uint8Array =>
  event('contentBlockDelta', { contentBlockIndex: 0, delta: { text: value } });
const stop = event('messageStop', { stopReason: 'end_turn' });

function read(...pieces: Uint8Array[]): { events: AnswerEvent[]; complete: boolean } {
  const decoder = new EventStreamDecoder();
  const parser = createStreamParser();
  const events = pieces.flatMap((piece) => parser.push(decoder.decode(piece)));
  events.push(...parser.push(decoder.decode()), ...parser.end());
  return { events, complete: parser.complete };
}

const lastFailure = ({ events }: { events: AnswerEvent[] }) => {
  const last = events.at(-1);
  return last?.type === 'error' ? last.failure : null;
};

describe('frames', () => {
  it('become one line each, whatever their payload holds', () => {
    const decoder = new EventStreamDecoder();
    expect(decoder.decode(event('messageStart', { role: 'a\n b' }))).toBe(
      'event messageStart {"role":"a\\n b"}\n',
    );
    const pretty = frame({ ':message-type': 'event', ':event-type': 'x' }, '{\n "a": 1\r\n}');
    expect(decoder.decode(pretty)).toBe('event x {  "a": 1 }\n');
  });

  it('that hold characters of several bytes survive any cut', () => {
    const bytes = Buffer.concat([text('水門 ⛵'), text('é'), stop]);
    const whole = read(new Uint8Array(bytes));
    for (let at = 1; at < bytes.length; at++) {
      expect(read(new Uint8Array(bytes.subarray(0, at)), new Uint8Array(bytes.subarray(at)))).toEqual(whole);
    }
    expect(whole.complete).toBe(true);
  });

  it('in views into larger buffers are read at their own offset', () => {
    const padded = new Uint8Array(Buffer.concat([Buffer.alloc(7), text('x'), stop, Buffer.alloc(5)]));
    expect(read(padded.subarray(7, padded.length - 5)).complete).toBe(true);
  });

  it.each([
    ['larger than 1 MiB', Uint8Array.of(0, 0x10, 0, 1, 0, 0, 0, 0)],
    ['too short to be one', Uint8Array.of(0, 0, 0, 15, 0, 0, 0, 0)],
    ['of text', new TextEncoder().encode('data: {"x":1}\n\n')],
  ])('%s are malformed, and nothing is kept of them', (_, bytes) => {
    const seen = read(text('so far'), bytes, new Uint8Array(1 << 20), stop);
    expect(lastFailure(seen)?.kind).toBe('malformed');
    expect(seen.complete).toBe(false);
  });

  it('whose headers lie about their length are malformed', () => {
    const bad = Buffer.from(text('x'));
    bad.writeUInt32BE(bad.length, 4);
    bad.writeUInt32BE(crc32(bad.subarray(0, 8)), 8);
    bad.writeUInt32BE(crc32(bad.subarray(0, -4)), bad.length - 4);
    expect(lastFailure(read(new Uint8Array(bad)))?.kind).toBe('malformed');
  });

  it('that never end give nothing', () => {
    const bytes = text('x');
    expect(read(bytes.subarray(0, bytes.length - 1)).events).toEqual([]);
  });
});

describe('exceptions in a stream that began with 200', () => {
  it.each([
    ['throttlingException', 'rate_limited'],
    ['internalServerException', 'overloaded'],
    ['serviceUnavailableException', 'overloaded'],
    ['modelStreamErrorException', 'overloaded'],
    ['modelTimeoutException', 'overloaded'],
    ['validationException', 'invalid_request'],
    ['accessDeniedException', 'auth'],
    ['newException', 'overloaded'],
  ])('%s is %s', (name, kind) => {
    const failure = lastFailure(read(text('x'), exception(name, 'why'), stop));
    expect(failure).toMatchObject({ kind, code: name, message: 'why', status: 200 });
  });

  it('are also errors without a modelled type', () => {
    const error = frame(
      { ':message-type': 'error', ':error-code': 'InternalFailure', ':error-message': 'broke "here"' },
      '',
    );
    expect(lastFailure(read(text('x'), error))).toMatchObject({
      kind: 'overloaded',
      message: 'broke "here"',
    });
  });

  it('take nothing back of an answer that has ended', () => {
    const seen = read(text('x'), stop, exception('throttlingException', 'late'));
    expect(seen.complete).toBe(true);
    expect(seen.events.some(({ type }) => type === 'error')).toBe(false);
  });
});

describe('events', () => {
  it('of unknown kinds and with padding are passed over', () => {
    const { events } = read(
      event('somethingNew', { a: 1 }),
      event('contentBlockDelta', { contentBlockIndex: 0, delta: { hologram: {} }, p: 'abc' }),
      event('contentBlockStart', { contentBlockIndex: 1, start: { toolResult: { toolUseId: 'x' } } }),
      event('contentBlockDelta', { contentBlockIndex: 1, delta: { toolResult: [{ text: 'hidden' }] } }),
      stop,
    );
    expect(events.map(({ type }) => type)).toEqual(['start', 'finish']);
  });

  it('of a tool without arguments give an empty object', () => {
    const toolUse = { toolUseId: 't1', name: 'now' };
    const { events } = read(
      event('contentBlockStart', { contentBlockIndex: 3, start: { toolUse } }),
      event('contentBlockDelta', { contentBlockIndex: 3, delta: { toolUse: { input: '' } } }),
      event('contentBlockStop', { contentBlockIndex: 3 }),
      event('messageStop', { stopReason: 'tool_use' }),
    );
    expect(events.slice(1)).toEqual([
      { type: 'tool_call', choice: 0, index: 0, id: 't1', name: 'now', thought_signature: null },
      { type: 'tool_arguments', choice: 0, index: 0, text: '{}' },
      { type: 'finish', choice: 0, finish_reason: 'tool_calls', native_finish_reason: 'tool_use' },
    ]);
  });

  it('of our own JSON tool are the text of the answer, whose end is a plain one', () => {
    const toolUse = { toolUseId: 't1', name: 'sluice_json_response' };
    const { events } = read(
      event('contentBlockStart', { contentBlockIndex: 0, start: { toolUse } }),
      event('contentBlockDelta', { contentBlockIndex: 0, delta: { toolUse: { input: '{"a":' } } }),
      event('contentBlockDelta', { contentBlockIndex: 0, delta: { toolUse: { input: '1}' } } }),
      event('messageStop', { stopReason: 'tool_use' }),
    );
    expect(events.flatMap((one) => (one.type === 'text' ? [one.text] : [])).join('')).toBe('{"a":1}');
    expect(events.at(-1)).toMatchObject({ type: 'finish', finish_reason: 'stop' });
  });

  it.each([
    ['guardrail_intervened', 'content_filter'],
    ['content_filtered', 'content_filter'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['malformed_tool_use', 'error'],
    ['stop_sequence', 'stop'],
  ])('that end with %s finish with %s', (stopReason, finish_reason) => {
    expect(read(event('messageStop', { stopReason })).events.at(-1)).toMatchObject({ finish_reason });
  });

  it('that cannot be read fail the stream after three in a row', () => {
    const bad = frame({ ':message-type': 'event', ':event-type': 'x' }, '{broken');
    expect(lastFailure(read(bad, bad, text('x'), bad, bad))).toBeNull();
    expect(lastFailure(read(bad, bad, bad))?.kind).toBe('malformed');
  });

  it('split the tokens written into caches by their lifetime', () => {
    const usage = {
      inputTokens: 5,
      outputTokens: 7,
      cacheReadInputTokens: 11,
      cacheWriteInputTokens: 30,
      cacheDetails: [
        { ttl: '5m', inputTokens: 10 },
        { ttl: '1h', inputTokens: 20 },
      ],
    };
    expect(read(stop, event('metadata', { usage })).events.at(-1)).toMatchObject({
      type: 'usage',
      usage: {
        input_tokens: 5,
        output_tokens: 7,
        cache_read_tokens: 11,
        cache_write_tokens: 10,
        cache_write_1h_tokens: 20,
      },
    });
  });
});

/** A value of any shape, the same for the same seed. */
function anything(next: () => number, depth: number): unknown {
  const pick = Math.floor(next() * (depth > 3 ? 5 : 8));
  if (pick === 0) return null;
  if (pick === 1) return next() * 1e9 - 5e8;
  if (pick === 2) return next() < 0.5;
  if (pick <= 4) return ['', 'tool_use', 'x\n\0', '\ud800', 'sluice_json_response'][Math.floor(next() * 5)];
  if (pick === 5) return Array.from({ length: Math.floor(next() * 4) }, () => anything(next, depth + 1));
  const names =
    'contentBlockIndex delta start toolUse input text reasoningContent signature citation usage stopReason image source bytes name toolUseId location web'.split(
      ' ',
    );
  return Object.fromEntries(
    Array.from({ length: Math.floor(next() * 5) }, () => [
      names[Math.floor(next() * names.length)] ?? 'x',
      anything(next, depth + 1),
    ]),
  );
}

it('nothing that a stream or an answer may hold makes its parser throw', () => {
  let state = 7;
  const next = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state / 2 ** 32;
  };
  const types = [
    'messageStart',
    'contentBlockStart',
    'contentBlockDelta',
    'contentBlockStop',
    'messageStop',
    'metadata',
  ];
  for (let round = 0; round < 1500; round++) {
    const parser = createStreamParser();
    for (let at = 0; at < 8; at++) {
      const type = types[Math.floor(next() * types.length)];
      parser.push(`event ${type} ${JSON.stringify(anything(next, 0)) ?? 'null'}\n`);
    }
    parser.end();
    const content = [anything(next, 0), anything(next, 0)];
    parseAnswer({ output: { message: { content } }, stopReason: 'tool_use', usage: anything(next, 0) });
    parseAnswer(anything(next, 0));
  }
});
