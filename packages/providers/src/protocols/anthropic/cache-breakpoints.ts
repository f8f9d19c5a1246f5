import type { CacheControl } from '@sluice/contract';
import type { Block, SystemBlock, WireMessage, WireTool } from './wire.ts';

/** More than four breakpoints are a 400. @see https://platform.claude.com/docs/en/build-with-claude/prompt-caching (read 2026-11-21) */
const BREAKPOINTS_MAX = 4;

/**
 * Keeps the four most useful breakpoints: those of tools and system first, then the latest of the conversation,
 * whose prefix holds all that earlier ones covered.
 */
export function limitBreakpoints(
  tools: readonly WireTool[],
  system: string | readonly SystemBlock[] | null,
  messages: readonly WireMessage[],
  dropped: Set<string>,
): void {
  const stable = [...tools, ...(Array.isArray(system) ? (system as SystemBlock[]) : [])].filter(marked);
  const turns = messages.flatMap((message) => message.content).filter(marked);
  let excess = stable.length + turns.length - BREAKPOINTS_MAX;
  if (excess <= 0) return;
  dropped.add('cache_control');
  for (const block of turns) {
    if (excess <= 0) return;
    delete block.cache_control;
    excess -= 1;
  }
  for (const block of stable) {
    if (excess <= 0) return;
    delete block.cache_control;
    excess -= 1;
  }
}

function marked<B extends WireTool | SystemBlock | Block>(
  block: B,
): block is B & { cache_control?: CacheControl } {
  return 'cache_control' in block && block.cache_control !== undefined;
}
