import { describe, expect, it } from 'vitest';
import { createSplice, type SpliceMode } from './splice.ts';

/** Joins what a second model says, in pieces of every size, to what was shown; `null` = refused. */
function splice(shown: string, text: string, mode: SpliceMode = 'ask'): string | null {
  const results = new Set<string | null>();
  for (const size of [1, 3, 7, text.length || 1]) {
    const joint = createSplice(shown, mode);
    let out: string | null = '';
    for (let at = 0; at < text.length && out !== null; at += size) {
      const piece = joint.push(text.slice(at, at + size));
      out = piece === null ? null : out + piece;
    }
    const last = out === null ? null : joint.end();
    results.add(out === null || last === null ? null : shown + out + last);
  }
  expect(results.size, 'the pieces decide').toBe(1);
  return [...results][0] ?? null;
}

const SHOWN = 'The harbour keeps the water level before noon. A patient reader opens each';

describe('a continuation', () => {
  it('that goes on exactly is joined without a change', () => {
    expect(splice(SHOWN, ' gate in turn. Done.')).toBe(`${SHOWN} gate in turn. Done.`);
  });

  it('that says nothing more adds nothing', () => {
    expect(splice(SHOWN, '')).toBe(SHOWN);
  });

  it('that repeats the end of what was shown loses the repeated part, and only that', () => {
    expect(splice(SHOWN, 'A patient reader opens each gate in turn.')).toBe(`${SHOWN} gate in turn.`);
  });

  it('that repeats fewer than twenty characters keeps them: that may be meant', () => {
    expect(splice('He laughed: ha ha ha ', 'ha ha ha and went on for a good while after that, again.')).toBe(
      'He laughed: ha ha ha ha ha ha and went on for a good while after that, again.',
    );
  });

  it('that repeats letters from the middle of a word keeps them', () => {
    const shown = 'xThe quick brown fox jumps over it';
    const text = 'The quick brown fox jumps over it, twice in a row, and then it went home to sleep.';
    expect(splice(shown, text)).not.toBe('xThe quick brown fox jumps over it, twice');
  });

  it('that begins anew in the same words loses exactly what was shown', () => {
    expect(splice(SHOWN, `${SHOWN} gate in turn.`)).toBe(`${SHOWN} gate in turn.`);
    expect(splice('You said "hi".', 'You said "hi". And more.')).toBe('You said "hi". And more.');
  });

  it('that begins anew and then says something else is refused', () => {
    expect(
      splice(SHOWN, 'The harbour keeps the water level until night falls, and nobody minds.'),
    ).toBeNull();
  });

  it('that begins anew in slightly other words is refused', () => {
    const other = 'The port keeps the water level before midday. A patient reader opens each gate.';
    expect(splice(SHOWN, other)).toBeNull();
  });

  it('that apologises is refused, unless it then repeats what was shown', () => {
    expect(
      splice(SHOWN, 'Sorry for the interruption. In short: gates are opened one after another.'),
    ).toBeNull();
    expect(splice(SHOWN, `Sorry about that. ${SHOWN} gate in turn.`)).toBe(`${SHOWN} gate in turn.`);
  });

  it('that begins a sentence in the middle of a word is refused, but not inside of code', () => {
    expect(
      splice('The answer to that is forty', 'Paris is the capital of France, and has been for long.'),
    ).toBeNull();
    const code = '```js\nconst value = get';
    expect(splice(code, 'Value(1);\n```')).toBe(`${code}Value(1);\n\`\`\``);
  });

  it('of so little text that nobody can tell is refused where it begins with it', () => {
    expect(splice('The ', 'The harbour keeps the water level before noon.')).toBeNull();
    expect(splice('The ', 'harbour keeps the water level before noon.')).toBe(
      'The harbour keeps the water level before noon.',
    );
  });

  it('by prefill does not get the same space twice', () => {
    expect(splice('one two ', ' three', 'prefill')).toBe('one two three');
    expect(splice('one two', ' three', 'prefill')).toBe('one two three');
  });
});

describe('an answer asked afresh', () => {
  it('goes on where it says what was shown, to the letter', () => {
    expect(splice('{"a":1,', '{"a":1,"b":2}', 'restate')).toBe('{"a":1,"b":2}');
  });

  it.each(['{"a":2,"b":2}', '{"a"', ''])('is refused where it does not: %s', (text) => {
    expect(splice('{"a":1,', text, 'restate')).toBeNull();
  });
});
