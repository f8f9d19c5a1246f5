import type { WebhookRecord } from '@sluice/contract';
import type { Keyring } from '../crypto/keyring.ts';
import { disableGone, type EndpointName, findNextDue, listDue, noteResults } from '../d1/due-deliveries.ts';
import { findEventResidency } from '../d1/event-residency.ts';
import { createWebhookStore, readWebhookSecrets, type WebhookEnv } from '../d1/webhooks.ts';
import { callWebhook, type WebhookCallPorts } from '../webhook-call.ts';

export interface SendDuePorts extends WebhookCallPorts {
  env: WebhookEnv;
  keyring: () => Keyring;
  random: () => number;
  /** Of an audit entry. */
  newId: () => string;
}

/** At once: a slow receiver must not meet all that waits for it in one moment. */
const AT_ONCE = 8;
/** With the look-ups of the name fewer than the 50 outside calls that a free account has for one turn. */
const ROWS_MAX = 16;

/**
 * One turn of an endpoint's sender: what is due, a few at once. The rows are the truth: whoever dies before a result
 * is written sends the same message under the same id again.
 * @returns when the next turn is due; `null` = nothing is planned, or the endpoint is disabled or gone.
 * @throws Error when D1 fails or the secrets cannot be read.
 */
export async function sendDue(endpoint: EndpointName, ports: SendDuePorts): Promise<number | null> {
  const { organization_id, webhook_id } = endpoint;
  const db = ports.env.DB;
  const webhook = await createWebhookStore(ports.env).find(organization_id, webhook_id);
  if (webhook === null || !webhook.enabled) return null;
  const due = await listDue(db, endpoint, ports.now_ms(), ROWS_MAX);
  if (due.length > 0) {
    const [secrets, residency] = await Promise.all([
      readWebhookSecrets(db, ports.keyring(), organization_id, webhook_id),
      findEventResidency(
        db,
        organization_id,
        due.map(({ payload }) => payload),
      ),
    ]);
    for (let at = 0; at < due.length; at += AT_ONCE) {
      const sent = await Promise.all(
        due.slice(at, at + AT_ONCE).map(async (delivery, nth) => ({
          delivery,
          result: await callWebhook(
            webhook,
            secrets,
            { id: delivery.id, payload: delivery.payload, stays: residency[at + nth] ?? [] },
            ports,
          ),
          random: ports.random(),
        })),
      );
      await noteResults(db, endpoint, sent, ports.now_ms());
      if (sent.some(({ result }) => result.gone)) return await stop(webhook, ports);
    }
  }
  return await findNextDue(db, endpoint);
}

async function stop(webhook: WebhookRecord, ports: SendDuePorts): Promise<null> {
  await disableGone(ports.env.DB, webhook, ports.newId(), ports.now_ms());
  return null;
}
