import type { AnyProtocol, PipePort } from '@sluice/contract';
import { brokenBy } from './broken-by.ts';
import type { OpenStream, RunningStream, StreamFacts } from './open-stream.ts';

/**
 * Sends bytes on that nobody reads here, such as sound: what they cost is known from the request. Where they break
 * off the client's body breaks off too, since there is no grammar to tell it in.
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
  const ended = body.pipeTo(writable, { preventCancel: true }).then(
    () => {
      facts.complete = true;
    },
    (error: unknown) => {
      if (watch.cause === null) facts.failure = brokenBy(error, open.record.status);
    },
  );
  const known = ended.then(() => {
    if (!facts.complete) watch.abort();
    watch.close();
    return facts;
  });
  return { body: readable, facts: known, closed: known.then(() => undefined) };
}
