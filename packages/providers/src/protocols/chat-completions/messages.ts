import type { ContentPart, Message } from '@sluice/contract';
import type { ChatQuirks, Extension } from './quirks.ts';
import { holdsMedia, moveToolMedia } from './tool-media.ts';

/**
 * Whether the messages must be written anew for this server: they hold a tool-call id it refuses, or an extension
 * that it does not know and, by its strictness or because another door's format brought it, cannot be let through.
 */
export function mustRenderMessages(messages: Message[], quirks: ChatQuirks, same_format: boolean): boolean {
  const clean = quirks.strict_messages || !same_format;
  if (!clean && quirks.tool_call_id === null) return false;
  for (const message of messages) {
    if (clean && holdsExtension(message, quirks.extensions)) return true;
    if (!same_format && holdsMedia(message)) return true;
    if (quirks.tool_call_id !== null && holdsForeignId(message, quirks.tool_call_id.pattern)) return true;
  }
  return false;
}

function holdsExtension(message: Message, known: readonly Extension[]): boolean {
  if (message.role === 'assistant') {
    if (message.reasoning_details !== undefined && !known.includes('reasoning_details')) return true;
    if (
      (message.reasoning_content !== undefined || message.reasoning !== undefined) &&
      !known.includes('reasoning_content')
    )
      return true;
    if (!known.includes('thought_signature') && message.tool_calls?.some((call) => call.extra_content))
      return true;
  } else if (message.role === 'tool' && message.is_error !== undefined) return true;
  if (!Array.isArray(message.content) || known.includes('cache_control')) return false;
  return message.content.some((part) => 'cache_control' in part);
}

function holdsForeignId(message: Message, pattern: RegExp): boolean {
  if (message.role === 'tool') return !pattern.test(message.tool_call_id);
  return (
    message.role === 'assistant' && (message.tool_calls?.some((call) => !pattern.test(call.id)) ?? false)
  );
}

/** Copies of the messages without what the server does not take; names of what was lost go to `dropped`. */
export function renderMessages(
  messages: Message[],
  quirks: ChatQuirks,
  dropped: string[],
  same_format = true,
): Message[] {
  const lose = (name: string, lost: unknown): void => {
    if (lost !== null && lost !== undefined && !dropped.includes(name)) dropped.push(name);
  };
  const all = same_format ? messages : moveToolMedia(messages);
  return all.map((message) => renderMessage(message, quirks, lose));
}

function renderMessage(
  message: Message,
  { extensions, tool_call_id }: ChatQuirks,
  lose: (name: string, lost: unknown) => void,
): Message {
  const out = { ...message } as Message;
  if (Array.isArray(out.content) && !extensions.includes('cache_control'))
    out.content = out.content.map((part) => withoutCacheControl(part, lose));
  if (out.role === 'tool') {
    delete out.is_error;
    if (tool_call_id !== null && !tool_call_id.pattern.test(out.tool_call_id))
      out.tool_call_id = tool_call_id.render(out.tool_call_id);
  }
  if (out.role !== 'assistant') return out;
  if (!extensions.includes('reasoning_details')) {
    lose('reasoning_details', out.reasoning_details);
    delete out.reasoning_details;
  }
  if (!extensions.includes('reasoning_content')) {
    lose('reasoning_content', out.reasoning_content ?? out.reasoning);
    delete out.reasoning_content;
    delete out.reasoning;
  }
  if (out.tool_calls) {
    out.tool_calls = out.tool_calls.map((call) => {
      const { extra_content, ...rest } = call;
      const id =
        tool_call_id === null || tool_call_id.pattern.test(call.id) ? call.id : tool_call_id.render(call.id);
      return extra_content && extensions.includes('thought_signature')
        ? { ...rest, extra_content, id }
        : { ...rest, id };
    });
  }
  return out;
}

function withoutCacheControl(part: ContentPart, lose: (name: string, lost: unknown) => void): ContentPart {
  if (!('cache_control' in part)) return part;
  const { cache_control, ...rest } = part;
  lose('cache_control', cache_control);
  return rest;
}
