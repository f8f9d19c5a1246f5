import { createAnomalyStore } from '@sluice/cloudflare/d1/anomalies';
import { createConnectionStore } from '@sluice/cloudflare/d1/connections';
import { createKeyStore } from '@sluice/cloudflare/d1/keys';
import { createOrganizationStore } from '@sluice/cloudflare/d1/organizations';
import { createRecommendationStore } from '@sluice/cloudflare/d1/recommendations';
import { createUsageStore } from '@sluice/cloudflare/d1/usage';
import type { Env } from '@sluice/cloudflare/env';
import type { AdvicePorts } from '@sluice/http/admin/read-advice-month';
import { runAdviceJobs } from '@sluice/http/admin/run-advice';
import { findProvider } from '@sluice/providers';

/** Each night: advice for organizations whose last run is a week ago, and effects whose 14 days are over. */
export async function connectAdviceJobs(
  env: Env,
  { settings, catalogue, now_ms }: Pick<AdvicePorts, 'settings' | 'catalogue'> & { now_ms: number },
): Promise<void> {
  await runAdviceJobs(
    {
      recommendations: createRecommendationStore(env.DB),
      organizations: createOrganizationStore(env.DB, () => now_ms),
      keys: createKeyStore(env.DB),
      connections: createConnectionStore(env),
      usage: createUsageStore(env.DB),
      settings,
      catalogue,
      findProvider,
      clock: { now_ms: () => now_ms },
    },
    await createAnomalyStore(env.DB).organizations(),
  );
}
