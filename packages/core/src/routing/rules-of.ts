import {
  type KeyPolicy,
  type OrganizationSettings,
  PRIORITIES,
  STRATEGIES,
  type Strategy,
} from '@sluice/contract';
import type { GatewayRequest } from '../request.ts';
import { type MergedRules, mergeRules, type RuleLevel } from './merge-rules.ts';
import { isAllowedByName } from './named-model.ts';

/** All rules that hold for a request: the organization's, the assistant's, the key's and its own. */
export function rulesOf(
  request: Pick<GatewayRequest, 'named'> & { hints: Pick<GatewayRequest['hints'], 'routing'> },
  policy: Pick<KeyPolicy, 'rules' | 'routing_strategy' | 'token'>,
  settings: Pick<OrganizationSettings, 'routing'>,
): MergedRules {
  const levels: RuleLevel[] = [{ from: 'organization', rules: settings.routing.rules }];
  const assistant = request.named?.assistant ?? null;
  if (assistant !== null) levels.push({ from: 'assistant', rules: assistant.rules });
  const strategy = toStrategy(policy.routing_strategy);
  if (policy.rules !== undefined || strategy !== null)
    levels.push({
      from: 'key',
      rules: { ...policy.rules, strategy: policy.rules?.strategy ?? strategy },
    });
  const models = policy.token?.models ?? [];
  // A stored name that the token names may be used with all that it comes down to.
  if (models.length > 0 && (request.named === undefined || !isAllowedByName(request.named, models)))
    levels.push({ from: 'token', rules: { allowed_models: models } });
  if (request.hints.routing !== undefined) levels.push({ from: 'request', rules: request.hints.routing });
  return mergeRules(levels);
}

/** A strategy by its own name or by a client's word for it; `null` for any other. */
export function toStrategy(word: string | null | undefined): Strategy | null {
  if (word === null || word === undefined) return null;
  if (Object.hasOwn(PRIORITIES, word)) return PRIORITIES[word as keyof typeof PRIORITIES];
  return STRATEGIES.find((strategy) => strategy === word) ?? null;
}
