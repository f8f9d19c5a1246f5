import { type ChatRequest, GatewayError, type Tool } from '@sluice/contract';
import { withCache } from './content.ts';
import type { ModelRules } from './models.ts';
import { adaptSchema } from './schema.ts';
import { isObject, type Json, type WireTool, type WireToolChoice } from './wire.ts';

/** The tools as they go out, and whether the model must, may or must not call them. */
export interface RenderedTools {
  tools: WireTool[];
  /** `null` = leave it out: the model may call. */
  choice: WireToolChoice | null;
  /** A sentence for the system prompt where forcing has to be asked for in words. */
  note: string | null;
}

/**
 * Function tools and the choice among them.
 * @throws GatewayError invalid_request for tools of another type or a choice of a tool that is not there
 */
export function renderTools(chat: ChatRequest, rules: ModelRules, dropped: Set<string>): RenderedTools {
  const choice = chat.tool_choice ?? 'auto';
  const allowed = allowedNames(choice);
  const all = chat.tools ?? [];
  const given = allowed === null ? all : all.filter((tool) => allowed.has(tool.function?.name));
  const tools = given.map((tool) => renderTool(tool, rules, dropped));
  if (tools.length === 0) {
    if (choice !== 'auto' && choice !== 'none') {
      throw refuse('tool_choice asks for a tool, but the request has none that fits.', 'tool_choice');
    }
    return { tools, choice: null, note: null };
  }
  const wanted = renderChoice(choice, tools);
  if (wanted.type === 'any' || wanted.type === 'tool') {
    if (!rules.forced_tools) {
      dropped.add('tool_choice');
      const which = wanted.type === 'tool' ? `the tool ${wanted.name}` : 'at least one of the tools';
      return {
        tools,
        choice: serial(chat, { type: 'auto' }),
        note: `You must call ${which} in this answer.`,
      };
    }
    return { tools, choice: serial(chat, wanted), note: null };
  }
  if (wanted.type === 'none') return { tools, choice: wanted, note: null };
  const auto = serial(chat, wanted);
  return { tools, choice: 'disable_parallel_tool_use' in auto ? auto : null, note: null };
}

/** `input_schema` must be an object schema whose top level has no `anyOf` and its kin. */
export function renderInputSchema(parameters: Json | null | undefined): Json {
  if (!isObject(parameters)) return { type: 'object', properties: {} };
  const { anyOf, oneOf, allOf, ...rest } = parameters;
  const schema: Json = { ...rest, type: 'object' };
  const every = [...list(allOf)];
  const some = [...list(anyOf), ...list(oneOf)];
  if (every.length + some.length === 0) return schema;
  const properties: Json = { ...(isObject(rest.properties) ? rest.properties : {}) };
  const required = new Set(list(rest.required).map(String));
  for (const option of [...every, ...some]) {
    if (isObject(option) && isObject(option.properties)) Object.assign(properties, option.properties);
  }
  for (const option of every)
    if (isObject(option)) for (const name of list(option.required)) required.add(String(name));
  const [first, ...others] = some.map(
    (option) => new Set(isObject(option) ? list(option.required).map(String) : []),
  );
  for (const name of first ?? []) if (others.every((names) => names.has(name))) required.add(name);
  schema.properties = properties;
  schema.required = [...required];
  return schema;
}

function renderTool(tool: Tool, rules: ModelRules, dropped: Set<string>): WireTool {
  if (tool.type !== 'function' || !isObject(tool.function)) {
    throw refuse(`This model takes function tools only, not ${JSON.stringify(String(tool.type))}.`, 'tools');
  }
  const { name, description, parameters, strict } = tool.function;
  const rendered: WireTool = { name, input_schema: renderInputSchema(parameters) };
  if (description) rendered.description = description;
  if (strict === true) {
    const schema = rules.json_schema ? adaptSchema(closeRoot(rendered.input_schema)) : null;
    if (schema === null) dropped.add('tools.strict');
    else {
      rendered.input_schema = schema;
      rendered.strict = true;
    }
  }
  return withCache(rendered, tool.cache_control);
}

/** A tool without arguments is a closed object, not a free-form map. */
function closeRoot(schema: Json): Json {
  const empty = !isObject(schema.properties) || Object.keys(schema.properties).length === 0;
  return empty && schema.additionalProperties === undefined
    ? { ...schema, properties: {}, additionalProperties: false }
    : schema;
}

function renderChoice(choice: NonNullable<ChatRequest['tool_choice']>, tools: WireTool[]): WireToolChoice {
  if (choice === 'none') return { type: 'none' };
  if (choice === 'auto') return { type: 'auto' };
  if (choice === 'required') return { type: 'any' };
  if (choice.type === 'allowed_tools') {
    return { type: choice.allowed_tools.mode === 'required' ? 'any' : 'auto' };
  }
  const name = choice.type === 'function' ? choice.function.name : null;
  if (name === null || !tools.some((tool) => tool.name === name)) {
    throw refuse('tool_choice names a tool that is not in tools.', 'tool_choice');
  }
  return { type: 'tool', name };
}

function allowedNames(choice: NonNullable<ChatRequest['tool_choice']>): Set<unknown> | null {
  if (typeof choice === 'string' || choice.type !== 'allowed_tools') return null;
  return new Set(
    choice.allowed_tools.tools.map((tool) =>
      isObject(tool) && isObject(tool.function) ? tool.function.name : null,
    ),
  );
}

function serial<C extends Exclude<WireToolChoice, { type: 'none' }>>(chat: ChatRequest, choice: C): C {
  if (chat.parallel_tool_calls === false) choice.disable_parallel_tool_use = true;
  return choice;
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function refuse(message: string, param: string): GatewayError {
  return new GatewayError('invalid_request', message, { param });
}
