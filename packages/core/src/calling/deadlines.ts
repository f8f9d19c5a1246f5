import {
  type CallAsk,
  DEFAULT_TIMEOUTS,
  type ProtocolId,
  type Target,
  type Timeouts,
} from '@sluice/contract';
import type { Cause } from './attempt-watch.ts';

/** What somebody behind a target could do if it is late. */
export interface Relief {
  /** Another target can answer in its place: the first content need not be waited for as long. */
  first_byte: boolean;
  /** Another target can go on with its stream. */
  idle: boolean;
}

export const NO_RELIEF: Relief = { first_byte: false, idle: false };

/** Until the first content of a model that does not think, where somebody else could answer. */
const RELIEVED_FIRST_BYTE_MS = 12_000;
/** A long input takes a while to read: so long for each token above what every model reads at once. */
const READ_MS_PER_TOKEN = 0.5;
const READ_AT_ONCE_TOKENS = 8_000;
const RELIEVED_IDLE_MS = 20_000;
/** Of a model that may think between two words. */
const THINKING_IDLE_MS = 40_000;
/** Of all the time that the client gives an attempt, at most this part is spent on a stream that stands still. */
const IDLE_SHARE_MAX = 0.5;

type Asking = Pick<CallAsk, 'timeouts' | 'asked_timeouts' | 'stream'> &
  Partial<Pick<CallAsk, 'asked' | 'input_tokens'>>;
type Asked = Pick<Target, 'connection'> & Partial<Pick<Target, 'timeouts' | 'abilities' | 'provider'>>;

/**
 * The client's own deadlines win over the chain's, those over the connection's, those over the organization's. A
 * deadline that nobody set is shorter where somebody else can take over. A whole answer has its first byte when it is
 * finished: only who says so cuts that short.
 */
export function timeoutsFor(ask: Asking, target: Asked, relief: Relief = NO_RELIEF): Timeouts {
  const { connection } = target;
  const timeouts = { ...ask.timeouts, ...connection.timeouts, ...target.timeouts, ...ask.asked_timeouts };
  const first_byte_ms =
    ask.asked_timeouts.first_byte_ms ?? target.timeouts?.first_byte_ms ?? connection.timeouts.first_byte_ms;
  if (!ask.stream) timeouts.first_byte_ms = first_byte_ms ?? timeouts.total_ms;
  else if (relief.first_byte && first_byte_ms === undefined && isDefault(ask, 'first_byte_ms'))
    timeouts.first_byte_ms = relievedFirstByteMs(ask, target);
  const idle_ms = ask.asked_timeouts.idle_ms ?? target.timeouts?.idle_ms ?? connection.timeouts.idle_ms;
  if (ask.stream && relief.idle && idle_ms === undefined && isDefault(ask, 'idle_ms'))
    timeouts.idle_ms = Math.min(
      mayThink(ask, target) ? THINKING_IDLE_MS : RELIEVED_IDLE_MS,
      Math.ceil(timeouts.total_ms * IDLE_SHARE_MAX),
    );
  return timeouts;
}

const isDefault = (ask: Asking, name: 'first_byte_ms' | 'idle_ms'): boolean =>
  ask.timeouts[name] === DEFAULT_TIMEOUTS[name];

function relievedFirstByteMs(ask: Asking, target: Asked): number {
  if (mayThink(ask, target)) return DEFAULT_TIMEOUTS.first_byte_ms;
  const reading_ms = Math.max(0, (ask.input_tokens ?? 0) - READ_AT_ONCE_TOKENS) * READ_MS_PER_TOKEN;
  return Math.min(DEFAULT_TIMEOUTS.first_byte_ms, RELIEVED_FIRST_BYTE_MS + Math.round(reading_ms));
}

/** Formats whose models think only when they are asked to. */
const THINKS_WHEN_ASKED: ReadonlySet<ProtocolId> = new Set(['anthropic', 'bedrock-converse']);

/** Whether minutes may pass in silence without anything being wrong. */
function mayThink({ asked }: Asking, { abilities, provider }: Asked): boolean {
  const effort = asked?.['reasoning_effort'];
  if (effort === 'none' || effort === 'minimal') return false;
  if (typeof effort === 'string') return true;
  const thinking = asked?.['thinking'];
  if (typeof thinking === 'object' && thinking !== null)
    return (thinking as { type?: unknown }).type !== 'disabled';
  return abilities?.reasoning === true && !(provider && THINKS_WHEN_ASKED.has(provider.protocol.id));
}

/**
 * Whether the deadline that ended an attempt was shorter than the owner's own: that a client was in a hurry says
 * nothing about the target, and must not open its breaker for everybody else.
 */
export function isHasty(
  cause: Cause | null,
  ask: Asking,
  target: Asked,
  relief: Relief = NO_RELIEF,
): boolean {
  if (cause !== 'first_byte' && cause !== 'idle' && cause !== 'total') return false;
  const own = timeoutsFor({ ...ask, asked_timeouts: {} }, target, relief);
  return timeoutsFor(ask, target, relief)[`${cause}_ms`] < own[`${cause}_ms`];
}
