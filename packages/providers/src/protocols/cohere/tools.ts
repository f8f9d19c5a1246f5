import type { ChatRequest, Tool } from '@sluice/contract';
import { functionTools, readToolChoice } from '../function-tools.ts';

interface CohereTool {
  type: 'function';
  function: { name: string; description?: string; parameters: Record<string, unknown> };
}

export interface CohereTools {
  tools: CohereTool[];
  /** `null` = the model decides. */
  choice: 'REQUIRED' | 'NONE' | null;
  strict: boolean;
}

/** Tools in Cohere's form. It cannot name one tool: a named choice leaves the others out and requires the rest. */
export function renderTools(chat: ChatRequest, dropped: Set<string>): CohereTools {
  const { mode, names } = readToolChoice(chat.tool_choice);
  const all = functionTools(chat, dropped);
  const tools = names === null ? all : all.filter((tool) => names.includes(tool.function.name));
  const choice = mode === 'none' ? 'NONE' : mode === 'required' ? 'REQUIRED' : null;
  if (tools.length === 0) return { tools: [], choice: null, strict: false };
  if (chat.parallel_tool_calls === false) dropped.add('parallel_tool_calls');
  if (tools.some((tool) => tool.cache_control)) dropped.add('cache_control');
  // The switch is one for all, and a tool without a required argument is refused under it.
  const strict = tools.every(isStrict);
  if (!strict && tools.some((tool) => tool.function.strict === true)) dropped.add('tools.strict');
  return { tools: tools.map(renderTool), choice, strict };
}

function isStrict({ function: { strict, parameters } }: Tool): boolean {
  const required = parameters?.['required'];
  return strict === true && Array.isArray(required) && required.length > 0;
}

function renderTool({ function: { name, description, parameters } }: Tool): CohereTool {
  return {
    type: 'function',
    function: {
      name,
      ...(description ? { description } : {}),
      parameters: parameters ?? { type: 'object', properties: {} },
    },
  };
}
