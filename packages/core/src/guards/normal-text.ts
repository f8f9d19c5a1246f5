/** A text as the detectors read it, and where each of its characters came from. */
export interface NormalText {
  text: string;
  /** Original offset of each character, and the original length at the end; `null` = they are the same. */
  from: readonly number[] | null;
}

export interface NormalOptions {
  /** The text is JSON, possibly cut off: escapes inside it stand for one character each. */
  json: boolean;
}

const NOT_ASCII = /[\u0080-\uffff]/;
const FORMAT = /\p{Cf}|\u034f|\u115f|\u1160|\u17b4|\u17b5|[\u180b-\u180f]|\u3164|[\ufe00-\ufe0f]/u;
const SPACE = /[\p{Zs}\u2028\u2029]/u;
const DIGIT = /\p{Nd}/u;
const DASH = /[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/;

/** Letters that look like one of ours, from Cyrillic and Greek. NFKC leaves them as they are. */
const LOOKS_LIKE: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ...'аaеeоoрpсcуyхxіiјjѕsԁdԛqԝwһhӏlкkмmтtвbнnгrАAВBЕEКKМMНHОOРPСCТTХXУYІIЈJЅS',
    ...'οoαaνvρpτtιiκkυuΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX',
  ].reduce<[string, string][]>((pairs, letter, at, all) => {
    if (at % 2 === 0) pairs.push([letter, all[at + 1] ?? letter]);
    return pairs;
  }, []),
);

/**
 * Folds what looks alike: full-width forms (NFKC), digits of other scripts, exotic spaces and dashes, Cyrillic and
 * Greek letters that pass for Latin ones; and drops what cannot be seen (zero-width characters, soft hyphens).
 * Plain ASCII comes back as it is.
 */
export function normalText(text: string, options: NormalOptions = PLAIN): NormalText {
  const escaped = options.json && text.includes('\\');
  if (!escaped && !NOT_ASCII.test(text)) return { text, from: null };
  let normal = '';
  const from: number[] = [];
  const add = (piece: string, at: number): void => {
    normal += piece;
    for (let i = 0; i < piece.length; i++) from.push(at);
  };
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (escaped && code === BACKSLASH) {
      const { piece, size } = readEscape(text, at);
      add(foldAll(piece), at);
      at += size;
      continue;
    }
    if (code < 0x80) {
      normal += text[at];
      from.push(at);
      at += 1;
      continue;
    }
    const letter = String.fromCodePoint(text.codePointAt(at) ?? code);
    add(fold(letter), at);
    at += letter.length;
  }
  from.push(text.length);
  return { text: normal, from };
}

const PLAIN: NormalOptions = { json: false };
const BACKSLASH = 0x5c;
const CONTROL: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: ' ', f: ' ' };

function readEscape(text: string, at: number): { piece: string; size: number } {
  const next = text[at + 1];
  if (next === undefined) return { piece: '\\', size: 1 };
  if (next !== 'u') return { piece: CONTROL[next] ?? next, size: 2 };
  const hex = text.slice(at + 2, at + 6);
  if (!/^[0-9a-fA-F]{4}$/.test(hex)) return { piece: ' ', size: Math.min(2 + hex.length, text.length - at) };
  return { piece: String.fromCharCode(Number.parseInt(hex, 16)), size: 6 };
}

const foldAll = (piece: string): string => (NOT_ASCII.test(piece) ? fold(piece) : piece);

function fold(letter: string): string {
  if (FORMAT.test(letter)) return '';
  if (SPACE.test(letter)) return ' ';
  if (DASH.test(letter)) return '-';
  const alike = LOOKS_LIKE[letter];
  if (alike !== undefined) return alike;
  const plain = letter.normalize('NFKC');
  if (!NOT_ASCII.test(plain)) return plain;
  if (DIGIT.test(plain)) return String(digitOf(plain.codePointAt(0) ?? 0));
  return LOOKS_LIKE[plain] ?? plain;
}

/** Decimal digits of every script stand in blocks of ten, zero first. */
function digitOf(code: number): number {
  let value = 0;
  while (value < 9 && DIGIT.test(String.fromCodePoint(code - value - 1))) value += 1;
  return value;
}

/** Where a span of the normal text lies in the original; what was dropped inside belongs to it. */
export function originalSpan(
  { from }: NormalText,
  start: number,
  end: number,
): { start: number; end: number } {
  if (from === null) return { start, end };
  const first = from[start] ?? 0;
  let to = end;
  const last = from[end - 1] ?? first;
  // Several characters of one original letter are never parted.
  while (to < from.length - 1 && from[to] === last) to += 1;
  return { start: first, end: from[to] ?? first };
}
