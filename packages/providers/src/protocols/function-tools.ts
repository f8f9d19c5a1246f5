import type { ChatRequest, Tool } from '@sluice/contract';

/**
 * The tools that are functions. Other kinds have no place in most formats: they are left out, and named.
 * @param dropped names of what was left out, for the receipt.
 */
export function functionTools(chat: Pick<ChatRequest, 'tools'>, dropped: Set<string>): Tool[] {
  const tools = chat.tools ?? [];
  const functions = tools.filter((tool) => tool.type === 'function');
  for (const { type } of tools) if (type !== 'function') dropped.add(`tools.${String(type)}`);
  return functions;
}

/** What a choice comes to in formats that cannot name a tool. */
export interface PlainToolChoice {
  mode: 'none' | 'auto' | 'required';
  /** Only these may be called; `null` = all. */
  names: string[] | null;
}

/** @returns `auto` for a choice of a kind that came after our time. */
export function readToolChoice(choice: ChatRequest['tool_choice']): PlainToolChoice {
  if (choice === 'none' || choice === 'required') return { mode: choice, names: null };
  if (typeof choice !== 'object' || choice === null) return { mode: 'auto', names: null };
  if (choice.type === 'function') return { mode: 'required', names: [choice.function.name] };
  if (choice.type !== 'allowed_tools') return { mode: 'auto', names: null };
  const { mode, tools } = choice.allowed_tools;
  const names = tools.flatMap((tool) => {
    const name = (tool as Partial<Tool> | null)?.function?.name;
    return typeof name === 'string' ? [name] : [];
  });
  return { mode: mode === 'required' ? 'required' : 'auto', names };
}
