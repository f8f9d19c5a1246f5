import { type ChatRequest, DOOR_NOTES, GatewayError, type SystemMessage, type Tool } from '@sluice/contract';
import { isHostedByAnthropic } from './hosted-tools.ts';
import { cacheControlOf, type OwnFormat } from './parse-anthropic-blocks.ts';
import { parseTurns } from './parse-anthropic-turns.ts';
import { type Json, parseJsonBody } from './parse-json-body.ts';

/** Of a Messages body: what is read below, or means nothing without it. */
const READ = new Set(
  `model messages system max_tokens stream temperature top_p top_k stop_sequences tools tool_choice thinking
  output_config output_format metadata service_tier`.split(/\s+/),
);
const EFFORTS: ReadonlySet<unknown> = new Set(['low', 'medium', 'high', 'xhigh', 'max']);

/**
 * The request model out of an Anthropic body. What only Anthropic has (server tools, containers, context management
 * and whatever comes next) is noted by name: targets of this format get the client's own text, others go without.
 * @throws GatewayError invalid_json, invalid_request (`param` says where, in Anthropic's way of writing places)
 * @see https://platform.claude.com/docs/en/api/messages (read 2026-11-21)
 */
export const parseMessages = (body_text: string): ChatRequest => parseBody(body_text, true);

/** The same body without an answer to come: `max_tokens` and `stream` mean nothing. */
export const parseCountTokens = (body_text: string): ChatRequest => parseBody(body_text, false);

function parseBody(body_text: string, generates: boolean): ChatRequest {
  const body = parseJsonBody(body_text);
  const { model, messages, max_tokens, stream } = body;
  if (typeof model !== 'string' || model === '')
    throw invalid('model', 'must be the name of a model, such as "claude-sonnet-4-5" or "auto"');
  if (!isAbsent(body['thread'])) throw unthreaded();
  const own: OwnFormat = { left_out: new Set(), needed: null, hosted: [] };
  const asked: ChatRequest = {
    model,
    messages: [...parseSystem(body['system']), ...parseTurns(messages, own)],
  };
  if (generates) {
    if (!isAbsent(stream)) {
      if (typeof stream !== 'boolean') throw invalid('stream', 'must be true or false');
      asked.stream = stream;
    }
    if (isAbsent(max_tokens))
      throw invalid('max_tokens', 'Field required: say how many tokens the answer may have');
    if (!isCount(max_tokens)) throw invalid('max_tokens', 'must be a whole number, 0 or greater');
    asked.max_tokens = max_tokens;
  }
  readSampling(body, asked);
  readTools(body, asked, own);
  readThinking(body, asked, own);
  readAccount(body, asked);
  for (const name of Object.keys(body)) {
    if (READ.has(name)) continue;
    // `x-…` is meant for the gateway itself.
    if (name.startsWith('x-')) asked[name] = body[name];
    else if (!isAbsent(body[name])) own.left_out.add(name);
  }
  if (!isAbsent(body['mcp_servers'])) own.hosted.push('mcp_servers');
  if (own.left_out.size > 0 || own.needed !== null)
    asked[DOOR_NOTES] = {
      needs_own_format: own.needed,
      own_format_only: [...own.left_out],
      ...(own.hosted.length === 0 ? {} : { hosted_tools: own.hosted }),
      echo: {},
    };
  return asked;
}

function parseSystem(system: unknown): SystemMessage[] {
  if (isAbsent(system) || system === '') return [];
  if (typeof system === 'string') return [{ role: 'system', content: system }];
  if (!Array.isArray(system)) throw invalid('system', 'must be a string or a list of text blocks');
  if (system.length === 0) return [];
  let cached = false;
  const content = system.map((block: unknown, at) => {
    if (!isObject(block) || typeof block['text'] !== 'string')
      throw invalid(`system.${at}`, 'must be a text block');
    const cache_control = cacheControlOf(block);
    if (cache_control === null) return { type: 'text' as const, text: block['text'] };
    cached = true;
    return { type: 'text' as const, text: block['text'], cache_control };
  });
  const only = content[0];
  if (only !== undefined && content.length === 1 && !cached) return [{ role: 'system', content: only.text }];
  return [{ role: 'system', content }];
}

function readSampling(body: Json, asked: ChatRequest): void {
  for (const name of ['temperature', 'top_p', 'top_k'] as const) {
    const value = body[name];
    if (isAbsent(value)) continue;
    if (typeof value !== 'number') throw invalid(name, 'must be a number');
    asked[name] = value;
  }
  const stops = body['stop_sequences'];
  if (isAbsent(stops)) return;
  if (!Array.isArray(stops) || !stops.every((stop) => typeof stop === 'string'))
    throw invalid('stop_sequences', 'must be a list of strings');
  if (stops.length > 0) asked.stop = stops;
}

function readTools(body: Json, asked: ChatRequest, own: OwnFormat): void {
  const { tools: given, tool_choice } = body;
  const tools: Tool[] = [];
  if (!isAbsent(given)) {
    if (!Array.isArray(given)) throw invalid('tools', 'must be a list');
    for (const [at, tool] of given.entries()) {
      const parsed = parseTool(tool, `tools.${at}`, own);
      if (parsed !== null) tools.push(parsed);
    }
  }
  if (tools.length > 0) asked.tools = tools;
  if (isAbsent(tool_choice)) return;
  if (!isObject(tool_choice)) throw invalid('tool_choice', 'must be an object with a type');
  const forced = tool_choice['type'] === 'any' || tool_choice['type'] === 'tool';
  // A choice among no tools says nothing, unless it demands one: then the target must be able to refuse.
  if (tools.length === 0 && !forced) return;
  if (tool_choice['disable_parallel_tool_use'] === true && tools.length > 0)
    asked.parallel_tool_calls = false;
  switch (tool_choice['type']) {
    case 'auto':
      asked.tool_choice = 'auto';
      break;
    case 'any':
      asked.tool_choice = 'required';
      break;
    case 'none':
      asked.tool_choice = 'none';
      break;
    case 'tool': {
      const { name } = tool_choice;
      if (typeof name !== 'string') throw invalid('tool_choice.name', 'must be the name of a tool');
      asked.tool_choice = { type: 'function', function: { name } };
      break;
    }
    default:
      throw invalid('tool_choice.type', 'must be one of auto, any, tool, none');
  }
}

/** `null` for a tool that Anthropic itself runs or defines: only it has its schema. */
function parseTool(tool: unknown, where: string, own: OwnFormat): Tool | null {
  if (!isObject(tool)) throw invalid(where, 'must be an object');
  const { type, name, description, input_schema, strict } = tool;
  if (!isAbsent(type) && type !== 'custom') {
    if (typeof type !== 'string') throw invalid(`${where}.type`, 'must be a string');
    own.left_out.add(`tools.${type.slice(0, 60)}`);
    if (isHostedByAnthropic(type)) own.hosted.push(`the tool ${type.slice(0, 60)}`);
    return null;
  }
  if (typeof name !== 'string' || name === '') throw invalid(`${where}.name`, 'must be the name of the tool');
  const parsed: Tool = { type: 'function', function: { name } };
  if (typeof description === 'string') parsed.function.description = description;
  if (isObject(input_schema)) parsed.function.parameters = input_schema;
  if (strict === true) parsed.function.strict = true;
  const cache_control = cacheControlOf(tool);
  if (cache_control !== null) parsed.cache_control = cache_control;
  return parsed;
}

function readThinking(body: Json, asked: ChatRequest, own: OwnFormat): void {
  const { thinking, output_config, output_format } = body;
  if (!isAbsent(thinking)) {
    if (!isObject(thinking)) throw invalid('thinking', 'must be an object with a type');
    const { type, budget_tokens } = thinking;
    if (type === 'enabled') {
      if (!isCount(budget_tokens)) throw invalid('thinking.budget_tokens', 'must be a whole number');
      asked.thinking = { type, budget_tokens };
    } else if (type === 'disabled' || type === 'adaptive') asked.thinking = { type };
    else own.left_out.add('thinking.type');
  }
  if (!isAbsent(output_config) && !isObject(output_config))
    throw invalid('output_config', 'must be an object');
  const effort = output_config?.['effort'];
  if (EFFORTS.has(effort)) asked.reasoning_effort = effort as NonNullable<ChatRequest['reasoning_effort']>;
  else if (!isAbsent(effort)) own.left_out.add('output_config.effort');
  const format = output_config?.['format'] ?? output_format;
  if (isAbsent(format)) return;
  if (!isObject(format) || !isObject(format['schema']))
    throw invalid('output_config.format', 'must be an object with type json_schema and a schema');
  asked.response_format = {
    type: 'json_schema',
    json_schema: { name: 'response', schema: format['schema'] },
  };
}

function readAccount(body: Json, asked: ChatRequest): void {
  const { metadata, service_tier } = body;
  if (!isAbsent(metadata)) {
    if (!isObject(metadata)) throw invalid('metadata', 'must be an object');
    const { user_id } = metadata;
    if (!isAbsent(user_id) && typeof user_id !== 'string')
      throw invalid('metadata.user_id', 'must be a string');
    if (typeof user_id === 'string' && user_id !== '') asked.user = user_id;
  }
  if (typeof service_tier === 'string')
    asked.service_tier = service_tier === 'standard_only' ? 'default' : service_tier;
}

/**
 * A conversation that the provider holds: the next turn may go to another connection, and what is not in the body can
 * neither be priced before it is sent nor be translated. By this code Anthropic's SDK sends the whole conversation.
 * @see `ThreadUnsupportedRequestError` in the types of @anthropic-ai/sdk 1.11.0 (read 2026-11-21)
 */
const unthreaded = (): GatewayError =>
  new GatewayError(
    'invalid_request',
    'thread: this gateway holds no conversations. Send the full conversation without `thread`.',
    { param: 'thread', extra: { error_code: 'thread_unsupported_request', unsupported: ['gateway'] } },
  );

const isAbsent = (value: unknown): value is null | undefined => value === undefined || value === null;

const isCount = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const invalid = (param: string, must: string): GatewayError =>
  new GatewayError('invalid_request', `${param}: ${must}.`, { param });
