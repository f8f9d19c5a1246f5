import type { AnswerGuard, CallResult } from '@sluice/contract';

/**
 * Stage 7. A stream is judged while it flows, a whole answer when it has come; what a guard refused goes no further
 * than this. It has its price all the same.
 */
export function guardOutput(result: CallResult, guard: AnswerGuard | null): CallResult {
  if (guard === null || guard.blocked === null || result.kind !== 'whole') return result;
  const { seen, dropped } = result;
  return {
    kind: 'failed',
    attempts: seen.attempts,
    error: guard.blocked,
    sent: true,
    aborted: false,
    dropped,
    seen,
  };
}
