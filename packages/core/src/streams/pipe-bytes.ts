import type { AnyProtocol, PipePort } from '@sluice/contract';
import { BoundedWriter } from './bounded-writer.ts';
import { brokenBy } from './broken-by.ts';
import type { OpenStream, RunningStream, StreamFacts } from './open-stream.ts';

/**
 * Sends bytes on that nobody reads here, such as sound: what they cost is known from the request. Where they break
 * off the client's body breaks off too, since there is no grammar to tell it in.
 *
 * A loop rather than a native pipe: one that waits for a silent provider sees neither the deadlines nor a client that
 * has left.
 */
export function pipeBytes(
  open: OpenStream,
  body: ReadableStream<Uint8Array>,
  pipe: PipePort,
  protocol: AnyProtocol,
): RunningStream {
  const { readable, writable } = pipe();
  const { watch, ask } = open;
  const facts: StreamFacts = {
    usage: protocol.usageOf?.(ask.asked) ?? null,
    finish_reason: null,
    model: null,
    complete: false,
    failure: null,
    output_chars: 0,
    text: null,
  };
  const reader = body.getReader();
  const writer = new BoundedWriter(writable, () => watch.end('client_gone'));
  const over = watch.aborted().then(() => reader.cancel().catch(() => undefined));

  async function carry(): Promise<void> {
    while (watch.cause === null) {
      const { done, value } = await reader.read();
      watch.touch();
      if (done) {
        facts.complete = watch.cause === null;
        return;
      }
      const full = writer.write(value);
      if (full === null) continue;
      watch.client_slow = true;
      await Promise.race([full, over]);
      watch.client_slow = false;
    }
  }

  async function run(): Promise<StreamFacts> {
    watch.patrol();
    try {
      await carry();
    } catch (error) {
      if (watch.cause === null) facts.failure = brokenBy(error, open.record.status);
    }
    if (!facts.complete) watch.abort();
    watch.close();
    return facts;
  }

  const ended = run();
  const closed = ended.then(async () => {
    await (facts.complete ? writer.close() : writer.breakOff());
    return null;
  });
  return { body: readable, facts: ended, closed };
}
