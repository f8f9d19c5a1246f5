import { describe, expect, it } from 'vitest';
import { createNumbering, createSkipping, joined } from './number-events.ts';

const encoder = new TextEncoder();
const STREAM = 'data: a\n\nevent: x\ndata: ü\n\n: ping\n\ndata: c\r\n\r\ndata: [DONE]\n\n';
const NUMBERED =
  'id: 1\ndata: a\n\nid: 2\nevent: x\ndata: ü\n\nid: 3\n: ping\n\nid: 4\ndata: c\r\n\r\nid: 5\ndata: [DONE]\n\n';

function through(text: string, piece: number, change: (bytes: Uint8Array) => Uint8Array): string {
  const bytes = encoder.encode(text);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.byteLength; at += piece)
    parts.push(change(bytes.subarray(at, at + piece)).slice());
  return new TextDecoder().decode(joined(parts));
}

describe('events of a stream that can be continued', () => {
  it('are numbered once each, however the stream is cut into pieces', () => {
    for (let piece = 1; piece <= STREAM.length + 2; piece++)
      expect(through(STREAM, piece, createNumbering()), `pieces of ${piece}`).toBe(NUMBERED);
  });

  it('are left out as far as the client has them, and nothing else is', () => {
    const starts = [...NUMBERED.matchAll(/id: \d/g)].map(({ index }) => index);
    for (let count = 0; count <= 7; count++)
      for (let piece = 1; piece <= 20; piece++)
        expect(through(NUMBERED, piece, createSkipping(count))).toBe(
          count < starts.length ? NUMBERED.slice(starts[count]) : '',
        );
  });
});
