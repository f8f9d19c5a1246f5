import { type ChatRequest, GatewayError, type ReasoningEffort } from '@sluice/contract';
import { EFFORTS, type Effort, type ModelRules } from './models.ts';

export interface ThinkingPlan {
  /** The body's `thinking`; `null` = leave it to the model's default. */
  thinking: { type: string; budget_tokens?: number } | null;
  /** The body's `output_config.effort`; `null` = the model's default. */
  effort: Effort | null;
  /** Thinking was asked for, so sampling parameters and prefill are refused. */
  on: boolean;
  /** Signed thinking of earlier turns may be sent along. */
  replay: boolean;
}

/** What the rest of the request means for thinking. */
export interface ThinkingLimits {
  max_tokens: number;
  /** `tool_choice` any or tool. */
  forced_tool: boolean;
  /** A tool loop is under way without its signed thinking. */
  signature_missing: boolean;
}

/** The vendor's floor; also what is left for the visible answer at least. */
const BUDGET_MIN = 1024;

/** Google's published mapping of the same words (1K, 8K, 24K), carried on upwards. */
const BUDGETS: Record<Exclude<ReasoningEffort, 'none'>, number> = {
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 32_768,
  max: 49_152,
};

/**
 * How much to think, from `thinking` or else `reasoning_effort`. What the model cannot do is left out and named.
 * @throws GatewayError invalid_request for a word that is no effort
 * @see https://platform.claude.com/docs/en/build-with-claude/thinking-tool-workflows forced tools and budgets exclude
 * each other (read 2026-11-21)
 */
export function planThinking(
  chat: ChatRequest,
  rules: ModelRules,
  limits: ThinkingLimits,
  dropped: Set<string>,
): ThinkingPlan {
  const own = chat.thinking ?? null;
  const param = own === null ? 'reasoning_effort' : 'thinking';
  const effort = chat.reasoning_effort ?? null;
  if (effort !== null && effort !== 'none' && !Object.hasOwn(BUDGETS, effort))
    throw new GatewayError(
      'invalid_request',
      `reasoning_effort is one of none, ${Object.keys(BUDGETS).join(', ')}.`,
      { param: 'reasoning_effort' },
    );
  const unasked = own === null && effort === null;
  if (unasked) {
    return { thinking: null, effort: null, on: false, replay: mayThinkUnasked(rules) };
  }
  if (own === null ? effort === 'none' : own.type === 'disabled') return planOff(rules, param, dropped);
  if (rules.thinking === 'none') {
    dropped.add(param);
    return planOff(rules, param, dropped);
  }
  if (rules.thinking === 'budget') {
    const asked = own?.budget_tokens ?? BUDGETS[effort === null || effort === 'none' ? 'medium' : effort];
    if (limits.forced_tool || limits.signature_missing || limits.max_tokens <= BUDGET_MIN) {
      dropped.add(param);
      return planOff(rules, param, dropped);
    }
    // Four fifths at most: an answer that was all thought is of no use.
    const most = Math.max(BUDGET_MIN, Math.floor(limits.max_tokens * 0.8));
    const budget_tokens = Math.max(BUDGET_MIN, Math.min(asked, most, limits.max_tokens - 1));
    return { thinking: { type: 'enabled', budget_tokens }, effort: null, on: true, replay: true };
  }
  if (own?.type === 'enabled' && own.budget_tokens) dropped.add('thinking.budget_tokens');
  const wanted = effort === null || effort === 'none' ? effortOfBudget(own?.budget_tokens ?? null) : effort;
  return {
    thinking: { type: 'adaptive' },
    effort: wanted === null ? null : nearestEffort(wanted, rules, dropped),
    on: true,
    replay: true,
  };
}

function planOff(rules: ModelRules, param: string, dropped: Set<string>): ThinkingPlan {
  switch (rules.thinking_off) {
    case 'omit':
      return { thinking: null, effort: null, on: false, replay: false };
    case 'disabled':
      return { thinking: { type: 'disabled' }, effort: null, on: false, replay: false };
    case 'between_tools':
      return { thinking: { type: 'between_tools' }, effort: null, on: false, replay: true };
    case 'never':
      dropped.add(param);
      return { thinking: null, effort: 'low', on: false, replay: true };
  }
}

/** Models that are told to stop thinking think when nobody says anything. */
const mayThinkUnasked = (rules: ModelRules): boolean =>
  rules.thinking === 'adaptive' && rules.thinking_off !== 'omit';

function nearestEffort(
  wanted: Exclude<ReasoningEffort, 'none'>,
  rules: ModelRules,
  dropped: Set<string>,
): Effort {
  if (wanted === 'minimal') return 'low';
  if (rules.efforts.includes(wanted)) return wanted;
  dropped.add('reasoning_effort');
  const below = EFFORTS.slice(0, EFFORTS.indexOf(wanted)).filter((effort) => rules.efforts.includes(effort));
  return below.at(-1) ?? 'high';
}

function effortOfBudget(budget_tokens: number | null): Effort | null {
  if (budget_tokens === null) return null;
  if (budget_tokens < BUDGETS.medium) return 'low';
  return budget_tokens < BUDGETS.high ? 'medium' : 'high';
}
