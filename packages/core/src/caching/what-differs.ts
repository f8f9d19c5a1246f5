import { stemOf } from './local-embedder.ts';

/**
 * Vectors put "capital of France" beside "capital of Germany", and "safe to eat" beside "not safe to eat". So two
 * questions that are close enough must also agree in all that turns one into another.
 * @returns what differs, in words for the receipt; `null` = nothing that matters was found.
 */
export function whatDiffers(one: string, other: string): string | null {
  const a = read(one);
  const b = read(other);
  const numbers = differenceOf(a.numbers, b.numbers);
  if (numbers !== null) return `numbers differ: ${numbers}`;
  const dates = differenceOf(a.dates, b.dates);
  if (dates !== null) return `dates differ: ${dates}`;
  const name = strangerOf(a, b) ?? strangerOf(b, a);
  if (name !== null) return `only one names ${name}`;
  if (a.negations % 2 !== b.negations % 2) return 'only one is negated';
  const opposites = oppositeOf(a, b);
  if (opposites !== null) return `opposites: ${opposites}`;
  if (a.questions.join() !== b.questions.join())
    return `asked for: ${a.questions.join() || 'what'} / ${b.questions.join() || 'what'}`;
  const more = addedWord(a, b) ?? addedWord(b, a);
  if (more !== null) return `only one says ${more}`;
  const word = substitutedWord(a, b);
  if (word !== null) return `one word differs: ${word}`;
  return orderDiffers(a, b) ? 'the same words in another order' : null;
}

interface Read {
  numbers: string[];
  dates: string[];
  /** Written with a capital though no sentence begins there, lower-case. */
  names: string[];
  negations: number;
  /** What kind of thing is asked for; a name or a thing = none. */
  questions: string[];
  /** All words, lower-case. */
  words: string[];
  all: Set<string>;
  /** Stems of what is neither a small word nor said above. */
  content: string[];
}

const setOf = (text: string): Set<string> => new Set(text.trim().split(/\s+/));

const NEGATIONS =
  setOf(`not no never none nobody nothing neither nor without cannot except excluding exclude avoid
  isnt arent wasnt werent dont doesnt didnt cant couldnt wont wouldnt shouldnt hasnt havent hadnt aint lack lacks lacking
  nicht kein keine nie ohne pas jamais sans sin nunca`);
const DATES =
  setOf(`january february march april may june july august september october november december jan feb mar apr
  jun jul aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri today
  tomorrow yesterday tonight morning afternoon evening spring summer autumn fall winter daily weekly monthly yearly annual
  annually quarterly hourly`);
const KINDS = setOf('who whose when where why');
/** May is a verb, too, and so are march and fall. */
const ONLY_WITH_CAPITAL = new Set([
  'may',
  'march',
  'fall',
  'spring',
  'mon',
  'sun',
  'sat',
  'mar',
  'dec',
  'jan',
]);
const NUMBER_WORDS = new Map(
  `zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
  nineteen twenty`
    .split(/\s+/)
    .map((word, number) => [word, String(number)] as const),
);
const MORE_NUMBERS: Readonly<Record<string, string>> = {
  first: '#1',
  second: '#2',
  third: '#3',
  fourth: '#4',
  fifth: '#5',
  '1st': '#1',
  '2nd': '#2',
  '3rd': '#3',
  '4th': '#4',
  '5th': '#5',
  once: '1x',
  twice: '2x',
  half: '1/2',
  quarter: '1/4',
  double: 'x2',
  triple: 'x3',
  hundred: '100',
  thousand: '1000',
  million: '1000000',
  billion: '1000000000',
  dozen: '12',
  thirty: '30',
  forty: '40',
  fifty: '50',
  sixty: '60',
  seventy: '70',
  eighty: '80',
  ninety: '90',
};
const SMALL =
  setOf(`a an the is are was were be been being am do does did done can could would should will shall may might
  must have has had i me my mine we us our you your it its it's this that these those of in on at to for from by with as
  and or but if so than then there here what whats which who whos whom whose when whens where wheres why how hows please
  kindly tell give show explain describe list about some any s re m ll ve d t let lets get just also really actually
  quickly briefly help need want like know find out way ways people one's someone you're i'm does one ones hey hi hello
  thanks thank yes ok okay able possible`);
/** Each line means about the same; a word of one line in place of another of it is no difference. */
const ALIKE = new Map<string, number>();
for (const [line, words] of `big large huge
small little tiny
begin start
finish end complete
buy purchase
fix repair solve resolve
make create build produce prepare
erase delete remove
car automobile
quick fast rapid
happy glad
difference distinction
method approach technique
choose pick select
help assist
error bug mistake
pc computer
photo picture image
cook boil
movie film
job work
kid child children
doctor physician
shop store
phone telephone
mean signify define definition meaning
change modify alter
reset restore recover
send mail
talk speak
write compose
summarize summarise summary
calculate compute
city town
show display
function work
capital capitals
install setup
cost price
author writer
invent invented inventor
use using usage
benefits advantages pros
drawbacks disadvantages cons
convert transform
translate translation
learn study
improve better enhance
safe safely
recipe recipes
tip tips advice hint hints`
  .split('\n')
  .entries())
  for (const word of words.split(' ')) ALIKE.set(stemOf(word), line);

/** One on the left and one on the right never answer each other. */
const OPPOSITES = new Map<string, string>();
for (const pair of `increase/decrease raise/lower enable/disable activate/deactivate on/off buy/sell before/after max/min
  maximum/minimum most/least more/less open/close start/stop begin/end hot/cold left/right north/south east/west
  import/export encrypt/decrypt encode/decode login/logout add/remove insert/delete upgrade/downgrade install/uninstall
  ascending/descending true/false largest/smallest biggest/smallest highest/lowest tallest/shortest longest/shortest
  oldest/newest oldest/youngest earliest/latest first/last best/worst cheapest/dearest fastest/slowest legal/illegal
  safe/unsafe safe/dangerous possible/impossible allow/forbid allow/block accept/reject accept/decline win/lose
  advantages/disadvantages pros/cons benefits/drawbacks benefits/risks inside/outside up/down upload/download
  push/pull lock/unlock subscribe/unsubscribe follow/unfollow connect/disconnect male/female men/women boys/girls
  husband/wife mother/father brother/sister king/queen input/output hardware/software client/server read/write
  public/private positive/negative gain/lose love/hate always/never above/below over/under early/late happy/sad
  good/bad easy/hard easy/difficult light/dark day/night summer/winter borrow/lend teach/learn give/take question/answer
  arrive/depart arrival/departure show/hide mount/unmount freeze/thaw expand/collapse zip/unzip compress/decompress
  mute/unmute hire/fire sync/async synchronous/asynchronous absolute/relative vertical/horizontal row/column
  rows/columns wide/narrow deep/shallow strong/weak rich/poor full/empty odd/even even/odd plus/minus
  multiply/divide credit/debit profit/loss assets/liabilities supply/demand cat/dog lunch/dinner breakfast/dinner
  breakfast/lunch celsius/fahrenheit kilometers/miles km/miles meters/feet pounds/kilograms dollars/euros`.split(
  /\s+/,
)) {
  const [left = '', right = ''] = pair.split('/');
  for (const [from, to] of [
    [left, right],
    [right, left],
  ] as const)
    OPPOSITES.set(from, `${OPPOSITES.get(from) ?? ''} ${to} `);
}

function read(text: string): Read {
  const found: Read = {
    numbers: [],
    dates: [],
    names: [],
    negations: 0,
    questions: [],
    words: [],
    all: new Set(),
    content: [],
  };
  const spelled = text.replace(/[’`]/g, "'");
  let starts = true;
  for (const { 0: token } of spelled.matchAll(TOKEN)) {
    if (/^[.!?:;\n]$/.test(token)) {
      starts = true;
      continue;
    }
    readWord(token, starts, found);
    starts = false;
  }
  return found;
}

/** Numbers with their signs, operators, words with apostrophes and inner dots (`node.js`), ends of sentences. */
const TOKEN =
  /[-−]?\p{N}[\p{N}.,:/]*(?<![.,:/])(?:st|nd|rd|th|%)?|[+*/<>^%€$£]|\p{L}[\p{L}\p{M}\p{N}'+#]*(?:\.\p{L}+)*|[.!?:;\n]/gu;

function readWord(token: string, starts: boolean, found: Read): void {
  const word = token.toLowerCase().replace(/'s$/, '');
  if (/^[-−]?\p{N}/u.test(word)) {
    found.numbers.push(MORE_NUMBERS[word] ?? word.replace(/,(?=\d{3}\b)/g, '').replace('−', '-'));
    return;
  }
  if (/^[^\p{L}]/u.test(word)) {
    found.numbers.push(word);
    return;
  }
  if (KINDS.has(word) && !found.questions.includes(word)) found.questions.push(word);
  const bare = word.replaceAll("'", '');
  found.words.push(word);
  found.all.add(word);
  const capital = /^\p{Lu}/u.test(token);
  const number = NUMBER_WORDS.get(word) ?? MORE_NUMBERS[word];
  // "One" is a pronoun, too.
  if (number !== undefined && word !== 'one' && word !== 'second') found.numbers.push(number);
  else if (DATES.has(word) && ((capital && !starts) || !ONLY_WITH_CAPITAL.has(word)))
    found.dates.push(word.slice(0, 3));
  else if (NEGATIONS.has(bare) || /n't$/.test(word)) found.negations += 1;
  else if (!SMALL.has(word) && !SMALL.has(bare)) {
    found.content.push(stemOf(word));
    // Of a word that begins a sentence nobody can tell; one in capitals, or with one inside, is a name anywhere.
    const is_name = (capital && !starts) || /\p{Ll}\p{Lu}|^\p{Lu}{2,}|[#+]|\p{N}/u.test(token);
    if (is_name) found.names.push(word);
  }
}

function differenceOf(one: string[], other: string[]): string | null {
  const a = [...one].sort().join(' ');
  const b = [...other].sort().join(' ');
  return a === b ? null : `${a || 'none'} / ${b || 'none'}`;
}

/** A name in one text that the other does not say at all. */
function strangerOf(one: Read, other: Read): string | null {
  const stems = new Set([...other.all].map(stemOf));
  return one.names.find((name) => !other.all.has(name) && !stems.has(stemOf(name))) ?? null;
}

function oppositeOf(one: Read, other: Read): string | null {
  for (const word of one.all) {
    if (other.all.has(word)) continue;
    const against = OPPOSITES.get(word) ?? '';
    for (const candidate of other.all)
      if (!one.all.has(candidate) && against.includes(` ${candidate} `)) return `${word} / ${candidate}`;
    if (/^(?:un|in|im|il|ir|dis|non|de|mis)/.test(word) || word.endsWith('less')) {
      const base = word.endsWith('less')
        ? `${word.slice(0, -4)}ful`
        : word.replace(/^(?:un|in|im|il|ir|dis|non|de|mis)/, '');
      if (base.length > 2 && other.all.has(base)) return `${word} / ${base}`;
    }
  }
  const back = [...other.all].find(
    (word) =>
      /^(?:un|in|im|il|ir|dis|non)/.test(word) &&
      !one.all.has(word) &&
      one.all.has(word.replace(/^(?:un|in|im|il|ir|dis|non)/, '')),
  );
  return back ?? null;
}

/** One says all that the other says, and more: it asks for less. */
function addedWord(one: Read, other: Read): string | null {
  if (
    missingIn(one.content, other.content).some(
      (word) => !other.content.some((candidate) => isAlike(word, candidate)),
    )
  )
    return null;
  return (
    missingIn(other.content, one.content).find(
      (word) => !one.content.some((candidate) => isAlike(word, candidate)),
    ) ?? null
  );
}

/** The same but for one word that is no other word for the same. */
function substitutedWord(one: Read, other: Read): string | null {
  const mine = missingIn(one.content, other.content);
  const theirs = missingIn(other.content, one.content);
  if (mine.length === 0 || theirs.length === 0) return null;
  const shared = one.content.length - mine.length;
  // Where most is said otherwise, only the vectors can tell.
  if (Math.max(mine.length, theirs.length) > 1 && shared < Math.max(mine.length, theirs.length)) return null;
  const strange = mine.find((word) => !theirs.some((candidate) => isAlike(word, candidate)));
  const counterpart = theirs.find((word) => !mine.some((candidate) => isAlike(word, candidate)));
  return strange === undefined || counterpart === undefined ? null : `${strange} / ${counterpart}`;
}

const missingIn = (words: string[], others: string[]): string[] =>
  words.filter((word) => !others.includes(word));

function isAlike(one: string, other: string): boolean {
  const line = ALIKE.get(one);
  if (line !== undefined && line === ALIKE.get(other)) return true;
  // Another ending, or a typing error in a longer word.
  const shorter = Math.min(one.length, other.length);
  let same = 0;
  while (same < shorter && one[same] === other[same]) same += 1;
  return shorter >= 5 && same >= shorter - 1;
}

/** From here to there, this before that, more than: order is all there is. */
function orderDiffers(one: Read, other: Read): boolean {
  if (one.numbers.join() !== other.numbers.join() && NUMBERS_ORDERED.test(one.words.join(' '))) return true;
  if (!ORDERED.test(one.words.join(' ')) && !ORDERED.test(other.words.join(' '))) return false;
  const shared = one.content.filter((word) => other.content.includes(word));
  const theirs = other.content.filter((word) => one.content.includes(word));
  return (
    shared.length > 1 &&
    shared.length === theirs.length &&
    shared.join() !== theirs.join() &&
    sameEnds(one, other)
  );
}

const NUMBERS_ORDERED = /\b(?:from|to|by|minus|divided|than|over|before|after)\b/;
const ORDERED = /\b(?:from|to|into|than|before|after|versus|over|minus|divided|by|between)\b/;

/** Both use the word that orders: else the order of the rest means nothing. */
function sameEnds(one: Read, other: Read): boolean {
  for (const word of ['from', 'to', 'into', 'than', 'before', 'after', 'minus', 'by'])
    if (one.all.has(word) && other.all.has(word)) return true;
  return false;
}
