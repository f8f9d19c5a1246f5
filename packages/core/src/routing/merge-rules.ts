import type { RoutingRules, Strategy } from '@sluice/contract';
import { covers } from './model-pattern.ts';

/** One place where rules can be set, the widest first. */
export interface RuleLevel {
  from: 'organization' | 'assistant' | 'key' | 'token' | 'request';
  rules: Partial<RoutingRules>;
}

/** What the levels come down to. */
export interface MergedRules {
  strategy: Strategy | null;
  /** The highest of all levels: a narrower one can only ask for more. `null` = nobody set one. */
  min_quality_score: { value: number; from: RuleLevel['from'] } | null;
  /** The lowest of all levels. */
  max_latency_ms: { value: number; from: RuleLevel['from'] } | null;
  /** Of the narrowest level that names any. */
  prefer_providers: readonly string[];
  /** Levels that forbid something; each is asked, so that none can allow what a wider one forbids. */
  forbidding: readonly RuleLevel[];
}

const NOTHING: MergedRules = {
  strategy: null,
  min_quality_score: null,
  max_latency_ms: null,
  prefer_providers: [],
  forbidding: [],
};

/** @param levels from the widest to the narrowest */
export function mergeRules(levels: readonly RuleLevel[]): MergedRules {
  if (levels.length === 0) return NOTHING;
  const merged = { ...NOTHING };
  const forbidding: RuleLevel[] = [];
  for (const level of levels) {
    const { from, rules } = level;
    merged.strategy = rules.strategy ?? merged.strategy;
    const quality = rules.min_quality_score ?? null;
    if (quality !== null && quality > (merged.min_quality_score?.value ?? -1))
      merged.min_quality_score = { value: quality, from };
    const latency = rules.max_latency_ms ?? null;
    if (latency !== null && latency < (merged.max_latency_ms?.value ?? Number.POSITIVE_INFINITY))
      merged.max_latency_ms = { value: latency, from };
    if (hasAny(rules.prefer_providers)) merged.prefer_providers = rules.prefer_providers;
    if (
      hasAny(rules.blocked_providers) ||
      hasAny(rules.blocked_models) ||
      hasAny(rules.allowed_providers) ||
      hasAny(rules.allowed_models)
    )
      forbidding.push(level);
  }
  merged.forbidding = forbidding;
  return merged;
}

const hasAny = (list: readonly string[] | undefined): list is string[] =>
  list !== undefined && list.length > 0;

/** A rule that keeps a model out: which list, and of whom. */
export interface Forbidden {
  rule: 'blocked_providers' | 'allowed_providers' | 'blocked_models' | 'allowed_models';
  from: RuleLevel['from'];
}

/** The widest rule that keeps a model out; `null` = none does. */
export function findForbidding(
  { forbidding }: MergedRules,
  target: { provider: { id: string }; model: string },
): Forbidden | null {
  for (const { from, rules } of forbidding) {
    const { blocked_providers, allowed_providers, blocked_models, allowed_models } = rules;
    if (blocked_providers?.includes(target.provider.id)) return { rule: 'blocked_providers', from };
    if (hasAny(allowed_providers) && !allowed_providers.includes(target.provider.id))
      return { rule: 'allowed_providers', from };
    if (hasAny(blocked_models) && coversAny(blocked_models, target)) return { rule: 'blocked_models', from };
    if (hasAny(allowed_models) && !coversAny(allowed_models, target)) return { rule: 'allowed_models', from };
  }
  return null;
}

const coversAny = (
  patterns: readonly string[],
  target: { provider: { id: string }; model: string },
): boolean => {
  for (const pattern of patterns) if (covers(pattern, target)) return true;
  return false;
};
