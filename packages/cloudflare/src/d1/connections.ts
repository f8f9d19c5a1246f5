import { type AuditEntry, type ConnectionRecord, type ConnectionStore, GatewayError } from '@sluice/contract';
import { type Envelope, open, seal } from '../crypto/envelope.ts';
import { type Keyring, requireKeyring } from '../crypto/keyring.ts';
import type { Env } from '../env.ts';
import { auditStatement } from './audit.ts';
import { type ConnectionRow, envelopeOf, placeOf, recordOf, SEALED, SHOWN } from './connection-rows.ts';
import { migrated } from './migrate.ts';
import { rewrapAll } from './rewrap.ts';
import { createTenant, type Tenant } from './tenant.ts';

export const createConnectionStore = (
  env: Pick<Env, 'DB' | 'SLUICE_ENCRYPTION_KEYS' | 'SLUICE_ENCRYPTION_KEYS_NEXT'>,
): ConnectionStore => {
  const db = env.DB;
  let known: Keyring | null = null;
  const keyring = (): Keyring => {
    known ??= requireKeyring(env);
    return known;
  };

  return {
    async create(connection, credential, audit) {
      const tenant = createTenant(db, connection.organization_id);
      const sealed = await seal(credential, placeOf(connection), keyring());
      const insert = tenant.prepare(
        `INSERT INTO connections (organization_id, id, provider, name, base_url, region, settings, ` +
          'private_allowed, credential_hint, models, weight, enabled, timeouts, version, created_at_ms, ' +
          `updated_at_ms, ${SEALED}, health_check) ` +
          'VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)',
        connection.id,
        connection.provider,
        connection.name,
        connection.base_url,
        connection.region,
        JSON.stringify(connection.settings),
        connection.private_allowed ? 1 : 0,
        connection.credential_hint,
        connection.models === null ? null : JSON.stringify(connection.models),
        connection.weight,
        connection.enabled ? 1 : 0,
        JSON.stringify(connection.timeouts),
        connection.version,
        connection.created_at_ms,
        connection.updated_at_ms,
        sealed.ciphertext,
        sealed.wrapped_key,
        sealed.key_id,
        checkText(connection),
      );
      const results = await migrated(db, () =>
        db.batch<{ config_version: number }>([
          insert,
          auditStatement(tenant, audit),
          bumpConfig(db, connection.organization_id, audit.at_ms),
        ]),
      );
      return results[2]?.results[0]?.config_version ?? 0;
    },

    async find(organization_id, id) {
      const tenant = createTenant(db, organization_id);
      const row = await migrated(db, () =>
        tenant
          .prepare(`SELECT ${SHOWN} FROM connections WHERE organization_id = ?1 AND id = ?2`, id)
          .first<ConnectionRow>(),
      );
      return row === null ? null : recordOf(row);
    },

    async list(organization_id, limit, after) {
      const tenant = createTenant(db, organization_id);
      const { results } = await migrated(db, () =>
        tenant
          .prepare(
            `SELECT ${SHOWN} FROM connections WHERE organization_id = ?1 AND (created_at_ms, id) < (?2, ?3) ` +
              'ORDER BY created_at_ms DESC, id DESC LIMIT ?4',
            after?.at_ms ?? Number.MAX_SAFE_INTEGER,
            after?.id ?? '',
            limit,
          )
          .all<ConnectionRow>(),
      );
      return results.map(recordOf);
    },

    async update(connection, credential, audit) {
      const tenant = createTenant(db, connection.organization_id);
      const sealed = credential === null ? null : await seal(credential, placeOf(connection), keyring());
      const change = tenant.prepare(
        'UPDATE connections SET name = ?4, base_url = ?5, region = ?6, settings = ?7, private_allowed = ?8, ' +
          'credential_hint = ?9, models = ?10, weight = ?11, enabled = ?12, timeouts = ?13, version = ?14, ' +
          'updated_at_ms = ?15, credential_ciphertext = coalesce(?16, credential_ciphertext), ' +
          'wrapped_data_key = coalesce(?17, wrapped_data_key), master_key_id = coalesce(?18, master_key_id), ' +
          'health_check = ?19 ' +
          'WHERE organization_id = ?1 AND id = ?2 AND version = ?3',
        connection.id,
        connection.version - 1,
        connection.name,
        connection.base_url,
        connection.region,
        JSON.stringify(connection.settings),
        connection.private_allowed ? 1 : 0,
        connection.credential_hint,
        connection.models === null ? null : JSON.stringify(connection.models),
        connection.weight,
        connection.enabled ? 1 : 0,
        JSON.stringify(connection.timeouts),
        connection.version,
        connection.updated_at_ms,
        ...columnsOf(sealed),
        checkText(connection),
      );
      return await changeOne(db, tenant, connection.id, connection.version - 1, change, audit);
    },

    async remove(organization_id, id, version, audit) {
      const tenant = createTenant(db, organization_id);
      const change = tenant.prepare(
        'DELETE FROM connections WHERE organization_id = ?1 AND id = ?2 AND version = ?3',
        id,
        version,
      );
      return await changeOne(db, tenant, id, version, change, audit);
    },

    async credential(organization_id, id) {
      const tenant = createTenant(db, organization_id);
      const row = await migrated(db, () =>
        tenant
          .prepare(`SELECT ${SEALED} FROM connections WHERE organization_id = ?1 AND id = ?2`, id)
          .first<ConnectionRow>(),
      );
      if (row === null) throw new GatewayError('not_found', 'There is no such connection.');
      try {
        return await open(envelopeOf(row), placeOf({ organization_id, id }), keyring());
      } catch (error) {
        if (error instanceof GatewayError) throw error;
        throw new GatewayError(
          'conflict',
          'The credential of this connection cannot be read with the encryption keys that this gateway has. Set it again.',
        );
      }
    },

    rewrap: (limit, after) => rewrapAll(db, (purpose) => requireKeyring(env, purpose), limit, after),
  };
};

const columnsOf = (sealed: Envelope | null): [string | null, string | null, string | null] =>
  sealed === null ? [null, null, null] : [sealed.ciphertext, sealed.wrapped_key, sealed.key_id];

const bumpConfig = (db: D1Database, organization_id: string, at_ms: number): D1PreparedStatement =>
  db
    .prepare(
      'UPDATE organizations SET config_version = config_version + 1, updated_at_ms = ?2 ' +
        'WHERE id = ?1 RETURNING config_version',
    )
    .bind(organization_id, at_ms);

/** The change, its audit entry and the new config version together, or none of them when the version is another. */
async function changeOne(
  db: D1Database,
  tenant: Tenant,
  id: string,
  version: number,
  change: D1PreparedStatement,
  audit: AuditEntry,
): Promise<number | null> {
  const unchanged = 'FROM connections WHERE organization_id = ?1 AND id = ?9 AND version = ?10';
  const bump = tenant.prepare(
    'UPDATE organizations SET config_version = config_version + 1, updated_at_ms = ?2 WHERE id = ?1 AND EXISTS ' +
      '(SELECT 1 FROM connections WHERE organization_id = ?1 AND id = ?3 AND version = ?4) RETURNING config_version',
    audit.at_ms,
    id,
    version,
  );
  const [, bumped, changed] = await migrated(db, () =>
    db.batch<{ config_version: number }>([
      // Before the change, under the same condition: a lost race leaves nothing.
      auditStatement(tenant, audit, { from: unchanged, values: [id, version] }),
      bump,
      change,
    ]),
  );
  return changed?.meta.changes === 1 ? (bumped?.results[0]?.config_version ?? 0) : null;
}

const checkText = ({ health_check }: ConnectionRecord): string | null =>
  health_check === null || health_check === undefined ? null : JSON.stringify(health_check);
