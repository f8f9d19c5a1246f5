import type { Env } from '@sluice/cloudflare/env';
import { HealthBoard as Board, type LoadChecks } from '@sluice/cloudflare/objects/health-board';
import { createGateway, type Gateway } from './wire.ts';

export { AnswerLog } from '@sluice/cloudflare/objects/answer-log';
export { CacheShelf } from '@sluice/cloudflare/objects/cache-shelf';
export { KeyLedger } from '@sluice/cloudflare/objects/key-ledger';
export { RateMeter } from '@sluice/cloudflare/objects/rate-meter';
export { ScopeLedger } from '@sluice/cloudflare/objects/scope-ledger';
export { VectorShelf } from '@sluice/cloudflare/objects/vector-shelf';
export { WebhookSender } from '@sluice/cloudflare/objects/webhook-sender';

/** Knows how to ask providers, which is imported when there is somebody to ask. */
export class HealthBoard extends Board {
  override readonly loadChecks: LoadChecks = async (organization_id, config_version) => {
    loadChecks ??= (await import('./health-checks.ts')).createLoadChecks(this.env as Env);
    return await loadChecks(organization_id, config_version);
  };
}

/** As in wrangler.toml. */
const EVENT_CRON = '*/10 * * * *';

let loadChecks: LoadChecks | null = null;
let gateway: Gateway | null = null;

function requireGateway(env: Env): Gateway {
  gateway ??= createGateway(env);
  return gateway;
}

export default {
  fetch: (request, env) => requireGateway(env).fetch(request),
  async queue(batch, env) {
    if (batch.queue.startsWith('sluice-events')) {
      await (await import('./event-jobs.ts')).consumeEventQueue(batch, env);
      return;
    }
    if (batch.queue.startsWith('sluice-telemetry')) {
      await (await import('./telemetry.ts')).consumeTelemetryQueue(batch, env);
      return;
    }
    const [{ consumeTraces }, { receiptPorts }, { createForward }] = await Promise.all([
      import('@sluice/cloudflare/queue/consume-traces'),
      import('./receipts.ts'),
      import('./telemetry.ts'),
    ]);
    const settle = requireGateway(env).settleAgain;
    const forward = createForward(env);
    await consumeTraces(batch, {
      DB: env.DB,
      TRACES_DEAD: env.TRACES_DEAD,
      settle,
      receipts: receiptPorts(env),
      ...(forward === null ? {} : { forward }),
    });
  },
  async scheduled({ cron, scheduledTime }, env) {
    const jobs =
      cron === EVENT_CRON
        ? [
            import('./event-jobs.ts').then(({ runEventJobs }) => runEventJobs(env, scheduledTime)),
            // Ten past: the traces of the hour before are in.
            Math.floor(new Date(scheduledTime).getUTCMinutes() / 10) === 1
              ? import('./billing-jobs.ts').then(({ runBillingJobs }) => runBillingJobs(env, scheduledTime))
              : null,
          ]
        : [
            import('@sluice/cloudflare/queue/clean-up').then(({ cleanUp }) => cleanUp(env.DB, scheduledTime)),
            requireGateway(env).refreshPrices(scheduledTime),
          ];
    const results = await Promise.allSettled<unknown>(jobs);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  },
} satisfies ExportedHandler<Env>;
