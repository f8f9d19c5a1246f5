import type { Env } from '@sluice/cloudflare/env';
import { metricsToken } from '@sluice/cloudflare/metrics-token';
import { HealthBoard as Board, type LoadChecks } from '@sluice/cloudflare/objects/health-board';
import { KeyLedger as Ledger } from '@sluice/cloudflare/objects/key-ledger';
import { ScopeLedger as Scope } from '@sluice/cloudflare/objects/scope-ledger';
import { WebhookSender as Sender } from '@sluice/cloudflare/objects/webhook-sender';
import { pinObjects } from '@sluice/cloudflare/pin-objects';
import { createGateway, type Gateway } from './wire.ts';

export { AnswerLog } from '@sluice/cloudflare/objects/answer-log';
export { CacheShelf } from '@sluice/cloudflare/objects/cache-shelf';
export { RateMeter } from '@sluice/cloudflare/objects/rate-meter';
export { VectorShelf } from '@sluice/cloudflare/objects/vector-shelf';

// Objects that call others look for them where the deployment keeps all of them.
export class KeyLedger extends Ledger {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, pinObjects(env));
  }
}
export class ScopeLedger extends Scope {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, pinObjects(env));
  }
}
export class WebhookSender extends Sender {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, pinObjects(env));
  }
}

/** Knows how to ask providers, which is imported when there is somebody to ask. */
export class HealthBoard extends Board {
  override readonly loadChecks: LoadChecks = async (organization_id, config_version) => {
    loadChecks ??= (await import('./health-checks.ts')).createLoadChecks(pinObjects(this.env as Env));
    return await loadChecks(organization_id, config_version);
  };
}

/** As in wrangler.toml. */
const EVENT_CRON = '*/10 * * * *';

let loadChecks: LoadChecks | null = null;
let gateway: Gateway | null = null;

function requireGateway(env: Env): Gateway {
  gateway ??= createGateway(pinObjects(env));
  return gateway;
}

export default {
  fetch: (request, env) => requireGateway(env).fetch(request),
  async queue(batch, bound) {
    const env = pinObjects(bound);
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
      metrics: metricsToken(env) !== null,
      ...(forward === null ? {} : { forward }),
    });
  },
  async scheduled({ cron, scheduledTime }, bound) {
    const env = pinObjects(bound);
    const jobs =
      cron === EVENT_CRON
        ? [
            import('./event-jobs.ts').then(({ runEventJobs }) => runEventJobs(env, scheduledTime)),
            // Once an hour, so that what piled up is gone within a day: each run has an end.
            Math.floor(new Date(scheduledTime).getUTCMinutes() / 10) === 2
              ? import('@sluice/cloudflare/queue/clean-up').then(({ cleanUp }) =>
                  cleanUp(env.DB, scheduledTime),
                )
              : null,
            // Ten past: the traces of the hour before are in.
            Math.floor(new Date(scheduledTime).getUTCMinutes() / 10) === 1
              ? import('./billing-jobs.ts').then(({ runBillingJobs }) => runBillingJobs(env, scheduledTime))
              : null,
          ]
        : [requireGateway(env).refreshPrices(scheduledTime), requireGateway(env).runAdvice(scheduledTime)];
    const results = await Promise.allSettled<unknown>(jobs);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  },
} satisfies ExportedHandler<Env>;
