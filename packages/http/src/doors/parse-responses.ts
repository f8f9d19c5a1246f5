import { type ChatRequest, DOOR_NOTES, type Message, type ResponseFormat } from '@sluice/contract';
import { type Json, parseJsonBody } from './parse-json-body.ts';
import { invalid, isAbsent, isObject, need, type OwnFormat } from './parse-responses-content.ts';
import { parseItems } from './parse-responses-items.ts';
import { parseToolChoice, parseTools } from './parse-responses-tools.ts';

/** What is stored at a provider, of which no other knows anything. */
const STORED: Record<string, string> = {
  previous_response_id: '`previous_response_id` continues an answer that is stored at a provider.',
  conversation: '`conversation` continues a conversation that is stored at a provider.',
  prompt: '`prompt` names a template that is stored at a provider.',
};

/** What tunes an answer and has no like in other formats. */
const LEFT_OUT = ['max_tool_calls', 'context_management', 'prompt_cache_options', 'moderation'] as const;

/** Members that answers repeat. */
const ECHOED = [
  ...['instructions', 'max_output_tokens', 'max_tool_calls', 'parallel_tool_calls', 'prompt_cache_key'],
  ...['reasoning', 'safety_identifier', 'temperature', 'text', 'tool_choice', 'tools', 'top_logprobs'],
  ...['top_p', 'truncation', 'user', 'metadata', 'previous_response_id', 'conversation', 'prompt'],
] as const;

/**
 * The request model out of a Responses body. Strict on what the gateway acts on, silent about the rest, which a target
 * of this format gets in the client's own text.
 * @throws GatewayError invalid_json, invalid_request (`param` says where)
 */
export function parseResponses(body_text: string): ChatRequest {
  const body = parseJsonBody(body_text);
  const { model } = body;
  if (typeof model !== 'string' || model === '')
    throw invalid('model', 'must be the name of a model, such as "gpt-4o-mini" or "auto"');
  const own: OwnFormat = { left_out: new Set(), needed: null, hosted: [] };
  for (const [name, what] of Object.entries(STORED)) if (!isAbsent(body[name])) need(own, name, what);
  const asked: ChatRequest = { model, messages: readMessages(body, own) };
  readStream(body, asked, own);
  readSampling(body, asked);
  readReasoning(body, asked, own);
  readText(body, asked);
  const tools = parseTools(body['tools'], own);
  if (tools.length > 0) asked.tools = tools;
  const choice = parseToolChoice(body['tool_choice'], own);
  if (choice && (tools.length > 0 || choice === 'required')) asked.tool_choice = choice;
  if (typeof body['parallel_tool_calls'] === 'boolean' && tools.length > 0)
    asked.parallel_tool_calls = body['parallel_tool_calls'];
  readAccount(body, asked);
  if (typeof body['previous_response_id'] === 'string')
    asked.previous_response_id = body['previous_response_id'];
  for (const name of LEFT_OUT) if (!isAbsent(body[name])) own.left_out.add(name);
  if (body['truncation'] === 'auto') own.left_out.add('truncation');
  const echo: Json = {};
  for (const name of ECHOED) if (!isAbsent(body[name])) echo[name] = body[name];
  for (const name of Object.keys(body)) if (name.startsWith('x-')) asked[name] = body[name];
  asked[DOOR_NOTES] = {
    needs_own_format: own.needed,
    own_format_only: [...own.left_out],
    ...(own.hosted.length === 0 ? {} : { hosted_tools: own.hosted }),
    echo,
  };
  return asked;
}

function readMessages(body: Json, own: OwnFormat): Message[] {
  const { input, instructions } = body;
  const messages: Message[] = [];
  if (!isAbsent(instructions)) {
    if (typeof instructions !== 'string') throw invalid('instructions', 'must be a string');
    if (instructions !== '') messages.push({ role: 'system', content: instructions });
  }
  if (typeof input === 'string') messages.push({ role: 'user', content: input });
  else if (Array.isArray(input)) for (const message of parseItems(input, own)) messages.push(message);
  // Where a conversation is stored, it may go on without a word.
  else if (!isAbsent(input) || own.needed === null)
    throw invalid('input', 'must be a string or a list of items');
  if (messages.length === 0 && own.needed === null)
    throw invalid('input', 'must be a text or at least one item');
  return messages;
}

function readStream(body: Json, asked: ChatRequest, own: OwnFormat): void {
  const { stream, background } = body;
  if (!isAbsent(stream)) {
    if (typeof stream !== 'boolean') throw invalid('stream', 'must be true or false');
    asked.stream = stream;
  }
  if (isAbsent(background) || background === false) return;
  if (background !== true) throw invalid('background', 'must be true or false');
  // An answer that is fetched later would be paid for by nobody.
  if (stream !== true)
    throw invalid('background', 'must go with `stream`: an answer cannot be fetched later here');
  need(own, 'background', '`background` lets a provider go on by itself.');
}

function readSampling(body: Json, asked: ChatRequest): void {
  for (const name of ['temperature', 'top_p'] as const) {
    const value = body[name];
    if (isAbsent(value)) continue;
    if (typeof value !== 'number') throw invalid(name, 'must be a number');
    asked[name] = value;
  }
  const { max_output_tokens, top_logprobs, include } = body;
  if (!isAbsent(max_output_tokens)) {
    if (!isCount(max_output_tokens))
      throw invalid('max_output_tokens', 'must be a whole number, 0 or greater');
    asked.max_completion_tokens = max_output_tokens;
  }
  if (!isAbsent(include) && !Array.isArray(include)) throw invalid('include', 'must be a list');
  if (include?.includes('message.output_text.logprobs')) asked.logprobs = true;
  if (isAbsent(top_logprobs)) return;
  if (!isCount(top_logprobs)) throw invalid('top_logprobs', 'must be a whole number, 0 or greater');
  if (top_logprobs === 0) return;
  asked.logprobs = true;
  asked.top_logprobs = top_logprobs;
}

const EFFORTS: ReadonlySet<unknown> = new Set(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']);

function readReasoning(body: Json, asked: ChatRequest, own: OwnFormat): void {
  const { reasoning } = body;
  if (isAbsent(reasoning)) return;
  if (!isObject(reasoning)) throw invalid('reasoning', 'must be an object');
  const { effort } = reasoning;
  if (EFFORTS.has(effort)) asked.reasoning_effort = effort as NonNullable<ChatRequest['reasoning_effort']>;
  else if (!isAbsent(effort)) own.left_out.add('reasoning.effort');
}

function readText(body: Json, asked: ChatRequest): void {
  const { text } = body;
  if (isAbsent(text)) return;
  if (!isObject(text)) throw invalid('text', 'must be an object');
  const { format, verbosity } = text;
  if (typeof verbosity === 'string') asked.verbosity = verbosity;
  if (isAbsent(format)) return;
  if (!isObject(format)) throw invalid('text.format', 'must be an object with a type');
  switch (format['type']) {
    case 'text':
      return;
    case 'json_object':
      asked.response_format = { type: 'json_object' };
      return;
    case 'json_schema':
      asked.response_format = readSchema(format);
      return;
    default:
      throw invalid('text.format.type', 'must be one of text, json_schema, json_object');
  }
}

function readSchema({ name, schema, strict, description }: Json): ResponseFormat {
  if (typeof name !== 'string' || name === '')
    throw invalid('text.format.name', 'must be a name for the schema');
  if (!isObject(schema)) throw invalid('text.format.schema', 'must be a JSON schema');
  return {
    type: 'json_schema',
    json_schema: {
      name,
      schema,
      ...(typeof strict === 'boolean' ? { strict } : {}),
      ...(typeof description === 'string' ? { description } : {}),
    },
  };
}

function readAccount(body: Json, asked: ChatRequest): void {
  for (const name of ['user', 'service_tier', 'safety_identifier', 'prompt_cache_key'] as const) {
    const value = body[name];
    if (isAbsent(value)) continue;
    if (typeof value !== 'string') throw invalid(name, 'must be a string');
    asked[name] = value;
  }
  const { metadata } = body;
  if (isAbsent(metadata)) return;
  if (!isObject(metadata)) throw invalid('metadata', 'must be an object of strings');
  asked.metadata = metadata as Record<string, string>;
}

const isCount = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0;
