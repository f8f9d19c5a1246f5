import type {
  AnyProtocol,
  AttemptRecord,
  CallAsk,
  FinishReason,
  Leg,
  ProbePermit,
  ProviderFailure,
  SeenAnswer,
  StreamEnd,
  Target,
  Usage,
} from '@sluice/contract';
import { GatewayError } from '@sluice/contract';
import type { AttemptWatch } from '../calling/attempt-watch.ts';
import type { Relief } from '../calling/deadlines.ts';
import { failureOf, failureOfCause } from '../calling/failures.ts';
import { billedUsage } from '../calling/usage-estimate.ts';
import type { Taken, TakeOver } from './taken.ts';

/** A stream whose first content has come: from here on another target can only go on with it. */
export interface OpenStream {
  ask: CallAsk;
  target: Target;
  attempts: AttemptRecord[];
  /** This attempt's line in `attempts`. */
  record: AttemptRecord;
  watch: AttemptWatch;
  probe: ProbePermit | null;
  ttft_ms: number;
  protocol: AnyProtocol;
  relief: Relief;
  /** Attempts that are billed for the same answer. */
  legs: Leg[];
  /** Who goes on when it breaks; `null` = nobody. */
  take_over: TakeOver | null;
}

/** What the reader of a stream learned of it. */
export interface StreamFacts {
  usage: Usage | null;
  finish_reason: FinishReason | null;
  model: string | null;
  complete: boolean;
  failure: ProviderFailure | null;
  output_chars: number;
  text: string | null;
}

/** The body for the client, and the two promises that must outlive it. */
export interface RunningStream {
  body: ReadableStream<Uint8Array>;
  /** What was seen, as soon as nothing more can come from the provider. Never rejects. */
  facts: Promise<StreamFacts>;
  /** Everything is written and closed, or the client has gone: with what became of a stream that broke. Never rejects. */
  closed: Promise<Taken | null>;
}

/** A line or an unfinished event longer than this is no answer of a model. */
export const LINE_CHARS_MAX = 1 << 20;

export const seenOf = (open: OpenStream, facts: StreamFacts): SeenAnswer => ({
  target: open.target,
  attempts: open.attempts,
  usage: billedUsage(open.ask, facts.usage, facts.output_chars, facts.complete),
  finish_reason: facts.finish_reason,
  model: facts.model,
  ttft_ms: open.ttft_ms,
  text: facts.text,
});

/** How a stream came to its end. A finished answer stays finished, whatever the client or the clock do after it. */
export function endOf(open: OpenStream, facts: StreamFacts): StreamEnd {
  const failure = breakOf(open, facts);
  const ending =
    facts.complete && facts.failure === null
      ? 'complete'
      : open.watch.cause === 'client_gone'
        ? 'aborted'
        : 'truncated';
  return { ...seenOf(open, facts), ending, failure: ending === 'truncated' ? failure : null };
}

/** Why a stream is not whole; `null` when it is, or when it was a guard that ended it: that is no fault of the provider. */
export function breakOf(open: OpenStream, facts: StreamFacts): ProviderFailure | null {
  if (open.ask.guard?.blocked) return null;
  if (facts.failure !== null) return facts.failure;
  if (facts.complete) return null;
  const { cause } = open.watch;
  const own = cause === null ? null : failureOfCause(cause, open.record.status);
  return own ?? failureOf('truncated', 'The stream ended without its terminal event.', open.record.status);
}

/** Kinds that a reader finds by itself; all others are the provider's own words. */
const FOUND_BY_US: ReadonlySet<ProviderFailure['kind']> = new Set([
  'malformed',
  'truncated',
  'timeout',
  'network',
]);

/**
 * For a stream that is passed on: what the client must still be told of its break; `null` when it is whole, or when
 * the provider's own error event has already reached the client in the client's own grammar.
 */
export function untoldBreak(open: OpenStream, facts: StreamFacts): GatewayError | null {
  const failure = breakOf(open, facts);
  if (failure === null) return null;
  const told = facts.failure !== null && open.watch.cause === null && !FOUND_BY_US.has(facts.failure.kind);
  return told ? null : brokenError(failure);
}

/** What the client reads in place of the rest. */
export function brokenError(failure: ProviderFailure): GatewayError {
  const why =
    failure.kind === 'timeout'
      ? 'The provider stopped sending in the middle of its answer.'
      : 'The provider broke off in the middle of its answer.';
  return new GatewayError('provider_stream_broken', `${why} What came so far is not complete. Try again.`);
}
