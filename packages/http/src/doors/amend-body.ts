import {
  type BodyChanges,
  editFirstElement,
  editMembers,
  findMember,
  type MemberEdit,
  prependElement,
} from '@sluice/contract';
import { joinPrompts } from '@sluice/core/routing/assistant';

/** OpenAI's chat: into the first system message, or as one before all others. */
export function amendChatBody(body_text: string, changes: BodyChanges): string {
  const edits = temperatureEdit(changes);
  const messages = changes.system_prompt === null ? null : findMember(body_text, 'messages');
  if (messages !== null && changes.system_prompt !== null)
    edits.set('messages', { set: intoMessages(messages, changes.system_prompt) });
  return editMembers(body_text, edits);
}

/** Anthropic's messages: before the text, or the blocks, of `system`. */
export function amendMessagesBody(body_text: string, changes: BodyChanges): string {
  const edits = temperatureEdit(changes);
  if (changes.system_prompt !== null)
    edits.set('system', { set: intoText(findMember(body_text, 'system'), changes.system_prompt) });
  return editMembers(body_text, edits);
}

/** A count takes what the prompt adds, and no temperature. */
export const amendCountBody = (body_text: string, changes: BodyChanges): string =>
  amendMessagesBody(body_text, { ...changes, temperature: null });

/** OpenAI's responses: before the text of `instructions`. */
export function amendResponsesBody(body_text: string, changes: BodyChanges): string {
  const edits = temperatureEdit(changes);
  if (changes.system_prompt !== null)
    edits.set('instructions', {
      set: intoText(findMember(body_text, 'instructions'), changes.system_prompt),
    });
  return editMembers(body_text, edits);
}

function temperatureEdit({ temperature }: BodyChanges): Map<string, MemberEdit> {
  const edits = new Map<string, MemberEdit>();
  if (temperature !== null) edits.set('temperature', { set: String(temperature) });
  return edits;
}

function intoMessages(messages: string, prompt: string): string {
  let is_merged = false;
  const merged = editFirstElement(messages, (first) => {
    const role = findMember(first, 'role');
    if (role !== '"system"' && role !== '"developer"') return first;
    is_merged = true;
    const content = intoText(findMember(first, 'content'), prompt);
    return editMembers(first, new Map([['content', { set: content }]]));
  });
  return is_merged ? merged : prependElement(messages, JSON.stringify({ role: 'system', content: prompt }));
}

/** @param own JSON text of a string or of a list of text blocks; `null` = there is none. */
function intoText(own: string | null, prompt: string): string {
  if (own === null || own === 'null') return JSON.stringify(prompt);
  if (own.startsWith('[')) return prependElement(own, JSON.stringify({ type: 'text', text: prompt }));
  return JSON.stringify(joinPrompts(prompt, String(JSON.parse(own))));
}
