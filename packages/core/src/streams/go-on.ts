import type { AnswerEvent, ProviderFailure, StreamRenderer } from '@sluice/contract';
import { nameAnswer } from '../calling/name-answer.ts';
import type { BoundedWriter } from './bounded-writer.ts';
import { brokenError, type OpenStream, type StreamFacts } from './open-stream.ts';
import { noteShown, nothingShown, type Shown } from './shown.ts';
import type { Taken } from './taken.ts';

/** Up to and with the last empty line: what comes after it is half an event. */
export function wholeEvents(text: string): string {
  const ends = [...text.matchAll(/\n\r?\n|\r\r\n?/g)].at(-1);
  return ends === undefined ? '' : text.slice(0, ends.index + ends[0].length);
}

/**
 * A stream that was passed on is read again, now that it has broken, to know what its client saw and to go on in the
 * same grammar under the same id.
 * @param text all that the client got, which must end with a whole event
 * @returns `null` when nobody can go on from there
 */
function resume(open: OpenStream, text: string): { shown: Shown; renderer: StreamRenderer } | null {
  const { ask, protocol, target } = open;
  const parser = protocol.createStreamParser();
  const events: AnswerEvent[] = parser.push(text);
  const shown = nothingShown();
  for (const event of events) {
    if (event.type === 'error') return null;
    noteShown(shown, event);
  }
  if (parser.malformed > 0 || shown.obstacle !== null) return null;
  const head = nameAnswer(events, {
    id: ask.door.answerId(ask.request_id),
    model: target.model,
    created: Math.floor(open.watch.started_at_ms / 1_000),
    input_tokens: ask.input_tokens,
    asked: ask.asked,
  });
  const options = { include_usage: ask.include_usage };
  if (ask.door.resumeStream !== undefined) {
    const renderer = ask.door.resumeStream(head, options, events, text);
    return renderer === null ? null : { shown, renderer };
  }
  const renderer = ask.door.createStreamRenderer(head, options);
  for (const event of events) renderer.push(event);
  return { shown, renderer };
}

/**
 * Goes on with a stream that was passed on and has broken, and closes it.
 * @param text as for `resume`
 * @returns `null` when nobody goes on; then nothing was written
 */
export async function goOn(
  open: OpenStream,
  facts: StreamFacts,
  failure: ProviderFailure,
  text: string,
  writer: BoundedWriter,
): Promise<Taken | null> {
  const { take_over, ask } = open;
  if (take_over === null || writer.broken) return null;
  const resumed = resume(open, text);
  if (resumed === null) return null;
  const { shown, renderer } = resumed;
  const taken = await take_over({ open, facts, failure, shown }, { renderer, writer });
  if (taken === null) return null;
  writer.writeText(taken.last ?? renderer.fail(brokenError(failure), ask.request_id));
  await writer.close();
  return taken;
}
