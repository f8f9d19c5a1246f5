import { GatewayError, type HealthSnapshot } from '@sluice/contract';
import * as z from 'zod';
import type { AdminApp } from './create-admin.ts';
import { type CheckState, DEAD_SHOWN, judgeDeployment } from './judge-deployment.ts';
import type { AdminPorts } from './ports.ts';

const STATES = ['ok', 'warning', 'problem'] as const satisfies readonly CheckState[];

export const doctorReport = z.strictObject({
  state: z.enum(STATES),
  version: z.string(),
  checks: z.array(
    z.strictObject({
      name: z.string(),
      state: z.enum(STATES),
      found: z.string(),
      to_do: z.string().nullable(),
    }),
  ),
});

/** `/admin/v1/doctor`: reads only. */
export function addDoctorRoutes(app: AdminApp, ports: AdminPorts): void {
  app.get('/doctor', async (c) => {
    if (ports.inspect === undefined)
      throw new GatewayError('not_found', 'This deployment cannot look at itself.');
    const { organization_id } = c.get('admin');
    const [settings, dead, health] = await Promise.all([
      Promise.resolve(ports.settings(organization_id)).catch(() => null),
      ports.webhooks.deadEvents(organization_id, DEAD_SHOWN, null).catch(() => []),
      ports.health(organization_id).catch(() => null),
    ]);
    // Last: an empty database is migrated by the first query of those above.
    const facts = await ports.inspect();
    const checks = judgeDeployment(facts, {
      connections: settings?.connections.length ?? 0,
      dead_events: dead.length,
      health: health as HealthSnapshot | null,
      now_ms: ports.clock.now_ms(),
    });
    const state = STATES.findLast((one) => checks.some((check) => check.state === one)) ?? 'ok';
    return c.json({ state, version: facts.version, checks });
  });
}
