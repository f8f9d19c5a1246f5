import type { Guard, GuardRule, GuardVerdict } from '@sluice/client';
import type { Tone } from '../../ui/badge.tsx';

export type Kind = GuardRule['kind'];
export type Action = Guard['action'];
export type RuleOf<K extends Kind> = Extract<GuardRule, { kind: K }>;

interface KindWords {
  label: string;
  /** One line about what it judges. */
  about: string;
  /** What a new one does unless somebody says otherwise. */
  action: Action;
  rule: GuardRule;
}

export const PII_TYPES = {
  email: 'Email addresses',
  phone: 'Phone numbers',
  ssn: 'US social security numbers',
  credit_card: 'Credit cards',
  iban: 'IBANs',
  api_key: 'API keys and tokens',
  ip_address: 'IP addresses',
} as const;

const deadline_ms = 2_000;

/** Every kind of rule with its words and a new one of it. */
export const KINDS: { [K in Kind]: KindWords & { rule: RuleOf<K> } } = {
  pii: {
    label: 'Personal data and secrets',
    about: 'Finds values by their form: addresses, numbers, keys, and patterns of your own.',
    action: 'redact',
    rule: {
      kind: 'pii',
      types: Object.keys(PII_TYPES) as (keyof typeof PII_TYPES)[],
      custom: [],
      phone_regions: ['US'],
      restore: false,
    },
  },
  words: {
    label: 'Words',
    about: 'Whole words and phrases, in any case.',
    action: 'block',
    rule: { kind: 'words', words: [] },
  },
  injection: {
    label: 'Prompt injection',
    about: 'Phrases of prompt injection and jailbreaks. Rules, not understanding: start with flag.',
    action: 'flag',
    rule: { kind: 'injection' },
  },
  topics: {
    label: 'Topics',
    about: 'What a text is about, as an embedding model sees it.',
    action: 'flag',
    rule: { kind: 'topics', topics: [], similarity_min: 0.6, embedder: null, deadline_ms },
  },
  length: {
    label: 'Length',
    about: 'Texts that are too long.',
    action: 'flag',
    rule: { kind: 'length', chars_max: 20_000 },
  },
  language: {
    label: 'Language',
    about: 'Texts in other languages than those allowed.',
    action: 'flag',
    rule: { kind: 'language', allowed: ['en'] },
  },
  json_schema: {
    label: 'JSON schema',
    about: 'Answers that are no JSON, or do not follow a schema.',
    action: 'block',
    rule: { kind: 'json_schema', schema: null },
  },
  moderation: {
    label: 'Moderation by a model',
    about:
      'Asks a model at one of your connections: a moderation model, or any chat model told what is not allowed.',
    action: 'flag',
    rule: {
      kind: 'moderation',
      connection_id: '',
      model: 'omni-moderation-latest',
      by: 'moderations',
      instructions: null,
      categories: [],
      deadline_ms,
    },
  },
  webhook: {
    label: 'Your own service',
    about: 'Sends the texts, signed, to a service of yours, which allows or refuses them.',
    action: 'flag',
    rule: { kind: 'webhook', url: '', deadline_ms },
  },
};

/** Only what finds values can put something in their place. */
export const canRedact = (kind: Kind): boolean => kind === 'pii' || kind === 'words';

export const ACTIONS: Record<Action, { label: string; hint: string; tone: Tone }> = {
  redact: { label: 'Redact', hint: 'A placeholder takes the place of each value.', tone: 'info' },
  block: { label: 'Block', hint: 'The request is refused, or the answer ends.', tone: 'bad' },
  flag: { label: 'Flag', hint: 'Nothing changes; it is told in trace and receipt.', tone: 'warn' },
};

/** `passed`: it found nothing, and is told because it cost something. */
type Said = GuardVerdict['action'];

export const toneOfAction = (action: Said): Tone =>
  action === 'failed' ? 'bad' : action === 'passed' ? 'good' : ACTIONS[action].tone;

export const labelOfAction = (action: Said): string =>
  action === 'failed' ? 'Failed' : action === 'passed' ? 'Passed' : ACTIONS[action].label;

export const newGuard = (kind: Kind, position: number): Guard => ({
  name: '',
  enabled: true,
  position,
  keys: [],
  assistants: [],
  sides: kind === 'json_schema' ? ['output'] : ['input', 'output'],
  action: KINDS[kind].action,
  on_failure: null,
  rule: structuredClone(KINDS[kind].rule),
});

const few = (names: readonly string[], most = 3): string =>
  names.length <= most
    ? names.join(', ')
    : `${names.slice(0, most).join(', ')} and ${names.length - most} more`;

/** What a rule looks for, in a few words. */
export function describeRule(rule: GuardRule): string {
  switch (rule.kind) {
    case 'pii': {
      const all = rule.types.length === Object.keys(PII_TYPES).length;
      const types = all ? ['all types'] : rule.types.map((type) => PII_TYPES[type].toLowerCase());
      return few([...types, ...rule.custom.map(({ name }) => name)]) || 'nothing';
    }
    case 'words':
      return few(rule.words);
    case 'injection':
      return 'known phrases';
    case 'topics':
      return `${few(rule.topics)} (from ${rule.similarity_min})`;
    case 'json_schema':
      return rule.schema === null ? 'the schema that the request asks for' : 'a schema of its own';
    case 'length':
      return `over ${rule.chars_max.toLocaleString()} characters`;
    case 'language':
      return `other than ${few(rule.allowed)}`;
    case 'moderation':
      return `${rule.model}${rule.categories.length === 0 ? '' : `: ${few(rule.categories)}`}`;
    case 'webhook':
      return rule.url;
  }
}

/** "email 2, phone 1". */
export const describeFound = (found: Record<string, number>): string =>
  Object.entries(found)
    .map(([name, times]) => (times === 1 ? name : `${name} × ${times}`))
    .join(', ');
