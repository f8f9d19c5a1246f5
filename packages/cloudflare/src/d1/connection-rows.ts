import type { ConnectionRecord } from '@sluice/contract';
import type { InferSelectModel } from 'drizzle-orm';
import type { Envelope, SecretPlace } from '../crypto/envelope.ts';
import type { connections } from './schema.ts';

export type ConnectionRow = InferSelectModel<typeof connections>;

/** Named one by one: a database that is a migration behind says so in place of answering without the new ones. */
export const SHOWN =
  'id, organization_id, provider, name, base_url, region, settings, private_allowed, credential_hint, models, ' +
  'weight, enabled, timeouts, health_check, version, created_at_ms, updated_at_ms';
export const SEALED = 'credential_ciphertext, wrapped_data_key, master_key_id';

type ShownRow = Omit<ConnectionRow, 'credential_ciphertext' | 'wrapped_data_key' | 'master_key_id'>;

/** @throws SyntaxError when a JSON column holds something else. */
export const recordOf = (row: ShownRow): ConnectionRecord => ({
  id: row.id,
  organization_id: row.organization_id,
  provider: row.provider,
  name: row.name,
  base_url: row.base_url,
  region: row.region,
  settings: JSON.parse(row.settings) as Record<string, string>,
  private_allowed: row.private_allowed === 1,
  credential_hint: row.credential_hint,
  models: row.models === null ? null : (JSON.parse(row.models) as string[]),
  weight: row.weight,
  enabled: row.enabled === 1,
  timeouts: JSON.parse(row.timeouts) as ConnectionRecord['timeouts'],
  health_check:
    row.health_check === null
      ? null
      : (JSON.parse(row.health_check) as ConnectionRecord['health_check'] & object),
  version: row.version,
  created_at_ms: row.created_at_ms,
  updated_at_ms: row.updated_at_ms,
});

export const placeOf = (row: { organization_id: string; id: string }): SecretPlace => ({
  organization_id: row.organization_id,
  connection_id: row.id,
  field: 'credential',
});

export const envelopeOf = (
  row: Pick<ConnectionRow, 'credential_ciphertext' | 'wrapped_data_key' | 'master_key_id'>,
): Envelope => ({
  ciphertext: row.credential_ciphertext,
  wrapped_key: row.wrapped_data_key,
  key_id: row.master_key_id,
});
