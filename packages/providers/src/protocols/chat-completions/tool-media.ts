import type { ContentPart, Message, ToolMessage } from '@sluice/contract';

/** Whether a result of a tool holds more than text, for which this format has no place. */
export const holdsMedia = (message: Message): message is ToolMessage & { content: ContentPart[] } =>
  message.role === 'tool' &&
  Array.isArray(message.content) &&
  message.content.some(({ type }) => type !== 'text');

/**
 * Media of results in a user message after all results of their step: between them it would part a call from its
 * answer.
 */
export function moveToolMedia(messages: readonly Message[]): Message[] {
  const moved: Message[] = [];
  let media: ContentPart[] = [];
  const flush = (): void => {
    if (media.length > 0) moved.push({ role: 'user', content: media });
    media = [];
  };
  for (const message of messages) {
    if (message.role !== 'tool') flush();
    if (!holdsMedia(message)) {
      moved.push(message);
      continue;
    }
    const texts = message.content.filter(({ type }) => type === 'text');
    media.push(
      { type: 'text', text: `From the result of the tool call ${message.tool_call_id}:` },
      ...message.content.filter(({ type }) => type !== 'text'),
    );
    moved.push({ ...message, content: texts.length > 0 ? texts : '(see the next user message)' });
  }
  flush();
  return moved;
}
