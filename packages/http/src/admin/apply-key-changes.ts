import {
  type BudgetPolicy,
  type BudgetWindow,
  GatewayError,
  type KeySettings,
  type RateLimits,
  type Residency,
  type RoutingRules,
  type TokensCounted,
} from '@sluice/contract';
import type { KeyChanges, KeyCreate } from './key-schema.ts';
import type { AdminPorts } from './ports.ts';
import { applyRules, strategyOf } from './routing-schema.ts';

const ALERT_PERCENTS = [80, 90, 100];

export const noKeySettings = (): KeySettings => ({
  model_allowlist: [],
  provider_allowlist: [],
  ip_allowlist: [],
  origins: [],
  routing_strategy: null,
  rules: {},
  fallback_chain: [],
  limits: {
    requests_per_minute: null,
    request_burst: null,
    tokens_per_minute: null,
    requests_per_day: null,
    concurrency: null,
  },
  per_request_limit_usd_nanos: null,
  budgets: [],
  body_receipt: true,
  strict: false,
  metadata: {},
  plan: null,
  cache: null,
  resumable_streams: false,
  alert_webhook_url: null,
});

/** What the settings are after the change; a member that is absent stays. @throws GatewayError invalid_request */
export function applyKeyChanges(
  before: KeySettings,
  changes: KeyChanges & Pick<KeyCreate, 'shards'>,
  usd_per_eur: number,
  ports: Pick<AdminPorts, 'findProvider'>,
): KeySettings {
  const { limits } = before;
  const shards = before.shards ?? changes.shards;
  const per_request_usd = or(changes.per_request_limit_usd, changes.limits?.per_request_usd);
  const after: KeySettings = {
    model_allowlist: orKeep(changes.model_allowlist, before.model_allowlist) ?? [],
    provider_allowlist: orKeep(changes.provider_allowlist, before.provider_allowlist) ?? [],
    ip_allowlist: orKeep(changes.ip_allowlist, before.ip_allowlist) ?? [],
    origins: orKeep(changes.origins, before.origins) ?? [],
    ...applyRouting(before, changes, ports),
    fallback_chain: orKeep(changes.fallback_chain, before.fallback_chain) ?? [],
    limits: {
      requests_per_minute: orKeep(changes.rate_limit, limits.requests_per_minute),
      request_burst: orKeep(changes.request_burst, limits.request_burst),
      tokens_per_minute: orKeep(changes.tokens_per_minute, limits.tokens_per_minute),
      ...countedOf(changes.tokens_counted ?? limits.tokens_counted),
      requests_per_day: orKeep(changes.requests_per_day, limits.requests_per_day),
      concurrency: orKeep(changes.concurrency, limits.concurrency),
    },
    per_request_limit_usd_nanos:
      per_request_usd === undefined
        ? before.per_request_limit_usd_nanos
        : per_request_usd && toNanos(per_request_usd),
    budgets: applyBudgets(before.budgets, changes, usd_per_eur),
    body_receipt: changes.body_receipt ?? before.body_receipt,
    strict: changes.strict ?? before.strict,
    ...(shards === undefined ? {} : { shards }),
    metadata: orKeep(changes.metadata, before.metadata) ?? {},
    plan: orKeep(changes.plan, before.plan),
    cache: orKeep(changes.cache, before.cache),
    ...residencyOf(orKeep(changes.residency, before.residency)),
    resumable_streams: changes.resumable_streams ?? before.resumable_streams ?? false,
    alert_webhook_url: before.alert_webhook_url,
    ...(before.alert_webhook_id === undefined ? {} : { alert_webhook_id: before.alert_webhook_id }),
  };
  requireParts(after);
  return after;
}

/** Each ledger of a split key holds to its part of every rate: a part of nothing would refuse for ever. */
function requireParts({ shards = 1, limits }: KeySettings): void {
  const { tokens_counted: _, ...counts } = limits;
  for (const [name, limit] of Object.entries(counts))
    if (limit !== null && limit < shards)
      throw new GatewayError(
        'invalid_request',
        `The key is split over ${shards} ledgers, so its ${name} must be at least ${shards}.`,
        { param: name === 'requests_per_minute' ? 'rate_limit' : name },
      );
}

const residencyOf = (residency: Residency | null | undefined): Pick<KeySettings, 'residency'> =>
  residency == null ? {} : { residency };

const countedOf = (tokens_counted: TokensCounted | undefined): Pick<RateLimits, 'tokens_counted'> =>
  tokens_counted === undefined ? {} : { tokens_counted };

/** The strategy stands in two places that older and newer clients read: they always agree. */
function applyRouting(
  before: KeySettings,
  changes: KeyChanges,
  ports: Pick<AdminPorts, 'findProvider'>,
): Pick<KeySettings, 'routing_strategy' | 'rules'> {
  const { routing_strategy: asked } = changes;
  const { strategy, ...rules } =
    changes.rules === null
      ? {}
      : applyRules<Partial<RoutingRules>>(before.rules ?? {}, changes.rules ?? {}, ports);
  if (asked === undefined && strategy === undefined && changes.rules !== null)
    return { routing_strategy: before.routing_strategy, rules };
  const wanted = asked === undefined ? (strategy ?? null) : asked === null ? null : strategyOf(asked);
  return { routing_strategy: wanted, rules: wanted === null ? rules : { ...rules, strategy: wanted } };
}

/** `null` is a value here: it takes a limit away. */
const orKeep = <T>(change: T | undefined, before: T): T => (change === undefined ? before : change);
const or = <T>(first: T | undefined, second: T | undefined): T | undefined =>
  first === undefined ? second : first;

/** To whole nano-dollars. */
export const toNanos = (usd: number): number => Math.round(usd * 1e9);

/** `budgets` replaces all; a short form sets or (`null`) removes the one budget of its window and currency. */
function applyBudgets(before: BudgetPolicy[], changes: KeyChanges, usd_per_eur: number): BudgetPolicy[] {
  const budgets = new Map<string, BudgetPolicy>();
  const alert_percent = or(changes.budget_alert_pct, changes.alerts?.threshold_percent);
  const short_percents = alert_percent == null ? ALERT_PERCENTS : [alert_percent];

  for (const budget of changes.budgets === undefined ? before : []) {
    const alert_percents = alert_percent === undefined ? budget.alert_percents : short_percents;
    budgets.set(budget.id, { ...budget, alert_percents });
  }
  for (const { window, limit_usd, limit_eur, hard, alert_percents } of changes.budgets ?? []) {
    const policy = createBudget(window, limit_usd ?? null, limit_eur ?? null, usd_per_eur);
    if (budgets.has(policy.id)) throw twice(policy);
    budgets.set(policy.id, { ...policy, hard, alert_percents: alert_percents ?? short_percents });
  }
  const set_now = new Set(changes.budgets === undefined ? [] : budgets.keys());
  for (const { window, currency, limit } of shortForms(changes)) {
    const usd = currency === 'usd' ? limit : null;
    const eur = currency === 'eur' ? limit : null;
    const policy = createBudget(window, usd, eur, usd_per_eur, currency);
    if (set_now.has(policy.id)) throw twice(policy);
    set_now.add(policy.id);
    if (limit === null) budgets.delete(policy.id);
    else
      budgets.set(policy.id, {
        ...policy,
        hard: budgets.get(policy.id)?.hard ?? true,
        alert_percents: budgets.get(policy.id)?.alert_percents ?? short_percents,
      });
  }
  return [...budgets.values()];
}

function shortForms(
  changes: KeyChanges,
): { window: BudgetWindow; currency: 'usd' | 'eur'; limit: number | null }[] {
  const { limits } = changes;
  const all = [
    { window: 'daily', currency: 'usd', limit: limits?.daily_usd },
    { window: 'weekly', currency: 'usd', limit: limits?.weekly_usd },
    { window: 'monthly', currency: 'usd', limit: limits?.monthly_usd },
    { window: 'total', currency: 'usd', limit: limits?.total_usd },
    { window: 'monthly', currency: 'usd', limit: changes.budget_monthly_usd },
    { window: 'monthly', currency: 'eur', limit: changes.budget_monthly_eur },
  ] as const;
  return all.flatMap(({ window, currency, limit }) =>
    limit === undefined ? [] : [{ window, currency, limit }],
  );
}

/** The id follows from window and currency, so that a changed limit keeps what was spent. */
function createBudget(
  window: BudgetWindow,
  usd: number | null,
  eur: number | null,
  usd_per_eur: number,
  currency: 'usd' | 'eur' = eur === null ? 'usd' : 'eur',
): BudgetPolicy {
  return {
    id: currency === 'usd' ? window : `${window}_eur`,
    window,
    currency,
    limit_amount: usd ?? eur ?? 0,
    limit_usd_nanos: eur === null ? toNanos(usd ?? 0) : Math.floor(eur * usd_per_eur * 1e9),
    hard: true,
    alert_percents: ALERT_PERCENTS,
  };
}

const twice = (budget: BudgetPolicy) =>
  new GatewayError(
    'invalid_request',
    `There are two ${budget.window} budgets in ${budget.currency}. Give one of each window and currency.`,
    { param: 'budgets' },
  );
