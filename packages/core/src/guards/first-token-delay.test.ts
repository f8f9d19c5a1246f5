import { expect, it } from 'vitest';
import { measureFirstToken } from './first-token-delay.ts';

const PROSE = 'The river rises in the hills behind the town and runs past three old mills. '.repeat(4);

it('a guard delays the first token by no more than what may be the beginning of a value', () => {
  const [types, bound, unbound, words, flag, whole] = measureFirstToken([PROSE]).map((one) => one.most_chars);
  expect(types).toBeLessThanOrEqual(4);
  // Twice its longest match: each character may be two units of UTF-16.
  expect(bound).toBeLessThanOrEqual(24);
  expect(words).toBeLessThanOrEqual(24);
  expect(flag).toBe(0);
  for (const all of [unbound, whole]) expect(all).toBe(PROSE.length);
});
