import { type AssistantMessage, type ChatRequest, GatewayError, type ToolMessage } from '@sluice/contract';
import { asList, asRecord, asText, type Loose } from './lenient.ts';
import type { ModelTraits } from './models.ts';
import { renderPart } from './parts.ts';
import { findCallSignature, readSignatures, SIGNATURE_SENTINEL } from './signatures.ts';
import { renderArguments, renderResult } from './tool-results.ts';
import { requireFunctionName } from './tools.ts';

export interface Content {
  role: 'user' | 'model';
  parts: Loose[];
}

interface Conversation {
  contents: Content[];
  system: Loose[];
  /** Names of the calls so far, by id: a result brings only the id, Google wants the name. */
  call_names: Map<string, string>;
  /** Media of the results being read, for models that take none inside a result: after all results of the step. */
  media: Loose[];
  /** Messages from here on are the current turn, whose signatures are validated. */
  turn_start: number;
  traits: ModelTraits;
  dropped: Set<string>;
}

/**
 * Messages as Google's turns: only `user` and `model`, neighbours of one role merged, instructions apart.
 * @throws GatewayError invalid_request for content that cannot be carried.
 */
export function renderContents(
  chat: ChatRequest,
  traits: ModelTraits,
  dropped: Set<string>,
): { contents: Content[]; system: Loose[] } {
  const messages = asList(chat.messages) as ChatRequest['messages'];
  const conversation: Conversation = {
    contents: [],
    system: [],
    call_names: new Map(),
    media: [],
    turn_start: messages.findLastIndex((message) => asRecord(message)?.['role'] === 'user'),
    traits,
    dropped,
  };
  for (const [position, message] of messages.entries()) addMessage(conversation, message, position);
  flushMedia(conversation);
  const { contents, system } = conversation;
  if (!traits.system && system.length > 0) {
    const [first] = contents;
    if (first?.role === 'user') first.parts.unshift(...system);
    else contents.unshift({ role: 'user', parts: [...system] });
    system.length = 0;
  }
  // At least one turn is required; instructions alone are enough for OpenAI.
  if (contents.length === 0) contents.push({ role: 'user', parts: [{ text: '' }] });
  return { contents, system };
}

function addMessage(
  conversation: Conversation,
  message: ChatRequest['messages'][number],
  position: number,
): void {
  const param = `messages[${position}]`;
  const role = asRecord(message)?.['role'];
  if (role !== 'tool') flushMedia(conversation);
  if (message?.role !== 'tool' && message?.name) conversation.dropped.add('messages.name');
  switch (message?.role) {
    case 'system':
    case 'developer': {
      const parts = renderMessageParts(message.content, `${param}.content`, conversation.dropped);
      if (parts.some((part) => part['text'] === undefined)) {
        throw new GatewayError('invalid_request', 'Instructions hold text only for Gemini models.', {
          param,
        });
      }
      conversation.system.push(...parts);
      break;
    }
    case 'user': {
      const parts = renderMessageParts(message.content, `${param}.content`, conversation.dropped);
      add(conversation, 'user', parts.length === 0 ? [{ text: '' }] : parts);
      break;
    }
    case 'assistant':
      add(conversation, 'model', renderAssistant(conversation, message, position));
      break;
    case 'tool':
      addResult(conversation, message, param);
      break;
    default:
      throw new GatewayError('invalid_request', `The role ${JSON.stringify(role ?? null)} is not known.`, {
        param: `${param}.role`,
      });
  }
}

function add(conversation: Conversation, role: Content['role'], parts: Loose[]): void {
  if (parts.length === 0) return;
  const last = conversation.contents.at(-1);
  if (last?.role === role) last.parts.push(...parts);
  else conversation.contents.push({ role, parts });
}

function flushMedia(conversation: Conversation): void {
  if (conversation.media.length === 0) return;
  add(conversation, 'user', conversation.media);
  conversation.media = [];
}

function renderMessageParts(content: unknown, param: string, dropped: Set<string>): Loose[] {
  if (typeof content === 'string') return content === '' ? [] : [{ text: content }];
  if (content === null || content === undefined) return [];
  if (!Array.isArray(content)) {
    throw new GatewayError('invalid_request', 'content is text or a list of content parts.', { param });
  }
  const parts: Loose[] = [];
  for (const [position, entry] of content.entries()) {
    const part = renderPart(entry, `${param}[${position}]`, dropped);
    if (part !== null) parts.push(part);
  }
  return parts;
}

function renderAssistant(conversation: Conversation, message: AssistantMessage, position: number): Loose[] {
  const param = `messages[${position}]`;
  const signatures = readSignatures(message);
  const said = renderMessageParts(message.content, `${param}.content`, conversation.dropped);
  if (typeof message.refusal === 'string' && message.refusal !== '') said.push({ text: message.refusal });
  if (message.audio) conversation.dropped.add('messages.audio');
  signTexts(said, signatures.texts);
  const parts = [...signatures.thoughts, ...said];

  const validated = conversation.traits.signatures_required && position > conversation.turn_start;
  for (const [index, call] of asList(message.tool_calls).entries()) {
    const at = `${param}.tool_calls[${index}]`;
    const part = renderCall(conversation, call, at);
    // Of parallel calls only the first is signed.
    const signature =
      findCallSignature(call as Parameters<typeof findCallSignature>[0], signatures) ??
      (validated && index === 0 ? SIGNATURE_SENTINEL : null);
    if (signature !== null) part['thoughtSignature'] = signature;
    parts.push(part);
  }
  return parts;
}

/** A text signature belongs to the last text; where there was none, to an empty part, as Google itself sends it. */
function signTexts(parts: Loose[], signatures: string[]): void {
  const [first, ...more] = signatures;
  if (first === undefined) return;
  const last = parts.findLast((part) => part['text'] !== undefined);
  if (last === undefined) parts.push({ text: '', thoughtSignature: first });
  else last['thoughtSignature'] = first;
  for (const signature of more) parts.push({ text: '', thoughtSignature: signature });
}

function renderCall(conversation: Conversation, value: unknown, param: string): Loose {
  const call = asRecord(value);
  const target = asRecord(call?.['function']);
  if (target === null) {
    throw new GatewayError('invalid_request', 'A tool call of an assistant needs a function.', { param });
  }
  const name = requireFunctionName(target['name'], `${param}.function.name`);
  const id = asText(call?.['id']) ?? '';
  conversation.call_names.set(id, name);
  return {
    functionCall: { ...idOf(conversation, id), name, args: renderArguments(target['arguments']) },
  };
}

function addResult(conversation: Conversation, message: ToolMessage, param: string): void {
  const id = asText(message.tool_call_id) ?? '';
  const name = conversation.call_names.get(id) ?? asText(message.name);
  if (name === null) {
    throw new GatewayError(
      'invalid_request',
      `No tool call with the id ${JSON.stringify(id.slice(0, 80))} comes before this result; ` +
        'send the assistant message that made the call.',
      { param: `${param}.tool_call_id` },
    );
  }
  const { response, media } = renderResult(message, `${param}.content`, conversation.dropped);
  const answer: Loose = {
    ...idOf(conversation, id),
    name: requireFunctionName(name, `${param}.name`),
    response,
  };
  if (media.length > 0 && conversation.traits.media_in_results) answer['parts'] = media;
  else conversation.media.push(...media);
  add(conversation, 'user', [{ functionResponse: answer }]);
}

/** Ids pair parallel calls of one function; the first generations do not know them. */
function idOf(conversation: Conversation, id: string): { id?: string } {
  return id === '' || conversation.traits.generation < 2 ? {} : { id };
}
