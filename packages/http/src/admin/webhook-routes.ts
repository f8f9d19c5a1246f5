import { GatewayError, type WebhookRecord, type WebhookSecrets } from '@sluice/contract';
import { createWebhookSecret } from '@sluice/core/webhooks/sign-webhook';
import { shownUrl } from '@sluice/core/webhooks/webhook-address';
import * as z from 'zod';
import type { AdminApp } from './create-admin.ts';
import { pageQuery, parseCursor, renderPage } from './cursor.ts';
import { noBody } from './key-schema.ts';
import { newId } from './new-id.ts';
import { lost } from './organization-routes.ts';
import type { Admin, AdminPorts } from './ports.ts';
import { readBody, readQuery } from './read-body.ts';
import { etagOf, matchesEtag, renderTime } from './render-key.ts';
import { renderDeadEvent, renderDelivery, renderResult, renderWebhook } from './render-webhook.ts';
import { requireRegion } from './require-inside.ts';
import {
  auditWebhook,
  badUrl,
  newWebhook,
  requireAddress,
  requireRoom,
  saveWebhook,
} from './store-webhook.ts';
import {
  deliveryList,
  type WebhookChanges,
  webhookCreate,
  webhookPatch,
  webhookRotate,
} from './webhook-schema.ts';

export const listQuery = z.strictObject(pageQuery);

/** `/admin/v1/webhooks`: a secret is in the answer to a creation or a rotation, once, and nowhere else ever. */
export function addWebhookRoutes(app: AdminApp, ports: AdminPorts): void {
  app.post('/webhooks', async (c) => {
    const admin = c.get('admin');
    const { url, ...changes } = await readBody(c, webhookCreate);
    const { organization_id } = admin;
    const webhook = applyChanges(newWebhook(ports, admin), { ...changes, url });
    await requireRoom(ports, webhook);
    await requireAddress(ports, url, webhook);
    if (webhook.enabled) await requireRegion(webhook.region, 'region', organization_id, ports);
    const secret = createWebhookSecret(ports.randomBytes);
    const audit = auditWebhook(ports, admin, 'webhook.create', null, webhook);
    await ports.webhooks.create(webhook, { url, secret, previous_secret: null }, audit);
    c.header('etag', etagOf(webhook.version));
    return c.json({ ...renderWebhook(webhook), secret }, 201);
  });

  app.get('/webhooks', async (c) => {
    const { limit, cursor } = readQuery(c, listQuery);
    const rows = await ports.webhooks.list(c.get('admin').organization_id, limit + 1, parseCursor(cursor));
    return c.json(
      renderPage(rows, limit, renderWebhook, ({ created_at_ms, id }) => ({ at_ms: created_at_ms, id })),
    );
  });

  app.get('/webhooks/dead-events', async (c) => {
    const { limit, cursor } = readQuery(c, listQuery);
    const { organization_id } = c.get('admin');
    const rows = await ports.webhooks.deadEvents(organization_id, limit + 1, parseCursor(cursor));
    return c.json(renderPage(rows, limit, renderDeadEvent, ({ at_ms, id }) => ({ at_ms, id })));
  });

  app.get('/webhooks/:id', async (c) => {
    const webhook = await requireWebhook(ports, c.get('admin'), c.req.param('id'));
    c.header('etag', etagOf(webhook.version));
    return c.json(renderWebhook(webhook));
  });

  app.patch('/webhooks/:id', async (c) => {
    const admin = c.get('admin');
    const { etag, ...changes } = await readBody(c, webhookPatch);
    const before = await requireWebhook(ports, admin, c.req.param('id'));
    refuseOldEtag(c.req.header('if-match') ?? etag, before);
    const applied = applyChanges(before, changes);
    let secrets: WebhookSecrets | null = null;
    if (changes.url !== undefined || applied.private_allowed !== before.private_allowed) {
      const stored = await ports.webhooks.secrets(admin.organization_id, before.id);
      secrets = { ...stored, url: changes.url ?? stored.url };
      await requireAddress(ports, secrets.url, applied);
    }
    if (applied.enabled) await requireRegion(applied.region, 'region', admin.organization_id, ports);
    const after = await save(ports, admin, before, applied, secrets, 'webhook.update');
    if (after.enabled && !before.enabled) await wake(ports, after);
    c.header('etag', etagOf(after.version));
    return c.json(renderWebhook(after));
  });

  app.delete('/webhooks/:id', async (c) => {
    const admin = c.get('admin');
    const before = await requireWebhook(ports, admin, c.req.param('id'));
    refuseOldEtag(c.req.header('if-match'), before);
    const { organization_id, id, version } = before;
    const audit = auditWebhook(ports, admin, 'webhook.delete', before, null);
    if (!(await ports.webhooks.remove(organization_id, id, version, audit))) throw lost();
    return c.json({ id, deleted: true });
  });

  app.post('/webhooks/:id/rotate', async (c) => {
    const admin = c.get('admin');
    const { overlap_seconds } = await readBody(c, webhookRotate);
    const before = await requireWebhook(ports, admin, c.req.param('id'));
    refuseOldEtag(c.req.header('if-match'), before);
    const stored = await ports.webhooks.secrets(admin.organization_id, before.id);
    const secret = createWebhookSecret(ports.randomBytes);
    const applied = {
      ...before,
      previous_secret_expires_at_ms: ports.clock.now_ms() + overlap_seconds * 1000,
    };
    const secrets = { ...stored, secret, previous_secret: stored.secret };
    const after = await save(ports, admin, before, applied, secrets, 'webhook.rotate');
    c.header('etag', etagOf(after.version));
    return c.json({ ...renderWebhook(after), secret });
  });

  app.post('/webhooks/:id/test', async (c) => {
    await readBody(c, noBody);
    const webhook = await requireWebhook(ports, c.get('admin'), c.req.param('id'));
    const { organization_id, id } = webhook;
    const [secrets, { config }] = await Promise.all([
      ports.webhooks.secrets(organization_id, id),
      ports.organizations.require(organization_id),
    ]);
    const payload = JSON.stringify({
      type: 'webhook.test',
      timestamp: renderTime(ports.clock.now_ms()),
      organization_id,
      data: { webhook_id: id },
    });
    const stays = config.residency == null ? [] : [config.residency];
    const result = await ports.callWebhook(webhook, secrets, { id: newId(ports, 'msg'), payload, stays });
    return c.json(renderResult(result));
  });

  app.get('/webhooks/:id/deliveries', async (c) => {
    const { limit, cursor, state, event } = readQuery(c, deliveryList);
    const { organization_id, id } = await requireWebhook(ports, c.get('admin'), c.req.param('id'));
    const filter = { state: state ?? null, event_type: event ?? null };
    const rows = await ports.webhooks.deliveries(organization_id, id, filter, limit + 1, parseCursor(cursor));
    return c.json(renderPage(rows, limit, renderDelivery, (row) => ({ at_ms: row.at_ms, id: row.id })));
  });

  app.post('/webhooks/:id/deliveries/:delivery/replay', async (c) => {
    const admin = c.get('admin');
    await readBody(c, noBody);
    const webhook = await requireWebhook(ports, admin, c.req.param('id'));
    if (!webhook.enabled)
      throw new GatewayError('conflict', 'This webhook is disabled. Enable it, then replay.');
    const now_ms = ports.clock.now_ms();
    const delivery_id = c.req.param('delivery');
    const audit = {
      ...auditWebhook(ports, admin, 'webhook.replay', webhook, webhook),
      before: null,
      after: { delivery_id },
    };
    const { organization_id, id } = webhook;
    const delivery = await ports.webhooks.replay(organization_id, id, delivery_id, now_ms, audit);
    if (delivery === null) throw new GatewayError('not_found', 'There is no such delivery.');
    await wake(ports, webhook);
    return c.json(renderDelivery(delivery));
  });
}

function applyChanges(before: WebhookRecord, changes: WebhookChanges): WebhookRecord {
  const format = changes.format ?? before.format;
  const enabled = changes.enabled ?? before.enabled;
  const url_shown = changes.url === undefined ? before.url_shown : showUrl(changes.url, format);
  return {
    ...before,
    name: changes.name ?? (before.name === '' ? url_shown : before.name).slice(0, 100),
    url_shown,
    format,
    events: changes.events === undefined ? before.events : [...new Set(changes.events)].sort(),
    keys: changes.keys === undefined ? before.keys : [...new Set(changes.keys)].sort(),
    region: changes.region === undefined ? before.region : changes.region,
    private_allowed: changes.private_allowed ?? before.private_allowed,
    enabled,
    disabled_reason: enabled ? null : before.disabled_reason,
  };
}

function showUrl(url: string, format: WebhookRecord['format']): string {
  try {
    return shownUrl(url, format);
  } catch {
    throw badUrl('it is not a URL');
  }
}

const save = async (...change: Parameters<typeof saveWebhook>): Promise<WebhookRecord> => {
  const after = await saveWebhook(...change);
  if (after === null) throw lost();
  return after;
};

/** It is planned already: if nobody can be woken now, the next job does. */
const wake = (ports: AdminPorts, { organization_id, id }: WebhookRecord): Promise<void> =>
  ports.wakeWebhook(organization_id, id).catch(() => undefined);

async function requireWebhook(ports: AdminPorts, admin: Admin, id: string): Promise<WebhookRecord> {
  const webhook = await ports.webhooks.find(admin.organization_id, id);
  if (webhook === null) throw new GatewayError('not_found', 'There is no such webhook.');
  return webhook;
}

function refuseOldEtag(etag: string | undefined, { version }: WebhookRecord): void {
  if (etag !== undefined && !matchesEtag(etag, version)) throw lost();
}
