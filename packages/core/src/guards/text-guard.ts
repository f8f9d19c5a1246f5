import { type GuardPolicy, type GuardRule, PII_TYPES, type PiiType } from '@sluice/contract';
import { compilePattern } from './custom-pattern.ts';
import { findApiKeys } from './find-api-keys.ts';
import { findEmails } from './find-emails.ts';
import { findIbans } from './find-ibans.ts';
import { findIpAddresses } from './find-ip-addresses.ts';
import { findCards, findSsns } from './find-numbers.ts';
import { findPhones, knownRegions } from './find-phones.ts';
import { heldFrom } from './held-from.ts';
import { type NormalText, originalSpan } from './normal-text.ts';
import { type FindSpans, mergeSpans, type Span } from './span.ts';
import { compileWords } from './words.ts';

/** A guard that finds values in a text, so that it can redact them and judge a stream as it comes. */
export interface TextGuard {
  policy: GuardPolicy;
  /** Spans of the original text, in order, none overlapping another. */
  find(normal: NormalText): Span[];
  /** Offset in the normal text from which on a value may be unfinished; 0 = only the whole can be judged. */
  heldFrom(text: string): number;
  /** Values may be given back to the client. */
  restore: boolean;
}

type PiiRule = Extract<GuardRule, { kind: 'pii' }>;

/** `null` where the guard judges a text as a whole. */
export function compileTextGuard(policy: GuardPolicy): TextGuard | null {
  const { rule } = policy;
  if (rule.kind === 'pii') return compilePii(policy, rule);
  if (rule.kind !== 'words') return null;
  const { find, chars_max } = compileWords(rule.words);
  return {
    policy,
    find: (normal) => toOriginal(normal, find(normal.text)),
    heldFrom: (text) => Math.max(0, text.length - chars_max),
    restore: false,
  };
}

function compilePii(policy: GuardPolicy, rule: PiiRule): TextGuard {
  const regions = knownRegions(rule.phone_regions);
  const finders: FindSpans[] = [];
  for (const type of ORDER) {
    if (!rule.types.includes(type)) continue;
    finders.push(type === 'phone' ? (text) => findPhones(text, regions) : FINDERS[type]);
  }
  let custom_chars = 0;
  for (const custom of rule.custom) {
    const { find, chars_max } = compilePattern(custom);
    finders.push(find);
    custom_chars = Math.max(custom_chars, chars_max);
  }
  const builtin = rule.types.length > 0;
  return {
    policy,
    find: (normal) => toOriginal(normal, findAll(finders, normal.text)),
    heldFrom(text) {
      const own = Math.max(0, text.length - custom_chars);
      return builtin ? Math.min(own, heldFrom(text)) : own;
    },
    restore: rule.restore,
  };
}

/** Where two types claim the same characters the earlier one names them. */
const ORDER: readonly PiiType[] = ['api_key', 'email', 'iban', 'credit_card', 'ssn', 'ip_address', 'phone'];

const FINDERS: Readonly<Record<Exclude<PiiType, 'phone'>, FindSpans>> = {
  api_key: findApiKeys,
  email: findEmails,
  iban: findIbans,
  credit_card: findCards,
  ssn: findSsns,
  ip_address: findIpAddresses,
};

function findAll(finders: readonly FindSpans[], text: string): Span[] {
  const lists: Span[][] = [];
  for (const find of finders) lists.push(find(text));
  return mergeSpans(lists);
}

function toOriginal(normal: NormalText, spans: Span[]): Span[] {
  if (normal.from === null || spans.length === 0) return spans;
  return spans.map(({ start, end, type }) => ({ ...originalSpan(normal, start, end), type }));
}

/** A guard for all built-in types, as the accuracy command and quick trials use it. */
export const everyPii = (phone_regions: string[]): PiiRule => ({
  kind: 'pii',
  types: [...PII_TYPES],
  custom: [],
  phone_regions,
  restore: false,
});
