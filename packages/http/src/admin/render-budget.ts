import type { BudgetRecord, BudgetView } from '@sluice/contract';
import { toUsd } from '@sluice/core/money';
import type { BudgetShown } from '../described/answers/budget-answers.ts';
import { etagOf, renderTime } from './render-key.ts';

/**
 * A shared budget as administrators see it.
 * @param view how it stands; `null` = it is each one's own, not asked or not reachable: then money is `null`, not 0.
 */
export function renderBudgetRecord(
  budget: BudgetRecord,
  usd_per_eur: number,
  view: BudgetView | null,
): BudgetShown {
  return {
    id: budget.id,
    name: budget.name === '' ? null : budget.name,
    scope: budget.scope,
    subject: budget.subject,
    window: budget.window,
    currency: budget.currency,
    limit_amount: budget.limit_amount,
    limit_usd:
      budget.currency === 'usd'
        ? budget.limit_amount
        : toUsd(Math.floor(budget.limit_amount * usd_per_eur * 1e9)),
    spent_usd: view === null ? null : toUsd(view.spent_usd_nanos),
    held_usd: view === null ? null : toUsd(view.held_usd_nanos),
    remaining_usd: view === null ? null : toUsd(view.remaining_usd_nanos),
    hard: budget.hard,
    alert_percents: budget.alert_percents,
    resets_at: renderTime(view?.resets_at_ms ?? null),
    etag: etagOf(budget.version),
    created_at: renderTime(budget.created_at_ms),
    updated_at: renderTime(budget.updated_at_ms),
  };
}

/** What of it goes into the audit log: what it is, not how it stands. */
export const renderAuditedBudget = (budget: BudgetRecord): unknown => ({
  ...budget,
  name: budget.name === '' ? null : budget.name,
});
