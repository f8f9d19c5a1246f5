import type { Answer, AnswerTap, AnyProtocol } from '@sluice/contract';
import type { Attempted } from './attempt.ts';

type Whole = Extract<Attempted, { kind: 'translated' | 'passed' }>;

/** Shows a whole answer to who looks on; what was passed on untouched is read for it. */
export function tapWhole(tap: AnswerTap, whole: Whole, protocol: AnyProtocol): void {
  const answer = whole.kind === 'translated' ? whole.answer : readPassed(whole, protocol);
  if (answer !== null) tap.answer(answer);
}

function readPassed(
  { content_type, body_text }: Extract<Whole, { kind: 'passed' }>,
  protocol: AnyProtocol,
): Answer | null {
  if (content_type !== null) return null;
  try {
    const parsed = protocol.parseAnswer(JSON.parse(body_text) as unknown);
    return 'answer' in parsed ? parsed.answer : null;
  } catch {
    // The client may make of it what it can; nobody else gets it.
    return null;
  }
}
