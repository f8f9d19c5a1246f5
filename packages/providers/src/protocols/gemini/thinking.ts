import type { ChatRequest, ReasoningEffort } from '@sluice/contract';
import type { ModelTraits, ThinkingLevel } from './models.ts';

export interface ThinkingConfig {
  includeThoughts?: boolean;
  thinkingBudget?: number;
  thinkingLevel?: ThinkingLevel;
}

/**
 * Tokens that stand for an effort, as on Google's own OpenAI-compatible endpoint (1K, 8K, 24K); beyond `high` the
 * model's own maximum.
 * @see https://ai.google.dev/gemini-api/docs/openai#thinking (read 2026-11-21)
 */
const BUDGETS: Record<ReasoningEffort, number> = {
  none: 0,
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: Number.MAX_SAFE_INTEGER,
  max: Number.MAX_SAFE_INTEGER,
};

const DYNAMIC_BUDGET = -1;

/** Least first; the first that the model takes, else its highest. */
const LEVELS: Record<ReasoningEffort, readonly ThinkingLevel[]> = {
  none: ['minimal', 'low'],
  minimal: ['minimal', 'low'],
  low: ['low'],
  medium: ['medium', 'high'],
  high: ['high'],
  xhigh: ['high'],
  max: ['high'],
};

/**
 * The model's switch for what the client asked; `null` when it asked for nothing or the model cannot think. Where
 * thinking cannot be switched off, "none" becomes the least the model takes and is reported as dropped.
 */
export function renderThinking(
  chat: ChatRequest,
  traits: ModelTraits,
  dropped: Set<string>,
): ThinkingConfig | null {
  const thinking = chat.thinking ?? null;
  const effort = chat.reasoning_effort ?? null;
  if (thinking === null && effort === null) return null;
  const asked = thinking === null ? 'reasoning_effort' : 'thinking';
  const off = thinking === null ? effort === 'none' : thinking.type === 'disabled';
  if (traits.thinking === 'none') {
    // A model that never thinks does as asked.
    if (!off) dropped.add(asked);
    return null;
  }
  if (traits.thinking === 'level') {
    if (off) {
      dropped.add(asked);
      return { thinkingLevel: chooseLevel('none', traits) };
    }
    const wanted = effort ?? effortOf(thinking?.budget_tokens ?? null);
    if (wanted === null || wanted === 'none') return { includeThoughts: true };
    return { includeThoughts: true, thinkingLevel: chooseLevel(wanted, traits) };
  }
  if (off) {
    if (traits.can_stop_thinking) return { thinkingBudget: 0 };
    dropped.add(asked);
    return { thinkingBudget: traits.budget_min };
  }
  return { includeThoughts: true, thinkingBudget: chooseBudget(thinking, effort, traits, dropped) };
}

function chooseLevel(effort: ReasoningEffort, traits: ModelTraits): ThinkingLevel {
  // A word that is no effort reads as the highest.
  const wanted = Object.hasOwn(LEVELS, effort) ? LEVELS[effort] : LEVELS.high;
  return wanted.find((level) => traits.levels.includes(level)) ?? traits.levels.at(-1) ?? 'high';
}

function chooseBudget(
  thinking: ChatRequest['thinking'] | null,
  effort: ReasoningEffort | null,
  traits: ModelTraits,
  dropped: Set<string>,
): number {
  const stated = thinking?.budget_tokens ?? null;
  if (stated !== null) {
    const budget = Math.min(Math.max(Math.floor(stated), traits.budget_min), traits.budget_max);
    if (budget !== stated) dropped.add('thinking.budget_tokens');
    return budget;
  }
  if (effort === null || effort === 'none' || !Object.hasOwn(BUDGETS, effort)) return DYNAMIC_BUDGET;
  return Math.min(Math.max(BUDGETS[effort], traits.budget_min), traits.budget_max);
}

/** Models with levels take no exact number; the bounds are those of the budgets above. */
function effortOf(budget_tokens: number | null): ReasoningEffort | null {
  if (budget_tokens === null) return null;
  if (budget_tokens <= BUDGETS.low) return 'low';
  return budget_tokens <= BUDGETS.medium ? 'medium' : 'high';
}
