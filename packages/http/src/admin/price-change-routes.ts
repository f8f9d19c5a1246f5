import { GatewayError, PRICE_CHANGE_STATES, type PriceChange } from '@sluice/contract';
import type { Context } from 'hono';
import * as z from 'zod';
import type { PriceChangeShown } from '../described/answers/model-answers.ts';
import type { AdminApp } from './create-admin.ts';
import { pageQuery, parseCursor, renderPage } from './cursor.ts';
import { tellIsolates } from './organization-routes.ts';
import type { AdminPorts, AdminVariables } from './ports.ts';
import { readQuery } from './read-body.ts';
import { renderTime } from './render-key.ts';

export const listQuery = z.strictObject({ ...pageQuery, state: z.enum(PRICE_CHANGE_STATES).optional() });

/**
 * `/admin/v1/price-changes`: what the nightly job found in the public price list. They hold for the whole deployment,
 * so only its own organization decides on them.
 */
export function addPriceChangeRoutes(app: AdminApp, ports: AdminPorts): void {
  app.get('/price-changes', async (c) => {
    const { limit, cursor, state } = readQuery(c, listQuery);
    const rows = await ports.price_changes.list(state ?? null, limit + 1, parseCursor(cursor));
    return c.json(renderPage(rows, limit, renderChange, ({ at_ms, id }) => ({ at_ms, id })));
  });

  app.post('/price-changes/:id/accept', (c) => decide(c, ports, 'accepted'));
  app.post('/price-changes/:id/reject', (c) => decide(c, ports, 'rejected'));
}

async function decide(
  c: Context<AdminVariables>,
  ports: AdminPorts,
  state: 'accepted' | 'rejected',
): Promise<Response> {
  const admin = c.get('admin');
  if (!ports.decidesPrices(admin.organization_id))
    throw new GatewayError(
      'forbidden',
      'Prices of the whole deployment are decided by its own organization. Set prices of your own with PUT /admin/v1/models.',
    );
  const id = c.req.param('id') ?? '';
  if ((await ports.price_changes.find(id)) === null)
    throw new GatewayError('not_found', 'There is no such price change.');
  const versions = await ports.price_changes.decide(id, state, `admin:${admin.id}`, ports.clock.now_ms());
  if (versions === null)
    throw new GatewayError(
      'conflict',
      'This price change was decided or replaced before. Read the list again.',
    );
  for (const { organization_id, config_version } of versions)
    await tellIsolates(ports, organization_id, config_version);
  const change = await ports.price_changes.find(id);
  return c.json(change === null ? null : renderChange(change));
}

const renderChange = ({ at_ms, decided_at_ms, ...change }: PriceChange): PriceChangeShown => ({
  ...change,
  at: renderTime(at_ms),
  decided_at: decided_at_ms === null ? null : renderTime(decided_at_ms),
});
