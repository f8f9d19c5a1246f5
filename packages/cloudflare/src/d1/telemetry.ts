import {
  type AuditEntry,
  GatewayError,
  type TelemetryExporter,
  type TelemetryHeaders,
  type TelemetryStore,
} from '@sluice/contract';
import { open, seal } from '../crypto/envelope.ts';
import { type Keyring, requireKeyring } from '../crypto/keyring.ts';
import type { Env } from '../env.ts';
import { auditStatement } from './audit.ts';
import { migrated } from './migrate.ts';
import {
  EXPORTER_SEALED,
  EXPORTER_SHOWN,
  type ExporterRow,
  envelopeOfExporter,
  exporterOf,
  placeOfExporter,
  type SealedExporterRow,
} from './telemetry-rows.ts';
import { createTenant, type SqlValue, type Tenant } from './tenant.ts';

export type TelemetryEnv = Pick<Env, 'DB' | 'SLUICE_ENCRYPTION_KEYS' | 'SLUICE_ENCRYPTION_KEYS_NEXT'>;

export const createTelemetryStore = (env: TelemetryEnv): TelemetryStore => {
  const db = env.DB;
  let known: Keyring | null = null;
  const keyring = (): Keyring => {
    known ??= requireKeyring(env, 'telemetry');
    return known;
  };
  const sealed = (exporter: TelemetryExporter, headers: TelemetryHeaders) =>
    seal(JSON.stringify(headers), placeOfExporter(exporter), keyring());

  return {
    async create(exporter, headers, audit) {
      const tenant = createTenant(db, exporter.organization_id);
      const { ciphertext, wrapped_key, key_id } = await sealed(exporter, headers);
      const insert = tenant.prepare(
        'INSERT INTO telemetry_exporters (organization_id, id, version, name, endpoint, protocol, signals, sample_ratio, ' +
          `capture_content, private_allowed, enabled, header_names, updated_at_ms, region, created_at_ms, ${EXPORTER_SEALED}) ` +
          'VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)',
        exporter.id,
        exporter.version,
        ...settingsOf(exporter),
        exporter.created_at_ms,
        ciphertext,
        wrapped_key,
        key_id,
      );
      await migrated(db, () => db.batch([insert, auditStatement(tenant, audit)]));
    },

    async find(organization_id, id) {
      const row = await migrated(db, () =>
        createTenant(db, organization_id)
          .prepare(
            `SELECT ${EXPORTER_SHOWN} FROM telemetry_exporters WHERE organization_id = ?1 AND id = ?2`,
            id,
          )
          .first<ExporterRow>(),
      );
      return row === null ? null : exporterOf(row);
    },

    async list(organization_id) {
      const { results } = await migrated(db, () =>
        createTenant(db, organization_id)
          .prepare(
            `SELECT ${EXPORTER_SHOWN} FROM telemetry_exporters WHERE organization_id = ?1 ` +
              'ORDER BY created_at_ms DESC, id DESC',
          )
          .all<ExporterRow>(),
      );
      return results.map(exporterOf);
    },

    async update(exporter, headers, audit) {
      const tenant = createTenant(db, exporter.organization_id);
      const secret = headers === null ? null : await sealed(exporter, headers);
      const change = tenant.prepare(
        'UPDATE telemetry_exporters SET version = ?3 + 1, name = ?4, endpoint = ?5, protocol = ?6, signals = ?7, ' +
          'sample_ratio = ?8, capture_content = ?9, private_allowed = ?10, enabled = ?11, header_names = ?12, ' +
          'updated_at_ms = ?13, region = ?14, headers_ciphertext = coalesce(?15, headers_ciphertext), ' +
          'wrapped_data_key = coalesce(?16, wrapped_data_key), master_key_id = coalesce(?17, master_key_id) ' +
          'WHERE organization_id = ?1 AND id = ?2 AND version = ?3',
        exporter.id,
        exporter.version - 1,
        ...settingsOf(exporter),
        secret?.ciphertext ?? null,
        secret?.wrapped_key ?? null,
        secret?.key_id ?? null,
      );
      return await changeOne(db, tenant, exporter.id, exporter.version - 1, change, audit);
    },

    async remove(organization_id, id, version, audit) {
      const tenant = createTenant(db, organization_id);
      const change = tenant.prepare(
        'DELETE FROM telemetry_exporters WHERE organization_id = ?1 AND id = ?2 AND version = ?3',
        id,
        version,
      );
      return await changeOne(db, tenant, id, version, change, audit);
    },

    async headers(organization_id, id) {
      const row = await migrated(db, () =>
        createTenant(db, organization_id)
          .prepare(
            `SELECT organization_id, id, ${EXPORTER_SEALED} FROM telemetry_exporters ` +
              'WHERE organization_id = ?1 AND id = ?2',
            id,
          )
          .first<SealedExporterRow>(),
      );
      if (row === null) throw new GatewayError('not_found', 'There is no such exporter.');
      try {
        const text = await open(envelopeOfExporter(row), placeOfExporter(row), keyring());
        return JSON.parse(text) as TelemetryHeaders;
      } catch (cause) {
        throw new GatewayError(
          'conflict',
          'The headers of this exporter cannot be read with the encryption keys that this gateway has. Set them again.',
          { cause },
        );
      }
    },
  };
};

const settingsOf = (exporter: TelemetryExporter): SqlValue[] => [
  exporter.name,
  exporter.endpoint,
  exporter.protocol,
  JSON.stringify(exporter.signals),
  exporter.sample_ratio,
  exporter.capture_content ? 1 : 0,
  exporter.private_allowed ? 1 : 0,
  exporter.enabled ? 1 : 0,
  JSON.stringify(exporter.header_names),
  exporter.updated_at_ms,
  exporter.region,
];

/** The change and its audit entry together, or neither when the version is another. */
async function changeOne(
  db: D1Database,
  tenant: Tenant,
  id: string,
  version: number,
  change: D1PreparedStatement,
  audit: AuditEntry,
): Promise<boolean> {
  const unchanged = 'FROM telemetry_exporters WHERE organization_id = ?1 AND id = ?9 AND version = ?10';
  const results = await migrated(db, () =>
    // The entry before the change, under the same condition: a lost race leaves nothing.
    db.batch([auditStatement(tenant, audit, { from: unchanged, values: [id, version] }), change]),
  );
  return results.at(-1)?.meta.changes === 1;
}

/** Those that are on, of the organizations whose requests a batch holds. */
export async function listEnabledExporters(
  db: D1Database,
  organization_ids: readonly string[],
): Promise<TelemetryExporter[]> {
  const { results } = await migrated(db, () =>
    db
      .prepare(
        `SELECT ${EXPORTER_SHOWN} FROM telemetry_exporters ` +
          'WHERE enabled = 1 AND organization_id IN (SELECT value FROM json_each(?1))',
      )
      .bind(JSON.stringify(organization_ids))
      .all<ExporterRow>(),
  );
  return results.map(exporterOf);
}

/** What administrators see of the last export. Written when it begins or ceases to fail, not each time. */
export async function noteExport(
  db: D1Database,
  exporter: TelemetryExporter,
  error: string | null,
  now_ms: number,
): Promise<void> {
  if (error === exporter.last_error) return;
  await createTenant(db, exporter.organization_id)
    .prepare(
      'UPDATE telemetry_exporters SET last_error = ?3, ' +
        'failing_since_ms = CASE WHEN ?3 IS NULL THEN NULL ELSE coalesce(failing_since_ms, ?4) END ' +
        'WHERE organization_id = ?1 AND id = ?2',
      exporter.id,
      error,
      now_ms,
    )
    .run();
}
