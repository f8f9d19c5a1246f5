import type { ChatRequest, Tool } from '@sluice/contract';
import { isHostedByOpenAi } from './hosted-tools.ts';
import type { Json } from './parse-json-body.ts';
import { invalid, isAbsent, isObject, need, type OwnFormat } from './parse-responses-content.ts';
import { renderAsFunction } from './responses-custom-tools.ts';

/**
 * Flat tools as nested ones. Only a `strict` that was said is kept: here its absence asks for a best effort, which
 * elsewhere would be a refusal of schemas that are not strict.
 * @throws GatewayError invalid_request
 */
export function parseTools(given: unknown, own: OwnFormat): Tool[] {
  if (isAbsent(given)) return [];
  if (!Array.isArray(given)) throw invalid('tools', 'must be a list');
  const tools: Tool[] = [];
  for (let at = 0; at < given.length; at += 1) {
    const tool: unknown = given[at];
    const where = `tools[${at}]`;
    if (!isObject(tool) || typeof tool['type'] !== 'string')
      throw invalid(where, 'must be an object with a type');
    const { type, name } = tool;
    if (type !== 'function' && type !== 'custom') {
      if (isHostedByOpenAi(type)) own.hosted.push(`the tool ${type.slice(0, 60)}`);
      need(
        own,
        where,
        `\`${where}\` is a tool of type "${type.slice(0, 60)}", which its provider runs itself.`,
      );
      continue;
    }
    if (typeof name !== 'string' || name === '')
      throw invalid(`${where}.name`, 'must be the name of the tool');
    tools.push(type === 'custom' ? renderAsFunction(tool) : parseFunction(tool, name));
  }
  return tools;
}

function parseFunction({ description, parameters, strict }: Json, name: string): Tool {
  const tool: Tool = { type: 'function', function: { name } };
  if (typeof description === 'string') tool.function.description = description;
  if (isObject(parameters)) tool.function.parameters = parameters;
  if (typeof strict === 'boolean') tool.function.strict = strict;
  return tool;
}

/** @throws GatewayError invalid_request */
export function parseToolChoice(choice: unknown, own: OwnFormat): ChatRequest['tool_choice'] {
  if (isAbsent(choice)) return null;
  if (choice === 'none' || choice === 'auto' || choice === 'required') return choice;
  if (!isObject(choice))
    throw invalid('tool_choice', 'must be none, auto, required or an object with a type');
  const { type, name, mode, tools } = choice;
  if (type === 'function' || type === 'custom') {
    if (typeof name !== 'string') throw invalid('tool_choice.name', 'must be the name of a tool');
    return { type: 'function', function: { name } };
  }
  if (type === 'allowed_tools') {
    if (!Array.isArray(tools)) throw invalid('tool_choice.tools', 'must be a list');
    const allowed = tools.map((tool: unknown) =>
      isObject(tool) && 'name' in tool ? { type: 'function', function: { name: tool['name'] } } : tool,
    );
    return {
      type: 'allowed_tools',
      allowed_tools: { mode: mode === 'required' ? 'required' : 'auto', tools: allowed },
    };
  }
  need(own, 'tool_choice', '`tool_choice` names a tool that its provider runs itself.');
  return null;
}
