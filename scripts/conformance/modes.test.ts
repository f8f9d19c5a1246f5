import { describe, expect, it } from 'vitest';
import type { Case, NativeApi } from './corpus.ts';
import { planModes } from './modes.ts';
import { readTextEvents } from './recorded-events.ts';
import { findTerminal } from './terminal.ts';

const streamOf = (api: NativeApi, events: string[], status = 200): Case => ({
  id: 'somebody/001-case',
  provider: 'somebody',
  api,
  stream: true,
  streamed: status === 200,
  body_text: events.join(''),
  body_bytes: bytesOf(events),
  events: readTextEvents(events.join('')),
  facts: null,
  recording: {
    provider: 'somebody',
    api,
    stream: true,
    request: null,
    response: { status, headers: {}, body: events.join('') },
  },
});

const bytesOf = (events: string[]): number => Buffer.byteLength(events.join(''));

const CHAT = [
  'data: {"choices":[{"index":0,"delta":{"content":"größer"},"finish_reason":null}]}\n\n',
  'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
  'data: {"choices":[],"usage":{"prompt_tokens":1}}\n\n',
  'data: [DONE]\n\n',
];

describe('the end of a recorded stream', () => {
  it('is the finish of OpenAI-like servers, in bytes, with usage behind it', () => {
    const end = bytesOf(CHAT.slice(0, 2));
    expect(findTerminal(streamOf('chat', CHAT))).toEqual({
      broken_before: end - 2,
      clean_from: end,
      usage_from: bytesOf(CHAT.slice(0, 3)),
    });
  });

  it('is the stop reason of Anthropic, whose data lines end in spaces, and the finish reason of Google', () => {
    const messages = [
      'event: content_block_delta\r\ndata: {"type":"content_block_delta","delta":{"text":"Hi"}}\r\n\r\n',
      'event: message_delta\r\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}    \r\n\r\n',
      'event: message_stop\r\ndata: {"type":"message_stop"}\r\n\r\n',
    ];
    const end = bytesOf(messages.slice(0, 2));
    expect(findTerminal(streamOf('messages', messages))).toMatchObject({
      broken_before: end - '    \r\n\r\n'.length,
      clean_from: end,
    });
    const google = [
      'data: {"candidates":[{"content":{}}]}\r\n\r\n',
      'data: {"candidates":[{"finishReason":"STOP"}]}\r\n\r\n',
    ];
    expect(findTerminal(streamOf('generateContent', google)).clean_from).toBe(bytesOf(google));
  });

  it('is nowhere in a stream that never finished', () => {
    expect(findTerminal(streamOf('chat', CHAT.slice(0, 1))).broken_before).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('the ways to deliver', () => {
  const names = (one: Case, splits: number, cuts: number): string[] =>
    planModes(one, splits, cuts).map((mode) => mode.name.replace(/ at byte.*/, ''));

  it('of a stream are whole, split, cut at random, and cut behind its end', () => {
    expect(names(streamOf('chat', CHAT), 2, 2)).toEqual([
      'whole',
      'split-1',
      'split-2',
      'cut-1',
      'cut-2',
      'cut-behind-end',
    ]);
  });

  it('of a whole answer are whole and cut once; of an error whole only', () => {
    expect(names({ ...streamOf('chat', ['{"choices":[]}']), streamed: false }, 3, 3)).toEqual([
      'whole',
      'cut-1',
    ]);
    expect(names(streamOf('chat', ['{"error":{}}'], 500), 3, 3)).toEqual(['whole']);
  });

  it('are the same each time, and always cut something off', () => {
    const one = streamOf('chat', CHAT);
    const planned = planModes(one, 3, 40);
    expect(planModes(one, 3, 40)).toEqual(planned);
    const cuts = planned.flatMap((mode) => (mode.cut === null ? [] : [mode.cut]));
    expect(Math.min(...cuts)).toBeGreaterThan(0);
    expect(Math.max(...cuts)).toBeLessThan(bytesOf(CHAT));
    expect(new Set(cuts).size).toBeGreaterThan(20);
  });

  it('ask without usage at least once', () => {
    expect(planModes(streamOf('chat', CHAT), 1, 0).map((mode) => mode.include_usage)).toEqual([true, false]);
  });
});
