import { DOOR_NOTES, type ModelRequest } from '@sluice/contract';

/** Defined by Anthropic, run by the client: they cost what their tokens cost. */
const RUN_BY_CLIENT = /^(?:computer|text_editor|bash|memory)_/;

/** Whether a tool of this type of Anthropic's is run, and billed by the call, by Anthropic itself. */
export const isHostedByAnthropic = (type: string): boolean => !RUN_BY_CLIENT.test(type);

/** Of OpenAI's types those that its client runs. */
const LOCAL = new Set([
  'function',
  'custom',
  'local_shell',
  'shell',
  'apply_patch',
  'computer_use_preview',
  'computer',
]);

export const isHostedByOpenAi = (type: string): boolean => !LOCAL.has(type);

/**
 * The first thing in a request that its provider runs and bills by the call, and whose findings it reads as further
 * input: no price list tells its cost beforehand. `undefined` = nothing.
 */
export function findHostedTool(asked: ModelRequest): string | undefined {
  const noted = asked[DOOR_NOTES]?.hosted_tools?.[0];
  if (noted !== undefined) return noted;
  const { tools, web_search_options } = asked;
  if (web_search_options !== undefined && web_search_options !== null) return 'web_search_options';
  if (!Array.isArray(tools)) return undefined;
  for (const tool of tools as { type?: unknown }[])
    if (typeof tool.type === 'string' && isHostedByOpenAi(tool.type))
      return `the tool ${tool.type.slice(0, 60)}`;
  return undefined;
}
