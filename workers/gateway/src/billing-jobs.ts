import { createAnomalyStore } from '@sluice/cloudflare/d1/anomalies';
import { createKeyStore } from '@sluice/cloudflare/d1/keys';
import { createOrganizationStore } from '@sluice/cloudflare/d1/organizations';
import { createStatementStore } from '@sluice/cloudflare/d1/statements';
import { createUsageStore } from '@sluice/cloudflare/d1/usage';
import type { Env } from '@sluice/cloudflare/env';
import { createEventPort } from '@sluice/cloudflare/queue/event-port';
import { closeLastMonth } from '@sluice/http/admin/close-last-month';
import { findAnomalies } from './find-anomalies.ts';
import { random } from './isolate-ports.ts';

/** Once an hour: looks for unusual spend, and closes the statements of the month before when their time has come. */
export async function runBillingJobs(env: Env, now_ms: number): Promise<void> {
  const store = createAnomalyStore(env.DB);
  const results = await Promise.allSettled([
    findAnomalies(
      { store, events: createEventPort(env.EVENTS), newId: () => `anom_${random.id(20)}` },
      now_ms,
    ),
    closeLastMonth(
      {
        usage: createUsageStore(env.DB),
        organizations: createOrganizationStore(env.DB, () => now_ms),
        keys: createKeyStore(env.DB),
        statements: createStatementStore(env.DB),
        clock: { now_ms: () => now_ms },
      },
      await store.organizations(),
    ),
  ]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
