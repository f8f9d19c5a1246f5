import type { Span } from './span.ts';

/** A card number with a space or dash between any two digits. */
export const CARD_CHARS_MAX = 19 + 18;
const DIGITS_MIN = 9;

interface Run {
  digits: string;
  /** Offset of each digit. */
  at: number[];
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isLetter = (code: number): boolean => (code >= 65 && code <= 90) || (code >= 97 && code <= 122);

/** Runs of digits with at most one space, dash or dot between two of them. */
function runsOf(text: string): Run[] {
  const runs: Run[] = [];
  const { length } = text;
  for (let i = 0; i < length; i++) {
    if (!isDigit(text.charCodeAt(i))) continue;
    const before = i > 0 ? text.charCodeAt(i - 1) : 32;
    const run: Run = { digits: '', at: [] };
    while (i < length) {
      const code = text.charCodeAt(i);
      if (isDigit(code)) {
        run.digits += text[i];
        run.at.push(i);
        i += 1;
      } else if ((code === 32 || code === 45 || code === 46) && isDigit(text.charCodeAt(i + 1))) i += 1;
      else break;
    }
    if (run.digits.length >= DIGITS_MIN && !isLetter(before) && !isLetter(text.charCodeAt(i))) runs.push(run);
  }
  return runs;
}

/** Lengths by issuer prefix, the longest first; 10 % of random digits pass Luhn alone. */
function cardLengths(digits: string): readonly number[] {
  const two = Number(digits.slice(0, 2));
  const four = Number(digits.slice(0, 4));
  if (digits.startsWith('4')) return [19, 16, 13];
  if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return [16];
  if (two === 34 || two === 37) return [15];
  if (two === 36 || two === 38 || two === 39 || (four >= 3000 && four <= 3059)) return [16, 14];
  if (four === 6011 || two === 65 || (four >= 6440 && four <= 6499)) return [19, 16];
  if (two === 62 || two === 81) return [19, 18, 17, 16];
  if (four >= 3528 && four <= 3589) return [19, 16];
  if (two === 50 || two === 56 || two === 57 || two === 58 || two === 63 || two === 67) return [19, 18, 16];
  if (four >= 2200 && four <= 2204) return [16];
  return [];
}

export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    let value = digits.charCodeAt(digits.length - 1 - i) - 48;
    if (i % 2 === 1) {
      value *= 2;
      if (value > 9) value -= 9;
    }
    sum += value;
  }
  return sum % 10 === 0;
}

const SPACED = /[ .-]/;

/** Payment card numbers: issuer prefix, length and Luhn. */
export function findCards(text: string): Span[] {
  const found: Span[] = [];
  for (const { digits, at } of runsOf(text)) {
    for (let from = 0; from + 13 <= digits.length; from++) {
      // Inside a longer unbroken number nothing is a card; after a space or dash one may begin.
      if (from > 0 && (at[from] ?? 0) === (at[from - 1] ?? 0) + 1) continue;
      const rest = digits.slice(from, from + 19);
      const length = cardLengths(rest).find((one) => {
        if (one > rest.length || !passesLuhn(rest.slice(0, one))) return false;
        const next = at[from + one];
        return next === undefined || SPACED.test(text[next - 1] ?? '');
      });
      if (length === undefined) continue;
      const start = at[from] ?? 0;
      found.push({ start, end: (at[from + length - 1] ?? start) + 1, type: 'credit_card' });
      from += length - 1;
    }
  }
  return found;
}

const SSN = /(?<![\dA-Za-z.-])(\d{3})([- ])(\d{2})\2(\d{4})(?![\dA-Za-z]|[.-]\d)/g;
const SSN_BARE = /(?<![\dA-Za-z.-])(\d{3})(\d{2})(\d{4})(?![\dA-Za-z]|[.-]\d)/g;
const SSN_WORD = /\b(?:ssn|social[ -]security)\b/i;
const WORD_CHARS_BEFORE = 40;
/** Printed in advertisements; valid to nobody. */
const SSN_SHOWN = new Set(['078051120', '219099999']);

const isSsn = (area: string, group: string, serial: string): boolean =>
  area !== '000' &&
  area !== '666' &&
  area < '900' &&
  group !== '00' &&
  serial !== '0000' &&
  !SSN_SHOWN.has(area + group + serial);

/** US social security numbers; nine bare digits only after their name. */
export function findSsns(text: string): Span[] {
  const found: Span[] = [];
  SSN.lastIndex = 0;
  for (let match = SSN.exec(text); match !== null; match = SSN.exec(text)) {
    const [whole, area = '', separator, group = '', serial = ''] = match;
    if (!isSsn(area, group, serial)) continue;
    if (separator === ' ' && !isNamed(text, match.index)) continue;
    found.push({ start: match.index, end: match.index + whole.length, type: 'ssn' });
  }
  if (!SSN_WORD.test(text)) return found;
  SSN_BARE.lastIndex = 0;
  for (let match = SSN_BARE.exec(text); match !== null; match = SSN_BARE.exec(text)) {
    const [whole, area = '', group = '', serial = ''] = match;
    if (isSsn(area, group, serial) && isNamed(text, match.index))
      found.push({ start: match.index, end: match.index + whole.length, type: 'ssn' });
  }
  return found.sort((a, b) => a.start - b.start);
}

const isNamed = (text: string, at: number): boolean =>
  SSN_WORD.test(text.slice(Math.max(0, at - WORD_CHARS_BEFORE), at));
