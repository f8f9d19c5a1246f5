/**
 * The most characters that a pattern of the linear engine can match; `Infinity` where nothing bounds it. Reads the
 * syntax that the engine has already accepted, so it need not refuse anything.
 */
export function patternCharsMax(pattern: string): number {
  let at = 0;

  function alternation(): number {
    let longest = 0;
    let sum = 0;
    while (at < pattern.length && pattern[at] !== ')') {
      if (pattern[at] === '|') {
        longest = Math.max(longest, sum);
        sum = 0;
        at += 1;
      } else sum += times(atom());
    }
    return Math.max(longest, sum);
  }

  function atom(): number {
    const one = pattern[at];
    if (one === '(') return group();
    if (one === '[') return klass();
    if (one === '\\') return escaped();
    const letter = String.fromCodePoint(pattern.codePointAt(at) ?? 0);
    at += letter.length;
    return one === '^' || one === '$' ? 0 : 2;
  }

  function group(): number {
    at += 1;
    const flags = /^\?(?:P?<[^>]*>|[a-zA-Z-]*:)/.exec(pattern.slice(at));
    if (flags !== null) at += flags[0].length;
    const bare = /^\?[a-zA-Z-]*\)/.exec(pattern.slice(at));
    if (bare !== null) {
      at += bare[0].length;
      return 0;
    }
    const inside = alternation();
    at += 1;
    return inside;
  }

  function klass(): number {
    at += pattern[at + 1] === '^' ? 2 : 1;
    if (pattern[at] === ']') at += 1;
    while (at < pattern.length && pattern[at] !== ']') {
      if (pattern.startsWith('[:', at)) at = Math.max(at + 2, pattern.indexOf(':]', at) + 2);
      else at += pattern[at] === '\\' ? 2 : 1;
    }
    at += 1;
    return 2;
  }

  function escaped(): number {
    const kind = pattern[at + 1];
    if (kind === 'Q') {
      const end = pattern.indexOf('\\E', at);
      const literal = pattern.slice(at + 2, end < 0 ? pattern.length : end);
      at += 2 + literal.length + (end < 0 ? 0 : 2);
      return literal.length;
    }
    const long = /^\\(?:[pP]\{[^}]*\}|x\{[^}]*\}|[pP].|x[0-9a-fA-F]{2}|[0-7]{1,3}|.)/su.exec(
      pattern.slice(at),
    );
    at += long?.[0].length ?? 2;
    return kind !== undefined && 'bBAzZ'.includes(kind) ? 0 : 2;
  }

  /** `*`, `+` and open counts have no bound. A character beyond the first plane counts two. */
  function times(size: number): number {
    const count = /^(?:[*+?]|\{(\d+)(,(\d*))?\})\??/.exec(pattern.slice(at));
    if (count === null) return size;
    at += count[0].length;
    if (size === 0) return 0;
    if (count[0].startsWith('?')) return size;
    if (count[1] === undefined) return Number.POSITIVE_INFINITY;
    if (count[2] === undefined) return size * Number(count[1]);
    return count[3] === '' ? Number.POSITIVE_INFINITY : size * Number(count[3]);
  }

  return alternation();
}
