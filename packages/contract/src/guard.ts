import type { Answer, AnswerEvent } from './answer.ts';
import type { GatewayError } from './error.ts';
import type { Residency } from './residency.ts';

/** What a PII guard knows by itself. `custom` patterns are named by their owner. */
export const PII_TYPES = ['email', 'phone', 'ssn', 'credit_card', 'iban', 'api_key', 'ip_address'] as const;
export type PiiType = (typeof PII_TYPES)[number];

/** `input`: what goes to a provider. `output`: what comes back. */
export const GUARD_SIDES = ['input', 'output'] as const;
export type GuardSide = (typeof GUARD_SIDES)[number];

/**
 * - `redact` puts a placeholder in place of each value; only guards that find values can
 * - `block` refuses the request, or ends the answer before anything of the value is shown
 * - `flag` changes nothing and is told in receipt and trace
 */
export const GUARD_ACTIONS = ['redact', 'block', 'flag'] as const;
export type GuardAction = (typeof GUARD_ACTIONS)[number];

/** A pattern of the owner's, for a linear-time engine: no look-around, no back references. */
export interface CustomPattern {
  /** Becomes the placeholder: `order_number` → `[ORDER_NUMBER_1]`. */
  name: string;
  pattern: string;
}

export type GuardRule =
  | {
      kind: 'pii';
      types: PiiType[];
      custom: CustomPattern[];
      /** Countries whose national phone numbers are known without `+`, ISO 3166 alpha-2. */
      phone_regions: string[];
      /** The client gets the value back where the model repeats its placeholder. */
      restore: boolean;
    }
  /** Whole words and phrases, in any case. */
  | { kind: 'words'; words: string[] }
  | { kind: 'injection' }
  /**
   * By meaning: the cosine of a passage and a topic, as an embedder sees them, is `similarity_min` or more.
   * `embedder`: `CONNECTION/MODEL`; `null` = the deployment's own.
   */
  | { kind: 'topics'; topics: string[]; similarity_min: number; embedder: string | null; deadline_ms: number }
  /** `null` = the schema that the request itself asked for. Output only. */
  | { kind: 'json_schema'; schema: Record<string, unknown> | null }
  | { kind: 'length'; chars_max: number }
  /** ISO 639-1. */
  | { kind: 'language'; allowed: string[] }
  /** Asks a model at one of the organization's connections; any of `categories`, or any at all if empty. */
  | {
      kind: 'moderation';
      connection_id: string;
      model: string;
      /** `chat` = any chat model, told what to look for; absent = a model of the moderations operation. */
      by?: 'moderations' | 'chat';
      /** For `chat`: what is not allowed, in words; absent or `null` = the usual categories. */
      instructions?: string | null;
      categories: string[];
      deadline_ms: number;
    }
  /**
   * `signing` absent = what it is sent is not signed: it was made before that could be. `region`: where it is, in its
   * owner's word; absent or `null` = nobody said.
   */
  | {
      kind: 'webhook';
      url: string;
      deadline_ms: number;
      region?: Residency | null;
      signing?: GuardSigning;
    };

/** With which secrets the calls of a webhook guard are signed. The secrets themselves stand elsewhere, encrypted. */
export interface GuardSigning {
  secret_id: string;
  /** The one before the last rotation; `null` = never rotated. */
  previous_secret_id: string | null;
  /** Until when that one signs too; `null` = never rotated. */
  previous_expires_at_ms: number | null;
}

/**
 * Signing secrets of webhook guards, encrypted. One is made and removed, never changed: which of them sign is a
 * matter of the guard. Every call names its organization, and nothing of another one is ever found or removed. What
 * needs a key of the gateway throws GatewayError encryption_unavailable where there is none.
 */
export interface GuardSecretStore {
  create(organization_id: string, id: string, secret: string, now_ms: number): Promise<void>;
  /** To sign with, and for nothing else. @throws Error when there is none, or it cannot be read */
  secret(organization_id: string, id: string): Promise<string>;
  /** Removes what is not in `used` and was made before: newer ones may be of a change that is on its way. */
  removeUnused(organization_id: string, used: readonly string[], before_ms: number): Promise<void>;
}

export type GuardKind = GuardRule['kind'];

/** One guard of an organization. Guards run in ascending `position`, then by name. */
export interface GuardPolicy {
  name: string;
  enabled: boolean;
  position: number;
  /** Ids of the keys that it holds for; with `assistants` empty too, it holds for all. */
  keys: string[];
  /** Names of the assistants that it holds for. */
  assistants: string[];
  sides: GuardSide[];
  action: GuardAction;
  /** When the guard itself fails; `null` = `closed` for redact and block, `open` for flag. */
  on_failure: 'closed' | 'open' | null;
  rule: GuardRule;
}

/** What one guard found on one side. Never holds what it found. */
export interface GuardVerdict {
  guard: string;
  kind: GuardKind;
  side: GuardSide;
  /**
   * What was done. `failed` = it could not judge: the request went on, or was refused where it may not. `passed` = it
   * found nothing, and is told because it cost something.
   */
  action: GuardAction | 'failed' | 'passed';
  /** How often, by type of value, word list or rule. */
  found: Record<string, number>;
  /** Of a chat model that was asked; absent = none was. */
  spent?: GuardSpent;
}

/** What the call of a guard's model cost. It is between the organization and its provider: no key pays for it. */
export interface GuardSpent {
  model: string;
  input_tokens: number;
  output_tokens: number;
  /** `null` = its price is unknown. */
  cost_usd_nanos: number | null;
}

/**
 * Looks at one answer on its way to the client. Where there is one, no byte of a provider's answer is passed on
 * untouched: every door writes what this lets through.
 */
export interface AnswerGuard {
  /** What of a stream may be shown now; nothing more once it is blocked. */
  push(event: AnswerEvent): AnswerEvent[];
  /**
   * The stream is over: what was held, judged.
   * @param complete false = it broke off, and what was held is half of something: it is dropped
   */
  finish(complete: boolean): Promise<AnswerEvent[]>;
  /** Nothing was shown of a stream that broke, and another answer begins in its place. */
  restart(): void;
  /** A whole answer as it may be shown. Blocked, it must not be. */
  judge(answer: Answer): Promise<Answer>;
  /** What the client is told in place of the rest; `null` = it may be shown. */
  readonly blocked: GatewayError | null;
  /** What may be kept of the answer: values replaced, and none given back. */
  readonly text: string;
}
