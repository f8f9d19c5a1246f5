import * as z from 'zod';
import { requireKey } from './change-key.ts';
import type { AdminApp } from './create-admin.ts';
import type { AdminPorts } from './ports.ts';
import { readQuery } from './read-body.ts';

export const chainQuery = z.strictObject({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

/** `/admin/v1/keys/{id}/receipts`, `/health`: reads only. */
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
}
