import {
  type LimitOverride,
  PLANS,
  type Plan,
  type PlannedLimits,
  type RateLimits,
  type RateRules,
} from '@sluice/contract';

export const NO_LIMITS: Readonly<RateLimits> = {
  requests_per_minute: null,
  request_burst: null,
  tokens_per_minute: null,
  requests_per_day: null,
  concurrency: null,
};

/** Enterprise has what its owner set, and nothing else. */
const PLAN_LIMITS: Readonly<Record<Plan, RateLimits>> = {
  free: { ...NO_LIMITS, requests_per_minute: 20, tokens_per_minute: 40_000, requests_per_day: 1_000 },
  starter: { ...NO_LIMITS, requests_per_minute: 100, tokens_per_minute: 200_000, requests_per_day: 10_000 },
  pro: { ...NO_LIMITS, requests_per_minute: 500, tokens_per_minute: 1_000_000, requests_per_day: 100_000 },
  enterprise: NO_LIMITS,
};

/** @returns `null` for a name that is no plan: a label of the owner's, which sets nothing. */
export const findPlan = (name: string | null | undefined): Plan | null =>
  PLANS.find((plan) => plan === name?.toLowerCase()) ?? null;

/** A plan's numbers where none are set. */
export function limitsOfPlan(plan: string | null | undefined, set: Partial<RateLimits>): RateLimits {
  const found = findPlan(plan);
  const base = found === null ? NO_LIMITS : PLAN_LIMITS[found];
  return {
    requests_per_minute: set.requests_per_minute ?? base.requests_per_minute,
    request_burst: set.request_burst ?? null,
    tokens_per_minute: set.tokens_per_minute ?? base.tokens_per_minute,
    ...(set.tokens_counted === undefined ? {} : { tokens_counted: set.tokens_counted }),
    requests_per_day: set.requests_per_day ?? base.requests_per_day,
    concurrency: set.concurrency ?? base.concurrency,
  };
}

/** What an organization set, of which its rules are made. */
export interface RateSettings {
  plan?: Plan | null;
  limits?: PlannedLimits | null;
  project_limits?: PlannedLimits | null;
  user_limits?: PlannedLimits | null;
  ip_limits?: PlannedLimits | null;
  limit_overrides?: readonly LimitOverride[];
}

/** @returns `null` when nothing is limited: then no request pays for looking. */
export function createRateRules(settings: RateSettings): RateRules | null {
  const { plan, limits, limit_overrides = [] } = settings;
  const rules: RateRules = {
    organization: limited(limitsOfPlan(limits?.plan ?? plan, limits ?? {})),
    project: planned(settings.project_limits),
    user: planned(settings.user_limits),
    ip: planned(settings.ip_limits),
    has_addresses: settings.ip_limits != null || limit_overrides.some(({ scope }) => scope === 'ip'),
    subjects: {},
  };
  for (const { scope, subject, ...own } of limit_overrides)
    rules.subjects[`${scope}/${subject}`] = limitsOfPlan(own.plan, own);
  const some = rules.organization ?? rules.project ?? rules.user ?? rules.ip;
  return some === null && !Object.values(rules.subjects).some(isLimited) ? null : rules;
}

const planned = (limits: PlannedLimits | null | undefined): RateLimits | null =>
  limits == null ? null : limited(limitsOfPlan(limits.plan, limits));

const limited = (limits: RateLimits): RateLimits | null => (isLimited(limits) ? limits : null);

export const isLimited = (limits: RateLimits): boolean =>
  limits.requests_per_minute !== null ||
  limits.tokens_per_minute !== null ||
  limits.requests_per_day !== null ||
  limits.concurrency !== null;

/** Requests that may come at once. */
export const burstOf = ({ request_burst, requests_per_minute }: RateLimits): number =>
  request_burst ?? requests_per_minute ?? 0;
