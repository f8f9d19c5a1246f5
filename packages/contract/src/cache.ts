import type { Answer, AnswerEvent } from './answer.ts';

/** Answers that are kept only where somebody says so: each of them can mislead whoever is served it again. */
export const UNSAFE_ANSWERS = ['tool_calls', 'truncated', 'filtered', 'refusals'] as const;
export type UnsafeAnswer = (typeof UNSAFE_ANSWERS)[number];

export const CACHE_SCOPES = ['organization', 'key', 'user'] as const;

/**
 * What an organization or a key says of its cache. What is absent or `null` is not said: a key's word wins over its
 * organization's, and what neither says holds as `CACHE_DEFAULTS`.
 */
export interface CacheSettings {
  /** Absent: off, but a request may turn it on. False: nobody may. */
  enabled?: boolean | null;
  /** Also answers to other words for the same question. Absent: as soon as anybody names a threshold. */
  semantic?: boolean | null;
  /** 0.9 to 1. A caller may raise it, never lower it. */
  similarity_threshold?: number | null;
  ttl_seconds?: number | null;
  /** Who shares answers: everybody of the organization, one key, or one user of one key. */
  scope?: (typeof CACHE_SCOPES)[number] | null;
  /** Patterns as in allow lists. */
  excluded_models?: string[] | null;
  /** A request with a higher temperature wants something new each time. */
  temperature_max?: number | null;
  also?: UnsafeAnswer[] | null;
  /** Identical requests that come while the first one is under way share its answer. */
  single_flight?: boolean | null;
  /** `CONNECTION/MODEL` that makes the vectors; absent = the deployment's own embedder. */
  embedder?: string | null;
  /** Pairs of questions that must never answer each other, as `pairOf` names them. An organization's only. */
  never_match?: string[] | null;
}

/** What holds for one request. */
export interface CacheRules {
  semantic: boolean;
  similarity_threshold: number;
  ttl_ms: number;
  scope: (typeof CACHE_SCOPES)[number];
  namespace: string;
  also: readonly UnsafeAnswer[];
  single_flight: boolean;
  embedder: string | null;
  never_match: readonly string[];
}

/** `x-cache` of a request. */
export interface CacheHints {
  enabled?: boolean | null;
  similarity_threshold?: number | null;
  ttl_seconds?: number | null;
  namespace?: string | null;
}

export const CACHE_DEFAULTS = {
  similarity_threshold: 0.95,
  ttl_seconds: 3_600,
  temperature_max: 1,
} as const;

/** An answer at rest, with all that is needed to serve it again and to say where it comes from. */
export interface CachedAnswer {
  /** Names it in receipts: `ans_…`. */
  id: string;
  /** Compared once more when it is read. */
  organization_id: string;
  stored_at_ms: number;
  /** Of the request that it was made for. */
  request_id: string;
  provider: string;
  model: string;
  /** What it cost then; `null` = unknown. */
  cost_usd_nanos: number | null;
  answer: Answer;
}

/** An answer that was close, and why it was not served. */
export interface NearMiss {
  entry_id: string;
  similarity: number;
  because: string;
  /** As in `CacheRecord`. */
  pair: string;
}

/** Where an answer came from that no provider was asked for, and what was close: for receipt and trace. */
export interface CacheRecord {
  /** `flight`: made for an identical request at the same time. `idempotency`: the same request, sent again. */
  kind: 'exact' | 'semantic' | 'flight' | 'idempotency';
  /** `null` where nothing was compared. */
  similarity: number | null;
  age_ms: number;
  entry_id: string | null;
  /** What asking a provider would have cost; `null` = unknown. */
  saved_usd_nanos: number | null;
  /** Names the question and the one that it was taken for, so that an owner can part them; absent = they are one. */
  pair?: string;
}

/** The exact cache. Every call names its organization; what belongs to another one is never found. */
export interface CachePort {
  /** @returns `null` when there is none, or it is too old. */
  find(organization_id: string, fingerprint: string): Promise<CachedAnswer | null>;
  store(fingerprint: string, entry: CachedAnswer, expires_at_ms: number): Promise<void>;
  /** Forgets all of an organization's answers. @returns how many there were. */
  clear(organization_id: string): Promise<number>;
}

/** Looks on while an answer is made for its client. Must neither throw nor wait. */
export interface AnswerTap {
  /** A whole answer. */
  answer(answer: Answer): void;
  /** The next events of a streamed one, as the client gets them. */
  events(events: readonly AnswerEvent[]): void;
}

/** Who else reads an answer that is being made for a client. Must neither throw nor wait. */
export interface Audience {
  /** The client has gone. True: the answer is read on; `client_gone` of the call ends it when nobody listens any more. */
  left(): boolean;
  /** Somebody else reads now: nobody waits for a slow client. */
  readonly listening: boolean;
}

/** Who may write a log, or what became of it. */
export type LogClaim =
  /** Nobody was there before: the caller writes. `token` proves it. */
  | { kind: 'first'; token: string }
  /** Somebody else is writing. */
  | { kind: 'running' }
  | { kind: 'done'; head: string }
  /** It was claimed for another content. */
  | { kind: 'conflict' };

/**
 * Logs of answers by name, each written once by whoever claims it first and read by anybody at any time, from its
 * beginning on and while it grows. A writer that dies loses its claim with its lease.
 */
export interface AnswerLogPort {
  /** @param content what the log is for; a claim for anything else is a conflict. */
  claim(name: string, content: string, lease_ms: number): Promise<LogClaim>;
  /** Ends when the log is closed; breaks off when its writer gave up. `null` = there is none. */
  read(name: string): Promise<ReadableStream<Uint8Array> | null>;
  /** Waits until the writer is done. @returns its head; `null` = it gave up, or is still at it after `wait_ms`. */
  wait(name: string, wait_ms: number): Promise<string | null>;
  /** @param bytes may be none. @returns how many read it now. */
  append(name: string, token: string, bytes: Uint8Array): Promise<number>;
  /** @param keep_ms how long it can still be read. */
  close(name: string, token: string, head: string, keep_ms: number): Promise<void>;
  /** As if it had never been claimed. */
  abandon(name: string, token: string): Promise<void>;
}
