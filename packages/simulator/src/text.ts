import { splitTokens } from './tokens.ts';

/** 53 bits of a text, the same on every machine. */
export function hashText(text: string, seed = 0): number {
  let high = 0xdeadbeef ^ seed;
  let low = 0x41c6ce57 ^ seed;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    high = Math.imul(high ^ unit, 2654435761);
    low = Math.imul(low ^ unit, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return 4294967296 * (2097151 & low) + (high >>> 0);
}

/** A repeatable stream of numbers in [0, 1). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Letters and digits that depend only on `text`: ids and signatures that a test can foresee. */
export function opaqueOf(text: string, length: number): string {
  const random = createRandom(hashText(text));
  let opaque = '';
  for (let i = 0; i < length; i++) opaque += ALPHABET[Math.floor(random() * ALPHABET.length)] ?? '0';
  return opaque;
}

const SUBJECTS = [
  'The harbour',
  'A patient reader',
  'The second lock',
  'Every river',
  'This café',
  'A quiet server',
];
const VERBS = ['keeps', 'measures', 'opens', 'follows', 'remembers', 'carries'];
const OBJECTS = [
  'the water level',
  'a short list',
  'each gate in turn',
  '水門の鍵',
  'its naïve plan',
  'one small boat ⛵',
];
const ENDINGS = [
  'before noon',
  'without haste',
  'at 4 °C',
  'on the way – or not',
  'when asked',
  'as promised',
];

const pick = (list: readonly string[], random: () => number): string =>
  list[Math.floor(random() * list.length)] ?? '';

function sentence(random: () => number): string {
  return `${pick(SUBJECTS, random)} ${pick(VERBS, random)} ${pick(OBJECTS, random)} ${pick(ENDINGS, random)}.`;
}

const ECHO_CHARS_MAX = 400;

/**
 * The pieces of an answer that mentions what was asked, with some characters outside ASCII to show broken decoders.
 * @param about what the answer quotes: the last user message or a tool's result
 * @param tokens the exact number of pieces, or `null` for three sentences
 */
export function writeAnswer(about: string, lead: string, seed: number, tokens: number | null): string[] {
  const random = createRandom(seed);
  const quoted = about.length > ECHO_CHARS_MAX ? `${about.slice(0, ECHO_CHARS_MAX)}…` : about;
  const pieces = splitTokens(`${lead} "${quoted}".`);
  if (tokens === null) {
    for (let i = 0; i < 3; i++) pieces.push(...splitTokens(` ${sentence(random)}`));
    return pieces;
  }
  while (pieces.length < tokens) pieces.push(...splitTokens(` ${sentence(random)}`));
  return pieces.slice(0, tokens);
}

/** What a model would think aloud, in a few pieces. */
export function writeThought(about: string, seed: number): string[] {
  const random = createRandom(seed ^ 0x7431);
  return splitTokens(`The question is "${about.slice(0, 60)}". ${sentence(random)} So I can answer.`);
}
