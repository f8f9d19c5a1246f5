import type { CustomPattern } from '@sluice/contract';
import { RE2JS } from 're2js';
import { patternCharsMax } from './pattern-length.ts';
import type { FindSpans } from './span.ts';

const PATTERN_CHARS_MAX = 500;
/** Each is looked at for each character: so many pass 100 kB in less than a tenth of a second. */
const INSTRUCTIONS_MAX = 120;

export interface CompiledPattern {
  find: FindSpans;
  /** `Infinity` = a stream can be judged by it only as a whole. */
  chars_max: number;
}

/** Why a pattern cannot be used; `null` when it can. */
export function patternProblem({ pattern }: Pick<CustomPattern, 'pattern'>): string | null {
  if (pattern.length > PATTERN_CHARS_MAX) return `it is longer than ${PATTERN_CHARS_MAX} characters`;
  if (/\(\?<?[=!]/.test(pattern))
    return 'it looks ahead or behind: patterns run on an engine whose time is linear, which cannot do that';
  if (/\\[1-9]|\\k</.test(pattern))
    return 'it refers back to a group: patterns run on an engine whose time is linear, which cannot do that';
  try {
    const compiled = RE2JS.compile(pattern);
    if (compiled.programSize() > INSTRUCTIONS_MAX)
      return 'it is too large: write fewer alternatives, or smaller counts in braces';
    if (compiled.matcher('').matches()) return 'it matches the empty text';
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : 'it cannot be read';
  }
}

/** @throws Error on a pattern that `patternProblem` refuses. */
export function compilePattern({ name, pattern }: CustomPattern): CompiledPattern {
  const compiled = RE2JS.compile(pattern);
  return {
    chars_max: patternCharsMax(pattern),
    find(text) {
      const matcher = compiled.matcher(text);
      const found = [];
      while (matcher.find()) {
        const start = matcher.start();
        const end = matcher.end();
        if (end > start) found.push({ start, end, type: name });
      }
      return found;
    },
  };
}
