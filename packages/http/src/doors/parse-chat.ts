import type { ChatRequest, Message, Tool } from '@sluice/contract';
import { checkParameters, invalid, isAbsent, isObject } from './check-parameters.ts';
import { checkContent } from './parse-content.ts';
import { type Json, parseJsonBody } from './parse-json-body.ts';

const MESSAGES_MAX = 10_000;

/**
 * The request model out of an OpenAI body. Strict on what the gateway acts on, silent about the rest: unknown
 * members stay, `null` means absent. `functions`, `function_call` and the role `function` become their successors.
 * @throws GatewayError invalid_json, invalid_request (`param` says where)
 */
export function parseChat(body_text: string): ChatRequest {
  const body = parseJsonBody(body_text);
  if (typeof body['model'] !== 'string' || body['model'] === '')
    throw invalid('model', 'must be the name of a model, such as "gpt-4o-mini" or "auto"');
  const messages = body['messages'];
  if (!Array.isArray(messages) || messages.length === 0)
    throw invalid('messages', 'must be a list with at least one message');
  if (messages.length > MESSAGES_MAX) throw invalid('messages', `must hold at most ${MESSAGES_MAX} messages`);
  for (let at = 0; at < messages.length; at += 1) messages[at] = parseMessage(messages, at);
  if (Array.isArray(body['functions']) && isAbsent(body['tools']))
    body['tools'] = body['functions'].map(
      (declared): Tool => ({ type: 'function', function: declared as Tool['function'] }),
    );
  if (!isAbsent(body['function_call']) && isAbsent(body['tool_choice'])) {
    const choice = body['function_call'];
    body['tool_choice'] = isObject(choice)
      ? { type: 'function', function: { name: choice['name'] } }
      : choice;
  }
  checkParameters(body);
  return body as unknown as ChatRequest;
}

function parseMessage(messages: unknown[], at: number): Message {
  const message = messages[at];
  const where = `messages[${at}]`;
  if (!isObject(message)) throw invalid(where, 'must be an object');
  switch (message['role']) {
    case 'user':
    case 'system':
    case 'developer':
      checkContent(message['content'], `${where}.content`, false);
      break;
    case 'assistant':
      checkContent(message['content'], `${where}.content`, true);
      checkToolCalls(message, where);
      if (isObject(message['function_call']) && isAbsent(message['tool_calls']))
        return { ...message, tool_calls: [legacyCall(message['function_call'], at)] } as unknown as Message;
      break;
    case 'tool':
      checkContent(message['content'], `${where}.content`, false);
      if (typeof message['tool_call_id'] !== 'string')
        throw invalid(`${where}.tool_call_id`, 'must be the id of the tool call that this message answers');
      break;
    case 'function':
      checkContent(message['content'] ?? '', `${where}.content`, false);
      return {
        role: 'tool',
        tool_call_id: legacyId(lastLegacyCall(messages, at)),
        content: (message['content'] ?? '') as string,
        name: typeof message['name'] === 'string' ? message['name'] : null,
      };
    default:
      throw invalid(`${where}.role`, 'must be one of system, developer, user, assistant, tool');
  }
  return message as unknown as Message;
}

function checkToolCalls(message: Json, where: string): void {
  const calls = message['tool_calls'];
  if (isAbsent(calls)) return;
  if (!Array.isArray(calls)) throw invalid(`${where}.tool_calls`, 'must be a list');
  for (let at = 0; at < calls.length; at += 1) {
    const call: unknown = calls[at];
    const place = `${where}.tool_calls[${at}]`;
    if (!isObject(call)) throw invalid(place, 'must be an object');
    if (typeof call['id'] !== 'string') throw invalid(`${place}.id`, 'must be a string');
    if (call['type'] === 'custom') continue;
    const inner = call['function'];
    if (!isObject(inner) || typeof inner['name'] !== 'string')
      throw invalid(`${place}.function.name`, 'must be the name of the function');
    if (typeof inner['arguments'] !== 'string')
      throw invalid(`${place}.function.arguments`, 'must be a string that holds JSON');
  }
}

/** The old form had no ids: a call is named after its place, and the result that follows it finds it there. */
const legacyId = (at: number): string => `call_function_${at}`;

function legacyCall(call: Json, at: number) {
  const { name, arguments: json = '' } = call;
  if (typeof name !== 'string' || typeof json !== 'string')
    throw invalid(`messages[${at}].function_call`, 'must have a name and arguments, both strings');
  return { id: legacyId(at), type: 'function' as const, function: { name, arguments: json } };
}

function lastLegacyCall(messages: unknown[], before: number): number {
  for (let at = before - 1; at >= 0; at -= 1) {
    const message = messages[at];
    if (isObject(message) && message['role'] === 'assistant') return at;
  }
  throw invalid(
    `messages[${before}].role`,
    'of "function" must follow an assistant message with a function_call',
  );
}
