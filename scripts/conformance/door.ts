import type { Case, NativeApi } from './corpus.ts';

/** Tokens as OpenAI counts them: cached and written inside the prompt, reasoning inside the completion. */
export interface Tokens {
  prompt: number;
  completion: number;
  total: number;
  cached: number;
  cache_write: number;
  reasoning: number;
}

/** What a client of a door saw of one answer, read without any code of the gateway. Of the first choice. */
export interface Observed {
  status: number;
  streamed: boolean;
  /** As received, all of it. */
  body_text: string;
  id: string | null;
  model: string | null;
  choices: number;
  text: string;
  reasoning: string;
  refusal: string;
  tool_calls: { id: string; name: string; arguments: string }[];
  finish: string | null;
  /** `null` = not told. */
  tokens: Tokens | null;
  /** Chunks that carry usage and nothing else. */
  usage_chunks: number;
  /** Signatures and opaque reasoning, wherever they are carried; each once, sorted. */
  signatures: string[];
  annotations: number;
  logprobs: boolean;
  error: { code: string | null; message: string; param: string | null } | null;
  /** What breaks the door's own grammar. */
  grammar: string[];
  /** The connection broke off. */
  broken: boolean;
}

export interface Received {
  status: number;
  content_type: string;
  body_text: string;
  broken: boolean;
}

export type Lack = 'choices' | 'ids' | 'refusal' | 'annotations' | 'logprobs' | 'error_codes';

/** A door seen from outside: how a client asks, and how it reads what comes back. */
export interface ConformanceDoor {
  readonly id: string;
  readonly path: string;
  /** Recordings of this format pass through untouched; others are translated. */
  readonly native_api: NativeApi | null;
  /** This door's words for OpenAI's finish reasons. */
  readonly finish: Record<string, string>;
  /** What this format has no place for. */
  readonly lacks: readonly Lack[];
  renderRequest(one: Case, model: string, options: { include_usage: boolean }): string;
  readAnswer(received: Received): Observed;
}
