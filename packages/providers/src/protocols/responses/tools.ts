import { type ChatRequest, GatewayError, type Tool } from '@sluice/contract';
import { isRecord } from '../chat-completions/usage.ts';

type Json = Record<string, unknown>;

/**
 * Functions without the nesting of chat completions. There `strict` is off unless it is asked for, here it is on, so
 * it is always said.
 * @throws GatewayError invalid_request for tools of another kind
 */
export function renderTools(tools: readonly Tool[], dropped: Set<string>): Json[] {
  return tools.map((tool, at) => {
    if (tool.type !== 'function')
      throw new GatewayError('invalid_request', 'Only tools of type "function" work with this model here.', {
        param: `tools[${at}]`,
      });
    if (tool.cache_control) dropped.add('cache_control');
    const { name, description, parameters, strict } = tool.function;
    const flat: Json = {
      type: 'function',
      name,
      parameters: parameters ?? { type: 'object', properties: {} },
      strict: strict === true,
    };
    if (description !== null && description !== undefined) flat['description'] = description;
    return flat;
  });
}

/** @throws GatewayError invalid_request */
export function renderToolChoice(choice: NonNullable<ChatRequest['tool_choice']>): unknown {
  if (typeof choice === 'string') return choice;
  if (choice.type === 'function' && isRecord(choice.function))
    return { type: 'function', name: choice.function.name };
  if (choice.type === 'allowed_tools' && Array.isArray(choice.allowed_tools?.tools)) {
    const { mode, tools } = choice.allowed_tools;
    return { type: 'allowed_tools', mode, tools: tools.map(flattenTool) };
  }
  throw new GatewayError('invalid_request', 'tool_choice is none, auto, required or names a function.', {
    param: 'tool_choice',
  });
}

function flattenTool(tool: unknown): unknown {
  if (!isRecord(tool) || !isRecord(tool['function'])) return tool;
  return { type: 'function', name: tool['function']['name'] };
}
