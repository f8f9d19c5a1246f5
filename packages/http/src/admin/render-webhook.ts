import type { DeadEvent, DeliveryRecord, WebhookRecord, WebhookResult } from '@sluice/contract';
import type {
  CallResult,
  DeadEventShown,
  DeliveryShown,
  WebhookShown,
} from '../described/answers/setup-answers.ts';
import { etagOf, renderTime } from './render-key.ts';

export const renderWebhook = (webhook: WebhookRecord): WebhookShown => ({
  id: webhook.id,
  name: webhook.name,
  url: webhook.url_shown,
  format: webhook.format,
  events: webhook.events,
  keys: webhook.keys,
  region: webhook.region,
  private_allowed: webhook.private_allowed,
  enabled: webhook.enabled,
  disabled_reason: webhook.disabled_reason,
  previous_secret_expires_at: renderTime(webhook.previous_secret_expires_at_ms),
  etag: etagOf(webhook.version),
  created_at: renderTime(webhook.created_at_ms),
  updated_at: renderTime(webhook.updated_at_ms),
});

export const renderDelivery = (delivery: DeliveryRecord): DeliveryShown => ({
  id: delivery.id,
  webhook_id: delivery.webhook_id,
  event: delivery.event_type,
  payload: JSON.parse(delivery.payload) as unknown,
  state: delivery.state,
  attempts: delivery.attempts,
  next_attempt_at: renderTime(delivery.next_at_ms),
  last_status: delivery.last_status,
  last_error: delivery.last_error,
  last_duration_ms: delivery.last_duration_ms,
  created_at: renderTime(delivery.at_ms),
  delivered_at: renderTime(delivery.delivered_at_ms),
});

export const renderResult = ({ ok, status, error, duration_ms }: WebhookResult): CallResult => ({
  ok,
  status,
  error,
  duration_ms,
});

export const renderDeadEvent = ({ id, event_type, body, at_ms }: DeadEvent): DeadEventShown => ({
  id,
  event: event_type === '' ? null : event_type,
  body,
  at: renderTime(at_ms),
});
