import { type AST, RegExpParser } from '@eslint-community/regexpp';

/** Steps of all regular expressions since it was last set to 0: one for each try of a character or of a way. */
export const regexSteps = { count: 0 };

type Next = (at: number) => boolean;
/** Tries to match at an offset, and all that follows after it. */
type Matcher = (at: number, next: Next) => boolean;

interface State {
  text: string;
  groups: ([number, number] | undefined)[];
}

interface Compiled {
  state: State;
  whole: Matcher;
}

const parser = new RegExpParser({ ecmaVersion: 2025 });
const compiled = new Map<string, Compiled>();

/**
 * In place of `RegExp.prototype.exec`: counts what a matcher that goes back does, as V8's does, then has V8 answer, and
 * compares. V8 skips ahead where it can, so that it does no more than this.
 */
export function countingExec(exec: RegExp['exec']): RegExp['exec'] {
  let is_counting = false;
  return function (this: RegExp, text: string) {
    // The reader of expressions uses some, too.
    if (is_counting) return exec.call(this, text);
    const from = this.global || this.sticky ? this.lastIndex : 0;
    const answer = exec.call(this, text);
    is_counting = true;
    let at: number;
    try {
      at = from > text.length ? -1 : search(this, exec, text, from);
    } finally {
      is_counting = false;
    }
    if (at !== (answer?.index ?? -1)) throw new Error(`The counting matcher found ${at} for ${this.source}.`);
    return answer;
  };
}

function search(regex: RegExp, exec: RegExp['exec'], text: string, from: number): number {
  const { whole, state } = compile(regex, exec);
  state.text = text;
  for (let at = from; at <= text.length; at++) {
    regexSteps.count += 1;
    state.groups.length = 0;
    if (whole(at, () => true)) return at;
    if (regex.sticky) return -1;
  }
  return -1;
}

function compile(regex: RegExp, exec: RegExp['exec']): Compiled {
  const name = `${regex.flags}/${regex.source}`;
  let found = compiled.get(name);
  if (found === undefined) {
    const { source, flags } = regex;
    const tree = parser.parsePattern(source, 0, source.length, { unicode: regex.unicode });
    const state: State = { text: '', groups: [] };
    const leafFlags = flags.replace(/[gyd]/g, '');
    found = { state, whole: anyOf(tree.alternatives, { state, exec, flags: leafFlags, groups: [] }) };
    compiled.set(name, found);
  }
  return found;
}

interface Making {
  state: State;
  exec: RegExp['exec'];
  flags: string;
  /** Capturing groups in the order in which they open. */
  groups: AST.CapturingGroup[];
}

function anyOf(alternatives: readonly AST.Alternative[], making: Making): Matcher {
  const ways = alternatives.map(({ elements }) => inTurn(elements.map((one) => make(one, making))));
  return (at, next) => ways.some((way) => way(at, next));
}

const inTurn = (parts: readonly Matcher[]): Matcher => {
  const from = (index: number, at: number, next: Next): boolean => {
    const part = parts[index];
    return part === undefined ? next(at) : part(at, (end) => from(index + 1, end, next));
  };
  return (at, next) => from(0, at, next);
};

function make(element: AST.Element, making: Making): Matcher {
  const { state } = making;
  switch (element.type) {
    case 'Character':
    case 'CharacterSet':
    case 'CharacterClass':
    case 'ExpressionCharacterClass': {
      const width = widthOf(element.raw, making);
      return (at, next) => {
        const size = width(at);
        return size >= 0 && next(at + size);
      };
    }
    case 'Group':
      return anyOf(element.alternatives, making);
    case 'CapturingGroup': {
      const index = making.groups.push(element) - 1;
      const inner = anyOf(element.alternatives, making);
      return (at, next) =>
        inner(at, (end) => {
          const before = state.groups[index];
          state.groups[index] = [at, end];
          if (next(end)) return true;
          state.groups[index] = before;
          return false;
        });
    }
    case 'Backreference': {
      const index = making.groups.indexOf(element.resolved as AST.CapturingGroup);
      return (at, next) => {
        const group = state.groups[index];
        const value = group === undefined ? '' : state.text.slice(...group);
        regexSteps.count += 1 + value.length;
        return state.text.startsWith(value, at) && next(at + value.length);
      };
    }
    case 'Quantifier':
      return quantified(element, making);
    case 'Assertion':
      return assertion(element, making);
  }
}

/** How long the character at an offset is, or -1 where it is none of these. Judged by V8 and remembered. */
type Width = (at: number) => number;

function widthOf(raw: string, { state, exec, flags }: Making): Width {
  const one = new RegExp(`^(?:${raw})$`, flags);
  const known = new Map<string, boolean>();
  const unicode = /[uv]/.test(flags);
  return (at) => {
    regexSteps.count += 1;
    if (at >= state.text.length) return -1;
    const code = unicode ? (state.text.codePointAt(at) ?? 0) : state.text.charCodeAt(at);
    const letter = String.fromCodePoint(code);
    let matches = known.get(letter);
    if (matches === undefined) {
      matches = exec.call(one, letter) !== null;
      known.set(letter, matches);
    }
    return matches ? letter.length : -1;
  };
}

const LEAVES: ReadonlySet<string> = new Set([
  'Character',
  'CharacterSet',
  'CharacterClass',
  'ExpressionCharacterClass',
]);

function quantified({ element, min, max, greedy }: AST.Quantifier, making: Making): Matcher {
  if (!LEAVES.has(element.type)) return repeated(make(element, making), min, max, greedy);
  const width = widthOf(element.raw, making);
  return greedy ? asMany(width, min, max) : asFew(width, min, max);
}

/** Of single characters, in a loop: a run may be longer than the stack is deep. */
const asMany =
  (width: Width, min: number, max: number): Matcher =>
  (at, next) => {
    const ends = [at];
    for (let end = at; ends.length <= max; ) {
      const size = width(end);
      if (size < 0) break;
      end += size;
      ends.push(end);
    }
    for (let count = ends.length - 1; count >= min; count--) {
      regexSteps.count += 1;
      if (next(ends[count] ?? at)) return true;
    }
    return false;
  };

const asFew =
  (width: Width, min: number, max: number): Matcher =>
  (at, next) => {
    for (let end = at, count = 0; ; count++) {
      regexSteps.count += 1;
      if (count >= min && next(end)) return true;
      const size = count < max ? width(end) : -1;
      if (size < 0) return false;
      end += size;
    }
  };

function repeated(inner: Matcher, min: number, max: number, greedy: boolean): Matcher {
  const go = (count: number, at: number, next: Next): boolean => {
    const more = (): boolean =>
      count < max && inner(at, (end) => (end > at || count < min) && go(count + 1, end, next));
    if (count < min) return more();
    return greedy ? more() || next(at) : next(at) || more();
  };
  return (at, next) => go(0, at, next);
}

function assertion(element: AST.Assertion, making: Making): Matcher {
  const { state, exec, flags } = making;
  if (element.kind === 'lookahead') {
    const inner = anyOf(element.alternatives, making);
    return (at, next) => inner(at, () => true) !== element.negate && next(at);
  }
  if (element.kind === 'lookbehind') {
    // Ours look at one character.
    const inner = anyOf(element.alternatives, making);
    return (at, next) => {
      const is_behind = inner(at, (end) => end === at) || (at > 0 && inner(at - 1, (end) => end === at));
      return is_behind !== element.negate && next(at);
    };
  }
  const here = new RegExp(element.raw, `${flags}y`);
  return (at, next) => {
    regexSteps.count += 1;
    here.lastIndex = at;
    return exec.call(here, state.text) !== null && next(at);
  };
}
