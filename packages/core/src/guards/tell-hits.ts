import type { AfterPort, ClockPort, EventPort, GatewayEvent } from '@sluice/contract';
import type { TellHit } from './guard-run.ts';

const HOUR_MS = 3_600_000;
/** Names of guards are the owner's: an isolate forgets them all rather than grow. */
const TOLD_MAX = 10_000;

interface HitPorts {
  events: EventPort;
  after: AfterPort;
  clock: ClockPort;
}

/**
 * Tells an organization that one of its guards acted: once an hour for each guard, side and action, however many
 * requests and isolates there are. Prompts full of values are no flood of messages.
 */
export function createHitTeller({
  events,
  after,
  clock,
}: HitPorts): (organization_id: string, request_id: string) => TellHit {
  const told = new Set<string>();
  let hour = 0;
  return (organization_id, request_id) =>
    ({ guard, kind, side, action }) => {
      const now_ms = clock.now_ms();
      const this_hour = Math.floor(now_ms / HOUR_MS);
      if (this_hour !== hour || told.size >= TOLD_MAX) told.clear();
      hour = this_hour;
      const once = `guard/${guard}/${side}/${action}/${this_hour}`;
      const mark = `${organization_id}\n${once}`;
      if (told.has(mark)) return;
      told.add(mark);
      const data = { guard, kind, side, action, request_id };
      const event: GatewayEvent = { type: 'guard.hit', organization_id, occurred_at_ms: now_ms, once, data };
      const emitted = events.emit([event]).catch((error: unknown) => {
        // The next hit tells of it.
        told.delete(mark);
        throw error;
      });
      after('guard_hit', emitted);
    };
}
