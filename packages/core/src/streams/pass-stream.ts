import type { PassThrough, PipePort } from '@sluice/contract';
import { lookEveryMs } from '../calling/attempt-watch.ts';
import { withinOrNull } from '../limits/within.ts';
import { BoundedWriter } from './bounded-writer.ts';
import { CopyReader } from './copy-reader.ts';
import { factsOf, STREAM_CHARS_MAX } from './filter-stream.ts';
import { goOn, wholeEvents } from './go-on.ts';
import {
  breakOf,
  LINE_CHARS_MAX,
  type OpenStream,
  type RunningStream,
  type StreamFacts,
  untoldBreak,
} from './open-stream.ts';
import type { StreamHead, Tee } from './stream-head.ts';
import type { Taken } from './taken.ts';

/** A client that reads has read by then. */
const BEHIND_MS = 250;
/** How long a write may show that the client has gone before the break is taken for the provider's. */
const VERDICT_MS = 50;
const UNTOUCHED = { preventClose: true, preventAbort: true, preventCancel: true };

/**
 * Passes a stream on untouched. The client's branch is a native pipe: no chunk of it enters JS. The other branch is
 * read now and then, in as few and as large reads as there are, to see that the provider still sends; its text is
 * scanned once at the end, for usage and for the terminal marker.
 *
 * With a tee, workerd does not fire the request's own abort signal: that the client has gone shows in its pipe.
 */
export function passStream(
  open: OpenStream,
  head: Extract<StreamHead, { kind: 'raw' }>,
  tee: Tee,
  pipe: PipePort,
  scan: PassThrough,
): RunningStream {
  const { ask, watch } = open;
  const out = pipe();

  let outlet: 'open' | 'ended' | 'broken' = 'open';
  let wake = (): void => undefined;
  const leave = (how: 'ended' | 'broken'): void => {
    outlet = how;
    wake();
  };
  // The outlet is neither closed nor aborted by its pipe: how it ends is decided when all of the text is known.
  // Nor does it cancel its branch: a tee answers a cancel only when both branches ask for it.
  const piped = tee.client.pipeTo(out.writable, UNTOUCHED).then(
    () => leave('ended'),
    () => leave('broken'),
  );
  const copied = new CopyReader(tee, pipe, head, () => watch.touch());
  // An abort would throw away what the tee still holds of the text; it waits until that is read.
  watch.on_end = () => wake();
  watch.finished = () => scan.scanStream(copied.text).complete;

  /** Waits until the copy or the client's branch ends, or it is too late for either. */
  async function observe(): Promise<void> {
    const every_ms = lookEveryMs(watch.timeouts.idle_ms);
    while (outlet === 'open' && !copied.done && watch.cause === null) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, every_ms);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      if (outlet !== 'open' || watch.cause !== null) return;
      copied.look();
      if (
        copied.line_chars > (scan.line_chars_max ?? LINE_CHARS_MAX) ||
        copied.text.length > STREAM_CHARS_MAX
      )
        watch.end('bound');
      else watch.look();
    }
  }

  async function run(): Promise<StreamFacts> {
    await observe();
    if (outlet === 'ended') await copied.readToEnd();
    else if (watch.cause !== 'bound') await copied.catchUp();
    if (outlet === 'broken' && !copied.done && (await clientHasGone())) watch.end('client_gone');
    watch.close();
    if (!copied.done || watch.cause !== null) watch.abort();
    copied.cancel();
    return factsOf(scan.scanStream(copied.text), ask.retain_content ? copied.text : null);
  }

  /** A pipe that failed while its source went on: writing to it says whether anybody still reads. */
  async function clientHasGone(): Promise<boolean> {
    const writer = out.writable.getWriter();
    const tried = writer.write(new TextEncoder().encode(':\n\n')).then(
      () => false,
      () => true,
    );
    const late = new Promise<boolean>((resolve) => setTimeout(resolve, VERDICT_MS, false));
    const gone = await Promise.race([tried, late]);
    writer.releaseLock();
    return gone;
  }

  async function conclude(facts: StreamFacts): Promise<Taken | null> {
    const error = untoldBreak(open, facts);
    const failure = breakOf(open, facts);
    const successor = error !== null && failure !== null && open.take_over !== null;
    // A write that still waits has not been read: what the client has got is then less than the copy.
    const read =
      successor &&
      (await withinOrNull(
        BEHIND_MS,
        piped.then(() => true),
      )) === true;
    await piped;
    try {
      if (read && failure !== null && wholeEvents(copied.text) === copied.text) {
        const writer = new BoundedWriter(out.writable, () => watch.end('client_gone'));
        const taken = await goOn(open, facts, failure, copied.text, writer);
        if (taken !== null) return taken;
        writer.release();
      }
      const writer = out.writable.getWriter();
      writer.closed.catch(() => undefined);
      if (error !== null) {
        const gap = copied.text.endsWith('\n\n') ? '' : '\n\n';
        const event = ask.door.renderStreamError(error, ask.request_id);
        writer.write(new TextEncoder().encode(gap + event)).catch(() => undefined);
      }
      await writer.close();
    } catch {
      // Nobody reads any more.
    }
    return null;
  }

  const facts = run();
  return { body: out.readable, facts, closed: facts.then(conclude) };
}
