import type { Door } from '@sluice/contract';
import { createResponsesRenderer } from './responses-stream.ts';

const NUMBER = /^(data: \{"type":"[^"]+","sequence_number":)(\d+)/gm;

/** The highest number and the ids of the items, in the order in which they were added. */
function readEvents(text: string): { number: number; ids: string[] } {
  let number = -1;
  const ids: string[] = [];
  for (const [, line = ''] of text.matchAll(/^data: ?(\{.*\})\r?$/gm)) {
    let event: { type?: unknown; sequence_number?: unknown; item?: { id?: unknown } };
    try {
      event = JSON.parse(line) as typeof event;
    } catch {
      continue;
    }
    if (typeof event.sequence_number === 'number') number = Math.max(number, event.sequence_number);
    if (event.type === 'response.output_item.added' && typeof event.item?.id === 'string')
      ids.push(event.item.id);
  }
  return { number, ids };
}

/** Goes on in the grammar of Responses: events keep counting, and the items that are open keep the provider's ids. */
export const resumeResponses: NonNullable<Door['resumeStream']> = (head, options, events, shown) => {
  const renderer = createResponsesRenderer(head, options);
  let replayed = '';
  for (const event of events) replayed += renderer.push(event);
  const theirs = readEvents(shown);
  const ours = readEvents(replayed);
  if (theirs.ids.length !== ours.ids.length) return null;
  const ahead = theirs.number - ours.number;
  const rename = (text: string): string => {
    let renamed = text.replace(
      NUMBER,
      (_, before: string, number: string) => before + String(Number(number) + ahead),
    );
    for (const [i, id] of ours.ids.entries()) renamed = renamed.replaceAll(`"${id}"`, `"${theirs.ids[i]}"`);
    return renamed;
  };
  return {
    push: (event) => rename(renderer.push(event)),
    end: (receipt) => rename(renderer.end(receipt)),
    fail: (error, request_id) => rename(renderer.fail(error, request_id)),
  };
};
