import type { AssistantMessage, ContentPart, Message, ToolCall, ToolMessage } from '@sluice/contract';
import type { Json } from './parse-json-body.ts';
import { invalid, isObject, need, type OwnFormat, parseContent } from './parse-responses-content.ts';
import { unsealReasoning } from './responses-reasoning.ts';

const ITEMS_MAX = 100_000;

/** Work of a provider's own tools that is done: other models go on without it. */
const HOSTED_HISTORY: ReadonlySet<unknown> = new Set([
  'web_search_call',
  'file_search_call',
  'code_interpreter_call',
  'image_generation_call',
  'mcp_list_tools',
]);

/**
 * Input items as messages: what an assistant thought, said and called in one go becomes one message; results stand
 * right after the calls that they answer.
 * @throws GatewayError invalid_request
 */
export function parseItems(items: unknown[], own: OwnFormat): Message[] {
  if (items.length > ITEMS_MAX) throw invalid('input', `must hold at most ${ITEMS_MAX} items`);
  const messages: Message[] = [];
  for (let at = 0; at < items.length; at += 1) {
    const item: unknown = items[at];
    const where = `input[${at}]`;
    if (!isObject(item)) throw invalid(where, 'must be an object');
    addItem(item, where, messages, own);
  }
  // A thought that led to nothing is no turn: servers want a word or a call.
  return messages.some(isThoughtAlone) ? messages.filter((message) => !isThoughtAlone(message)) : messages;
}

const isThoughtAlone = (message: Message): boolean =>
  message.role === 'assistant' && message.content === null && !message.tool_calls;

function addItem(item: Json, where: string, messages: Message[], own: OwnFormat): void {
  const { type } = item;
  switch (type) {
    case undefined:
    case null:
    case 'message':
      addMessage(item, where, messages, own);
      return;
    case 'function_call':
      addCall(item, where, messages, text(item['arguments'], `${where}.arguments`));
      return;
    case 'custom_tool_call':
      addCall(item, where, messages, JSON.stringify({ input: text(item['input'], `${where}.input`) }));
      return;
    case 'function_call_output':
    case 'custom_tool_call_output':
      addResult(item, where, messages, own);
      return;
    case 'reasoning':
      addReasoning(item, messages);
      return;
    case 'item_reference':
      need(
        own,
        where,
        `\`${where}\` refers to an item that is stored at a provider; told \`store: false\`, clients send it whole.`,
      );
      return;
    default:
      if (typeof type !== 'string') throw invalid(`${where}.type`, 'must be a string');
      if (HOSTED_HISTORY.has(type)) own.left_out.add(`input.${type}`);
      else need(own, where, `\`${where}\` is an item of type "${type.slice(0, 60)}".`);
  }
}

function addMessage(item: Json, where: string, messages: Message[], own: OwnFormat): void {
  const { role } = item;
  const content = parseContent(item['content'], `${where}.content`, own);
  switch (role) {
    case 'user':
      messages.push({ role, content });
      return;
    // Few servers know the newer name for it.
    case 'system':
    case 'developer':
      messages.push({ role: 'system', content });
      return;
    case 'assistant': {
      const turn = assistantTurn(messages, () => true);
      turn.content = joinContent(turn.content, content);
      return;
    }
    default:
      throw invalid(`${where}.role`, 'must be one of user, assistant, system, developer');
  }
}

/** The assistant message that is still being told, if the next piece fits in; else a new one. */
function assistantTurn(messages: Message[], fits: (last: AssistantMessage) => boolean): AssistantMessage {
  const last = messages.at(-1);
  if (last?.role === 'assistant' && fits(last)) return last;
  const turn: AssistantMessage = { role: 'assistant', content: null };
  messages.push(turn);
  return turn;
}

function joinContent(
  before: AssistantMessage['content'],
  content: string | ContentPart[],
): string | ContentPart[] {
  if (before === undefined || before === null) return content;
  return [...partsOf(before), ...partsOf(content)];
}

const partsOf = (content: string | ContentPart[]): ContentPart[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content;

function addCall(item: Json, where: string, messages: Message[], json: string): void {
  const id = text(item['call_id'], `${where}.call_id`);
  const name = text(item['name'], `${where}.name`);
  const turn = assistantTurn(messages, () => true);
  const call: ToolCall = { id, type: 'function', function: { name, arguments: json } };
  const signed = turn.reasoning_details?.find(
    (detail) => detail.id === id && detail.format === 'google-gemini-v1',
  );
  if (signed?.data) call.extra_content = { google: { thought_signature: signed.data } };
  turn.tool_calls = [...(turn.tool_calls ?? []), call];
}

function addResult(item: Json, where: string, messages: Message[], own: OwnFormat): void {
  const tool_call_id = text(item['call_id'], `${where}.call_id`);
  const content = parseContent(item['output'], `${where}.output`, own);
  const result: ToolMessage = { role: 'tool', tool_call_id, content };
  // A message between a call and its result, as some clients send it, is moved behind the result.
  let at = messages.length;
  while (at > 0 && (messages[at - 1]?.role === 'user' || messages[at - 1]?.role === 'system')) at -= 1;
  const before = messages[at - 1];
  const answers = before?.role === 'tool' || (before?.role === 'assistant' && before.tool_calls);
  messages.splice(answers ? at : messages.length, 0, result);
}

/**
 * Reasoning goes to whoever made it: OpenAI's with its opaque part, ours with what it was sealed from. Without either
 * it is plain text, of use to servers that want it back as text.
 */
function addReasoning(item: Json, messages: Message[]): void {
  const { id, encrypted_content: sealed } = item;
  const said = textsIn(item['summary']) || textsIn(item['content']);
  // What comes after a thought was not said before it, unless a call must stay beside another.
  const turn = assistantTurn(messages, (last) => last.content === null || Boolean(last.tool_calls));
  if (typeof sealed !== 'string' || sealed === '') {
    if (said !== '') turn.reasoning_content = (turn.reasoning_content ?? '') + said;
    return;
  }
  const known = turn.reasoning_details ?? [];
  const unsealed = unsealReasoning(sealed, said);
  if (unsealed === null) {
    const index = known.length;
    const format = 'openai-responses-v1';
    if (said !== '') known.push({ type: 'reasoning.summary', summary: said, format, index });
    const own_id = typeof id === 'string' ? { id } : {};
    known.push({ type: 'reasoning.encrypted', data: sealed, format, index, ...own_id });
  }
  for (const detail of unsealed ?? []) {
    if (detail.format !== 'unknown') known.push(detail);
    else if (detail.text || detail.summary)
      turn.reasoning_content = (turn.reasoning_content ?? '') + (detail.text ?? detail.summary ?? '');
  }
  if (known.length > 0) turn.reasoning_details = known;
}

function textsIn(parts: unknown): string {
  if (!Array.isArray(parts)) return '';
  const texts: string[] = [];
  for (const part of parts) if (isObject(part) && typeof part['text'] === 'string') texts.push(part['text']);
  return texts.join('\n\n');
}

function text(value: unknown, where: string): string {
  if (typeof value !== 'string') throw invalid(where, 'must be a string');
  return value;
}
