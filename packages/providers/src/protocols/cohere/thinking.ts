import type { ChatRequest, ReasoningEffort, RenderOptions } from '@sluice/contract';

/** Models from before thinking, which refuse the parameter (names from docs.cohere.com/docs/models, read 2026-11-21). */
const PLAIN_MODEL = /^(?:command(?:-r|-light|-nightly|-text|$)|command-a-(?:\d|vision|translate)|c4ai-)/;

/** Whether the model takes a `thinking` parameter and thinking in the conversation's past. */
export const thinks = ({ model, abilities }: RenderOptions): boolean =>
  abilities.reasoning !== false && !PLAIN_MODEL.test(model);

/** Tokens of thinking by effort, the steps of Google's own OpenAI endpoint (read 2026-11-21); absent = no bound. */
const BUDGET: Partial<Record<ReasoningEffort, number>> = {
  minimal: 512,
  low: 1024,
  medium: 8192,
  high: 24_576,
};

/** Cohere's `thinking`; `null` leaves the choice to the model. What a model without thinking was asked is named. */
export function renderThinking(
  chat: ChatRequest,
  options: RenderOptions,
  max_tokens: number | null,
  dropped: Set<string>,
): { type: 'enabled' | 'disabled'; token_budget?: number } | null {
  const { thinking, reasoning_effort } = chat;
  const off = thinking ? thinking.type === 'disabled' : reasoning_effort === 'none';
  if (!thinking && (reasoning_effort ?? null) === null) return null;
  if (!thinks(options)) {
    if (!off) dropped.add(thinking ? 'thinking' : 'reasoning_effort');
    return null;
  }
  if (off) return { type: 'disabled' };
  const asked = thinking ? thinking.budget_tokens : reasoning_effort ? BUDGET[reasoning_effort] : null;
  if (typeof asked !== 'number') return { type: 'enabled' };
  // Thinking counts as output: all of it on thoughts would leave no answer.
  const room = max_tokens === null ? asked : Math.max(1, max_tokens - 1);
  return { type: 'enabled', token_budget: Math.min(asked, room) };
}
