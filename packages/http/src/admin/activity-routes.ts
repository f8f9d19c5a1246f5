import type { Activity } from '@sluice/contract';
import { toUsd } from '@sluice/core/money';
import * as z from 'zod';
import type { ActivityShown } from '../described/answers/usage-answers.ts';
import type { AdminApp } from './create-admin.ts';
import type { AdminPorts } from './ports.ts';
import { readQuery } from './read-body.ts';
import { renderTime } from './render-key.ts';
import { parseTimeRange } from './time-range.ts';
import { TRACES_MAX } from './usage-query.ts';

export const activityQuery = z.strictObject({
  from: z.string().max(40).optional(),
  to: z.string().max(40).optional(),
});

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** What is shown unless asked for another span. */
const SPAN_MS = 6 * HOUR_MS;
const STEPS_MS = [1, 2, 5, 10, 15, 30]
  .map((minutes) => minutes * MINUTE_MS)
  .concat([1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS))
  .concat([1, 2, 7, 30].map((days) => days * DAY_MS));
const STEPS_MAX = 120;

/** `/admin/v1/activity`: requests over time with their percentiles, which sums cannot tell, from traces. */
export function addActivityRoutes(app: AdminApp, ports: AdminPorts): void {
  app.get('/activity', async (c) => {
    const asked = readQuery(c, activityQuery);
    const { organization_id } = c.get('admin');
    const { config } = await ports.organizations.require(organization_id);
    const span = parseTimeRange(asked.from, asked.to, config.time_zone, ports.clock.now_ms(), SPAN_MS);
    const step_ms = stepOf(span.until_ms - span.from_ms);
    const { total, steps, providers, oldest_ms } = await ports.usage.activity(
      organization_id,
      span,
      step_ms,
      TRACES_MAX,
    );
    return c.json({
      from: renderTime(span.from_ms),
      to: renderTime(span.until_ms),
      step_ms,
      traces_max: TRACES_MAX,
      oldest_at: renderTime(oldest_ms),
      total: render(total),
      providers,
      data: steps.map(({ at_ms, ...one }) => ({ at: renderTime(at_ms), ...render(one) })),
      next_cursor: null,
    });
  });
}

/** The finest that keeps a chart readable. */
const stepOf = (span_ms: number): number =>
  STEPS_MS.find((step_ms) => span_ms / step_ms <= STEPS_MAX) ?? Math.ceil(span_ms / STEPS_MAX);

const render = ({ cost_usd_nanos, ...activity }: Activity): ActivityShown => ({
  ...activity,
  cost_usd: toUsd(cost_usd_nanos),
});
