import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js';
import type { Span } from './span.ts';

/** `+` and 15 digits, in any grouping that people use. */
export const PHONE_CHARS_MAX = 32;
const DIGITS_MIN = 7;
const DIGITS_MAX = 15;
const CANDIDATE = /(?<![\w.+/@#$€£:=%-])(?:\+|00|\()?\d(?:[ ()./-]{0,2}\d){6,16}(?![\w%@]|[.:,/-]\d)/g;
const WORD =
  /(?:phone|tel|telephone|mobile|cell|call|ring|fax|whatsapp|sms|text|dial|reach|contact|number|handy|rufnummer|telefon|tél|móvil|numero|hotline)\b[^\d+]{0,24}$/i;
const WORD_CHARS_BEFORE = 48;
const DATE = /^(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4})/;
const NOT_PHONE =
  /(?:order|invoice|ticket|isbn|issn|ean|sku|ref|reference|tracking|account|serial|part|case|id|no\.?|nr\.?|#|version|patent|article|pmid|doi)[^\d+]{0,8}$/i;

/** @returns `regions` that the metadata know. */
export const knownRegions = (regions: readonly string[]): CountryCode[] =>
  regions.filter((region): region is CountryCode => isSupportedCountry(region));

/**
 * Phone numbers: in international form anywhere, in the form of one of the given countries where they are grouped
 * as numbers are, or come after a word that announces one.
 */
export function findPhones(text: string, regions: readonly CountryCode[]): Span[] {
  const found: Span[] = [];
  CANDIDATE.lastIndex = 0;
  for (let match = CANDIDATE.exec(text); match !== null; match = CANDIDATE.exec(text)) {
    const start = match.index + (match[0].startsWith('(') && !match[0].includes(')') ? 1 : 0);
    const value = text.slice(start, match.index + match[0].length);
    const digits = value.replace(/\D/g, '');
    if (digits.length < DIGITS_MIN || digits.length > DIGITS_MAX + 2) continue;
    if (!isPhone(text, start, value, digits, regions)) continue;
    found.push({ start, end: start + value.length, type: 'phone' });
  }
  return found;
}

function isPhone(
  text: string,
  at: number,
  value: string,
  digits: string,
  regions: readonly CountryCode[],
): boolean {
  if (value.startsWith('+') || (value.startsWith('00') && digits.length >= 10)) {
    const number = parsePhoneNumberFromString(value.startsWith('+') ? value : `+${digits.slice(2)}`);
    // Who writes a country's code means a number, even in a range that is newer than the metadata.
    return number?.isPossible() === true;
  }
  const before = text.slice(Math.max(0, at - WORD_CHARS_BEFORE), at);
  const is_named = WORD.test(before);
  if (DATE.test(value)) return false;
  if (!is_named && NOT_PHONE.test(before)) return false;
  if (!is_named && !isGrouped(value)) return false;
  for (const region of regions) {
    if (NORTH_AMERICAN.has(region) && !NANP.test(digits)) continue;
    if (parsePhoneNumberFromString(value, region)?.isValid() === true) return true;
  }
  return false;
}

/** Their numbers have one form, or go abroad by 011; to parse what cannot have it costs most of the time of this guard. */
const NORTH_AMERICAN: ReadonlySet<string> = new Set(['US', 'CA']);
const NANP = /^(?:1?[2-9]\d{2}[2-9]\d{6}|011\d{7,})$/;

/** Two separators at least, or an area code in brackets: a bare number is more often something else. */
function isGrouped(value: string): boolean {
  if (/^\(\d{2,5}\)/.test(value)) return true;
  const groups = value.split(/[ ()./-]+/).filter((one) => one !== '');
  return groups.length >= 3 && groups.length <= 6 && groups.every((one) => one.length <= 5);
}
