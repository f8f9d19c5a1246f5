import type { ChatRequest, RenderOptions } from '@sluice/contract';

/** Tiers by OpenAI's names; both know `auto` and `flex` (groq-sdk 1.6.0's types, read 2026-11-21). */
const TIERS: Record<string, string> = { default: 'on_demand', priority: 'performance' };

/**
 * Tiers and efforts in Groq's words. Only two families of models take an effort, each with words of its own, and
 * all others answer 400 to it. @see https://console.groq.com/docs/reasoning (read 2026-11-21)
 */
export function adaptForGroq(chat: ChatRequest, { model }: RenderOptions, dropped: string[]): ChatRequest {
  const changes: Partial<ChatRequest> = {};
  const tier = typeof chat.service_tier === 'string' ? TIERS[chat.service_tier] : undefined;
  if (tier !== undefined) changes.service_tier = tier;
  const effort = chat.reasoning_effort ?? null;
  if (effort !== null) {
    const theirs = effortFor(model, effort);
    if (theirs === null) dropped.push('reasoning_effort');
    if (theirs !== effort) Object.assign(changes, { reasoning_effort: theirs });
  }
  return Object.keys(changes).length === 0 ? chat : { ...chat, ...changes };
}

function effortFor(model: string, effort: string): string | null {
  const least = effort === 'none' || effort === 'minimal';
  if (/gpt-oss/.test(model)) {
    if (least) return 'low';
    return effort === 'xhigh' || effort === 'max' ? 'high' : effort;
  }
  if (/qwen3/.test(model)) return least ? 'none' : 'default';
  return null;
}
