import type { GuardSecretStore } from '@sluice/contract';
import { open, type SecretPlace, seal } from '../crypto/envelope.ts';
import { type Keyring, requireKeyring } from '../crypto/keyring.ts';
import type { Env } from '../env.ts';
import { migrated } from './migrate.ts';
import { createTenant } from './tenant.ts';

export type GuardSecretEnv = Pick<Env, 'DB' | 'SLUICE_ENCRYPTION_KEYS' | 'SLUICE_ENCRYPTION_KEYS_NEXT'>;

interface SecretRow {
  id: string;
  organization_id: string;
  secret_ciphertext: string;
  wrapped_data_key: string;
  master_key_id: string;
}

export const createGuardSecretStore = (env: GuardSecretEnv): GuardSecretStore => {
  const db = env.DB;
  let known: Keyring | null = null;
  const keyring = (): Keyring => {
    known ??= requireKeyring(env, 'guards');
    return known;
  };
  return {
    async create(organization_id, id, secret, now_ms) {
      const sealed = await seal(secret, placeOfGuardSecret({ organization_id, id }), keyring());
      await migrated(db, () =>
        createTenant(db, organization_id)
          .prepare(
            'INSERT INTO guard_secrets (organization_id, id, secret_ciphertext, wrapped_data_key, master_key_id, ' +
              'created_at_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)',
            id,
            sealed.ciphertext,
            sealed.wrapped_key,
            sealed.key_id,
            now_ms,
          )
          .run(),
      );
    },

    async secret(organization_id, id) {
      const row = await migrated(db, () =>
        createTenant(db, organization_id)
          .prepare(
            'SELECT organization_id, id, secret_ciphertext, wrapped_data_key, master_key_id FROM guard_secrets ' +
              'WHERE organization_id = ?1 AND id = ?2',
            id,
          )
          .first<SecretRow>(),
      );
      if (row === null) throw new Error('There is no such secret.');
      const { secret_ciphertext: ciphertext, wrapped_data_key: wrapped_key, master_key_id: key_id } = row;
      return await open({ ciphertext, wrapped_key, key_id }, placeOfGuardSecret(row), keyring());
    },

    async removeUnused(organization_id, used, before_ms) {
      await migrated(db, () =>
        createTenant(db, organization_id)
          .prepare(
            'DELETE FROM guard_secrets WHERE organization_id = ?1 AND created_at_ms < ?2 ' +
              'AND id NOT IN (SELECT value FROM json_each(?3))',
            before_ms,
            JSON.stringify(used),
          )
          .run(),
      );
    },
  };
};

export const placeOfGuardSecret = (row: { organization_id: string; id: string }): SecretPlace => ({
  organization_id: row.organization_id,
  connection_id: row.id,
  field: 'guard',
});
