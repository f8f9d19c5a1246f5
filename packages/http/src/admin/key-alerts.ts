import { GatewayError, type KeyRecord, type KeySettings, type WebhookRecord } from '@sluice/contract';
import { outsideProblem } from '@sluice/core/routing/residency';
import { createWebhookSecret } from '@sluice/core/webhooks/sign-webhook';
import { webhookUrlProblem } from '@sluice/core/webhooks/webhook-address';
import { lost } from './change-key.ts';
import { isMasked, maskUrl } from './guard-url.ts';
import type { KeyChanges } from './key-schema.ts';
import type { Admin, AdminPorts } from './ports.ts';
import { requireRegion } from './require-inside.ts';
import { auditWebhook, badUrl, newWebhook, requireRoom, saveWebhook } from './store-webhook.ts';

type AlertPlace = Pick<KeySettings, 'alert_webhook_id' | 'alert_webhook_url'>;
type AlertedKey = Pick<KeyRecord, 'key_id' | 'name' | 'settings'>;

const NOWHERE: AlertPlace = { alert_webhook_id: null, alert_webhook_url: null };
const URL_PARAM = 'alerts.webhook_url';

/**
 * Where a key's alerts go is a webhook of the organization that is told of this key alone: it is sealed, signed, tried
 * again and listed as all others are.
 * @returns what the key's settings say of it; `null` = as before.
 * @throws GatewayError invalid_request, region_not_allowed, encryption_unavailable
 */
export async function placeAlerts(
  ports: AdminPorts,
  admin: Admin,
  key: AlertedKey,
  alerts: KeyChanges['alerts'],
): Promise<AlertPlace | null> {
  const url = alerts === null ? null : alerts?.webhook_url;
  const webhook = await findAlerts(ports, admin, key.settings);
  const region = alerts?.webhook_region === undefined ? (webhook?.region ?? null) : alerts.webhook_region;
  if (url === null) {
    if (webhook !== null) await remove(ports, admin, webhook);
    return NOWHERE;
  }
  if (url === undefined || isMasked(url)) {
    if (url !== undefined && url !== key.settings.alert_webhook_url)
      throw new GatewayError('invalid_request', 'This is how another URL is shown: send the whole URL.', {
        param: URL_PARAM,
      });
    if (webhook !== null && region !== webhook.region)
      await save(ports, admin, key, webhook, { ...webhook, region }, null);
    return null;
  }
  const shown = { alert_webhook_url: maskUrl(url) };
  if (webhook === null) {
    const made = await create(ports, admin, key, url, region);
    return { ...shown, alert_webhook_id: made.id };
  }
  const stored = await ports.webhooks.secrets(admin.organization_id, webhook.id);
  const secrets = stored.url === url ? null : { ...stored, url };
  if (secrets !== null) requireUrl(url);
  await save(ports, admin, key, webhook, { ...webhook, region, url_shown: maskUrl(url) }, secrets);
  return { ...shown, alert_webhook_id: webhook.id };
}

/** A key that is gone tells nobody any more. It is gone already: this may fail. */
export async function dropAlerts(ports: AdminPorts, admin: Admin, { settings }: AlertedKey): Promise<void> {
  try {
    const webhook = await findAlerts(ports, admin, settings);
    if (webhook !== null) await remove(ports, admin, webhook);
  } catch (error) {
    console.error(JSON.stringify({ event: 'key_alerts_not_dropped', error: String(error) }));
  }
}

const findAlerts = async (
  ports: AdminPorts,
  { organization_id }: Admin,
  { alert_webhook_id: id }: KeySettings,
): Promise<WebhookRecord | null> => (id == null ? null : await ports.webhooks.find(organization_id, id));

async function create(
  ports: AdminPorts,
  admin: Admin,
  key: AlertedKey,
  url: string,
  region: WebhookRecord['region'],
): Promise<WebhookRecord> {
  const webhook: WebhookRecord = {
    ...newWebhook(ports, admin),
    name: `Alerts of ${key.name}`.slice(0, 100),
    url_shown: maskUrl(url),
    events: ['budget.exceeded', 'budget.threshold', 'quota.near'],
    keys: [key.key_id],
    region,
  };
  requireUrl(url);
  await requireInside(ports, admin, key, webhook);
  await requireRoom(ports, webhook);
  const secrets = { url, secret: createWebhookSecret(ports.randomBytes), previous_secret: null };
  await ports.webhooks.create(webhook, secrets, auditWebhook(ports, admin, 'webhook.create', null, webhook));
  return webhook;
}

async function save(
  ports: AdminPorts,
  admin: Admin,
  key: AlertedKey,
  before: WebhookRecord,
  applied: WebhookRecord,
  secrets: Parameters<typeof saveWebhook>[4],
): Promise<void> {
  await requireInside(ports, admin, key, applied);
  const after = await saveWebhook(ports, admin, before, applied, secrets, 'webhook.update');
  if (after === null) throw lost();
}

async function remove(ports: AdminPorts, admin: Admin, webhook: WebhookRecord): Promise<void> {
  const { organization_id, id, version } = webhook;
  const audit = auditWebhook(ports, admin, 'webhook.delete', webhook, null);
  if (!(await ports.webhooks.remove(organization_id, id, version, audit))) throw lost();
}

/** Judged as it is written: no key waits for a name to be looked up. That is done before each call. */
function requireUrl(url: string): void {
  const problem = webhookUrlProblem(url, false);
  if (problem !== null) throw badUrl(problem, URL_PARAM);
}

/** What both the organization and the key say. */
async function requireInside(
  ports: AdminPorts,
  { organization_id }: Admin,
  { settings }: AlertedKey,
  { region }: WebhookRecord,
): Promise<void> {
  await requireRegion(region, 'alerts.webhook_region', organization_id, ports);
  const problem = outsideProblem(region, settings.residency);
  if (problem !== null)
    throw new GatewayError('region_not_allowed', `This key sends nothing there: ${problem}.`, {
      param: 'alerts.webhook_region',
    });
}
