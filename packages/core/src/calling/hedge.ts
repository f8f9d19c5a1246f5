import { type AttemptRecord, type CallAsk, type Leg, noUsage, type Target } from '@sluice/contract';

/** The provider has taken the input in and may bill it, whatever it wrote that nobody saw. */
export const billLoser = (
  ask: Pick<CallAsk, 'input_tokens'>,
  target: Target,
  attempt: AttemptRecord,
): Leg => ({
  target,
  usage: { ...noUsage(), input_tokens: ask.input_tokens, estimated: true },
  attempt,
});
