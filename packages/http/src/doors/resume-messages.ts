import type { Door } from '@sluice/contract';
import { createMessagesRenderer } from './messages-stream.ts';

const count = (text: string, event: string): number => text.split(`\nevent: ${event}\n`).length;

/** Goes on in Anthropic's grammar: the next event is of the block that is open, or opens the block after it. */
export const resumeMessages: NonNullable<Door['resumeStream']> = (head, options, events, shown) => {
  const renderer = createMessagesRenderer(head, options);
  let replayed = '\n';
  for (const event of events) replayed += renderer.push(event);
  // A block that said nothing is open: its number would be given to another.
  for (const event of ['content_block_start', 'content_block_stop'])
    if (count(`\n${shown.replaceAll('\r\n', '\n')}`, event) !== count(replayed, event)) return null;
  return renderer;
};
