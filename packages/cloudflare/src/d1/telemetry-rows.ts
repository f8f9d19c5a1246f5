import type { TelemetryExporter, TelemetrySignal } from '@sluice/contract';
import type { InferSelectModel } from 'drizzle-orm';
import type { Envelope, SecretPlace } from '../crypto/envelope.ts';
import type { telemetry_exporters } from './schema.ts';

type Row = InferSelectModel<typeof telemetry_exporters>;
export type SealedExporterRow = Pick<
  Row,
  'id' | 'organization_id' | 'headers_ciphertext' | 'wrapped_data_key' | 'master_key_id'
>;
export type ExporterRow = Omit<Row, 'headers_ciphertext' | 'wrapped_data_key' | 'master_key_id'>;

export const EXPORTER_SHOWN =
  'id, organization_id, name, endpoint, protocol, signals, sample_ratio, capture_content, region, ' +
  'private_allowed, enabled, header_names, last_error, failing_since_ms, version, created_at_ms, updated_at_ms';
export const EXPORTER_SEALED = 'headers_ciphertext, wrapped_data_key, master_key_id';

/** @throws SyntaxError when a JSON column holds something else. */
export const exporterOf = (row: ExporterRow): TelemetryExporter => ({
  id: row.id,
  organization_id: row.organization_id,
  name: row.name,
  endpoint: row.endpoint,
  protocol: row.protocol,
  signals: JSON.parse(row.signals) as TelemetrySignal[],
  sample_ratio: row.sample_ratio,
  capture_content: row.capture_content === 1,
  region: row.region,
  private_allowed: row.private_allowed === 1,
  enabled: row.enabled === 1,
  header_names: JSON.parse(row.header_names) as string[],
  last_error: row.last_error,
  failing_since_ms: row.failing_since_ms,
  version: row.version,
  created_at_ms: row.created_at_ms,
  updated_at_ms: row.updated_at_ms,
});

export const placeOfExporter = (row: { organization_id: string; id: string }): SecretPlace => ({
  organization_id: row.organization_id,
  connection_id: row.id,
  field: 'telemetry',
});

export const envelopeOfExporter = (row: SealedExporterRow): Envelope => ({
  ciphertext: row.headers_ciphertext,
  wrapped_key: row.wrapped_data_key,
  key_id: row.master_key_id,
});
