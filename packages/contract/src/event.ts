/** What an organization can be told of by webhook. */
export const EVENT_TYPES = [
  'budget.threshold',
  'budget.exceeded',
  'quota.near',
  'breaker.opened',
  'breaker.closed',
  'key.created',
  'key.rotated',
  'key.expiring',
  'key.revoked',
  'guard.hit',
  'spend.anomaly',
  'connection.failing',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export interface GatewayEvent {
  type: EventType;
  organization_id: string;
  occurred_at_ms: number;
  /**
   * Names this one happening: the same type, organization and text are one event, however often it is told. Never
   * shown to anybody.
   */
  once: string;
  /** Told to the receiver as it stands: JSON, snake_case, money in dollars. Never a secret. */
  data: Record<string, unknown>;
}

/** Takes an event off the path, to be told at least once and delivered once. @throws Error when it could not be taken. */
export interface EventPort {
  emit(events: GatewayEvent[]): Promise<void>;
}
