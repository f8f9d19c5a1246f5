import type { AuditEntry, ListPosition } from './admin.ts';
import type { EventType } from './event.ts';
import type { Residency } from './residency.ts';

export const WEBHOOK_FORMATS = ['standard', 'slack', 'discord', 'teams'] as const;
/** `standard` = Standard Webhooks 1.0; the others are one readable sentence in that service's own words. */
export type WebhookFormat = (typeof WEBHOOK_FORMATS)[number];

/** An endpoint as administrators see it. Never its secrets. */
export interface WebhookRecord {
  /** `hook_…` */
  id: string;
  organization_id: string;
  name: string;
  /** What of the URL may be shown: a chat service's path and every query let in whoever knows them. */
  url_shown: string;
  format: WebhookFormat;
  /** What it is told of; empty = everything. */
  events: EventType[];
  /** Ids of the keys that it is told of; empty = of everything. */
  keys: string[];
  /** Where its receiver is, in its owner's word; `null` = nobody said, and so nothing that must stay somewhere goes there. */
  region: Residency | null;
  /** A host inside a private network may be called, where the deployment allows that too. */
  private_allowed: boolean;
  enabled: boolean;
  /** Why the gateway itself disabled it; `null` = it did not. */
  disabled_reason: string | null;
  /** Until when the secret before the last rotation signs too; `null` = never rotated. */
  previous_secret_expires_at_ms: number | null;
  /** Grows with every change. */
  version: number;
  created_at_ms: number;
  updated_at_ms: number;
}

/** What is sealed at rest. */
export interface WebhookSecrets {
  url: string;
  /** `whsec_` + base64. */
  secret: string;
  /** The one before the last rotation; `null` = never rotated. */
  previous_secret: string | null;
}

/** `failed`: the last attempt failed and the next is planned; `dead`: given up. */
export const DELIVERY_STATES = ['pending', 'delivered', 'failed', 'dead'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** One event on its way to one endpoint. */
export interface DeliveryRecord {
  /** `msg_…`, the `webhook-id` of every attempt: follows from the event and the endpoint. */
  id: string;
  organization_id: string;
  webhook_id: string;
  event_type: string;
  /** JSON as a `standard` endpoint gets it. */
  payload: string;
  state: DeliveryState;
  /** Made since it was created or last replayed. */
  attempts: number;
  /** `null` = none is planned. */
  next_at_ms: number | null;
  /** Of the last attempt; `null` = none, or no answer came. */
  last_status: number | null;
  /** Of the last attempt; `null` = it was taken, or there was none. */
  last_error: string | null;
  last_duration_ms: number | null;
  /** When it was created. */
  at_ms: number;
  delivered_at_ms: number | null;
}

/** What one attempt came to. Holds no secret. */
export interface WebhookResult {
  ok: boolean;
  /** `null` = no answer came. */
  status: number | null;
  /** `null` = it was taken. */
  error: string | null;
  duration_ms: number;
  /** The wait that the receiver asked for; `null` = none. */
  retry_after_ms: number | null;
  /** The receiver says that it will never again take anything: 410. */
  gone: boolean;
}

/** An event that could not be told, for a person to look at. */
export interface DeadEvent {
  id: string;
  event_type: string;
  body: string;
  at_ms: number;
}

/** `null` = not filtered. */
export interface DeliveryFilter {
  state: DeliveryState | null;
  event_type: string | null;
}

/**
 * Endpoints and what was sent to them. Every call names its organization, and nothing of another one is ever found or
 * changed. A change and its audit entry are written together or not at all. What needs a key of the gateway throws
 * GatewayError encryption_unavailable where there is none.
 */
export interface WebhookStore {
  create(webhook: WebhookRecord, secrets: WebhookSecrets, audit: AuditEntry): Promise<void>;
  find(organization_id: string, id: string): Promise<WebhookRecord | null>;
  list(organization_id: string, limit: number, after: ListPosition | null): Promise<WebhookRecord[]>;
  /**
   * Writes `webhook` over the version before it.
   * @param secrets `null` = the stored ones stay.
   * @returns false when the stored version is not `webhook.version - 1`: nothing changed.
   */
  update(webhook: WebhookRecord, secrets: WebhookSecrets | null, audit: AuditEntry): Promise<boolean>;
  /** Its deliveries go with it. @returns false when the stored version is not this one: nothing changed. */
  remove(organization_id: string, id: string, version: number, audit: AuditEntry): Promise<boolean>;
  /** For a call to its own address, and for nothing else. @throws GatewayError not_found, conflict when unreadable. */
  secrets(organization_id: string, id: string): Promise<WebhookSecrets>;
  deliveries(
    organization_id: string,
    webhook_id: string,
    filter: DeliveryFilter,
    limit: number,
    after: ListPosition | null,
  ): Promise<DeliveryRecord[]>;
  /** Plans it anew from now on, whatever became of it. @returns `null` when there is no such delivery. */
  replay(
    organization_id: string,
    webhook_id: string,
    id: string,
    now_ms: number,
    audit: AuditEntry,
  ): Promise<DeliveryRecord | null>;
  deadEvents(organization_id: string, limit: number, after: ListPosition | null): Promise<DeadEvent[]>;
}
