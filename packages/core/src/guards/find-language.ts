import type { RequestText } from './request-texts.ts';

/** Of less nobody can tell the language. */
const LETTERS_MIN = 40;
const TEXT_CHARS_MAX = 2_000;

/** The language of what was said last, where it is none of those allowed. What cannot be told is let through. */
export async function findLanguage(
  texts: readonly RequestText[],
  allowed: readonly string[],
): Promise<Record<string, number>> {
  const last = texts.findLast(({ role }) => role === 'user' || role === 'assistant');
  const words = (last?.text ?? '').slice(0, TEXT_CHARS_MAX).replace(/```[\s\S]*?(?:```|$)|https?:\S+/g, ' ');
  if (words.replace(/[^\p{L}]/gu, '').length < LETTERS_MIN) return {};
  const { detect } = await import('tinyld/light');
  const language = detect(words);
  return language === '' || allowed.includes(language) ? {} : { [language]: 1 };
}
