import type {
  Answer,
  AttemptRecord,
  CallAsk,
  CallResult,
  ClockPort,
  Leg,
  SeenAnswer,
  Target,
} from '@sluice/contract';
import type { Attempted } from './attempt.ts';
import { billedUsage, sumUsage } from './usage-estimate.ts';

type Whole = Extract<Attempted, { kind: 'translated' | 'passed' }>;

/** Turns a whole answer into the body for the client, with the receipt where it belongs. */
export function renderWhole(
  ask: CallAsk,
  target: Target,
  attempts: AttemptRecord[],
  whole: Whole,
  clock: ClockPort,
  complete: (seen: SeenAnswer) => SeenAnswer = (seen) => seen,
): Omit<Extract<CallResult, { kind: 'whole' }>, 'dropped'> {
  const seen = complete(
    whole.kind === 'passed'
      ? seenOfPassed(ask, target, attempts, whole)
      : seenOfAnswer(ask, target, attempts, whole.answer),
  );
  const receipt = ask.receipt === null ? null : ask.receipt(seen);
  if (whole.kind === 'passed') {
    const { body_text } = whole;
    return {
      kind: 'whole',
      seen,
      // Where an answer may be any text, there is no place in it for a receipt.
      body_text:
        receipt === null || whole.content_type !== null
          ? body_text
          : ask.door.spliceReceipt(body_text, receipt),
      content_type: whole.content_type,
    };
  }
  const { answer } = whole;
  const head = {
    id: answer.id ?? ask.door.answerId(ask.request_id),
    model: answer.model ?? target.model,
    created: answer.created ?? Math.floor(clock.now_ms() / 1_000),
    input_tokens: ask.input_tokens,
    asked: ask.asked,
  };
  return { kind: 'whole', seen, body_text: ask.door.renderAnswer(answer, head, receipt), content_type: null };
}

function seenOfPassed(
  ask: CallAsk,
  target: Target,
  attempts: AttemptRecord[],
  { scanned, body_text }: Extract<Whole, { kind: 'passed' }>,
): SeenAnswer {
  return {
    target,
    attempts,
    usage: billedUsage(ask, scanned.usage, scanned.output_chars, true),
    finish_reason: scanned.finish_reason,
    model: scanned.model,
    ttft_ms: null,
    text: ask.retain_content ? body_text : null,
  };
}

function seenOfAnswer(ask: CallAsk, target: Target, attempts: AttemptRecord[], answer: Answer): SeenAnswer {
  let chars = 0;
  for (const choice of answer.choices) {
    chars += (choice.content ?? '').length + (choice.refusal ?? '').length;
    for (const one of choice.reasoning) chars += (one.text ?? one.summary ?? '').length;
    for (const one of choice.tool_calls) chars += one.function.arguments.length;
  }
  return {
    target,
    attempts,
    usage: billedUsage(ask, answer.usage, chars, true),
    finish_reason: answer.choices[0]?.finish_reason ?? null,
    model: answer.model,
    ttft_ms: null,
    text: ask.retain_content ? answer.choices.map((choice) => choice.content ?? '').join('\n') : null,
    ...(answer.degraded === undefined ? {} : { degraded: answer.degraded }),
  };
}

/** Adds what other targets are to be paid for the same answer. */
export function withLegs<Seen extends SeenAnswer>(seen: Seen, legs: Leg[], attempt: AttemptRecord): Seen {
  if (legs.length === 0 || seen.usage === null) return seen;
  const { target, usage } = seen;
  return {
    ...seen,
    usage: legs.reduce((sum, leg) => sumUsage(sum, leg.usage), usage),
    legs: [...legs, { target, usage, attempt }],
  };
}
