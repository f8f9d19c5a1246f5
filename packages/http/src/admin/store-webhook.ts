import { type AuditEntry, GatewayError, type WebhookRecord, type WebhookSecrets } from '@sluice/contract';
import { newId } from './new-id.ts';
import type { Admin, AdminPorts } from './ports.ts';
import { renderWebhook } from './render-webhook.ts';

/** Each event looks at every endpoint: at most so many that are told of everything, and of single keys. */
export const WEBHOOKS_MAX = 50;
export const KEY_WEBHOOKS_MAX = 500;

export function newWebhook(ports: AdminPorts, admin: Admin): WebhookRecord {
  const now_ms = ports.clock.now_ms();
  return {
    id: newId(ports, 'hook'),
    organization_id: admin.organization_id,
    name: '',
    url_shown: '',
    format: 'standard',
    events: [],
    keys: [],
    region: null,
    private_allowed: false,
    enabled: true,
    disabled_reason: null,
    previous_secret_expires_at_ms: null,
    version: 1,
    created_at_ms: now_ms,
    updated_at_ms: now_ms,
  };
}

/** @throws GatewayError invalid_request where there is no room for another one. */
export async function requireRoom(
  ports: AdminPorts,
  { organization_id, keys }: Pick<WebhookRecord, 'organization_id' | 'keys'>,
): Promise<void> {
  const all = await ports.webhooks.list(organization_id, WEBHOOKS_MAX + KEY_WEBHOOKS_MAX, null);
  const for_keys = keys.length > 0;
  const most = for_keys ? KEY_WEBHOOKS_MAX : WEBHOOKS_MAX;
  if (all.filter((one) => one.keys.length > 0 === for_keys).length >= most)
    throw new GatewayError(
      'invalid_request',
      `An organization may have ${most} webhooks ${for_keys ? 'for single keys' : 'that are told of everything'}.`,
    );
}

/** @throws GatewayError invalid_request where it may not be called, as its name leads now. */
export async function requireAddress(
  ports: AdminPorts,
  url: string,
  webhook: Pick<WebhookRecord, 'private_allowed'>,
): Promise<void> {
  const problem = await ports.webhookProblem(url, webhook);
  if (problem !== null) throw badUrl(problem);
}

export const badUrl = (problem: string, param = 'url'): GatewayError =>
  new GatewayError(
    'invalid_request',
    `This URL may not be called: ${problem}. Give a public https address on port 443 or 8443.`,
    { param },
  );

/** @returns the webhook as it is then; `null` = somebody else was faster. One that stays as it is writes nothing. */
export async function saveWebhook(
  ports: AdminPorts,
  admin: Admin,
  before: WebhookRecord,
  applied: WebhookRecord,
  secrets: WebhookSecrets | null,
  action: string,
): Promise<WebhookRecord | null> {
  if (secrets === null && JSON.stringify(applied) === JSON.stringify(before)) return before;
  const after = { ...applied, version: before.version + 1, updated_at_ms: ports.clock.now_ms() };
  const audit = auditWebhook(ports, admin, action, before, after);
  return (await ports.webhooks.update(after, secrets, audit)) ? after : null;
}

export const auditWebhook = (
  ports: AdminPorts,
  admin: Admin,
  action: string,
  before: WebhookRecord | null,
  after: WebhookRecord | null,
): AuditEntry => ({
  id: newId(ports, 'evt'),
  at_ms: ports.clock.now_ms(),
  actor: `admin:${admin.id}`,
  action,
  target_type: 'webhook',
  target_id: (after ?? before)?.id ?? '',
  before: before && renderWebhook(before),
  after: after && renderWebhook(after),
});
