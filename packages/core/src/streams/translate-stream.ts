import type { AnswerEvent, AnswerHead, PipePort } from '@sluice/contract';
import { BoundedWriter } from './bounded-writer.ts';
import { brokenBy } from './broken-by.ts';
import {
  breakOf,
  brokenError,
  type OpenStream,
  type RunningStream,
  type StreamFacts,
  seenOf,
} from './open-stream.ts';
import { endOfText, type StreamHead } from './stream-head.ts';

/**
 * Carries a stream from the provider's grammar into the door's: one read, one write, no stream machinery between
 * them, since every JS stage costs more than the translation itself.
 */
export function translateStream(
  open: OpenStream,
  head: Extract<StreamHead, { kind: 'parsed' }>,
  reader: ReadableStreamDefaultReader<Uint8Array>,
  pipe: PipePort,
  answer_head: AnswerHead,
): RunningStream {
  const { readable, writable } = pipe();
  const facts: StreamFacts = {
    usage: null,
    finish_reason: null,
    model: null,
    complete: false,
    failure: null,
    output_chars: 0,
    text: open.ask.retain_content ? '' : null,
  };
  const { ask, watch } = open;
  const writer = new BoundedWriter(writable, () => watch.end('client_gone'));
  const renderer = ask.door.createStreamRenderer(answer_head, { include_usage: ask.include_usage });
  const encoder = new TextEncoder();
  // Neither a read nor a client that takes nothing may outlast the deadlines.
  const over = watch.aborted().then(() => reader.cancel().catch(() => undefined));

  function render(events: AnswerEvent[]): Promise<void> | null {
    let out = '';
    for (const event of events) {
      note(event, facts);
      if (event.type === 'error') break;
      out += renderer.push(event);
    }
    return out === '' ? null : writer.write(encoder.encode(out));
  }

  async function carry(): Promise<void> {
    let full = render(head.events);
    let done = head.ended;
    while (!done && facts.failure === null && watch.cause === null) {
      if (full !== null) {
        watch.client_slow = true;
        await Promise.race([full, over]);
        watch.client_slow = false;
      }
      const read = await reader.read();
      watch.touch();
      done = read.done;
      full = render(
        read.done
          ? endOfText(head.parser, head.decoder)
          : head.parser.push(head.decoder.decode(read.value, STREAMING)),
      );
    }
  }

  async function run(): Promise<StreamFacts> {
    watch.patrol();
    try {
      await carry();
    } catch (error) {
      // A finished answer stays finished even where the connection is reset after it.
      if (watch.cause === null && !head.parser.complete)
        facts.failure ??= brokenBy(error, open.record.status);
    }
    facts.complete = head.parser.complete;
    reader.cancel().catch(() => undefined);
    watch.close();
    return facts;
  }

  const ended = run();
  const closed = ended.then(() => {
    const failure = breakOf(open, facts);
    const receipt =
      failure === null && ask.receipt !== null && (ask.include_usage || ask.receipt_in_stream)
        ? ask.receipt(seenOf(open, facts))
        : null;
    const last =
      failure === null ? renderer.end(receipt) : renderer.fail(brokenError(failure), ask.request_id);
    if (last !== '') writer.write(encoder.encode(last));
    return writer.close();
  });
  return { body: readable, facts: ended, closed };
}

const STREAMING = { stream: true };

/** Keeps of an event what billing and the trace need. */
function note(event: AnswerEvent, facts: StreamFacts): void {
  switch (event.type) {
    case 'text':
      facts.output_chars += event.text.length;
      if (facts.text !== null) facts.text += event.text;
      return;
    case 'refusal':
    case 'reasoning':
    case 'tool_arguments':
      facts.output_chars += event.text.length;
      return;
    case 'start':
      facts.model = event.model ?? facts.model;
      return;
    case 'finish':
      facts.finish_reason ??= event.finish_reason;
      return;
    case 'usage':
      facts.usage = event.usage;
      return;
    case 'error':
      facts.failure = event.failure;
      return;
  }
}
