import type { DeliveryRecord, EventType, WebhookRecord } from '@sluice/contract';
import type { InferSelectModel } from 'drizzle-orm';
import type { Envelope, SecretPlace } from '../crypto/envelope.ts';
import type { webhook_deliveries, webhooks } from './schema.ts';

export type WebhookRow = InferSelectModel<typeof webhooks>;
export type DeliveryRow = InferSelectModel<typeof webhook_deliveries>;

export const WEBHOOK_SHOWN =
  'id, organization_id, name, url_shown, format, events, keys, region, private_allowed, enabled, ' +
  'disabled_reason, previous_secret_expires_at_ms, version, created_at_ms, updated_at_ms';
export const WEBHOOK_SEALED = 'secrets_ciphertext, wrapped_data_key, master_key_id';

export type SealedWebhookRow = Pick<
  WebhookRow,
  'id' | 'organization_id' | 'secrets_ciphertext' | 'wrapped_data_key' | 'master_key_id'
>;

/** @throws SyntaxError when a JSON column holds something else. */
export const webhookOf = (
  row: Omit<WebhookRow, 'secrets_ciphertext' | 'wrapped_data_key' | 'master_key_id'>,
): WebhookRecord => ({
  id: row.id,
  organization_id: row.organization_id,
  name: row.name,
  url_shown: row.url_shown,
  format: row.format,
  events: JSON.parse(row.events) as EventType[],
  keys: JSON.parse(row.keys) as string[],
  region: row.region,
  private_allowed: row.private_allowed === 1,
  enabled: row.enabled === 1,
  disabled_reason: row.disabled_reason,
  previous_secret_expires_at_ms: row.previous_secret_expires_at_ms,
  version: row.version,
  created_at_ms: row.created_at_ms,
  updated_at_ms: row.updated_at_ms,
});

export const DELIVERY_SHOWN =
  'id, organization_id, webhook_id, event_type, payload, state, attempts, next_at_ms, last_status, last_error, ' +
  'last_duration_ms, at_ms, delivered_at_ms';

export const deliveryOf = (row: DeliveryRow): DeliveryRecord => ({ ...row });

export const placeOfWebhook = (row: { organization_id: string; id: string }): SecretPlace => ({
  organization_id: row.organization_id,
  connection_id: row.id,
  field: 'webhook',
});

export const envelopeOfWebhook = (row: SealedWebhookRow): Envelope => ({
  ciphertext: row.secrets_ciphertext,
  wrapped_key: row.wrapped_data_key,
  key_id: row.master_key_id,
});
