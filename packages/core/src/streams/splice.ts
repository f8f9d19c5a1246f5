/**
 * How the text of a second model is joined to what a first one had shown.
 * - `prefill`, `ask`: it was told to go on from there, and may repeat some of it
 * - `restate`: it was asked afresh, and what it says first must be what was shown, to the letter
 */
export type SpliceMode = 'prefill' | 'ask' | 'restate';

/** Each returns text to show, `''` while that cannot be told yet, or `null`: it does not go on from what was shown. */
export interface Splice {
  push(text: string): string | null;
  end(): string | null;
}

/** So much of a new text is looked at before any of it is shown. */
const HEAD_CHARS = 64;
/** A shorter likeness is chance. */
const OVERLAP_CHARS_MIN = 20;
/** Whoever begins with all of a text so short has begun anew; of a shorter one that cannot be told. */
const ANEW_CHARS_MIN = 8;
const AMBIGUOUS_CHARS_MIN = 3;
/** How far behind an apology the repeated text may begin and end. */
const PREAMBLE_CHARS_MAX = 800;
const TAIL_CHARS = 40;
const WORDS = 8;
const WORDS_ALIKE = 5;

/** How models begin when they answer the instruction, not the conversation. */
const PREAMBLE =
  /^(?:i['’]?m (?:so |very )?sorry|i am sorry|sorry\b|(?:my )?apologies|i apologi[sz]e|certainly\b|of course\b|sure\b|understood\b|okay\b|got it\b|here(?:['’]s| is) (?:the|my|a)\b|continuing\b|to continue\b|as i was saying|let me (?:continue|start|begin|pick|re)|picking up|i(?:['’]ll| will) continue)/i;

/** @param shown all of the visible text so far, not empty */
export function createSplice(shown: string, mode: SpliceMode): Splice {
  let buffer = '';
  let open = false;

  function take(final: boolean): string | null {
    const rest = mode === 'restate' ? restated(shown, buffer, final) : joined(shown, buffer, final);
    if (typeof rest === 'number') {
      open = true;
      const text = buffer.slice(rest);
      buffer = '';
      return text;
    }
    return rest === 'wait' ? '' : null;
  }

  return {
    push(text) {
      if (open) return text;
      buffer += text;
      return take(false);
    },
    end: () => (open || buffer === '' ? (open || mode !== 'restate' ? '' : null) : take(true)),
  };
}

/** How many characters to drop; `wait` = more must be read; `differs` = it is another answer. */
type Found = number | 'wait' | 'differs';

function restated(shown: string, text: string, final: boolean): Found {
  if (text.startsWith(shown)) return shown.length;
  return !final && shown.startsWith(text) ? 'wait' : 'differs';
}

function joined(shown: string, text: string, final: boolean): Found {
  const lead = text.length - text.trimStart().length;
  const head = text.slice(lead);
  if (!final && head.length < HEAD_CHARS) return 'wait';
  if (head === '') return sharedSpace(shown, text);
  const anew = begunAnew(shown, head, final);
  if (anew !== null) return typeof anew === 'number' ? lead + anew : anew;
  const overlap = overlapOf(shown, head, final);
  if (overlap === 'wait') return 'wait';
  if (overlap > 0) return lead + overlap;
  if (PREAMBLE.test(head)) {
    const tail = shown.slice(-TAIL_CHARS);
    const at = tail.length < OVERLAP_CHARS_MIN ? -1 : head.indexOf(tail);
    if (at >= 0) return lead + at + tail.length;
    return !final && head.length < PREAMBLE_CHARS_MAX + shown.length ? 'wait' : 'differs';
  }
  if (startsAlike(shown, head)) return 'differs';
  if (lead === 0 && breaksWord(shown, head)) return 'differs';
  return sharedSpace(shown, text);
}

/** `null` = it did not begin anew. */
function begunAnew(shown: string, head: string, final: boolean): Found | null {
  const first = shown.trimStart();
  if (first.length >= ANEW_CHARS_MIN && head.startsWith(first)) return first.length;
  const bare = first.trimEnd();
  if (bare.length >= ANEW_CHARS_MIN && head.startsWith(bare)) return bare.length;
  if (bare.length < ANEW_CHARS_MIN)
    return bare.length >= AMBIGUOUS_CHARS_MIN && head.startsWith(bare) ? 'differs' : null;
  const alike = commonPrefix(first, head);
  if (alike < OVERLAP_CHARS_MIN) return null;
  if (alike === head.length && !final) return 'wait';
  // What repeats the beginning may yet be what repeats the end, where the text itself repeats.
  return overlapOf(shown, head, true) === 0 ? 'differs' : null;
}

/** The longest beginning of `head` that is also the end of what was shown, from a word's beginning on; 0 = none. */
function overlapOf(shown: string, head: string, final: boolean): number | 'wait' {
  if (head.length < OVERLAP_CHARS_MIN) return 0;
  const probe = head.slice(0, OVERLAP_CHARS_MIN);
  for (let at = shown.indexOf(probe); at >= 0; at = shown.indexOf(probe, at + 1)) {
    if (!onBoundary(shown, at)) continue;
    const rest = shown.slice(at);
    if (head.startsWith(rest)) return rest.length;
    if (!final && rest.startsWith(head)) return 'wait';
  }
  return 0;
}

const LETTER = /[\p{L}\p{N}]/u;

function onBoundary(text: string, at: number): boolean {
  const before = text[at - 1];
  const after = text[at];
  return before === undefined || after === undefined || !(LETTER.test(before) && LETTER.test(after));
}

function commonPrefix(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length += 1;
  return length;
}

/** The same beginning in slightly other words. */
function startsAlike(shown: string, head: string): boolean {
  const ours = shown.trim().toLowerCase().split(/\s+/, WORDS);
  const theirs = head.toLowerCase().split(/\s+/, WORDS);
  if (ours.length < WORDS || theirs.length < WORDS) return false;
  let alike = 0;
  for (let i = 0; i < WORDS; i++) if (ours[i] === theirs[i]) alike += 1;
  return alike >= WORDS_ALIKE;
}

/** A capital in the middle of a word: the second model has begun a sentence of its own. Names in code are built so. */
function breaksWord(shown: string, head: string): boolean {
  const word = /[\p{L}\p{N}_$]+$/u.exec(shown)?.[0];
  if (word === undefined || !/^\p{Lu}/u.test(head)) return false;
  const in_code = shown.split('```').length % 2 === 0 || /\p{Ll}\p{Lu}|_|\$/u.test(word);
  return !in_code && !/\p{Lu}$/u.test(word);
}

/** Space that ended what was shown, which a prefill loses and its continuation gives again. */
function sharedSpace(shown: string, text: string): number {
  const most = Math.min(shown.length - shown.trimEnd().length, text.length - text.trimStart().length);
  for (let length = most; length > 0; length--) if (shown.endsWith(text.slice(0, length))) return length;
  return 0;
}
