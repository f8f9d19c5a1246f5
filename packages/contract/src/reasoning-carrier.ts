import type { ReasoningDetail } from './chat.ts';

/**
 * Reasoning that Anthropic did not make travels through Anthropic's wire format inside a signature or an opaque
 * block. What begins with this is ours: it comes back to us from the client, and is never shown to Anthropic.
 */
export const REASONING_CARRIER = 'sluice-1:';

/** Anthropic's own: these go in its wire format as they are. */
export const isAnthropicReasoning = (detail: ReasoningDetail): boolean =>
  detail.format === 'anthropic-claude-v1';

/** @param detail its readable text travels beside the carrier, in the block itself, and is not repeated. */
export function wrapReasoning(detail: ReasoningDetail): string {
  const { text: _text, summary: _summary, ...rest } = detail;
  return REASONING_CARRIER + JSON.stringify(rest);
}

const TYPES: ReadonlySet<unknown> = new Set(['reasoning.text', 'reasoning.summary', 'reasoning.encrypted']);

/**
 * The detail that `wrapReasoning` put away, without its text. A carrier that claims to be Anthropic's is not: its
 * signatures never travel in one.
 * @returns `null` for anything else, broken carriers included.
 */
export function unwrapReasoning(carried: string): ReasoningDetail | null {
  if (!carried.startsWith(REASONING_CARRIER)) return null;
  let detail: unknown;
  try {
    detail = JSON.parse(carried.slice(REASONING_CARRIER.length));
  } catch {
    return null;
  }
  if (typeof detail !== 'object' || detail === null) return null;
  const { type, format, data, signature, id, index } = detail as Record<string, unknown>;
  if (!TYPES.has(type) || typeof format !== 'string' || format === 'anthropic-claude-v1') return null;
  return {
    type: type as ReasoningDetail['type'],
    format: format as ReasoningDetail['format'],
    ...(typeof data === 'string' ? { data } : {}),
    ...(typeof signature === 'string' ? { signature } : {}),
    ...(typeof id === 'string' ? { id } : {}),
    ...(typeof index === 'number' ? { index } : {}),
  };
}
