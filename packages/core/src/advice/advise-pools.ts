import type { Advice } from '@sluice/contract';
import { type AdviceMonth, dollars, percent } from './month.ts';
import { monthOf, sum } from './statistics.ts';

const DAYS_MIN = 14;
const EXCESS_MIN_USD_NANOS = 10_000_000_000;
const EXCESS_SHARE_MIN = 0.2;

/** Endpoints by the hour that cost more than the model behind them would have. */
export function advisePools({ pools }: AdviceMonth): Advice[] {
  const advice: Advice[] = [];
  for (const { pool, days, utilization } of pools) {
    if (days.length < DAYS_MIN || days.some(({ api_usd_nanos }) => api_usd_nanos === null)) continue;
    const paid = (30 / days.length) * sum(days.map(({ paid_usd_nanos }) => paid_usd_nanos));
    const excess = monthOf(days.map((day) => day.paid_usd_nanos - (day.api_usd_nanos ?? 0)));
    if (excess.low < EXCESS_MIN_USD_NANOS || excess.low < EXCESS_SHARE_MIN * paid) continue;
    advice.push({
      kind: 'pool_dearer_than_api',
      area: 'cost',
      subject: pool.name,
      title: `Switch off endpoints of ${pool.name}, or the whole pool`,
      explanation:
        `Its endpoints cost ${dollars(paid)} a month and are busy ${percent(utilization)} of the time. ` +
        `${pool.overflow[0] ?? 'An API'} would have done the same for ${dollars(paid - excess.expected)}.`,
      evidence: {
        paid_per_month_usd_nanos: Math.round(paid),
        api_per_month_usd_nanos: Math.round(paid - excess.expected),
        utilization,
        days: days.length,
      },
      samples: sum(days.map(({ requests }) => requests)),
      saving: { unit: 'usd_nanos_per_month', ...excess },
      // Who pays for the machines must switch them off.
      change: null,
      measure: null,
    });
  }
  return advice;
}
