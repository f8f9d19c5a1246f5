import type { ChatRequest, ReasoningEffort } from '@sluice/contract';
import type { ThinkingPlan } from '../anthropic/thinking.ts';
import type { Json, WireToolChoice } from '../anthropic/wire.ts';
import type { ConverseRules } from './models.ts';

/** What a family knows of reasoning, in words of its own. */
export interface FamilyReasoning {
  /** Members of `additionalModelRequestFields`. */
  fields: Json;
  /** Sampling and a limit of tokens are refused beside it. */
  unbounded: boolean;
}

/** `low`, `medium` or `high`: the nearest that is not above what was asked for. */
const LEVELS: Record<Exclude<ReasoningEffort, 'none'>, 'low' | 'medium' | 'high'> = {
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
};

/**
 * Reasoning of the families beside Claude.
 * @param bounded the request has a limit of output tokens, which Nova 2 refuses at its highest effort
 * @see https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html (read 2026-11-21)
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-openai.html (read 2026-11-21)
 */
export function renderFamilyReasoning(
  chat: ChatRequest,
  { family }: ConverseRules,
  bounded: boolean,
  dropped: Set<string>,
): FamilyReasoning {
  const nothing: FamilyReasoning = { fields: {}, unbounded: false };
  const param = chat.thinking ? 'thinking' : 'reasoning_effort';
  const level = findLevel(chat);
  if (level === null) return nothing;
  if (family === 'openai') {
    if (level === 'none') {
      dropped.add(param);
      return { fields: { reasoning_effort: 'low' }, unbounded: false };
    }
    return { fields: { reasoning_effort: level }, unbounded: false };
  }
  if (family === 'nova-2') {
    if (level === 'none') return { fields: { reasoningConfig: { type: 'disabled' } }, unbounded: false };
    if (level === 'high' && bounded) dropped.add(param);
    const maxReasoningEffort = level === 'high' && bounded ? 'medium' : level;
    return {
      fields: { reasoningConfig: { type: 'enabled', maxReasoningEffort } },
      unbounded: maxReasoningEffort === 'high',
    };
  }
  if (level !== 'none') dropped.add(param);
  return nothing;
}

function findLevel(chat: ChatRequest): 'none' | 'low' | 'medium' | 'high' | null {
  const { thinking } = chat;
  if (thinking?.type === 'disabled') return 'none';
  const effort = chat.reasoning_effort ?? null;
  if (effort === 'none') return thinking ? 'medium' : 'none';
  if (effort !== null) return LEVELS[effort];
  if (!thinking) return null;
  const budget = thinking.budget_tokens ?? 8192;
  return budget < 8192 ? 'low' : budget < 24_576 ? 'medium' : 'high';
}

/** Claude's members beside Converse's own. */
export function renderClaudeFields(
  plan: ThinkingPlan,
  choice: WireToolChoice | null,
  top_k: number | undefined,
): Json {
  const fields: Json = {};
  if (plan.thinking !== null) fields.thinking = plan.thinking;
  if (plan.effort !== null) fields.output_config = { effort: plan.effort };
  if (top_k !== undefined) fields.top_k = top_k;
  if (choice !== null) fields.tool_choice = choice;
  return fields;
}

/** `top_k` where the family has it, under its own name; else it is named as dropped. */
export function renderFamilyTopK(
  top_k: number | undefined,
  { family }: ConverseRules,
  dropped: Set<string>,
): Json {
  if (top_k === undefined) return {};
  switch (family) {
    case 'nova':
    case 'nova-2':
      return { inferenceConfig: { topK: top_k } };
    case 'mistral':
      return { top_k };
    case 'cohere':
      return { k: top_k };
    default:
      dropped.add('top_k');
      return {};
  }
}
