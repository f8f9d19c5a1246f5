import { type ChatRequest, GatewayError, type Message, type Tool } from '@sluice/contract';
import { checkContent } from './parse-content.ts';
import { type Json, parseJsonBody } from './parse-json-body.ts';

const MESSAGES_MAX = 10_000;
const COUNTS = ['max_tokens', 'max_completion_tokens', 'top_k', 'top_logprobs'] as const;
const NUMBERS = ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty', 'seed'] as const;

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
  checkParameters(body);
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
  checkTools(body['tools']);
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

function checkParameters(body: Json): void {
  for (const name of COUNTS) {
    const value = body[name];
    if (!isAbsent(value) && (!Number.isInteger(value) || Number(value) < 0))
      throw invalid(name, 'must be a whole number, 0 or greater');
  }
  for (const name of NUMBERS)
    if (!isAbsent(body[name]) && typeof body[name] !== 'number') throw invalid(name, 'must be a number');
  const n = body['n'];
  if (!isAbsent(n) && (!Number.isInteger(n) || Number(n) < 1 || Number(n) > 128))
    throw invalid('n', 'must be a whole number from 1 to 128');
  if (!isAbsent(body['stream']) && typeof body['stream'] !== 'boolean')
    throw invalid('stream', 'must be true or false');
  const options = body['stream_options'];
  if (!isAbsent(options)) {
    if (!isObject(options)) throw invalid('stream_options', 'must be an object');
    if (!isAbsent(options['include_usage']) && typeof options['include_usage'] !== 'boolean')
      throw invalid('stream_options.include_usage', 'must be true or false');
  }
  const stop = body['stop'];
  if (
    !isAbsent(stop) &&
    typeof stop !== 'string' &&
    !(Array.isArray(stop) && stop.every((s) => typeof s === 'string'))
  )
    throw invalid('stop', 'must be a string or a list of strings');
  const format = body['response_format'];
  if (!isAbsent(format) && !(isObject(format) && typeof format['type'] === 'string'))
    throw invalid('response_format', 'must be an object with a type');
  if (!isAbsent(body['user']) && typeof body['user'] !== 'string') throw invalid('user', 'must be a string');
}

function checkTools(tools: unknown): void {
  if (isAbsent(tools)) return;
  if (!Array.isArray(tools)) throw invalid('tools', 'must be a list');
  for (let at = 0; at < tools.length; at += 1) {
    const tool: unknown = tools[at];
    if (!isObject(tool)) throw invalid(`tools[${at}]`, 'must be an object');
    if (tool['type'] !== 'function') continue;
    const declared = tool['function'];
    if (!isObject(declared) || typeof declared['name'] !== 'string' || declared['name'] === '')
      throw invalid(`tools[${at}].function.name`, 'must be the name of the function');
  }
}

/** The old form had no ids: a call is named after its place, and the result that follows it finds it there. */
const legacyId = (at: number): string => `call_function_${at}`;

const legacyCall = (call: Json, at: number) => ({
  id: legacyId(at),
  type: 'function' as const,
  function: { name: String(call['name'] ?? ''), arguments: String(call['arguments'] ?? '') },
});

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

const isAbsent = (value: unknown): value is null | undefined => value === undefined || value === null;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const invalid = (param: string, must: string): GatewayError =>
  new GatewayError('invalid_request', `\`${param}\` ${must}.`, { param });
