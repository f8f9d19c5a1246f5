import type { AdmitAnswer, BudgetView, GatewayEvent, ScopePolicy } from '@sluice/contract';
import { findQuotaEvents } from '../webhooks/find-quota-events.ts';
import { viewBudget } from './admit.ts';
import type { KeyLedgerState, WindowUsage } from './key-ledger-state.ts';
import { type ScopeLedgerState, viewScopeBudget } from './scope-ledger-state.ts';
import { parseScopeName } from './scope-name.ts';
import { wholePolicy } from './shards.ts';

/** What of a window its alerts have told. */
export interface Alerted {
  start_ms: number;
  spent_usd_nanos: number;
  alerted: number[];
  exceeded: boolean;
}

/** Whom an alert is about. */
export interface AlertSubject {
  organization_id: string;
  /** Of the shared budget, or the key's id. */
  name: string;
  /** `null` for a budget that keys share. */
  key_id: string | null;
}

/** The budgets of a split key are the key's, though its ledgers share them. */
export const alertSubjectOf = ({ organization_id, name, scope }: ScopePolicy): AlertSubject => ({
  organization_id,
  name,
  key_id: scope === 'key' ? (parseScopeName(name)?.subject ?? null) : null,
});

const thresholdOf = (percent: number, limit_usd_nanos: number): number =>
  Math.ceil((percent / 100) * limit_usd_nanos);

/** Tells of every percent that was reached since the last time: each once in a window. */
export function findThresholds(
  subject: AlertSubject,
  view: BudgetView,
  window: Alerted,
  now_ms: number,
): GatewayEvent[] {
  const events: GatewayEvent[] = [];
  for (const percent of view.alert_percents) {
    if (window.spent_usd_nanos < thresholdOf(percent, view.limit_usd_nanos)) continue;
    if (window.alerted.includes(percent)) continue;
    window.alerted.push(percent);
    events.push(eventOf('budget.threshold', subject, view, window, now_ms, percent));
  }
  return events;
}

/** Tells that a budget refused because it is spent: once in a window. */
export function findExceeded(
  subject: AlertSubject,
  view: BudgetView,
  window: Alerted,
  now_ms: number,
): GatewayEvent[] {
  if (window.exceeded) return [];
  window.exceeded = true;
  return [eventOf('budget.exceeded', subject, view, window, now_ms, 100)];
}

/** What must be spent for the next alert; infinite = none is ahead. */
export function nextThreshold(
  view: { limit_usd_nanos: number; alert_percents: number[] },
  window: Alerted,
): number {
  let next = Number.POSITIVE_INFINITY;
  for (const percent of view.alert_percents)
    if (!window.alerted.includes(percent)) next = Math.min(next, thresholdOf(percent, view.limit_usd_nanos));
  return next;
}

function eventOf(
  type: 'budget.threshold' | 'budget.exceeded',
  { organization_id, name, key_id }: AlertSubject,
  view: BudgetView,
  { start_ms }: Alerted,
  occurred_at_ms: number,
  percent: number,
): GatewayEvent {
  const which = type === 'budget.exceeded' ? 'exceeded' : percent;
  return {
    type,
    organization_id,
    occurred_at_ms,
    once: `budget/${name}/${view.id}/${start_ms}/${which}`,
    data: {
      budget_id: view.id,
      scope: view.scope,
      subject: view.subject,
      ...(key_id === null ? {} : { key_id }),
      window: view.window,
      percent,
      limit_usd: view.limit_usd_nanos / 1e9,
      spent_usd: view.spent_usd_nanos / 1e9,
      held_usd: view.held_usd_nanos / 1e9,
      currency: view.currency,
      resets_at: view.resets_at_ms === null ? null : new Date(view.resets_at_ms).toISOString(),
    },
  };
}

/** To be called after every report: what the spending of a shared budget has passed is put down to be told. */
export function noticeScopeThresholds(state: ScopeLedgerState, now_ms: number): void {
  const { policy } = state;
  if (policy === null) return;
  for (let i = 0; i < policy.budgets.length; i++) {
    const budget = policy.budgets[i];
    const window = state.windows[i];
    if (budget === undefined || window === undefined) continue;
    if (window.spent_usd_nanos < nextThreshold(budget, window)) continue;
    const subject = alertSubjectOf(policy);
    const view = viewScopeBudget(state, policy, budget, window);
    state.events.push(...findThresholds(subject, view, window, now_ms));
  }
}

const subjectOf = ({ policy }: KeyLedgerState): AlertSubject => ({
  organization_id: policy.organization_id,
  name: policy.key_id,
  key_id: policy.key_id,
});

/** As above, for the key's own budgets, after settlements. */
export function noticeKeyThresholds(state: KeyLedgerState, now_ms: number): void {
  const { budgets } = state.policy;
  for (let i = 0; i < budgets.length; i++) {
    const budget = budgets[i];
    const usage = state.windows[i];
    if (budget === undefined || usage === undefined || budget.alert_percents.length === 0) continue;
    const window = alertedOf(usage);
    if (window.spent_usd_nanos < nextThreshold(budget, window)) continue;
    state.events.push(...findThresholds(subjectOf(state), viewBudget(budget, usage), window, now_ms));
    state.dirty = true;
  }
}

/** A budget of the key's own refused because it is spent. */
export function noticeKeyExceeded(state: KeyLedgerState, answer: AdmitAnswer, now_ms: number): void {
  if (answer.kind !== 'refused' || answer.code !== 'budget_exceeded' || answer.budget?.scope !== 'key')
    return;
  const usage = state.windows.find((one) => one.budget_id === answer.budget?.id);
  if (usage === undefined || usage.exceeded) return;
  state.events.push(...findExceeded(subjectOf(state), answer.budget, alertedOf(usage), now_ms));
  state.dirty = true;
}

/**
 * After an admission: that the requests of the day are nearly used is put down to be told, once a day. A crash may have
 * taken the count over the mark, so that what was told is kept, and not what was counted before.
 */
export function noticeKeyQuota(state: KeyLedgerState, now_ms: number): void {
  const { requests_per_day } = state.policy.limits;
  if (requests_per_day === null || state.quota_told_ms === state.day_start_ms) return;
  const { key_id, organization_id, limits } = wholePolicy(state.policy);
  const key = { key_id, organization_id, requests_per_day: limits.requests_per_day ?? requests_per_day };
  // One shard speaks for all: requests are spread evenly.
  const today = Math.round((state.requests_today * key.requests_per_day) / requests_per_day);
  const events = findQuotaEvents(key, 0, today, now_ms, state.day_start_ms);
  if (events.length === 0) return;
  state.quota_told_ms = state.day_start_ms;
  state.events.push(...events);
  state.dirty = true;
}

/** Windows from before there were alerts have told of nothing. */
function alertedOf(usage: WindowUsage): WindowUsage & Alerted {
  usage.alerted ??= [];
  usage.exceeded ??= false;
  return usage as WindowUsage & Alerted;
}
