import type { KeyUsage } from '@sluice/contract';
import { viewBudget } from './admit.ts';
import { type KeyLedgerState, rollWindows } from './key-ledger-state.ts';
import { inFlight, leakMeters, viewLimits } from './rates.ts';
import { sweep } from './settle.ts';

/** Everything as it stands at `now_ms`, for people. */
export function viewUsage(state: KeyLedgerState, now_ms: number): KeyUsage {
  sweep(state, now_ms);
  rollWindows(state, now_ms);
  leakMeters(state, now_ms);
  return {
    limits: viewLimits(state, now_ms),
    requests_today: state.requests_today,
    requests_per_day: state.policy.limits.requests_per_day,
    in_flight: inFlight(state),
    budgets: state.policy.budgets.flatMap((budget, i) => {
      const usage = state.windows[i];
      return usage === undefined ? [] : [viewBudget(budget, usage)];
    }),
  };
}
