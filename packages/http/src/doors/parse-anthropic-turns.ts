import {
  type AssistantMessage,
  type ContentPart,
  GatewayError,
  type Message,
  type ReasoningDetail,
  type ToolCall,
  type ToolMessage,
  unwrapReasoning,
} from '@sluice/contract';
import { cacheControlOf, type OwnFormat, parseBlocks } from './parse-anthropic-blocks.ts';
import type { Json } from './parse-json-body.ts';

/** Anthropic's own bound. @see https://platform.claude.com/docs/en/api/messages (read 2026-11-21) */
const MESSAGES_MAX = 100_000;

/**
 * Anthropic's turns as messages: results of tools become messages of their own, thinking becomes reasoning details.
 * @param own takes note of what no other format has a place for
 * @throws GatewayError invalid_request
 */
export function parseTurns(turns: unknown, own: OwnFormat): Message[] {
  if (!Array.isArray(turns) || turns.length === 0)
    throw invalid('messages', 'must be a list with at least one message');
  if (turns.length > MESSAGES_MAX) throw invalid('messages', `must hold at most ${MESSAGES_MAX} messages`);
  const messages: Message[] = [];
  for (let at = 0; at < turns.length; at += 1) {
    const turn: unknown = turns[at];
    const where = `messages.${at}`;
    if (!isObject(turn)) throw invalid(where, 'must be an object');
    const { role, content } = turn;
    if (typeof content !== 'string' && !Array.isArray(content))
      throw invalid(`${where}.content`, 'must be a string or a list of content blocks');
    switch (role) {
      case 'user':
        if (typeof content === 'string') messages.push({ role, content });
        else addUser(messages, content, `${where}.content`, own);
        break;
      case 'assistant':
        if (typeof content === 'string') messages.push({ role, content });
        else messages.push(parseAssistant(content, `${where}.content`, own));
        break;
      case 'system': {
        const parts =
          typeof content === 'string' ? content : parseBlocks(content, `${where}.content`, own, 'history');
        if (parts.length > 0) messages.push({ role, content: compact(parts) });
        break;
      }
      default:
        throw invalid(`${where}.role`, 'must be user, assistant or system');
    }
  }
  return messages;
}

function addUser(messages: Message[], content: unknown[], where: string, own: OwnFormat): void {
  const rest: unknown[] = [];
  let results = 0;
  for (let at = 0; at < content.length; at += 1) {
    const block: unknown = content[at];
    if (isObject(block) && block['type'] === 'tool_result') {
      messages.push(parseResult(block, `${where}.${at}`, own));
      results += 1;
    } else rest.push(block);
  }
  if (rest.length === 0 && results > 0) return;
  const parts = parseBlocks(rest, where, own, 'question');
  if (parts.length > 0 || results === 0) messages.push({ role: 'user', content: compact(parts) });
}

function parseResult(block: Json, where: string, own: OwnFormat): ToolMessage {
  const { tool_use_id, content, is_error } = block;
  if (typeof tool_use_id !== 'string')
    throw invalid(`${where}.tool_use_id`, 'must be the id of the tool_use block that this block answers');
  let parts: string | ContentPart[];
  if (content === undefined || content === null) parts = '';
  else if (typeof content === 'string') parts = content;
  else if (Array.isArray(content)) parts = compact(parseBlocks(content, `${where}.content`, own, 'history'));
  else throw invalid(`${where}.content`, 'must be a string or a list of content blocks');
  const cache_control = cacheControlOf(block);
  if (cache_control !== null) {
    if (typeof parts === 'string') parts = [{ type: 'text', text: parts }];
    const last = parts.findLast((part) => part.type === 'text');
    if (last !== undefined) last.cache_control = cache_control;
  }
  const message: ToolMessage = { role: 'tool', tool_call_id: tool_use_id, content: parts };
  if (is_error === true) message.is_error = true;
  return message;
}

function parseAssistant(content: unknown[], where: string, own: OwnFormat): AssistantMessage {
  const texts: unknown[] = [];
  const details: ReasoningDetail[] = [];
  const calls: ToolCall[] = [];
  let reasoning = '';
  for (let at = 0; at < content.length; at += 1) {
    const block: unknown = content[at];
    if (!isObject(block)) throw invalid(`${where}.${at}`, 'must be an object');
    switch (block['type']) {
      case 'thinking':
      case 'redacted_thinking': {
        const detail = parseThinking(block, `${where}.${at}`);
        if (detail === null) break;
        // Unsigned text is of use to servers that want it back as text, and to nobody else.
        if (detail.format === 'unknown') reasoning += detail.text ?? '';
        else details.push(isNumbered(detail) ? detail : { ...detail, index: details.length });
        break;
      }
      case 'tool_use':
        calls.push(parseCall(block, `${where}.${at}`));
        break;
      default:
        texts.push(block);
    }
  }
  const parts = parseBlocks(texts, where, own, 'history');
  const message: AssistantMessage = {
    role: 'assistant',
    content: parts.length === 0 ? null : compact(parts),
  };
  if (calls.length > 0) message.tool_calls = calls.map((call) => withSignature(call, details));
  if (details.length > 0) message.reasoning_details = details;
  if (reasoning !== '') message.reasoning_content = reasoning;
  return message;
}

/** What a thinking block holds, by whoever made it; `null` for what nobody could use. */
function parseThinking(block: Json, where: string): ReasoningDetail | null {
  if (block['type'] === 'redacted_thinking') {
    const { data } = block;
    if (typeof data !== 'string') throw invalid(`${where}.data`, 'must be a string');
    if (data === '') return null;
    if (isCarrier(data)) return unwrapReasoning(data);
    return { type: 'reasoning.encrypted', data, format: 'anthropic-claude-v1' };
  }
  const { thinking, signature } = block;
  if (typeof thinking !== 'string') throw invalid(`${where}.thinking`, 'must be a string');
  if (typeof signature !== 'string' || signature === '')
    return { type: 'reasoning.text', text: thinking, format: 'unknown' };
  if (!isCarrier(signature))
    return { type: 'reasoning.text', text: thinking, signature, format: 'anthropic-claude-v1' };
  const detail = unwrapReasoning(signature);
  if (detail === null) return null;
  return detail.type === 'reasoning.summary'
    ? { ...detail, summary: thinking }
    : { ...detail, text: thinking };
}

const isCarrier = (signature: string): boolean => signature.startsWith('sluice-');

const isNumbered = (detail: ReasoningDetail): boolean => typeof detail.index === 'number';

function parseCall(block: Json, where: string): ToolCall {
  const { id, name, input } = block;
  if (typeof id !== 'string') throw invalid(`${where}.id`, 'must be the id of the call');
  if (typeof name !== 'string') throw invalid(`${where}.name`, 'must be the name of the tool');
  if (input !== undefined && input !== null && !isObject(input))
    throw invalid(`${where}.input`, 'must be an object');
  return { id, type: 'function', function: { name, arguments: JSON.stringify(input ?? {}) } };
}

/** Google's signature of a call also where servers that imitate OpenAI look for it. */
function withSignature(call: ToolCall, details: readonly ReasoningDetail[]): ToolCall {
  const signed = details.find(({ id, format }) => id === call.id && format === 'google-gemini-v1');
  if (typeof signed?.data !== 'string') return call;
  return { ...call, extra_content: { google: { thought_signature: signed.data } } };
}

/** Plain text in its plain form: not every server takes parts. */
function compact(parts: string | ContentPart[]): string | ContentPart[] {
  if (typeof parts === 'string') return parts;
  if (parts.length === 0) return '';
  const only = parts[0];
  const plain = parts.length === 1 && only?.type === 'text' && !only.cache_control;
  return plain ? only.text : parts;
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const invalid = (param: string, must: string): GatewayError =>
  new GatewayError('invalid_request', `${param}: ${must}.`, { param });
