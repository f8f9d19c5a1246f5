import type { LimitsView, RateAnswer, RatePart, RateSubject } from '@sluice/contract';
import { longer, type MeterAnswer } from './rate-meter.ts';
import { tighterLimits } from './tighter-limits.ts';

/** What one subject said; `null` = it could not be asked. */
export type SubjectAnswer =
  | Pick<Extract<MeterAnswer, { kind: 'admitted' }>, 'kind' | 'limits'>
  | Refusal
  | null;
type Refusal = Extract<MeterAnswer, { kind: 'refused' }>;

/**
 * Makes one answer of those of all subjects, `parts[i]` being what `answers[i]` is about. Of several that refuse, the
 * one that makes wait longest speaks. What others have taken then is the caller's to give back.
 */
export function joinAnswers(parts: readonly RatePart[], answers: readonly SubjectAnswer[]): RateAnswer {
  let limits: LimitsView | null = null;
  let refusal: (Refusal & { by: RateSubject }) | null = null;
  const unchecked: RateSubject[] = [];
  for (let i = 0; i < parts.length; i++) {
    const answer = answers[i];
    const part = parts[i];
    if (part === undefined || answer === undefined) continue;
    if (answer === null) {
      unchecked.push(part.subject);
      continue;
    }
    limits = limits === null ? answer.limits : tighterLimits(limits, answer.limits);
    if (answer.kind === 'refused') refusal = longer(refusal, { ...answer, by: part.subject });
  }
  if (refusal === null) return { kind: 'admitted', parts, limits, unchecked };
  const { by, limit, retry_after_ms } = refusal;
  return {
    kind: 'refused',
    scope: by.scope,
    subject: by.subject,
    limit,
    retry_after_ms,
    limits: refusal.limits,
  };
}
