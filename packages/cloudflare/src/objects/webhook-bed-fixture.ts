import {
  createExecutionContext,
  createMessageBatch,
  getQueueResult,
  runDurableObjectAlarm,
  runInDurableObject,
} from 'cloudflare:test';
import { env as bindings } from 'cloudflare:workers';
import type { DeliveryRecord, GatewayEvent, WebhookRecord, WebhookSecrets } from '@sluice/contract';
import { createWebhookStore } from '../d1/webhooks.ts';
import type { Env } from '../env.ts';
import { consumeEvents, type EventConsumerPorts } from '../queue/consume-events.ts';
import type { WebhookSender } from './webhook-sender.ts';

export const env = bindings as unknown as Env;
const ENCRYPTION_KEYS = { SLUICE_ENCRYPTION_KEYS: `test:${'A'.repeat(43)}` };
const senders = env.WEBHOOK_SENDER as unknown as DurableObjectNamespace<WebhookSender>;

/** For tests only, and good for nothing else. */
export const SECRET = `whsec_${btoa('0123456789abcdef0123456789abcdef')}`;
export const ORGANIZATION = 'org_a';

export interface Received {
  url: string;
  id: string;
  timestamp: number;
  signature: string;
  body: string;
  at_ms: number;
}

type Answer = (received: Received, attempt: number) => Response | Promise<Response>;

export const eventOf = (once: string, more: Partial<GatewayEvent> = {}): GatewayEvent => ({
  type: 'key.created',
  organization_id: ORGANIZATION,
  occurred_at_ms: Date.UTC(2026, 10, 21, 12),
  once,
  data: { key_id: 'keyAAAAAAAAA', name: 'a key' },
  ...more,
});

/** The consumer and the senders over the real D1 and real objects, on one clock that the test owns. */
export function createWebhookBed() {
  const store = createWebhookStore({ DB: env.DB, ...ENCRYPTION_KEYS });
  const state = { now_ms: Date.UTC(2026, 10, 21, 12), random: 0.5 };
  const received: Received[] = [];
  const resolved: { addresses: string[] } = { addresses: ['93.184.216.34'] };
  let answer: Answer = () => new Response(null, { status: 204 });
  const dead: unknown[] = [];

  async function take(url: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    const one: Received = {
      url,
      id: headers.get('webhook-id') ?? '',
      timestamp: Number(headers.get('webhook-timestamp')),
      signature: headers.get('webhook-signature') ?? '',
      body: String(init.body),
      at_ms: state.now_ms,
    };
    received.push(one);
    return await answer(one, received.filter(({ id }) => id === one.id).length);
  }

  async function senderOf(webhook_id: string) {
    const sender = senders.getByName(webhook_id);
    await runInDurableObject(sender, (instance: WebhookSender) => {
      instance.now_ms = () => state.now_ms;
      instance.random = () => state.random;
      instance.fetch_port = take;
      instance.resolve = async () => resolved.addresses;
      Object.assign(instance, { env: { ...env, ...ENCRYPTION_KEYS } });
    });
    return sender;
  }

  const ports = (change: Partial<EventConsumerPorts> = {}): EventConsumerPorts => ({
    DB: env.DB,
    EVENTS_DEAD: { send: async (body) => dead.push(body) },
    wake: async (endpoint) => (await senderOf(endpoint.webhook_id)).wake(endpoint),
    now_ms: () => state.now_ms,
    ...change,
  });

  return {
    store,
    state,
    received,
    resolved,
    dead,
    ports,
    answerWith: (next: Answer) => {
      answer = next;
    },

    async addWebhook(more: Partial<WebhookRecord> = {}, secrets: Partial<WebhookSecrets> = {}) {
      const webhook: WebhookRecord = {
        id: 'hook_a',
        organization_id: ORGANIZATION,
        name: 'a',
        url_shown: 'https://receiver.example/in',
        format: 'standard',
        events: [],
        keys: [],
        region: null,
        private_allowed: false,
        enabled: true,
        disabled_reason: null,
        previous_secret_expires_at_ms: null,
        version: 1,
        created_at_ms: state.now_ms,
        updated_at_ms: state.now_ms,
        ...more,
      };
      await store.create(
        webhook,
        { url: `https://receiver.example/${webhook.id}`, secret: SECRET, previous_secret: null, ...secrets },
        {
          id: `evt_${webhook.id}`,
          at_ms: state.now_ms,
          actor: 'test',
          action: 'webhook.create',
          target_type: 'webhook',
          target_id: webhook.id,
          before: null,
          after: null,
        },
      );
      return webhook;
    },

    async deliver(bodies: unknown[], with_ports = ports(), attempts = 1) {
      const batch = createMessageBatch(
        'sluice-events',
        bodies.map((body, at) => ({ id: `m${at}`, timestamp: new Date(0), attempts, body })),
      );
      await consumeEvents(batch, with_ports);
      return await getQueueResult(batch, createExecutionContext());
    },

    /** Runs a sender's alarm if it has one. */
    async turn(webhook_id = 'hook_a') {
      return await runDurableObjectAlarm(await senderOf(webhook_id));
    },

    /** Turns the clock to the sender's next alarm and runs it. @returns when that was; `null` = nothing is planned. */
    async turnToNext(webhook_id = 'hook_a'): Promise<number | null> {
      const sender = await senderOf(webhook_id);
      const at_ms = await runInDurableObject(sender, (_, ctx) => ctx.storage.getAlarm());
      if (at_ms === null) return null;
      state.now_ms = Math.max(state.now_ms, at_ms);
      await runDurableObjectAlarm(sender);
      return at_ms;
    },

    deliveries: (webhook_id = 'hook_a'): Promise<DeliveryRecord[]> =>
      store.deliveries(ORGANIZATION, webhook_id, { state: null, event_type: null }, 1000, null),

    messageOf: (event: GatewayEvent) => JSON.stringify({ version: 1, event }),
  };
}
