import { normalText } from './normal-text.ts';
import type { FindSpans } from './span.ts';

/** Denied words and phrases: whole words, any case, in the same folded form as the text. */
export function compileWords(words: readonly string[]): { find: FindSpans; chars_max: number } {
  const folded = words.map((word) => normalText(word).text.trim()).filter((word) => word !== '');
  // The longest first, so that a phrase wins over a word that it begins with.
  folded.sort((a, b) => b.length - a.length);
  const any = folded.map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&').replace(/\s+/g, '\\s{1,3}'));
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${any.join('|')})(?![\\p{L}\\p{N}])`, 'giu');
  const spaces = Math.max(0, ...folded.map((word) => word.split(/\s+/).length * 2));
  return {
    chars_max: (folded[0]?.length ?? 0) + spaces + 1,
    find(text) {
      if (any.length === 0) return [];
      const found = [];
      pattern.lastIndex = 0;
      for (let match = pattern.exec(text); match !== null; match = pattern.exec(text))
        found.push({ start: match.index, end: match.index + match[0].length, type: 'word' });
      return found;
    },
  };
}
