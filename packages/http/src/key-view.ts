import {
  type BudgetView,
  GatewayError,
  type KeyPolicy,
  type OrganizationSettings,
  type TokenScope,
} from '@sluice/contract';
import { toUsd } from '@sluice/core/money';
import { rateSubjects } from '@sluice/core/stages/rate-subjects';
import type { AppPorts, KeyedRead } from './app.ts';
import type { KeyBudget } from './described/answers/key-answers.ts';
import { type Header, readCaller } from './read-hints.ts';
import { readSharedBudgets } from './shared-budgets.ts';

/**
 * `GET /v1/key`: what the caller's own key may do, what it has used, what is held, what is left: of its own
 * budgets and of those that it shares. Users and sessions are those that the headers name.
 */
export function renderKey(ports: Pick<AppPorts, 'ledger' | 'scopes' | 'flush'>): KeyedRead {
  return async ({ policy, settings, header }) => {
    if (policy.token !== undefined) return renderToken(policy.token);
    await ports.flush(policy.key_id);
    const [usage, shared] = await Promise.all([
      ports.ledger.usage(policy.key_id),
      readSharedBudgets(ports.scopes, settings, policy, readCaller(header)),
    ]);
    if (usage === null) throw new GatewayError('not_found', 'This key is gone.');
    return {
      key_id: policy.key_id,
      name: policy.name,
      project: policy.project_id,
      environment: policy.environment,
      expires_at: policy.expires_at_ms === null ? null : new Date(policy.expires_at_ms).toISOString(),
      model_allowlist: policy.model_allowlist,
      provider_allowlist: policy.provider_allowlist,
      limits: {
        rate_limit: policy.limits.requests_per_minute,
        requests_remaining: usage.limits.requests_remaining,
        tokens_per_minute: policy.limits.tokens_per_minute,
        tokens_counted: policy.limits.tokens_counted ?? 'both',
        tokens_remaining: usage.limits.tokens_remaining,
        requests_per_day: usage.requests_per_day,
        requests_today: usage.requests_today,
        concurrency: policy.limits.concurrency,
        in_flight: usage.in_flight,
        per_request_limit_usd:
          policy.per_request_limit_usd_nanos === null ? null : toUsd(policy.per_request_limit_usd_nanos),
        shared: sharedLimits(policy, settings, header),
      },
      budgets: [...usage.budgets, ...shared].map(renderBudget),
    };
  };
}

/** Rate limits that the key shares: as they are set. How much of them is left, the headers of each answer say. */
function sharedLimits(
  policy: KeyPolicy,
  settings: OrganizationSettings,
  header: Header,
): Record<string, unknown>[] {
  const caller = { client_ip: header('cf-connecting-ip'), hints: readCaller(header) };
  return rateSubjects(caller, policy, settings, false).map(({ scope, subject, limits }) => ({
    scope,
    subject,
    rate_limit: limits.requests_per_minute,
    tokens_per_minute: limits.tokens_per_minute,
    tokens_counted: limits.tokens_counted ?? 'both',
    requests_per_day: limits.requests_per_day,
    concurrency: limits.concurrency,
  }));
}

/** A token says what it may do; what its key has left is not for pages. */
const renderToken = (token: TokenScope): Record<string, unknown> => ({
  token_id: token.token_id,
  expires_at: new Date(token.expires_at_ms).toISOString(),
  origins: token.origins,
  models: token.models,
  limit_usd: token.spend_cap_usd_nanos === null ? null : toUsd(token.spend_cap_usd_nanos),
  rate_limit: token.requests_per_minute,
  user: token.user_id,
});

/** A budget as every answer shows it; money in dollars. */
export const renderBudget = (budget: BudgetView): KeyBudget => ({
  id: budget.id,
  scope: budget.scope,
  subject: budget.subject,
  window: budget.window,
  currency: budget.currency,
  limit_amount: budget.limit_amount,
  limit_usd: toUsd(budget.limit_usd_nanos),
  spent_usd: toUsd(budget.spent_usd_nanos),
  held_usd: toUsd(budget.held_usd_nanos),
  remaining_usd: toUsd(budget.remaining_usd_nanos),
  hard: budget.hard,
  alert_percents: budget.alert_percents,
  resets_at: budget.resets_at_ms === null ? null : new Date(budget.resets_at_ms).toISOString(),
});
