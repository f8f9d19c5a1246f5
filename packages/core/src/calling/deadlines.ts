import type { CallAsk, Target, Timeouts } from '@sluice/contract';
import type { Cause } from './attempt-watch.ts';

/** A whole answer has its first byte when it is finished: only a client or a connection that says so cuts it short. */
export function timeoutsFor(
  ask: Pick<CallAsk, 'timeouts' | 'asked_timeouts' | 'stream'>,
  target: Pick<Target, 'connection'>,
): Timeouts {
  const timeouts = { ...ask.timeouts, ...target.connection.timeouts, ...ask.asked_timeouts };
  const first_byte_ms = ask.asked_timeouts.first_byte_ms ?? target.connection.timeouts.first_byte_ms;
  if (!ask.stream) timeouts.first_byte_ms = first_byte_ms ?? timeouts.total_ms;
  return timeouts;
}

/**
 * Whether the deadline that ended an attempt was shorter than the owner's own: that a client was in a hurry says
 * nothing about the target, and must not open its breaker for everybody else.
 */
export function isHasty(
  cause: Cause | null,
  ask: Pick<CallAsk, 'timeouts' | 'asked_timeouts' | 'stream'>,
  target: Pick<Target, 'connection'>,
): boolean {
  if (cause !== 'first_byte' && cause !== 'idle' && cause !== 'total') return false;
  const own = timeoutsFor({ ...ask, asked_timeouts: {} }, target);
  return timeoutsFor(ask, target)[`${cause}_ms`] < own[`${cause}_ms`];
}
