import type { ChatRequest } from '@sluice/contract';
import type { RenderedTools } from '../anthropic/tools.ts';
import type { WireTool as MessagesTool, WireToolChoice as MessagesToolChoice } from '../anthropic/wire.ts';
import { renderCachePoint } from './content.ts';
import type { ConverseRules } from './models.ts';
import type { WireTool, WireToolChoice } from './wire.ts';

export interface ToolConfig {
  /** The body's `toolConfig`; `null` = leave it out. */
  config: { tools: WireTool[]; toolChoice?: WireToolChoice } | null;
  /** For the system prompt. */
  note: string | null;
  /** Claude's own form of the choice, where it says something that Converse cannot. */
  claude_choice: MessagesToolChoice | null;
}

/**
 * Tools in Converse's form. There is no word for "no tools": then they are left out, unless the conversation holds
 * calls, without whose tools it would be refused; for those that the client no longer sends a stub stands in.
 * @param called names of the tools that were called in the conversation
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolConfiguration.html (read 2026-11-21)
 */
export function renderToolConfig(
  chat: ChatRequest,
  { tools, choice }: RenderedTools,
  called: ReadonlySet<string>,
  rules: ConverseRules,
  dropped: Set<string>,
): ToolConfig {
  const forbidden = choice?.type === 'none' || (tools.length === 0 && called.size > 0);
  const nothing: ToolConfig = { config: null, note: null, claude_choice: null };
  if (forbidden && called.size === 0) return nothing;
  const rendered: WireTool[] = [];
  for (const tool of tools) {
    rendered.push(renderTool(tool));
    const point = renderCachePoint(tool.cache_control, rules.cache_tools, rules, dropped);
    if (point !== null) rendered.push(point);
  }
  const declared = new Set(tools.map((tool) => tool.name));
  for (const name of called) {
    if (declared.has(name)) continue;
    rendered.push({
      toolSpec: { name, description: 'No longer there.', inputSchema: { json: { type: 'object' } } },
    });
  }
  if (rendered.length === 0) return nothing;
  if (forbidden) {
    const note = 'Answer without calling a tool.';
    return { config: { tools: rendered }, note, claude_choice: null };
  }
  const serial = chat.parallel_tool_calls === false;
  const claude_choice = serial && rules.family === 'claude' ? serialChoice(choice) : null;
  if (serial && claude_choice === null) dropped.add('parallel_tool_calls');
  const toolChoice = renderChoice(choice);
  const config = toolChoice === null ? { tools: rendered } : { tools: rendered, toolChoice };
  return { config, note: null, claude_choice };
}

function renderTool({ name, description, input_schema, strict }: MessagesTool): WireTool {
  return {
    toolSpec: {
      name,
      ...(description === undefined ? {} : { description }),
      inputSchema: { json: input_schema },
      ...(strict === true ? { strict } : {}),
    },
  };
}

function renderChoice(choice: MessagesToolChoice | null): WireToolChoice | null {
  if (choice?.type === 'any') return { any: {} };
  if (choice?.type === 'tool') return { tool: { name: choice.name } };
  return null;
}

const serialChoice = (choice: MessagesToolChoice | null): MessagesToolChoice => ({
  ...(choice === null || choice.type === 'none' ? { type: 'auto' } : choice),
  disable_parallel_tool_use: true,
});
