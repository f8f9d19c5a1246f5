import type { Answer, AnswerChoice, UnsafeAnswer } from '@sluice/contract';

/** How models say no in plain words. Looked for at the beginning only. */
const REFUSAL =
  /^\s*(?:i['’]?m (?:very |really )?sorry,? (?:but )?(?:i|we)\b|sorry,? (?:but )?i (?:can|am)|i (?:can['’]?t|cannot|can not|am unable|['’]?m unable|am not able|won['’]?t) (?:to )?(?:help|assist|provide|comply|do|answer|discuss|share|create|fulfil|generate|support|with)|as an ai\b)/i;

/** @param text the beginning of an answer. */
export const isRefusal = (text: string): boolean => REFUSAL.test(text);

/**
 * Whether an answer may be served again. What calls tools, was cut off, filtered or refused is not, unless that is
 * wanted: an attacker who gets such an answer into a cache has it served to others.
 */
export const isStorable = (answer: Answer, also: readonly UnsafeAnswer[]): boolean =>
  answer.choices.length > 0 && answer.choices.every((choice) => isSafe(choice, also));

function isSafe(choice: AnswerChoice, also: readonly UnsafeAnswer[]): boolean {
  const { content, refusal, tool_calls, finish_reason, images } = choice;
  if (finish_reason === 'error') return false;
  if ((tool_calls.length > 0 || finish_reason === 'tool_calls') && !also.includes('tool_calls')) return false;
  if (finish_reason === 'length' && !also.includes('truncated')) return false;
  if (finish_reason === 'content_filter' && !also.includes('filtered')) return false;
  if ((refusal !== null || REFUSAL.test(content ?? '')) && !also.includes('refusals')) return false;
  // Sound and whatever else has no place in the text: an empty answer helps nobody.
  return Boolean(content) || Boolean(refusal) || tool_calls.length > 0 || images.length > 0;
}
