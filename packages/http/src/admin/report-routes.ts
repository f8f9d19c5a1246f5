import * as z from 'zod';
import type { BreakerChangeShown } from '../described/answers/health-answers.ts';
import { requireKey } from './change-key.ts';
import type { AdminApp } from './create-admin.ts';
import type { AdminPorts } from './ports.ts';
import { readQuery } from './read-body.ts';
import { renderTime } from './render-key.ts';

export const chainQuery = z.strictObject({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

export const healthHistoryQuery = z.strictObject({ connection: z.string().min(1).max(100).optional() });

/** `/admin/v1/keys/{id}/receipts`, `/health`, `/health/history`: reads only. */
export function addReportRoutes(app: AdminApp, ports: AdminPorts): void {
  app.get('/keys/:id/receipts', async (c) => {
    const { after, limit } = readQuery(c, chainQuery);
    const rows = await ports.traces.chain(
      c.get('admin').organization_id,
      c.req.param('id'),
      limit + 1,
      after,
    );
    // A key of another organization is no key here, and not one without receipts.
    if (rows.length === 0) await requireKey(ports, c.get('admin'), c.req.param('id'));
    const shown = rows.slice(0, limit);
    return c.json({
      data: shown.map(({ receipt }) => receipt),
      next_after: rows.length > limit ? (shown.at(-1)?.sequence ?? null) : null,
    });
  });

  app.get('/health', async (c) => c.json(await ports.health(c.get('admin').organization_id)));

  app.get('/health/history', async (c) => {
    const { connection } = readQuery(c, healthHistoryQuery);
    const changes = await ports.healthHistory(c.get('admin').organization_id);
    const data = changes
      .filter(({ connection_id }) => connection === undefined || connection_id === connection)
      .reverse()
      .map(
        ({ at_ms, retry_at_ms, ...change }): BreakerChangeShown => ({
          ...change,
          at: renderTime(at_ms),
          retry_at: retry_at_ms === null ? null : renderTime(retry_at_ms),
        }),
      );
    return c.json({ data, next_cursor: null });
  });
}
