import type { Env } from '@sluice/cloudflare/env';
import { createGateway, type Gateway } from './wire.ts';

export { HealthBoard } from '@sluice/cloudflare/objects/health-board';
export { KeyLedger } from '@sluice/cloudflare/objects/key-ledger';

let gateway: Gateway | null = null;

function requireGateway(env: Env): Gateway {
  gateway ??= createGateway(env);
  return gateway;
}

export default {
  fetch: (request, env) => requireGateway(env).fetch(request),
  async queue(batch, env) {
    const { consumeTraces } = await import('@sluice/cloudflare/queue/consume-traces');
    const settle = requireGateway(env).settleAgain;
    await consumeTraces(batch, { DB: env.DB, TRACES_DEAD: env.TRACES_DEAD, settle });
  },
  async scheduled(controller, env) {
    const { cleanUp } = await import('@sluice/cloudflare/queue/clean-up');
    await cleanUp(env.DB, controller.scheduledTime);
  },
} satisfies ExportedHandler<Env>;
