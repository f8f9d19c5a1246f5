import type { LimitOverride, OrganizationConfig, Plan, PlannedLimits } from '@sluice/contract';
import type { ProjectChanges, RateChanges } from './rate-schema.ts';

type RateConfig = Pick<
  OrganizationConfig,
  'plan' | 'limits' | 'project_limits' | 'user_limits' | 'ip_limits' | 'limit_overrides'
>;

const LIMITS = ['limits', 'project_limits', 'user_limits', 'ip_limits'] as const;

/** What an organization's rate limits are after the change; what is absent stays. */
export function applyRates(before: RateConfig, changes: RateChanges): RateConfig {
  const { plan, limit_overrides } = changes;
  const after: RateConfig = {};
  if (plan !== undefined) after.plan = plan;
  if (limit_overrides !== undefined) after.limit_overrides = limit_overrides;
  for (const member of LIMITS) {
    const change = changes[member];
    if (change !== undefined) after[member] = mergeLimits(before[member], change);
  }
  return after;
}

/** Limits of one project are an override; without any it has what all projects have. */
export function applyProjectRates(
  overrides: readonly LimitOverride[],
  project_id: string,
  { plan, limits }: ProjectChanges,
): LimitOverride[] {
  const rest = overrides.filter((one) => !isOf(one, project_id));
  const before = overrides.find((one) => isOf(one, project_id));
  const { scope: _, subject: __, ...known } = before ?? { scope: 'project', subject: project_id };
  const merged = limits === undefined ? known : mergeLimits(known, limits);
  const after: PlannedLimits = { ...merged, ...(plan === undefined ? {} : { plan }) };
  const some = Object.values(after).some((value) => value !== null);
  return some ? [...rest, { ...after, scope: 'project', subject: project_id }] : rest;
}

const isOf = ({ scope, subject }: LimitOverride, project_id: string): boolean =>
  scope === 'project' && subject === project_id;

const mergeLimits = (
  before: PlannedLimits | null | undefined,
  change: PlannedLimits | null,
): PlannedLimits | null => (change === null ? null : { ...before, ...change });

/** What a project has of its own, as administrators see it. */
export function projectLimits(
  overrides: readonly LimitOverride[] | undefined,
  project_id: string,
): { plan: Plan | null; limits: Omit<PlannedLimits, 'plan'> | null } {
  const found = overrides?.find((one) => isOf(one, project_id));
  if (found === undefined) return { plan: null, limits: null };
  const { scope: _, subject: __, plan, ...limits } = found;
  return { plan: plan ?? null, limits };
}
