import type { ClockPort, KeyPolicy, OrganizationSettings } from '@sluice/contract';
import { findScopes, type Scopes } from '../budgets/find-scopes.ts';
import { RefusedError } from '../budgets/refusal.ts';
import type { GatewayRequest } from '../request.ts';
import { covers } from '../routing/model-pattern.ts';
import { type Admission, type AdmitPort, admit, timesOf } from './admit.ts';
import type { Plan } from './route.ts';

export interface AdmittedPlan {
  admission: Admission;
  /** Without the models whose own budget was in the way. */
  plan: Plan;
  scopes: Scopes | null;
}

/**
 * Admits a plan. Where only the budget of a model stands in the way, the plan goes on without that model: what is asked
 * for then holds on no budget of it.
 * @param tell each plan that is tried, so that a refusal can be traced with it.
 * @param beside_usd_nanos what is asked beside the answer costs at most: held with it.
 * @throws GatewayError as `admit` does, when no target is left
 */
export async function admitPlan(
  request: GatewayRequest,
  policy: KeyPolicy,
  settings: OrganizationSettings,
  first: Plan,
  total_ms: number,
  ports: { admit: AdmitPort; clock: ClockPort },
  tell: (plan: Plan) => void,
  beside_usd_nanos = 0,
): Promise<AdmittedPlan> {
  for (let plan = first; ; ) {
    // What costs nothing touches no budget.
    const scopes = request.bounds.free ? null : findScopes(settings, policy, request.hints, plan.targets);
    const asking = {
      times: timesOf(request, plan, settings.routing),
      scopes,
      config_version: settings.config_version,
      beside_usd_nanos,
    };
    try {
      return { admission: await admit(request, policy, plan, total_ms, ports, asking), plan, scopes };
    } catch (error) {
      const rest = error instanceof RefusedError ? withoutModel(plan, error) : null;
      if (rest === null) throw error;
      tell(rest);
      if (rest.targets.length === 0) throw error;
      plan = rest;
    }
  }
}

/** @returns `null` when the refusal is not about a model of the plan. */
function withoutModel(plan: Plan, { model, code }: RefusedError): Plan | null {
  if (model === null) return null;
  const targets = plan.targets.filter((target) => !covers(model, target));
  if (targets.length === plan.targets.length) return null;
  const why = `the budget of model ${model} ${BECAUSE[code] ?? 'is spent'}`;
  const is_other = targets[0] !== undefined && targets[0].model !== plan.targets[0]?.model;
  return {
    ...plan,
    targets,
    fallback: targets.length > 1,
    candidates: plan.candidates.map((one) =>
      one.excluded_because === null && covers(model, { provider: { id: one.provider }, model: one.model })
        ? { ...one, excluded_because: why }
        : one,
    ),
    strategy: is_other && NAMED.has(plan.strategy) ? 'fallback_chain' : plan.strategy,
    reason: `${plan.reason}; ${why}`,
  };
}

const BECAUSE: Partial<Record<RefusedError['code'], string>> = {
  budget_held: 'is held by requests in flight',
  per_request_limit_exceeded: 'allows less for one request',
};

/** Strategies by which the first target is what the client asked for. */
const NAMED: ReadonlySet<string> = new Set(['requested_model', 'default_model']);
