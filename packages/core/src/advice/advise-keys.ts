import type { Advice } from '@sluice/contract';
import { type AdviceKey, type AdviceMonth, byDay, DAY_MS, daysOf, dollars } from './month.ts';
import { monthOf } from './statistics.ts';

const SPENT_MIN_USD_NANOS = 20_000_000_000;
const EXPIRES_WITHIN_MS = 14 * DAY_MS;
const IN_USE_MS = 7 * DAY_MS;
const EXTENDED_MS = 90 * DAY_MS;
const UNUSED_DAYS = 28;
const REQUESTS_MIN = 100;

/** Keys that spend without an end, keys about to end, and keys that nobody uses. */
export function adviseKeys(month: AdviceMonth): Advice[] {
  return month.keys
    .filter(({ state }) => state === 'active')
    .flatMap((key) => [withoutBudget(key), expiring(key, month), unused(key, month)])
    .filter((advice) => advice !== null);
}

const base = (key: AdviceKey) =>
  ({ area: 'usage', subject: key.key_id, saving: null, measure: null }) as const;

function withoutBudget(key: AdviceKey): Advice | null {
  const spent = monthOf(key.spent_by_day);
  if (key.has_budget || key.environment !== 'live' || spent.low < SPENT_MIN_USD_NANOS) return null;
  const budget_monthly_usd = Math.ceil((2 * spent.high) / 5e9) * 5;
  return {
    ...base(key),
    kind: 'key_without_budget',
    title: `Give ${key.name} a budget`,
    explanation:
      `It spends about ${dollars(spent.expected)} a month, and nothing stops it when it leaks or runs wild. ` +
      `$${budget_monthly_usd} is twice the most that its days let expect.`,
    evidence: {
      spent_per_month_usd_nanos: Math.round(spent.expected),
      spent_per_month_high_usd_nanos: Math.round(spent.high),
    },
    samples: key.requests,
    change: { target: 'key', id: key.key_id, patch: { budget_monthly_usd }, expects: { budgets: [] } },
  };
}

function expiring(key: AdviceKey, month: AdviceMonth): Advice | null {
  const { expires_at_ms } = key;
  if (
    expires_at_ms === null ||
    expires_at_ms <= month.until_ms ||
    expires_at_ms > month.until_ms + EXPIRES_WITHIN_MS
  )
    return null;
  const own = month.requests.filter(({ key_id }) => key_id === key.key_id);
  const in_use = own.filter(({ at_ms }) => at_ms >= month.until_ms - IN_USE_MS);
  if (in_use.length === 0) return null;
  const expires_at = new Date(expires_at_ms).toISOString();
  return {
    ...base(key),
    kind: 'key_expiring',
    area: 'reliability',
    title: `${key.name} expires on ${expires_at.slice(0, 10)} and is in use`,
    explanation:
      'Its requests are refused from then on. Move its client to a new key; if that takes longer, this lets it live 90 days more.',
    evidence: { expires_at, requests_in_the_last_week: in_use.length * month.one_in },
    samples: own.length,
    saving: { unit: 'requests_per_month', ...monthOf(byDay(month, own, () => 1)) },
    change: {
      target: 'key',
      id: key.key_id,
      patch: { expires_at: new Date(expires_at_ms + EXTENDED_MS).toISOString() },
      expects: { expires_at },
    },
  };
}

function unused(key: AdviceKey, month: AdviceMonth): Advice | null {
  if (key.requests > 0 || daysOf(month) < UNUSED_DAYS || key.created_at_ms > month.from_ms) return null;
  // Where nothing happens at all, a silent key is nothing special.
  if (month.requests.length < REQUESTS_MIN) return null;
  return {
    ...base(key),
    kind: 'key_unused',
    title: `Disable ${key.name}: nobody uses it`,
    explanation: `Not one request came with it in ${daysOf(month)} days. A key that is not needed can only leak.`,
    evidence: { days: daysOf(month), created_at: new Date(key.created_at_ms).toISOString() },
    samples: month.requests.length,
    change: { target: 'key', id: key.key_id, patch: { state: 'disabled' }, expects: { state: 'active' } },
  };
}
