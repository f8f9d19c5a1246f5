import { type EventType, type GatewayEvent, type Outcome, targetKey } from '@sluice/contract';
import type { Breaker } from './breaker.ts';

/** What was told of a board's targets, so that a flapping one does not ring all day. */
export interface ToldEvents {
  /** `targetKey` → when it was last told that its breaker opened. */
  opened_ms: Map<string, number>;
  /** Connection id → when it was told that its credential is rejected. */
  rejected_ms: Map<string, number>;
}

/** A target that opens again so soon is not told of again. */
const OPENED_AGAIN_MS = 600_000;
/** A connection that is rejected for one model and serves another is told of once in this time. */
const REJECTED_AGAIN_MS = 3_600_000;
const TOLD_MAX = 500;

export const createToldEvents = (): ToldEvents => ({ opened_ms: new Map(), rejected_ms: new Map() });

/**
 * What an outcome that the board has taken in is worth telling of: mostly nothing.
 * @param before the target's breaker state before it; @param breaker the one after it; `null` = not known.
 */
export function findBoardEvents(
  told: ToldEvents,
  organization_id: string,
  outcome: Outcome,
  before: Breaker['state'],
  breaker: Breaker | null,
  now_ms: number,
): GatewayEvent[] {
  const events: GatewayEvent[] = [];
  const { connection_id, model } = outcome;
  const eventOf = (type: EventType, once: string, data: Record<string, unknown>): GatewayEvent => ({
    type,
    organization_id,
    occurred_at_ms: now_ms,
    once: `${once}/${now_ms}`,
    data: { connection_id, ...data },
  });
  const key = targetKey(connection_id, model);
  const after = breaker?.state ?? 'closed';
  if (before === 'closed' && after === 'open') {
    if (isDue(told.opened_ms.get(key), OPENED_AGAIN_MS, now_ms)) {
      remember(told.opened_ms, key, now_ms);
      const retry_at_ms = breaker?.retry_at_ms ?? null;
      const retry_at = retry_at_ms === null ? null : new Date(retry_at_ms).toISOString();
      events.push(eventOf('breaker.opened', key, { model, retry_at }));
    }
  } else if (before !== 'closed' && after === 'closed' && told.opened_ms.has(key)) {
    events.push(eventOf('breaker.closed', key, { model }));
  }
  const rejected_ms = told.rejected_ms.get(connection_id);
  if (outcome.rejected === true) {
    if (rejected_ms === undefined) {
      remember(told.rejected_ms, connection_id, now_ms);
      events.push(eventOf('connection.failing', connection_id, { model, reason: 'credential_rejected' }));
    }
  } else if (outcome.result === 'success' && isDue(rejected_ms, REJECTED_AGAIN_MS, now_ms)) {
    told.rejected_ms.delete(connection_id);
  }
  return events;
}

/** The connection was changed by hand: what it does next is news again. */
export function forgetToldEvents(told: ToldEvents, connection_id: string): void {
  told.rejected_ms.delete(connection_id);
  for (const key of told.opened_ms.keys())
    if (key.startsWith(`${connection_id}\n`)) told.opened_ms.delete(key);
}

const isDue = (last_ms: number | undefined, again_ms: number, now_ms: number): boolean =>
  last_ms === undefined || now_ms - last_ms >= again_ms;

/** Bounds the memory: the one told of longest ago is forgotten. */
function remember(told: Map<string, number>, key: string, now_ms: number): void {
  told.delete(key);
  if (told.size >= TOLD_MAX) {
    const [oldest] = told.keys();
    if (oldest !== undefined) told.delete(oldest);
  }
  told.set(key, now_ms);
}
