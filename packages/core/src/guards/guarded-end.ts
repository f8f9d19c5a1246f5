import type { AnswerGuard, SeenAnswer, StreamEnd } from '@sluice/contract';

/** Of an answer that was looked at, its text is kept as the guards left it. */
export const guardedSeen = <Seen extends SeenAnswer>(seen: Seen, guard: AnswerGuard): Seen => ({
  ...seen,
  text: seen.text === null ? null : guard.blocked === null ? guard.text : null,
});

/** The end of a stream that a guard ended is that, whatever the provider did. */
export function guardedEnd(end: StreamEnd, guard: AnswerGuard): StreamEnd {
  const seen = guardedSeen(end, guard);
  return guard.blocked === null ? seen : { ...seen, ending: 'blocked', failure: null, error: guard.blocked };
}
