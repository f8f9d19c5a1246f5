import type { Span } from './span.ts';

/**
 * Lengths of IBANs by country, registry release 101.
 * @see https://www.swift.com/standards/data-standards/iban-international-bank-account-number (known 2026-11-21)
 */
const LENGTHS: Readonly<Record<string, number>> = Object.fromEntries(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ' +
    'ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 ' +
    'LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 ' +
    'PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((one) => [one.slice(0, 2), Number(one.slice(2))]),
);

/** The longest, in groups of four with a space between. */
export const IBAN_CHARS_MAX = 33 * 2;
const HEAD = /(?<![A-Za-z0-9])[A-Za-z]{2}[ -]?\d/g;

/** Bank account numbers: country, its length, and the check of ISO 7064. */
export function findIbans(text: string): Span[] {
  const found: Span[] = [];
  HEAD.lastIndex = 0;
  for (let match = HEAD.exec(text); match !== null; match = HEAD.exec(text)) {
    const length = LENGTHS[match[0].slice(0, 2).toUpperCase()];
    const taken = length === undefined ? null : take(text, match.index, length);
    if (taken === null || !passesMod97(taken.value)) continue;
    found.push({ start: match.index, end: taken.end, type: 'iban' });
    HEAD.lastIndex = taken.end;
  }
  return found;
}

/** So many letters and digits, with at most one space or dash between two. */
function take(text: string, start: number, length: number): { value: string; end: number } | null {
  let value = '';
  let gap = false;
  for (let i = start; i < text.length; i++) {
    const one = text[i] ?? '';
    if (/[A-Za-z0-9]/.test(one)) {
      value += one;
      gap = false;
      if (value.length === length) {
        return /[A-Za-z0-9]/.test(text[i + 1] ?? '') ? null : { value: value.toUpperCase(), end: i + 1 };
      }
    } else if (!gap && (one === ' ' || one === '-')) gap = true;
    else return null;
  }
  return null;
}

export function passesMod97(value: string): boolean {
  let rest = 0;
  for (const one of value.slice(4) + value.slice(0, 4)) {
    const digit = Number.parseInt(one, 36);
    rest = (digit > 9 ? rest * 100 + digit : rest * 10 + digit) % 97;
  }
  return rest === 1;
}

/** The first place from `from` on at which an account number begins that the text's end leaves unfinished. */
export function ibanMayGrowFrom(text: string, from: number): number {
  HEAD.lastIndex = from;
  for (let match = HEAD.exec(text); match !== null; match = HEAD.exec(text)) {
    const length = LENGTHS[match[0].slice(0, 2).toUpperCase()];
    if (length !== undefined && isUnfinished(text, match.index, length)) return match.index;
  }
  const tail = /(?<![A-Za-z0-9])[A-Za-z]{2}[ -]$/.exec(text.slice(-4));
  return tail === null ? text.length : text.length - 3;
}

function isUnfinished(text: string, start: number, length: number): boolean {
  let size = 0;
  let gap = false;
  for (let i = start; i < text.length; i++) {
    const one = text[i] ?? '';
    if (/[A-Za-z0-9]/.test(one)) {
      size += 1;
      gap = false;
      if (size > length) return false;
    } else if (!gap && (one === ' ' || one === '-')) gap = true;
    else return false;
    if (size === length && gap) return false;
  }
  return true;
}
