import {
  type AssistantMessage,
  type ChatRequest,
  type ContentPart,
  GatewayError,
  type ToolMessage,
} from '@sluice/contract';
import { renderContent } from './content.ts';
import { REASONING_FORMAT, renderThinking, type SignedFormat } from './reasoning-details.ts';
import { createToolIds, type ToolIds } from './tool-ids.ts';
import type { Block, ToolResultBlock, WireMessage } from './wire.ts';

/** Stands where the wire format wants a user turn and the client has none; blank text would be refused. */
const OPENING = '(start)';

/**
 * The turns: roles alternate, the first is the user's, every tool call is answered in the turn after it with the
 * results before anything else.
 * Signed thinking is in it; `withoutThinking` takes it out, `trimPrefill` deals with a last assistant turn.
 * @param format whose signed thinking is sent along
 * @throws GatewayError invalid_request where calls and results do not match or a part cannot be carried
 */
export function renderMessages(
  chat: ChatRequest,
  dropped: Set<string>,
  format: SignedFormat = REASONING_FORMAT,
): WireMessage[] {
  const turns: WireMessage[] = [];
  const ids = createToolIds();
  for (const message of chat.messages) {
    switch (message.role) {
      case 'system':
      case 'developer':
        break;
      case 'user': {
        if (message.name) dropped.add('messages.name');
        append(turns, 'user', renderContent(message.content, dropped));
        break;
      }
      case 'assistant': {
        if (message.name) dropped.add('messages.name');
        if (turns.at(-1)?.role !== 'assistant') {
          requireAnswered(ids);
          ids.beginTurn();
        }
        append(turns, 'assistant', renderAssistant(message, ids, format));
        break;
      }
      case 'tool':
        appendResult(turns, renderResult(message, ids, dropped));
        break;
      default:
        throw refuse(`Unknown role ${JSON.stringify((message as { role: unknown }).role ?? null)}.`);
    }
  }
  requireAnswered(ids);
  if (turns[0]?.role === 'assistant') turns.unshift({ role: 'user', content: [text(OPENING)] });
  return turns;
}

/**
 * Whether a tool loop is under way whose first assistant turn no longer has its signed thinking; then thinking
 * with a budget would be refused.
 * @see https://platform.claude.com/docs/en/build-with-claude/thinking-tool-workflows (read 2026-11-21)
 */
export function lacksSignedThinking(turns: readonly WireMessage[]): boolean {
  let first: WireMessage | undefined;
  const last = turns.at(-1)?.role === 'user' ? turns.length - 1 : turns.length - 2;
  for (let at = last; at > 0; at -= 2) {
    const turn = turns[at];
    if (turn?.role !== 'user' || !turn.content.some((block) => block.type === 'tool_result')) break;
    first = turns[at - 1];
  }
  const opening = first?.content[0];
  return opening !== undefined && !isThinking(opening);
}

/** Takes replayed thinking out again, for a request that goes without it. */
export function withoutThinking(turns: WireMessage[]): WireMessage[] {
  if (!turns.some(({ content }) => content.some(isThinking))) return turns;
  return turns.map(({ role, content }) => ({ role, content: content.filter((block) => !isThinking(block)) }));
}

const isThinking = ({ type }: Block): boolean => type === 'thinking' || type === 'redacted_thinking';

function renderAssistant(message: AssistantMessage, ids: ToolIds, format: SignedFormat): Block[] {
  if (message.audio) throw refuse('This model cannot hear an earlier audio answer: send its transcript.');
  const calls = message.tool_calls ?? [];
  const said = textOnly(message.content);
  if (said.length === 0 && message.refusal) said.push(text(message.refusal));
  // Thinking that led to nothing may not stand alone in a turn.
  if (said.length === 0 && calls.length === 0) return [];
  const blocks = [...renderThinking(message.reasoning_details, format), ...said];
  for (const call of calls) {
    if (call.type !== 'function') throw refuse('This model knows only function calls.');
    blocks.push({
      type: 'tool_use',
      id: ids.forCall(call.id),
      name: call.function.name,
      input: parseArguments(call.function.arguments),
    });
  }
  return blocks;
}

function textOnly(content: string | readonly ContentPart[] | null | undefined): Block[] {
  if (Array.isArray(content) && content.some((part) => part.type !== 'text' && part.type !== 'refusal')) {
    throw refuse('An assistant message can hold only text here.');
  }
  return renderContent(content, new Set());
}

/** Clients' histories hold `""` and broken JSON; the wire wants an object, and what was there must not be lost. */
export function parseArguments(json: string): Record<string, unknown> {
  if (typeof json !== 'string' || json.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
    return value === null ? {} : { value };
  } catch {
    return { invalid_json: json };
  }
}

function renderResult(message: ToolMessage, ids: ToolIds, dropped: Set<string>): ToolResultBlock {
  const tool_use_id = ids.forResult(message.tool_call_id);
  if (tool_use_id === null) {
    throw refuse(
      `The tool message for ${JSON.stringify(String(message.tool_call_id).slice(0, 80))} answers no tool call of the assistant message before it.`,
    );
  }
  const result: ToolResultBlock = { type: 'tool_result', tool_use_id };
  const content = renderContent(message.content, dropped);
  const only = content[0];
  // A breakpoint belongs on the result itself: the blocks inside it are not cached on their own.
  for (const block of content) {
    if ('cache_control' in block && block.cache_control !== undefined) {
      result.cache_control = block.cache_control;
      delete block.cache_control;
    }
  }
  if (content.length === 1 && only?.type === 'text') result.content = only.text;
  else if (content.length > 0) result.content = content;
  if (message.is_error === true) result.is_error = true;
  return result;
}

function append(turns: WireMessage[], role: WireMessage['role'], content: Block[]): void {
  if (content.length === 0) return;
  const last = turns.at(-1);
  if (last?.role === role) last.content.push(...content);
  else turns.push({ role, content });
}

function appendResult(turns: WireMessage[], result: ToolResultBlock): void {
  const last = turns.at(-1);
  if (last?.role !== 'user') {
    turns.push({ role: 'user', content: [result] });
    return;
  }
  const others = last.content.findIndex((block) => block.type !== 'tool_result');
  last.content.splice(others < 0 ? last.content.length : others, 0, result);
}

function requireAnswered(ids: ToolIds): void {
  const open = ids.unanswered();
  if (open.length === 0) return;
  throw refuse(
    `An assistant message with tool_calls must be followed by tool messages for each of them; missing: ${open
      .slice(0, 8)
      .map((id) => id.slice(0, 80))
      .join(', ')}.`,
  );
}

/**
 * A last assistant turn is the beginning of the answer. It must not end in white space; where the model refuses it
 * (`allowed` false) it is taken out and named.
 */
export function trimPrefill(turns: WireMessage[], allowed: boolean, dropped: Set<string>): void {
  const last = turns.at(-1);
  if (last?.role !== 'assistant') return;
  if (!allowed) {
    dropped.add('prefill');
    turns.pop();
    return;
  }
  for (let block = last.content.at(-1); block?.type === 'text'; block = last.content.at(-1)) {
    block.text = block.text.trimEnd();
    if (block.text !== '') return;
    last.content.pop();
  }
  if (last.content.length === 0) turns.pop();
}

const text = (value: string): Block => ({ type: 'text', text: value });

function refuse(message: string): GatewayError {
  return new GatewayError('invalid_request', message, { param: 'messages' });
}
