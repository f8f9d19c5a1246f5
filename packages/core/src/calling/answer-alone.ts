import type { AnyProtocol, AttemptRecord, CallAsk, CallResult, ClockPort, Target } from '@sluice/contract';
import { renderWhole } from './whole-answer.ts';

/** The answer of a protocol that needs no provider for it: nothing is sent, and nothing can fail. */
export function answerAlone(
  ask: CallAsk,
  target: Target,
  protocol: AnyProtocol,
  attempts: AttemptRecord[],
  clock: ClockPort,
): CallResult {
  const answer = protocol.answerAlone?.(ask.asked);
  if (answer === undefined) throw new Error('A protocol that does not answer alone was asked to.');
  const whole = { kind: 'translated', status: 200, answer } as const;
  return { ...renderWhole(ask, target, attempts, whole, clock), dropped: [] };
}
