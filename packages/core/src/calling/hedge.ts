import { type AttemptRecord, type CallAsk, type Leg, noUsage, type Target } from '@sluice/contract';

/** What comes within so long; `null` = nothing did. */
export async function within<T>(work: Promise<T>, ms: number): Promise<T | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, ms, null);
  });
  const first = await Promise.race([work, late]);
  clearTimeout(timer);
  return first;
}

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
