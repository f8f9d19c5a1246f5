import type { PoolReport } from '@sluice/client';
import { formatCompact, formatMoney } from '../../ui/format.ts';
import styles from './break-even-plot.module.css';

const DAY_MS = 86_400_000;

/** What a day costs by the number of its requests, at the pool and at the API. `null` = there is nothing to compare. */
export function breakEven(report: PoolReport) {
  const { break_even_requests_per_day: even, api_cost_usd, requests, gpu_cost_usd } = report;
  const days = (Date.parse(report.to) - Date.parse(report.from)) / DAY_MS;
  if (even === null || api_cost_usd === null || requests === 0 || days <= 0) return null;
  const now = requests / days;
  return {
    /** Requests of a day, now and where both cost the same. */
    now,
    even,
    pool_usd_per_day: gpu_cost_usd / days,
    api_usd_per_request: api_cost_usd / requests,
    requests_max: Math.max(even * 2, now * 1.2),
  };
}

/** Two lines that meet where the pool begins to pay off, with a mark where it stands now. */
export function BreakEvenPlot({ report }: { report: PoolReport }) {
  const facts = breakEven(report);
  if (facts === null) return null;
  const { now, even, pool_usd_per_day, api_usd_per_request, requests_max } = facts;
  const usd_max = Math.max(pool_usd_per_day, api_usd_per_request * requests_max) * 1.1;
  const across = (requests: number): string => `${(requests / requests_max) * 100}%`;
  const up = (usd: number): string => `${(1 - usd / usd_max) * 100}%`;
  const words = `A day of the pool costs ${formatMoney(pool_usd_per_day)}. ${report.compared_with} costs the same at ${formatCompact(even)} requests a day; there are ${formatCompact(Math.round(now))} now.`;
  return (
    <figure className={styles['figure']}>
      <figcaption className={styles['legend']}>
        <span>
          <i className={styles['pool']} aria-hidden="true" /> Pool
        </span>
        <span>
          <i className={styles['api']} aria-hidden="true" /> {report.compared_with}
        </span>
        <span>Cost of a day by its requests</span>
      </figcaption>
      <div className={styles['body']}>
        <div className={styles['up']} aria-hidden="true">
          <span>{formatMoney(usd_max)}</span>
          <span>{formatMoney(0)}</span>
        </div>
        <svg className={styles['plot']} role="img" aria-label={words}>
          <rect className={styles['cheaper']} x={across(even)} y="0" width="100%" height="100%" />
          <line className={styles['mark']} x1={across(now)} x2={across(now)} y1="0" y2="100%" />
          <line
            className={styles['pool']}
            x1="0"
            x2="100%"
            y1={up(pool_usd_per_day)}
            y2={up(pool_usd_per_day)}
          />
          <line
            className={styles['api']}
            x1="0"
            x2="100%"
            y1={up(0)}
            y2={up(api_usd_per_request * requests_max)}
          />
        </svg>
        <div className={styles['across']} aria-hidden="true">
          <span>0</span>
          <span>{formatCompact(Math.round(requests_max))} requests a day</span>
        </div>
      </div>
      <p className={styles['legend']}>{words}</p>
    </figure>
  );
}
