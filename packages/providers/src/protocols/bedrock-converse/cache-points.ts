import type { Block, SystemBlock, WireMessage, WireTool } from './wire.ts';

/** @see https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html (read 2026-11-21) */
const POINTS_MAX = 4;

const isPoint = (block: Block | SystemBlock | WireTool): boolean => 'cachePoint' in block;

/**
 * Keeps the four most useful points: those of tools and system first, then the latest of the conversation, whose
 * prefix holds all that earlier ones covered.
 */
export function limitCachePoints(
  tools: WireTool[],
  system: SystemBlock[],
  turns: readonly WireMessage[],
  dropped: Set<string>,
): void {
  const lists: (Block | SystemBlock | WireTool)[][] = [...turns.map(({ content }) => content), tools, system];
  const count = lists.reduce((sum, list) => sum + list.filter(isPoint).length, 0);
  let excess = count - POINTS_MAX;
  if (excess <= 0) return;
  dropped.add('cache_control');
  for (const list of lists) {
    for (let at = 0; at < list.length && excess > 0; ) {
      const block = list[at];
      if (block === undefined || !isPoint(block)) at += 1;
      else {
        list.splice(at, 1);
        excess -= 1;
      }
    }
  }
}
