import type { PassThrough, PipePort, ProviderFailure, ScannedAnswer } from '@sluice/contract';
import { failureOf } from '../calling/failures.ts';
import { withLegs } from '../calling/whole-answer.ts';
import { BoundedWriter } from './bounded-writer.ts';
import { brokenBy } from './broken-by.ts';
import { findGap } from './find-gap.ts';
import { goOn, wholeEvents } from './go-on.ts';
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
  const { ask, watch, take_over } = open;
  const writer = new BoundedWriter(writable, () => {
    if (ask.audience?.left() !== true) watch.end('client_gone');
  });
  const encoder = new TextEncoder();
  // Neither a read nor a client that takes nothing may outlast the deadlines.
  const over = watch.aborted().then(() => reader.cancel().catch(() => undefined));
  let text = head.text;
  let line_from = 0;
  let looked = 0;
  let gap = false;
  const tapped = ask.tap == null ? null : { tap: ask.tap, parser: open.protocol.createStreamParser() };
  const filter = scan.createFilter({
    drop_usage: options.drop_usage,
    receipt: () =>
      options.with_receipt && ask.receipt !== null
        ? ask.receipt(withLegs(seenOf(open, factsOf(scan.scanStream(text), null)), open.legs, open.record))
        : null,
  });

  function pass(piece: string): Promise<void> | null {
    const newline = piece.lastIndexOf('\n');
    if (newline >= 0) line_from = text.length - piece.length + newline + 1;
    if (text.length - line_from > (scan.line_chars_max ?? LINE_CHARS_MAX) || text.length > STREAM_CHARS_MAX) {
      watch.end('bound');
      return null;
    }
    if (tapped !== null) tapped.tap.events(tapped.parser.push(piece));
    const out = filter.push(piece);
    return out === '' ? null : writer.write(encoder.encode(out));
  }

  /** Where somebody else could fill the gap, an event that cannot be read is not passed on: it is a break. */
  function passToGap(piece: string): Promise<void> | null {
    if (take_over === null) return pass(piece);
    const found = findGap(text, looked);
    looked = found.looked;
    if (found.at < 0) return pass(piece);
    gap = true;
    const good = Math.max(0, piece.length - (text.length - found.at));
    text = text.slice(0, found.at);
    return pass(piece.slice(0, good));
  }

  async function carry(): Promise<void> {
    let full = passToGap(head.text);
    while (!head.ended && watch.cause === null && !gap) {
      if (full !== null && ask.audience?.listening !== true) {
        watch.client_slow = true;
        await Promise.race([full, over]);
        watch.client_slow = false;
      }
      const read = await reader.read();
      watch.touch();
      const piece = read.done ? head.decoder.decode() : head.decoder.decode(read.value, STREAMING);
      text += piece;
      full = piece === '' ? null : passToGap(piece);
      if (read.done) return;
    }
  }

  async function run(): Promise<StreamFacts> {
    watch.finished = () => scan.scanStream(text).complete;
    watch.patrol();
    let broken: ProviderFailure | null = null;
    try {
      await carry();
      if (gap) broken = failureOf('malformed', 'An event could not be read.', open.record.status);
    } catch (error) {
      broken = watch.cause === null ? brokenBy(error, open.record.status) : null;
    }
    reader.cancel().catch(() => undefined);
    watch.close();
    if (tapped !== null) tapped.tap.events(tapped.parser.end());
    const facts = factsOf(scan.scanStream(text), ask.retain_content ? text : null);
    // A finished answer stays finished even where the connection is reset after it.
    if (!facts.complete) facts.failure ??= broken;
    return facts;
  }

  const ended = run();
  const closed = ended.then(async (facts) => {
    const error = untoldBreak(open, facts);
    const failure = breakOf(open, facts);
    // The filter held back what was no whole event.
    const taken =
      error === null || failure === null ? null : await goOn(open, facts, failure, wholeEvents(text), writer);
    if (taken !== null) return taken;
    // What the filter still holds of a broken stream is half an event: better none than one that cannot be read.
    const last =
      error !== null
        ? ask.door.renderStreamError(error, ask.request_id)
        : failure === null
          ? filter.end()
          : '';
    if (last !== '') writer.write(encoder.encode(last));
    await writer.close();
    return null;
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
