import type {
  AnswerEvent,
  AnswerGuard,
  AnswerHead,
  CallAsk,
  PipePort,
  ProviderFailure,
  StreamParser,
} from '@sluice/contract';
import { failureOf } from '../calling/failures.ts';
import { withLegs } from '../calling/whole-answer.ts';
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
import { noteShown, nothingShown } from './shown.ts';
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
  const { ask, watch, take_over } = open;
  const facts = noFacts(ask);
  const shown = take_over === null ? null : nothingShown();
  const writer = new BoundedWriter(writable, () => {
    if (ask.audience?.left() !== true) watch.end('client_gone');
  });
  const renderer = ask.door.createStreamRenderer(answer_head, { include_usage: ask.include_usage });
  const encoder = new TextEncoder();
  // Neither a read nor a client that takes nothing may outlast the deadlines.
  const over = watch.aborted().then(() => reader.cancel().catch(() => undefined));

  const guard = ask.guard ?? null;

  function show(event: AnswerEvent): string {
    if (shown !== null) noteShown(shown, event);
    return renderer.push(event);
  }

  function render(events: AnswerEvent[]): Promise<void> | null {
    let out = '';
    ask.tap?.events(events);
    for (const event of events) {
      noteFacts(event, facts);
      if (event.type === 'error') break;
      if (guard === null) out += show(event);
      else for (const allowed of guard.push(event)) out += show(allowed);
      if (guard?.blocked) break;
    }
    return out === '' ? null : writer.write(encoder.encode(out));
  }

  /** Where somebody else could fill the gap, an event that cannot be read is a break. */
  function parse(text: string): AnswerEvent[] {
    return take_over === null ? head.parser.push(text) : pushToGap(head.parser, text);
  }

  async function carry(): Promise<void> {
    let full = render(head.events);
    let done = head.ended;
    while (!done && facts.failure === null && watch.cause === null && !guard?.blocked) {
      if (full !== null && ask.audience?.listening !== true) {
        watch.client_slow = true;
        await Promise.race([full, over]);
        watch.client_slow = false;
      }
      const read = await reader.read();
      watch.touch();
      done = read.done;
      full = render(
        read.done ? endOfText(head.parser, head.decoder) : parse(head.decoder.decode(read.value, STREAMING)),
      );
    }
  }

  async function run(): Promise<StreamFacts> {
    watch.finished = () => head.parser.complete;
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
    if (guard?.blocked) watch.abort();
    return facts;
  }

  function endText(failure: ProviderFailure | null): string {
    if (failure !== null) return renderer.fail(brokenError(failure), ask.request_id);
    const receipt =
      ask.receipt !== null && (ask.include_usage || ask.receipt_in_stream)
        ? ask.receipt(withLegs(seenOf(open, facts), open.legs, open.record))
        : null;
    return renderer.end(receipt);
  }

  async function guardedEndText(failure: ProviderFailure | null, by: AnswerGuard): Promise<string> {
    let rest = '';
    for (const event of await by.finish(failure === null)) rest += renderer.push(event);
    return rest + (by.blocked === null ? endText(failure) : renderer.fail(by.blocked, ask.request_id));
  }

  const ended = run();
  const closed = ended.then(async () => {
    const failure = breakOf(open, facts);
    const taken =
      failure === null || take_over === null || shown === null || writer.broken
        ? null
        : await take_over({ open, facts, failure, shown }, { renderer, writer });
    const last = taken?.last ?? (guard === null ? endText(failure) : await guardedEndText(failure, guard));
    if (last !== '') writer.write(encoder.encode(last));
    await writer.close();
    return taken;
  });
  return { body: readable, facts: ended, closed };
}

const STREAMING = { stream: true };

export const noFacts = (ask: CallAsk): StreamFacts => ({
  usage: null,
  finish_reason: null,
  model: null,
  complete: false,
  failure: null,
  output_chars: 0,
  text: ask.retain_content ? '' : null,
});

/** The events up to one that cannot be read, which ends them. */
export function pushToGap(parser: StreamParser, text: string): AnswerEvent[] {
  const events: AnswerEvent[] = [];
  const before = parser.malformed;
  for (let from = 0; from < text.length; ) {
    const at = text.indexOf('\n', from);
    const to = at < 0 ? text.length : at + 1;
    const found = parser.push(text.slice(from, to));
    if (parser.malformed > before) {
      events.push({ type: 'error', failure: failureOf('malformed', 'An event could not be read.') });
      return events;
    }
    for (const event of found) events.push(event);
    from = to;
  }
  return events;
}

/** Keeps of an event what billing and the trace need. */
export function noteFacts(event: AnswerEvent, facts: StreamFacts): void {
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
