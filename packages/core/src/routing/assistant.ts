import {
  type Assistant,
  type BodyChanges,
  type ChatRequest,
  GatewayError,
  type Message,
  type ModelRequest,
} from '@sluice/contract';
import type { GatewayRequest } from '../request.ts';

export const ASSISTANT_PREFIX = 'assistant/';

/**
 * The request as the assistant has it asked: its words first, its limit over the client's, its temperature where the
 * client said none. The client's body is changed to match, so that targets of the door's own format get it, too.
 * @throws GatewayError invalid_request where the door has no room for instructions
 */
export function applyAssistant(request: GatewayRequest, assistant: Assistant): GatewayRequest {
  const { door } = request;
  if (door.amend === undefined)
    throw new GatewayError(
      'invalid_request',
      `assistant/${assistant.name} is for chat. Name a model for ${door.operation.replaceAll('_', ' ')}.`,
      { param: 'model' },
    );
  const chat = request.asked as ChatRequest;
  const changes: BodyChanges = {
    system_prompt: assistant.system_prompt,
    temperature: takesTemperature(chat) ? assistant.temperature : null,
  };
  const applied = { ...request, bounds: { ...request.bounds } };
  const limit = assistant.output_tokens_max;
  if (limit !== null) applied.bounds.output_tokens = Math.min(request.bounds.output_tokens ?? limit, limit);
  if (changes.system_prompt === null && changes.temperature === null) return applied;
  applied.asked = amendChat(chat, changes);
  applied.body_text = door.amend(request.body_text, changes);
  // The characters that were added are nearly all the prompt's.
  const added_bytes =
    encoder.encode(changes.system_prompt ?? '').length +
    applied.body_text.length -
    request.body_text.length -
    (changes.system_prompt ?? '').length;
  applied.body_bytes += added_bytes;
  if (applied.bounds.input_tokens !== null) applied.bounds.input_tokens += Math.ceil(added_bytes / 2);
  return applied;
}

const encoder = new TextEncoder();

/** A model that thinks takes no temperature from us; nor does a count of tokens, which does not generate. */
const takesTemperature = (chat: ChatRequest): boolean =>
  (chat.temperature ?? null) === null &&
  (chat.thinking ?? null) === null &&
  (chat.reasoning_effort ?? null) === null;

function amendChat(chat: ChatRequest, { system_prompt, temperature }: BodyChanges): ModelRequest {
  const amended: ChatRequest = { ...chat };
  if (temperature !== null) amended.temperature = temperature;
  if (system_prompt !== null) amended.messages = withPrompt(chat.messages, system_prompt);
  return amended;
}

/** One system message, not two: the templates of many open models refuse a second one. */
function withPrompt(messages: Message[], prompt: string): Message[] {
  const [first, ...rest] = messages;
  if (first?.role !== 'system' && first?.role !== 'developer')
    return [{ role: 'system', content: prompt }, ...messages];
  const content =
    typeof first.content === 'string'
      ? joinPrompts(prompt, first.content)
      : [{ type: 'text' as const, text: prompt }, ...first.content];
  return [{ ...first, content }, ...rest];
}

/** An assistant's words and the client's own, as every door puts them together. */
export const joinPrompts = (prompt: string, own: string): string => `${prompt}\n\n${own}`;
