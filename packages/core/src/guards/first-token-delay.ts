import type { GuardAction, GuardPolicy, GuardRule } from '@sluice/contract';
import { OutputGuard } from './answer-guard.ts';
import { GuardRun } from './guard-run.ts';
import { selectGuards } from './guard-set.ts';
import { everyPii } from './text-guard.ts';

/** Characters of one event, about a token. */
const EVENT_CHARS = 4;

/** How much of an answer a model had to say before the client saw the first of it, beyond the first event. */
export interface FirstTokenDelay {
  guard: string;
  median_events: number;
  p95_events: number;
  most_chars: number;
}

const pii = (custom: { name: string; pattern: string }[], types = everyPii([]).types): GuardRule => ({
  ...everyPii(['US']),
  types,
  custom,
});

const CASES: readonly [string, GuardRule, GuardAction][] = [
  ['`pii`, all types', pii([]), 'redact'],
  [
    '`pii`, a custom pattern of at most 12 characters',
    pii([{ name: 'order', pattern: 'ORD-[0-9]{8}' }], []),
    'redact',
  ],
  ['`pii`, a custom pattern without a bound', pii([{ name: 'order', pattern: 'ORD-[0-9]+' }], []), 'redact'],
  ['`words`, the longest of 14 characters', { kind: 'words', words: ['secret project'] }, 'block'],
  ['any kind that flags', { kind: 'injection' }, 'flag'],
  ['a kind that blocks on the whole text', { kind: 'length', chars_max: 100_000 }, 'block'],
];

/** Streams each text through each kind of guard. The same texts give the same numbers on every machine. */
export const measureFirstToken = (texts: readonly string[]): FirstTokenDelay[] =>
  CASES.map(([guard, rule, action]) => {
    const delays = texts.map((text) => delayOf(text, rule, action)).sort((a, b) => a - b);
    const at = (share: number): number => delays[Math.floor(share * (delays.length - 1))] ?? 0;
    return {
      guard,
      median_events: at(0.5) / EVENT_CHARS,
      p95_events: at(0.95) / EVENT_CHARS,
      most_chars: at(1),
    };
  });

/** In characters that came after the first event; the whole rest where nothing was shown before the end. */
function delayOf(text: string, rule: GuardRule, action: GuardAction): number {
  const policy: GuardPolicy = {
    name: 'one',
    enabled: true,
    position: 0,
    keys: [],
    assistants: [],
    sides: ['output'],
    action,
    on_failure: null,
    rule,
  };
  const guards = selectGuards([policy], 'output', 'key', null);
  const guard = new OutputGuard(guards, new GuardRun(), async () => undefined);
  for (let at = 0; at < text.length; at += EVENT_CHARS)
    if (guard.push({ type: 'text', choice: 0, text: text.slice(at, at + EVENT_CHARS) }).length > 0) return at;
  return Math.ceil(text.length / EVENT_CHARS) * EVENT_CHARS;
}
