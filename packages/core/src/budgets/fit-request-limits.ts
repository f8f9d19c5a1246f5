import type { AdmitAsk, RequestBounds } from '@sluice/contract';
import { affordable, worstCase } from '../limits/key-ledger-state.ts';
import { worstCaseOf } from '../money.ts';
import { covers } from '../routing/model-pattern.ts';
import type { Times } from '../stages/admit.ts';
import type { Plan } from '../stages/route.ts';
import type { RequestLimit, Scopes } from './find-scopes.ts';
import { requestLimitError } from './refusal.ts';

/**
 * Lowers the output tokens of an ask to what the per-request limits of shared scopes pay for.
 * @throws RefusedError per_request_limit_exceeded where that is less than the ask's floor
 */
export function fitRequestLimits(
  ask: AdmitAsk,
  { request_limits }: Pick<Scopes, 'request_limits'>,
  plan: Pick<Plan, 'targets' | 'input'>,
  bounds: RequestBounds,
  times: Times,
): void {
  for (const limit of request_limits) {
    if (limit.scope !== 'model') fit(ask, ask, limit);
    else
      for (const target of plan.targets) {
        if (bounds.free || !covers(limit.subject ?? '', target)) continue;
        const worst = worstCaseOf(target.prices, plan.input.upper_tokens, plan.input, bounds);
        if (worst === null) continue;
        const there: AdmitAsk = {
          ...ask,
          input_usd_nanos: worst.input_usd_nanos * times.input,
          output_usd_nanos_per_mtok: worst.output_usd_nanos_per_mtok * times.output,
        };
        fit(ask, there, limit);
      }
  }
}

/** @param there the ask at the prices that the limit is about. */
function fit(ask: AdmitAsk, there: AdmitAsk, limit: RequestLimit): void {
  const output_tokens = affordable(there, limit.usd_nanos);
  if (output_tokens < ask.output_tokens_floor)
    throw requestLimitError(limit, worstCase(there, ask.output_tokens_floor));
  ask.output_tokens = Math.min(ask.output_tokens, output_tokens);
}
