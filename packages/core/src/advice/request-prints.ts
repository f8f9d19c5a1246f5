import type { AdviceRequest } from '@sluice/contract';
import { fnv1a } from '../limits/fnv1a.ts';

/** About 1,024 tokens, the shortest prefix that most providers keep. */
const HEAD_CHARACTERS = 4_096;

/** Short names of what a prompt says. They live as long as a run does and are stored nowhere. */
export function printsOf(body_text: string): NonNullable<AdviceRequest['prints']> {
  return {
    exact: hash(body_text),
    loose: hash(body_text.toLowerCase().replace(/[^\p{L}\p{N}"{}[\]:,]+/gu, '')),
    head: body_text.length < HEAD_CHARACTERS ? null : hash(body_text.slice(0, HEAD_CHARACTERS)),
  };
}

/** Two of 32 bits, and the length: a month has too few requests for two that only seem the same. */
const hash = (text: string): string => `${fnv1a(text)}.${fnv1a(`.${text}`)}.${text.length}`;
