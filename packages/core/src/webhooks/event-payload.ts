import type { GatewayEvent } from '@sluice/contract';

/** The body that a `standard` endpoint gets: `type`, `timestamp`, `data` as Standard Webhooks 1.0 wants them. */
export interface EventPayload {
  type: string;
  /** When it happened, RFC 3339 UTC; not when it is told. */
  timestamp: string;
  organization_id: string;
  data: Record<string, unknown>;
}

export const renderEvent = (event: GatewayEvent): string => {
  const payload: EventPayload = {
    type: event.type,
    timestamp: new Date(event.occurred_at_ms).toISOString(),
    organization_id: event.organization_id,
    data: event.data,
  };
  return JSON.stringify(payload);
};

/**
 * The `webhook-id` of an event at an endpoint: the same happening is the same delivery, however often it is told.
 * @returns `msg_` and 32 hex digits.
 */
export async function deliveryId(
  event: Pick<GatewayEvent, 'organization_id' | 'type' | 'once'>,
  webhook_id: string,
): Promise<string> {
  const text = JSON.stringify([event.organization_id, event.type, event.once, webhook_id]);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text)));
  let hex = '';
  for (const byte of digest.subarray(0, 16)) hex += byte.toString(16).padStart(2, '0');
  return `msg_${hex}`;
}

const encoder = new TextEncoder();
