import type { AuditEntry } from './admin.ts';
import type { Residency } from './residency.ts';

export const TELEMETRY_SIGNALS = ['traces', 'metrics'] as const;
export type TelemetrySignal = (typeof TELEMETRY_SIGNALS)[number];

export const OTLP_PROTOCOLS = ['http/protobuf', 'http/json'] as const;
/** Names as in `OTEL_EXPORTER_OTLP_PROTOCOL`. */
export type OtlpProtocol = (typeof OTLP_PROTOCOLS)[number];

/** A place that gets an organization's traces and metrics. Holds no secret: its headers are read apart. */
export interface TelemetryExporter {
  /** `otel_…` */
  id: string;
  organization_id: string;
  name: string;
  /** Base URL without a slash at its end; `/v1/traces` and `/v1/metrics` are under it. */
  endpoint: string;
  protocol: OtlpProtocol;
  signals: TelemetrySignal[];
  /** Share of traces, 0 to 1, chosen by trace id; a client that sends a trace of its own decides for it. Metrics count all. */
  sample_ratio: number;
  /** Prompts and answers go along, where the organization keeps them. */
  capture_content: boolean;
  /** Where its receiver is, in its owner's word; `null` = nobody said, and so no request goes there that must stay somewhere. */
  region: Residency | null;
  /** A host inside a private network may be called, where the deployment allows that too. */
  private_allowed: boolean;
  enabled: boolean;
  /** Whose values are sealed. */
  header_names: string[];
  /** Of the last export; `null` = it was taken, or there was none. */
  last_error: string | null;
  /** Since when exports fail; `null` = they do not. */
  failing_since_ms: number | null;
  version: number;
  created_at_ms: number;
  updated_at_ms: number;
}

/** What goes along with every export: mostly a credential. */
export type TelemetryHeaders = Readonly<Record<string, string>>;

/** What one export came to. Holds no secret. */
export interface ExportResult {
  /** `rejected` will not be taken another time either. */
  outcome: 'taken' | 'later' | 'rejected';
  /** `null` = no answer came. */
  status: number | null;
  /** `null` = it was taken. */
  error: string | null;
  /** The wait that the receiver asked for; `null` = none. */
  retry_after_ms: number | null;
  duration_ms: number;
}

/**
 * Every call names its organization, and nothing of another one is ever found or changed. A change and its audit entry
 * are written together or not at all. What needs a key of the gateway throws GatewayError encryption_unavailable
 * where there is none.
 */
export interface TelemetryStore {
  create(exporter: TelemetryExporter, headers: TelemetryHeaders, audit: AuditEntry): Promise<void>;
  find(organization_id: string, id: string): Promise<TelemetryExporter | null>;
  /** All of them, newest first. */
  list(organization_id: string): Promise<TelemetryExporter[]>;
  /**
   * Writes `exporter` over the version before it.
   * @param headers `null` = the stored ones stay.
   * @returns false when the stored version is not `exporter.version - 1`: nothing changed.
   */
  update(exporter: TelemetryExporter, headers: TelemetryHeaders | null, audit: AuditEntry): Promise<boolean>;
  /** @returns false when the stored version is not this one: nothing changed. */
  remove(organization_id: string, id: string, version: number, audit: AuditEntry): Promise<boolean>;
  /** For a call to its own address, and for nothing else. @throws GatewayError not_found, conflict when unreadable. */
  headers(organization_id: string, id: string): Promise<TelemetryHeaders>;
}
