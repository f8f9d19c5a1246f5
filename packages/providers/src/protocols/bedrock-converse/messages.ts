import type { AssistantMessage, ChatRequest, ContentPart, ToolMessage } from '@sluice/contract';
import { parseArguments } from '../anthropic/messages.ts';
import { renderThinking } from '../anthropic/reasoning-details.ts';
import { createToolIds, type ToolIds } from '../anthropic/tool-ids.ts';
import { type ContentRenderer, createContentRenderer, refuse } from './content.ts';
import type { ConverseRules } from './models.ts';
import type { Block, ToolResultBlock, WireMessage } from './wire.ts';

/** Marks reasoning that came from Bedrock; only such is ever sent back to it. */
export const CONVERSE_FORMAT = 'bedrock-converse-v1';

/** Stands where the wire format wants a user turn and the client has none; blank text would be refused. */
const OPENING = '(start)';

/**
 * The turns: roles alternate, the first is the user's, every tool call is answered in the turn after it with all
 * results together and before anything else.
 * @throws GatewayError invalid_request where calls and results do not match or a part cannot be carried
 */
export function renderMessages(chat: ChatRequest, rules: ConverseRules, dropped: Set<string>): WireMessage[] {
  const turns: WireMessage[] = [];
  const ids = createToolIds();
  const content = createContentRenderer(rules, dropped);
  for (const message of chat.messages) {
    switch (message.role) {
      case 'system':
      case 'developer':
        break;
      case 'user':
        if (message.name) dropped.add('messages.name');
        append(turns, 'user', withText(content.render(message.content)));
        break;
      case 'assistant':
        if (message.name) dropped.add('messages.name');
        if (turns.at(-1)?.role !== 'assistant') {
          requireAnswered(ids);
          ids.beginTurn();
        }
        append(turns, 'assistant', renderAssistant(message, ids, content));
        break;
      case 'tool':
        appendResult(turns, renderResult(message, ids, content, rules));
        break;
      default:
        throw refuse(`Unknown role ${JSON.stringify((message as { role: unknown }).role ?? null)}.`);
    }
  }
  requireAnswered(ids);
  if (turns.length === 0 || turns[0]?.role === 'assistant') {
    turns.unshift({ role: 'user', content: [{ text: OPENING }] });
  }
  return turns;
}

export const isReasoning = (block: Block): boolean => 'reasoningContent' in block;

/** Whether any turn holds a tool call or a result: then the service wants tools to be declared. */
export const findCalledTools = (turns: readonly WireMessage[]): Set<string> =>
  new Set(
    turns.flatMap(({ content }) =>
      content.flatMap((block) => ('toolUse' in block ? [block.toolUse.name] : [])),
    ),
  );

/** A tool loop is under way whose first assistant turn no longer has its signed reasoning. */
export function lacksSignedReasoning(turns: readonly WireMessage[]): boolean {
  let first: WireMessage | undefined;
  const last = turns.at(-1)?.role === 'user' ? turns.length - 1 : turns.length - 2;
  for (let at = last; at > 0; at -= 2) {
    if (!turns[at]?.content.some((block) => 'toolResult' in block)) break;
    first = turns[at - 1];
  }
  const opening = first?.content[0];
  return opening !== undefined && !isReasoning(opening);
}

/** Takes replayed reasoning out again, for a request that goes without it. */
export function withoutReasoning(turns: WireMessage[]): WireMessage[] {
  return turns.map(({ role, content }) => ({
    role,
    content: content.filter((block) => !isReasoning(block)),
  }));
}

/** A last assistant turn is the beginning of the answer: it may not end in white space, and not every model takes it. */
export function trimPrefill(turns: WireMessage[], allowed: boolean, dropped: Set<string>): void {
  const last = turns.at(-1);
  if (last?.role !== 'assistant') return;
  if (!allowed) {
    dropped.add('prefill');
    turns.pop();
    return;
  }
  for (let block = last.content.at(-1); block !== undefined && 'text' in block; block = last.content.at(-1)) {
    block.text = block.text.trimEnd();
    if (block.text !== '') return;
    last.content.pop();
  }
  if (last.content.length === 0) turns.pop();
}

function renderAssistant(message: AssistantMessage, ids: ToolIds, content: ContentRenderer): Block[] {
  if (message.audio) throw refuse('This model cannot hear an earlier audio answer: send its transcript.');
  const calls = message.tool_calls ?? [];
  const said = content.render(textOnly(message.content));
  if (said.length === 0 && message.refusal) said.push({ text: message.refusal });
  // Reasoning that led to nothing may not stand alone in a turn.
  if (said.length === 0 && calls.length === 0) return [];
  const blocks: Block[] = [...renderReasoning(message), ...said];
  for (const call of calls) {
    if (call.type !== 'function') throw refuse('This model knows only function calls.');
    const { name, arguments: json } = call.function;
    blocks.push({ toolUse: { toolUseId: ids.forCall(call.id), name, input: parseArguments(json) } });
  }
  return blocks;
}

/** Unmodified and in its order; what another platform signed is left out, since it would be refused. */
function renderReasoning({ reasoning_details }: AssistantMessage): Block[] {
  return renderThinking(reasoning_details, CONVERSE_FORMAT).flatMap((block): Block[] => {
    if (block.type === 'thinking') {
      const { thinking, signature } = block;
      return [{ reasoningContent: { reasoningText: { text: thinking, signature } } }];
    }
    return block.type === 'redacted_thinking' ? [{ reasoningContent: { redactedContent: block.data } }] : [];
  });
}

function textOnly(
  content: string | readonly ContentPart[] | null | undefined,
): string | readonly ContentPart[] | null | undefined {
  if (Array.isArray(content) && content.some((part) => part.type !== 'text' && part.type !== 'refusal')) {
    throw refuse('An assistant message can hold only text here.');
  }
  return content;
}

/** The result and the cache points that followed its parts: these stand beside a result, never in it. */
function renderResult(
  message: ToolMessage,
  ids: ToolIds,
  renderer: ContentRenderer,
  { tool_status }: ConverseRules,
): [ToolResultBlock, ...Block[]] {
  const toolUseId = ids.forResult(message.tool_call_id);
  if (toolUseId === null) {
    throw refuse(
      `The tool message for ${JSON.stringify(String(message.tool_call_id).slice(0, 80))} answers no tool call of the assistant message before it.`,
    );
  }
  const failed = message.is_error === true;
  const rendered = renderer.render(message.content);
  const points = rendered.filter((block) => 'cachePoint' in block);
  const content = rendered.filter((block) => !('cachePoint' in block));
  // An empty list is not taken by every model, and an error without words by none.
  if (content.length === 0) content.push({ text: failed ? 'The tool failed.' : '' });
  const toolResult: ToolResultBlock['toolResult'] = { toolUseId, content };
  if (failed && tool_status) toolResult.status = 'error';
  return [{ toolResult }, ...points.slice(-1)];
}

/** A message with a document needs a text block beside it. */
function withText(blocks: Block[]): Block[] {
  const document = blocks.some((block) => 'document' in block);
  return document && !blocks.some((block) => 'text' in block)
    ? [{ text: 'See the document.' }, ...blocks]
    : blocks;
}

function append(turns: WireMessage[], role: WireMessage['role'], content: Block[]): void {
  if (content.length === 0) return;
  const last = turns.at(-1);
  if (last?.role === role) last.content.push(...content);
  else turns.push({ role, content });
}

function appendResult(turns: WireMessage[], blocks: [ToolResultBlock, ...Block[]]): void {
  const last = turns.at(-1);
  if (last?.role !== 'user') {
    turns.push({ role: 'user', content: blocks });
    return;
  }
  const others = last.content.findIndex((block) => !('toolResult' in block) && !('cachePoint' in block));
  last.content.splice(others < 0 ? last.content.length : others, 0, ...blocks);
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
