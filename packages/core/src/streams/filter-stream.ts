import type { PassThrough, PipePort, ScannedAnswer } from '@sluice/contract';
import { BoundedWriter } from './bounded-writer.ts';
import { brokenBy } from './broken-by.ts';
import {
  breakOf,
  LINE_CHARS_MAX,
  type OpenStream,
  type RunningStream,
  type StreamFacts,
  seenOf,
  untoldBreak,
} from './open-stream.ts';
import type { StreamHead } from './stream-head.ts';

type RawHead = Extract<StreamHead, { kind: 'raw' }>;

/**
 * Passes a stream on in the grammar that it came in, but for one chunk: the usage that the client did not ask for, or
 * the last one, which takes the receipt.
 */
export function filterStream(
  open: OpenStream,
  head: RawHead,
  reader: ReadableStreamDefaultReader<Uint8Array>,
  pipe: PipePort,
  scan: PassThrough,
  options: { drop_usage: boolean; with_receipt: boolean },
): RunningStream {
  const { readable, writable } = pipe();
  const { ask, watch } = open;
  const writer = new BoundedWriter(writable, () => watch.end('client_gone'));
  const encoder = new TextEncoder();
  // Neither a read nor a client that takes nothing may outlast the deadlines.
  const over = watch.aborted().then(() => reader.cancel().catch(() => undefined));
  let text = head.text;
  let line_from = 0;
  const filter = scan.createFilter({
    drop_usage: options.drop_usage,
    receipt: () =>
      options.with_receipt && ask.receipt !== null
        ? ask.receipt(seenOf(open, factsOf(scan.scanStream(text), null)))
        : null,
  });

  function pass(piece: string): Promise<void> | null {
    const newline = piece.lastIndexOf('\n');
    if (newline >= 0) line_from = text.length - piece.length + newline + 1;
    if (text.length - line_from > (scan.line_chars_max ?? LINE_CHARS_MAX) || text.length > STREAM_CHARS_MAX) {
      watch.end('bound');
      return null;
    }
    const out = filter.push(piece);
    return out === '' ? null : writer.write(encoder.encode(out));
  }

  async function carry(): Promise<void> {
    let full = pass(head.text);
    while (!head.ended && watch.cause === null) {
      if (full !== null) {
        watch.client_slow = true;
        await Promise.race([full, over]);
        watch.client_slow = false;
      }
      const read = await reader.read();
      watch.touch();
      const piece = read.done ? head.decoder.decode() : head.decoder.decode(read.value, STREAMING);
      text += piece;
      full = piece === '' ? null : pass(piece);
      if (read.done) return;
    }
  }

  async function run(): Promise<StreamFacts> {
    watch.patrol();
    let broken = null;
    try {
      await carry();
    } catch (error) {
      broken = watch.cause === null ? brokenBy(error, open.record.status) : null;
    }
    reader.cancel().catch(() => undefined);
    watch.close();
    const facts = factsOf(scan.scanStream(text), ask.retain_content ? text : null);
    // A finished answer stays finished even where the connection is reset after it.
    if (!facts.complete) facts.failure ??= broken;
    return facts;
  }

  const ended = run();
  const closed = ended.then((facts) => {
    const error = untoldBreak(open, facts);
    // What the filter still holds of a broken stream is half an event: better none than one that cannot be read.
    const whole = breakOf(open, facts) === null;
    const last =
      error !== null ? ask.door.renderStreamError(error, ask.request_id) : whole ? filter.end() : '';
    if (last !== '') writer.write(encoder.encode(last));
    return writer.close();
  });
  return { body: readable, facts: ended, closed };
}

const STREAMING = { stream: true };
/** The text of a stream is kept until its end: this much of it is far beyond the longest answer there is. */
export const STREAM_CHARS_MAX = 64 << 20;

export const factsOf = (scanned: ScannedAnswer, text: string | null): StreamFacts => ({
  usage: scanned.usage,
  finish_reason: scanned.finish_reason,
  model: scanned.model,
  complete: scanned.complete,
  failure: scanned.failure,
  output_chars: scanned.output_chars,
  text,
});
