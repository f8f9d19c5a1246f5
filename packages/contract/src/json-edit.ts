/** What becomes of one top-level member: new JSON text, another name for the same value, or nothing. */
export type MemberEdit = { set: string } | { rename: string } | 'remove';

interface Member {
  name: string;
  /** Positions in the text: of the name's quote, after it, of the value, and after the value. */
  start: number;
  name_end: number;
  value: number;
  end: number;
}

/**
 * Edits top-level members of a JSON object's text and leaves every other byte alone: 64-bit seeds, the order of
 * keys, escapes and white space survive, which `JSON.parse` and `stringify` would change. A member that is set but
 * absent is appended. Of a name that occurs twice the last is meant, as in `JSON.parse`; the earlier ones go away
 * with the edit.
 * @param text a JSON object, known to be valid.
 * @throws SyntaxError when it is not an object.
 */
export function editMembers(text: string, edits: ReadonlyMap<string, MemberEdit>): string {
  if (edits.size === 0) return text;
  const { members, open, close } = scanMembers(text);
  const last = new Map<string, Member>();
  for (const member of members) last.set(member.name, member);

  let out = text.slice(0, open + 1);
  let from = open + 1;
  let kept = 0;
  for (const member of members) {
    const edit = edits.get(member.name);
    const gap = text.slice(from, member.start);
    from = member.end;
    if (edit === 'remove' || (edit !== undefined && last.get(member.name) !== member)) continue;
    // The gap before a member holds the comma that follows the one before it.
    out += kept === 0 ? gap.replace(',', '') : gap.includes(',') ? gap : `,${gap}`;
    kept += 1;
    if (edit === undefined) out += text.slice(member.start, member.end);
    else if ('set' in edit) out += text.slice(member.start, member.value) + edit.set;
    else out += JSON.stringify(edit.rename) + text.slice(member.name_end, member.end);
  }
  for (const [name, edit] of edits) {
    if (edit === 'remove' || 'rename' in edit || last.has(name)) continue;
    out += `${kept === 0 ? '' : ','}${JSON.stringify(name)}:${edit.set}`;
    kept += 1;
  }
  return out + text.slice(members.length === 0 ? close : from);
}

/**
 * The text of one top-level member's value, byte for byte; `null` when there is none.
 * @throws SyntaxError when the text is not an object.
 */
export function findMember(text: string, name: string): string | null {
  const member = scanMembers(text).members.findLast((one) => one.name === name);
  return member === undefined ? null : text.slice(member.value, member.end);
}

/**
 * Puts an element before all others of a JSON array's text and leaves every other byte alone.
 * @throws SyntaxError when the text is not an array.
 */
export function prependElement(text: string, element: string): string {
  const open = openArray(text);
  const is_empty = text[skipSpace(text, open + 1)] === ']';
  return `${text.slice(0, open + 1)}${element}${is_empty ? '' : ','}${text.slice(open + 1)}`;
}

/**
 * The text of a JSON array's first element with `change` applied; an empty array stays as it is.
 * @throws SyntaxError when the text is not an array.
 */
export function editFirstElement(text: string, change: (element: string) => string): string {
  const start = skipSpace(text, openArray(text) + 1);
  if (text[start] === ']') return text;
  const end = skipValue(text, start);
  return text.slice(0, start) + change(text.slice(start, end)) + text.slice(end);
}

function openArray(text: string): number {
  const open = skipSpace(text, 0);
  if (text[open] !== '[') throw new SyntaxError('The text is not a JSON array.');
  return open;
}

function scanMembers(text: string): { members: Member[]; open: number; close: number } {
  const open = skipSpace(text, 0);
  if (text[open] !== '{') throw new SyntaxError('The text is not a JSON object.');
  const members: Member[] = [];
  let at = skipSpace(text, open + 1);
  while (text[at] !== '}') {
    if (text[at] !== '"') throw new SyntaxError(`A member name was expected at ${at}.`);
    const start = at;
    const name_end = skipString(text, at);
    const quoted = text.slice(start, name_end);
    const name = quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
    at = skipSpace(text, name_end);
    if (text[at] !== ':') throw new SyntaxError(`A colon was expected at ${at}.`);
    const value = skipSpace(text, at + 1);
    const end = skipValue(text, value);
    members.push({ name, start, name_end, value, end });
    at = skipSpace(text, end);
    if (text[at] === ',') at = skipSpace(text, at + 1);
    else if (text[at] !== '}') throw new SyntaxError(`A comma was expected at ${at}.`);
  }
  return { members, open, close: at };
}

function skipSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return at;
    at += 1;
  }
}

/** @returns the position after the closing quote of the string that begins at `from`. */
function skipString(text: string, from: number): number {
  let at = from + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) throw new SyntaxError('A string is not closed.');
    let slashes = 0;
    while (text.charCodeAt(quote - 1 - slashes) === 92) slashes += 1;
    at = quote + 1;
    if (slashes % 2 === 0) return at;
  }
}

function skipValue(text: string, from: number): number {
  let at = from;
  let depth = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === 34) at = skipString(text, at);
    else if (code === 123 || code === 91) {
      depth += 1;
      at += 1;
    } else if (code === 125 || code === 93) {
      if (depth === 0) return at;
      depth -= 1;
      at += 1;
    } else if (depth === 0 && (code === 44 || code === 32 || code === 10 || code === 13 || code === 9))
      return at;
    else {
      at += 1;
      continue;
    }
    if (depth === 0) return at;
  }
  throw new SyntaxError('A value is not closed.');
}
