import { IBAN_CHARS_MAX, ibanMayGrowFrom } from './find-ibans.ts';

/** An unbroken run longer than this is not held whole. */
export const RUN_CHARS_MAX = 4_096;
const NUMBER_CHARS_MAX = 64;
const PEM_CHARS_MAX = 16_384;

/** What a value can be made of without a break: everything but space, and letters of scripts that use none. */
const isRun = (code: number): boolean => code > 0x20 && code < 0x590 && code !== 0x7f;
const NUMBER = /[0-9 ().+/-]/;

/**
 * Where the end of a normal text may be the beginning of a value that is not finished: all before it can be judged
 * for good. The text's length where nothing is open.
 */
export function heldFrom(text: string): number {
  const { length } = text;
  let run = length;
  while (run > 0 && length - run < RUN_CHARS_MAX && isRun(text.charCodeAt(run - 1))) run -= 1;
  let number = length;
  while (number > 0 && length - number < NUMBER_CHARS_MAX && NUMBER.test(text[number - 1] ?? '')) number -= 1;
  while (number < length && /[ ./-]/.test(text[number] ?? '')) number += 1;
  let held = Math.min(run, number);
  // A number's first group may stand in the same run as something else (`tel:+49 170`).
  if (number < length)
    while (held > 0 && length - held < RUN_CHARS_MAX && isRun(text.charCodeAt(held - 1))) held -= 1;
  held = Math.min(held, ibanMayGrowFrom(text, Math.max(0, length - IBAN_CHARS_MAX)));
  const pem = text.lastIndexOf('-----BEGIN');
  if (pem >= 0 && pem < held && length - pem < PEM_CHARS_MAX && isOpenKey(text.slice(pem))) held = pem;
  return held;
}

const PEM_HEAD = '-----BEGIN ';

function isOpenKey(text: string): boolean {
  const head = text.slice(0, 70);
  if (/^-----BEGIN [A-Z ]{0,40}PRIVATE KEY/.test(head)) {
    const tail = text.indexOf('-----END');
    return tail < 0 || text.indexOf('-----', tail + 8) < 0;
  }
  return text.length < 70 && /^-----BEGIN[A-Z ]*$/.test(head.slice(0, PEM_HEAD.length + 59));
}
