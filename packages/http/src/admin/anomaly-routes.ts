import type { SpendAnomaly } from '@sluice/contract';
import { toUsd } from '@sluice/core/money';
import * as z from 'zod';
import type { AnomalyShown } from '../described/answers/usage-answers.ts';
import type { AdminApp } from './create-admin.ts';
import { pageQuery, parseCursor, renderPage } from './cursor.ts';
import type { AdminPorts } from './ports.ts';
import { readQuery } from './read-body.ts';
import { renderTime } from './render-key.ts';

export const listQuery = z.strictObject({
  ...pageQuery,
  key: z.string().min(1).max(256).optional(),
  project: z.string().min(1).max(256).optional(),
});

/** `/admin/v1/anomalies`: hours in which a key or a project spent far more than it is used to, newest first. */
export function addAnomalyRoutes(app: AdminApp, ports: AdminPorts): void {
  app.get('/anomalies', async (c) => {
    const { limit, cursor, key, project } = readQuery(c, listQuery);
    const rows = await ports.anomalies.list(
      c.get('admin').organization_id,
      {
        scope: key !== undefined ? 'key' : project !== undefined ? 'project' : null,
        scope_id: key ?? project ?? null,
      },
      limit + 1,
      parseCursor(cursor),
    );
    return c.json(renderPage(rows, limit, renderAnomaly, ({ hour_ms, id }) => ({ at_ms: hour_ms, id })));
  });
}

const renderAnomaly = (anomaly: SpendAnomaly): AnomalyShown => ({
  id: anomaly.id,
  scope: anomaly.scope,
  scope_id: anomaly.scope_id,
  hour: renderTime(anomaly.hour_ms),
  spent_usd: toUsd(anomaly.spent_usd_nanos),
  expected_usd: toUsd(anomaly.expected_usd_nanos),
  score: Math.round(anomaly.score * 100) / 100,
  basis: anomaly.basis,
  detected_at: renderTime(anomaly.detected_at_ms),
});
