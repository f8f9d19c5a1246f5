import {
  type BudgetPolicy,
  type BudgetView,
  type KeyRecord,
  type KeyUsage,
  NO_RULES,
} from '@sluice/contract';
import { toUsd } from '@sluice/core/money';
import type { KeyBudget, KeyShown } from '../described/answers/key-answers.ts';
import { renderBudget } from '../key-view.ts';
import { maskUrl } from './guard-url.ts';

/**
 * A key as administrators see it.
 * @param usage what its ledger knows; `null` = not asked or not reachable: then what was spent is `null`, not 0.
 * @param project_name by id.
 * @param last_used_at_ms `null` = never, or too long ago to be known.
 */
export function renderAdminKey(
  key: KeyRecord,
  usage: KeyUsage | null,
  project_name: string | null,
  last_used_at_ms: number | null = null,
): KeyShown {
  const { settings } = key;
  return {
    id: key.key_id,
    prefix: `slu_${key.environment}_${key.key_id}`,
    name: key.name,
    project: project_name,
    project_id: key.project_id,
    environment: key.environment,
    state: key.state,
    etag: etagOf(key.version),
    plan: settings.plan,
    rate_limit: settings.limits.requests_per_minute,
    request_burst: settings.limits.request_burst,
    tokens_per_minute: settings.limits.tokens_per_minute,
    tokens_counted: settings.limits.tokens_counted ?? 'both',
    requests_per_day: settings.limits.requests_per_day,
    requests_today: usage?.requests_today ?? null,
    concurrency: settings.limits.concurrency,
    in_flight: usage?.in_flight ?? null,
    routing_strategy: settings.routing_strategy,
    rules: { ...NO_RULES, ...settings.rules },
    fallback_chain: settings.fallback_chain,
    model_allowlist: settings.model_allowlist,
    provider_allowlist: settings.provider_allowlist,
    ip_allowlist: settings.ip_allowlist,
    origins: settings.origins,
    per_request_limit_usd:
      settings.per_request_limit_usd_nanos === null ? null : toUsd(settings.per_request_limit_usd_nanos),
    budgets: settings.budgets.map((budget) =>
      renderKeyBudget(budget, usage?.budgets.find((view) => view.id === budget.id) ?? null),
    ),
    cache: settings.cache,
    residency: settings.residency ?? null,
    resumable_streams: settings.resumable_streams ?? false,
    body_receipt: settings.body_receipt,
    strict: settings.strict,
    shards: settings.shards ?? 1,
    metadata: settings.metadata,
    alerts: {
      // One of before it was sealed shows no path either.
      webhook_url: settings.alert_webhook_url === null ? null : maskUrl(settings.alert_webhook_url),
      webhook_id: settings.alert_webhook_id ?? null,
    },
    expires_at: renderTime(key.expires_at_ms),
    previous_secret_expires_at: renderTime(key.previous_expires_at_ms),
    rotated_at: renderTime(key.rotated_at_ms),
    last_used_at: renderTime(last_used_at_ms),
    created_at: renderTime(key.created_at_ms),
    updated_at: renderTime(key.updated_at_ms),
  };
}

const renderKeyBudget = (policy: BudgetPolicy, view: BudgetView | null): KeyBudget =>
  view !== null
    ? renderBudget(view)
    : {
        id: policy.id,
        scope: 'key',
        subject: null,
        window: policy.window,
        currency: policy.currency,
        limit_amount: policy.limit_amount,
        limit_usd: toUsd(policy.limit_usd_nanos),
        spent_usd: null,
        held_usd: null,
        remaining_usd: null,
        hard: policy.hard,
        alert_percents: policy.alert_percents,
        resets_at: null,
      };

/** What of a key goes into the audit log: all of its policy, but not a URL that may be a secret in itself. */
export const renderAuditedKey = (key: KeyRecord): unknown => ({
  ...key,
  settings: { ...key.settings, alert_webhook_url: key.settings.alert_webhook_url === null ? null : '(set)' },
});

export function renderTime(at_ms: number): string;
export function renderTime(at_ms: number | null): string | null;
export function renderTime(at_ms: number | null): string | null {
  return at_ms === null ? null : new Date(at_ms).toISOString();
}

/** Whether `If-Match` (or an `etag` in the body) names this version: quoted or not, weak, any of a list, or `*`. */
export const matchesEtag = (wanted: string, version: number): boolean =>
  wanted
    .split(',')
    .map((one) => one.trim().replace(/^W\//, '').replaceAll('"', ''))
    .some((one) => one === '*' || one === String(version));

export const etagOf = (version: number): string => `"${version}"`;
