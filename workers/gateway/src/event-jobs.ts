import type { EndpointName } from '@sluice/cloudflare/d1/due-deliveries';
import type { Env } from '@sluice/cloudflare/env';
import type { WebhookSender } from '@sluice/cloudflare/objects/webhook-sender';
import { consumeEvents, keepDeadEvents } from '@sluice/cloudflare/queue/consume-events';
import { createEventPort } from '@sluice/cloudflare/queue/event-port';
import { tellExpiringKeys, wakeOverdue } from '@sluice/cloudflare/queue/webhook-jobs';
import { clock } from './isolate-ports.ts';

/** Everything here is off the request path, and imported only when it is first used. */

/** Tells the sender of an endpoint that something may be due. @throws when it cannot be reached. */
export const createWake =
  (env: Pick<Env, 'WEBHOOK_SENDER'>) =>
  async (endpoint: EndpointName): Promise<void> => {
    const senders = env.WEBHOOK_SENDER as unknown as DurableObjectNamespace<WebhookSender>;
    await senders.getByName(endpoint.webhook_id).wake(endpoint);
  };

/** Both queues: what is to be told, and what could not be. */
export async function consumeEventQueue(batch: MessageBatch<unknown>, env: Env): Promise<void> {
  const ports = { DB: env.DB, EVENTS_DEAD: env.EVENTS_DEAD, wake: createWake(env), now_ms: clock.now_ms };
  if (batch.queue.endsWith('-dlq')) await keepDeadEvents(batch, ports);
  else await consumeEvents(batch, ports);
}

/** Every ten minutes. @throws when one of them failed, after all were tried. */
export async function runEventJobs(env: Env, now_ms: number): Promise<void> {
  const is_hourly = new Date(now_ms).getUTCMinutes() < 10;
  const results = await Promise.allSettled([
    wakeOverdue(env.DB, createWake(env), now_ms),
    is_hourly ? tellExpiringKeys(env.DB, createEventPort(env.EVENTS), now_ms) : 0,
  ]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
