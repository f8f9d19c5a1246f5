import { type AuditEntry, GatewayError, type WebhookSecrets, type WebhookStore } from '@sluice/contract';
import { open, seal } from '../crypto/envelope.ts';
import { type Keyring, requireKeyring } from '../crypto/keyring.ts';
import type { Env } from '../env.ts';
import { auditStatement } from './audit.ts';
import { migrated } from './migrate.ts';
import { createTenant, type Tenant } from './tenant.ts';
import { listDeadEvents, listDeliveries, replayDelivery } from './webhook-deliveries.ts';
import {
  envelopeOfWebhook,
  placeOfWebhook,
  type SealedWebhookRow,
  WEBHOOK_SEALED,
  WEBHOOK_SHOWN,
  type WebhookRow,
  webhookOf,
} from './webhook-rows.ts';

export type WebhookEnv = Pick<Env, 'DB' | 'SLUICE_ENCRYPTION_KEYS' | 'SLUICE_ENCRYPTION_KEYS_NEXT'>;

export const createWebhookStore = (env: WebhookEnv): WebhookStore => {
  const db = env.DB;
  let known: Keyring | null = null;
  const keyring = (): Keyring => {
    known ??= requireKeyring(env, 'webhooks');
    return known;
  };

  return {
    async create(webhook, secrets, audit) {
      const tenant = createTenant(db, webhook.organization_id);
      const sealed = await seal(JSON.stringify(secrets), placeOfWebhook(webhook), keyring());
      const insert = tenant.prepare(
        'INSERT INTO webhooks (organization_id, id, name, url_shown, format, events, private_allowed, enabled, ' +
          'disabled_reason, previous_secret_expires_at_ms, version, created_at_ms, updated_at_ms, ' +
          `${WEBHOOK_SEALED}, keys, region) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)`,
        webhook.id,
        webhook.name,
        webhook.url_shown,
        webhook.format,
        JSON.stringify(webhook.events),
        webhook.private_allowed ? 1 : 0,
        webhook.enabled ? 1 : 0,
        webhook.disabled_reason,
        webhook.previous_secret_expires_at_ms,
        webhook.version,
        webhook.created_at_ms,
        webhook.updated_at_ms,
        sealed.ciphertext,
        sealed.wrapped_key,
        sealed.key_id,
        JSON.stringify(webhook.keys),
        webhook.region,
      );
      await migrated(db, () => db.batch([insert, auditStatement(tenant, audit)]));
    },

    async find(organization_id, id) {
      const tenant = createTenant(db, organization_id);
      const row = await migrated(db, () =>
        tenant
          .prepare(`SELECT ${WEBHOOK_SHOWN} FROM webhooks WHERE organization_id = ?1 AND id = ?2`, id)
          .first<WebhookRow>(),
      );
      return row === null ? null : webhookOf(row);
    },

    async list(organization_id, limit, after) {
      const tenant = createTenant(db, organization_id);
      const { results } = await migrated(db, () =>
        tenant
          .prepare(
            `SELECT ${WEBHOOK_SHOWN} FROM webhooks WHERE organization_id = ?1 AND (created_at_ms, id) < (?2, ?3) ` +
              'ORDER BY created_at_ms DESC, id DESC LIMIT ?4',
            after?.at_ms ?? Number.MAX_SAFE_INTEGER,
            after?.id ?? '',
            limit,
          )
          .all<WebhookRow>(),
      );
      return results.map(webhookOf);
    },

    async update(webhook, secrets, audit) {
      const tenant = createTenant(db, webhook.organization_id);
      const sealed =
        secrets === null ? null : await seal(JSON.stringify(secrets), placeOfWebhook(webhook), keyring());
      const change = tenant.prepare(
        'UPDATE webhooks SET name = ?4, url_shown = ?5, format = ?6, events = ?7, private_allowed = ?8, ' +
          'enabled = ?9, disabled_reason = ?10, previous_secret_expires_at_ms = ?11, version = ?12, ' +
          'updated_at_ms = ?13, secrets_ciphertext = coalesce(?14, secrets_ciphertext), ' +
          'wrapped_data_key = coalesce(?15, wrapped_data_key), master_key_id = coalesce(?16, master_key_id), ' +
          'keys = ?17, region = ?18 ' +
          'WHERE organization_id = ?1 AND id = ?2 AND version = ?3',
        webhook.id,
        webhook.version - 1,
        webhook.name,
        webhook.url_shown,
        webhook.format,
        JSON.stringify(webhook.events),
        webhook.private_allowed ? 1 : 0,
        webhook.enabled ? 1 : 0,
        webhook.disabled_reason,
        webhook.previous_secret_expires_at_ms,
        webhook.version,
        webhook.updated_at_ms,
        sealed?.ciphertext ?? null,
        sealed?.wrapped_key ?? null,
        sealed?.key_id ?? null,
        JSON.stringify(webhook.keys),
        webhook.region,
      );
      return await changeOne(db, tenant, webhook.id, webhook.version - 1, [change], audit);
    },

    async remove(organization_id, id, version, audit) {
      const tenant = createTenant(db, organization_id);
      const same = 'organization_id = ?1 AND id = ?2 AND version = ?3';
      return await changeOne(
        db,
        tenant,
        id,
        version,
        [
          tenant.prepare(
            'DELETE FROM webhook_deliveries WHERE organization_id = ?1 AND webhook_id = ?2 ' +
              `AND EXISTS (SELECT 1 FROM webhooks WHERE ${same})`,
            id,
            version,
          ),
          tenant.prepare(`DELETE FROM webhooks WHERE ${same}`, id, version),
        ],
        audit,
      );
    },

    secrets: (organization_id, id) => readWebhookSecrets(db, keyring(), organization_id, id),
    deliveries: (organization_id, webhook_id, filter, limit, after) =>
      listDeliveries(db, organization_id, webhook_id, filter, limit, after),
    replay: (organization_id, webhook_id, id, now_ms, audit) =>
      replayDelivery(db, organization_id, webhook_id, id, now_ms, audit),
    deadEvents: (organization_id, limit, after) => listDeadEvents(db, organization_id, limit, after),
  };
};

/** @throws GatewayError not_found, or conflict when the gateway's keys do not open it. */
export async function readWebhookSecrets(
  db: D1Database,
  keyring: Keyring,
  organization_id: string,
  id: string,
): Promise<WebhookSecrets> {
  const row = await migrated(db, () =>
    createTenant(db, organization_id)
      .prepare(
        `SELECT organization_id, id, ${WEBHOOK_SEALED} FROM webhooks WHERE organization_id = ?1 AND id = ?2`,
        id,
      )
      .first<SealedWebhookRow>(),
  );
  if (row === null) throw new GatewayError('not_found', 'There is no such webhook.');
  try {
    return JSON.parse(await open(envelopeOfWebhook(row), placeOfWebhook(row), keyring)) as WebhookSecrets;
  } catch (cause) {
    throw new GatewayError(
      'conflict',
      'The secrets of this webhook cannot be read with the encryption keys that this gateway has. Create it again.',
      { cause },
    );
  }
}

/** The change and its audit entry together, or neither when the version is another. The last statement decides. */
async function changeOne(
  db: D1Database,
  tenant: Tenant,
  id: string,
  version: number,
  changes: D1PreparedStatement[],
  audit: AuditEntry,
): Promise<boolean> {
  const unchanged = 'FROM webhooks WHERE organization_id = ?1 AND id = ?9 AND version = ?10';
  const results = await migrated(db, () =>
    // The entry before the change, under the same condition: a lost race leaves nothing.
    db.batch([auditStatement(tenant, audit, { from: unchanged, values: [id, version] }), ...changes]),
  );
  return results.at(-1)?.meta.changes === 1;
}
