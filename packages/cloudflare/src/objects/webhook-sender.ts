import { DurableObject } from 'cloudflare:workers';
import type { FetchPort } from '@sluice/contract';
import type { EndpointName } from '../d1/due-deliveries.ts';
import type { Env } from '../env.ts';
import type { WebhookCallPorts } from '../webhook-call.ts';

/** Under `endpoint`: the `EndpointName`, for the alarm, which nobody calls by name. */
const ENDPOINT = 'endpoint';
const AGAIN_MS = 30_000;
/** The jobs wake whom an alarm has lost; this only keeps a lost clock from losing one. */
const ALARM_MS_MIN = 1;

/**
 * Sends to one endpoint, under the endpoint's id, so that one which hangs holds up nobody else's. Holds nothing but its
 * name and an alarm; what is to be sent is in D1.
 */
export class WebhookSender extends DurableObject<Env> {
  /** Properties, and so out of reach for callers, so that tests can turn them. */
  now_ms: () => number = () => Date.now();
  random: () => number = () => Math.random();
  fetch_port: FetchPort = (url, init) => fetch(url, { ...init, redirect: 'manual' });
  resolve: WebhookCallPorts['resolve'] | undefined;

  /** Something may be due. */
  async wake(endpoint: EndpointName): Promise<void> {
    this.ctx.storage.kv.put(ENDPOINT, endpoint);
    await this.#plan(this.now_ms());
  }

  override async alarm(): Promise<void> {
    const endpoint = this.ctx.storage.kv.get<EndpointName>(ENDPOINT);
    if (endpoint === undefined) return;
    try {
      // An isolate that serves requests has this class, too, and must not pay for what it never does.
      const [{ sendDue }, { createWebhookCallPorts }, { requireKeyring }] = await Promise.all([
        import('./send-due.ts'),
        import('../webhook-call.ts'),
        import('../crypto/keyring.ts'),
      ]);
      const ports = createWebhookCallPorts(this.env, this.fetch_port, this.now_ms);
      const next_ms = await sendDue(endpoint, {
        ...ports,
        ...(this.resolve === undefined ? {} : { resolve: this.resolve }),
        env: this.env,
        keyring: () => requireKeyring(this.env, 'webhooks'),
        random: this.random,
        newId: () => `evt_${crypto.randomUUID().replaceAll('-', '')}`,
      });
      if (next_ms !== null) await this.#plan(next_ms);
    } catch (error) {
      console.error(
        JSON.stringify({
          event: 'webhooks_not_sent',
          webhook_id: endpoint.webhook_id,
          error: error instanceof Error ? error.message : typeof error,
        }),
      );
      await this.#plan(this.now_ms() + AGAIN_MS);
    }
  }

  /** Never later than planned: somebody may have woken it while it was at work. */
  async #plan(at_ms: number): Promise<void> {
    const planned_ms = await this.ctx.storage.getAlarm();
    if (planned_ms === null || planned_ms > at_ms)
      await this.ctx.storage.setAlarm(Math.max(ALARM_MS_MIN, at_ms));
  }
}
