import type { Answer, AnswerEvent, FinishReason, Usage } from './answer.ts';
import type { ChatRequest } from './chat.ts';
import type { ModelRequest, Operation } from './model-request.ts';
import type { Connection } from './organization.ts';
import type { FetchPort } from './ports.ts';

/** Wire formats. A door speaks one; a provider speaks one or more for each operation that it has. */
export const PROTOCOL_IDS = [
  'chat-completions',
  'anthropic',
  'gemini',
  'responses',
  'cohere',
  'bedrock-converse',
  'workers-ai',
  'completions',
  'embeddings',
  'gemini-embeddings',
  'vertex-embeddings',
  'cohere-embeddings',
  'bedrock-embeddings',
  'images',
  'image-edits',
  'speech',
  'transcriptions',
  'translations',
  'moderations',
  'rerank',
  'anthropic-count-tokens',
  'gemini-count-tokens',
  'estimated-count-tokens',
] as const;
export type ProtocolId = (typeof PROTOCOL_IDS)[number];

/**
 * What went wrong at a provider, reduced to what decides failover (`core/routing/verdict.ts` holds the table).
 * - `overloaded` 500, 502, 503, 504, 529 and their kin · `network` no or broken connection, TLS, 3xx
 * - `timeout` a deadline of ours passed · `truncated` the stream ended without its terminal event
 * - `malformed` an answer that cannot be read · `rate_limited` 429 that time heals
 * - `quota` no credit, spend limit, daily allocation: time does not heal it soon
 * - `auth` our credential was rejected · `conflict` 408, 409
 * - `model_not_found` · `context_too_long` · `content_refused` blocked by the provider's policy
 * - `invalid_request` the caller's request cannot work at this provider
 */
export const FAILURE_KINDS = [
  'overloaded',
  'network',
  'timeout',
  'truncated',
  'malformed',
  'rate_limited',
  'quota',
  'auth',
  'conflict',
  'model_not_found',
  'context_too_long',
  'content_refused',
  'invalid_request',
] as const;
export type FailureKind = (typeof FAILURE_KINDS)[number];

export interface ProviderFailure {
  kind: FailureKind;
  /** The HTTP status that the provider answered with; `null` when there was no answer. */
  status: number | null;
  /** The provider's own text. For the trace; shown to the client only for `invalid_request` and its kin. */
  message: string;
  /** The provider's own code or type, where it gave one. */
  code: string | null;
  param: string | null;
  /** How long the provider asked us to wait, already parsed from any of its forms; `null` if it did not say. */
  retry_after_ms: number | null;
}

/** What a model can do and carry; `null` = unknown. From the catalogue. */
export interface ModelAbilities {
  context_tokens: number | null;
  output_tokens_max: number | null;
  tools: boolean | null;
  vision: boolean | null;
  json_schema: boolean | null;
  reasoning: boolean | null;
  audio?: boolean | null;
  /** A trailing assistant message is continued, not answered. */
  prefill?: boolean | null;
  prompt_cache?: boolean | null;
}

/** Of a model that nobody has described. */
export const UNKNOWN_ABILITIES: Readonly<ModelAbilities> = {
  context_tokens: null,
  output_tokens_max: null,
  tools: null,
  vision: null,
  json_schema: null,
  reasoning: null,
};

export interface RenderOptions {
  /** The model's name at the provider. */
  model: string;
  stream: boolean;
  /**
   * Upper bound of output tokens that the rest of the budget pays for; `null` = no bound but the client's own.
   * Rendered as the smaller of this and what the client asked for, per choice.
   */
  output_tokens_max: number | null;
  abilities: ModelAbilities;
  /** The client's own body and its format: a protocol that speaks it sends this text on when nothing must change. */
  source: {
    protocol: ProtocolId;
    body_text: string;
    /** Of the client's headers those that its door lets through, lower-case names (`anthropic-beta`, …). */
    headers: Record<string, string>;
  };
}

export interface RenderedRequest {
  /** Appended to the connection's base URL; every part that came from a caller is percent-encoded. */
  path: string;
  /** Protocol headers only; credentials come from `Provider.authorize`. Lower-case names. */
  headers: Record<string, string>;
  body: string;
  /** Sent in place of `body` where there is one; it sets its own content type, boundary included. */
  form?: FormData;
  /** Client parameters that this target cannot carry, by name, for the receipt. */
  dropped: string[];
  /** The answer will hold a usage chunk that the client did not ask for. */
  usage_added: boolean;
}

/** Reads one stream. Text arrives in any split; events come out as soon as they are complete. */
export interface StreamParser {
  /** @param text decoded text as it came; @returns the events that it completed, in order. */
  push(text: string): AnswerEvent[];
  /** The bytes have ended. Anything still open is closed here; never invents a finish. */
  end(): AnswerEvent[];
  /** The provider's terminal marker (a finish reason, `message_stop`, …) was seen. */
  readonly complete: boolean;
  /** Events that could not be read, so far. Three in a row make the parser emit an `error` of kind `malformed`. */
  readonly malformed: number;
}

/** What can be learned of a passed-through answer without changing a byte of it. */
export interface ScannedAnswer {
  usage: Usage | null;
  finish_reason: FinishReason | null;
  native_finish_reason: string | null;
  model: string | null;
  /** The terminal marker was seen. */
  complete: boolean;
  /** An error that the provider reported inside the stream or with status 200. */
  failure: ProviderFailure | null;
  /** Characters of visible text, reasoning and tool arguments, for an estimate when usage is missing. */
  output_chars: number;
}

/** Turns the bytes of an answer into the text that a stream parser reads. A `TextDecoder` is one. */
export interface StreamDecoder {
  decode(bytes?: Uint8Array, options?: { stream?: boolean }): string;
}

/** Of an answer in which nothing has been found yet. */
export const nothingScanned = (): ScannedAnswer => ({
  usage: null,
  finish_reason: null,
  native_finish_reason: null,
  model: null,
  complete: false,
  failure: null,
  output_chars: 0,
});

/**
 * A wire format: pure functions, no fetch, no clock. Five files, always the same:
 * `index.ts request.ts response.ts stream.ts error.ts`.
 */
export interface Protocol<Asked extends ModelRequest = ChatRequest> {
  readonly id: ProtocolId;
  readonly operation: Operation;
  /**
   * What answers are made of: `json` (whole, or a stream of events), `text` (whole, of any content type), or `bytes`,
   * which are piped to the client as they come and never read. Absent = `json`.
   */
  readonly answers?: 'json' | 'text' | 'bytes';
  /** @throws GatewayError invalid_request when this format has no way to carry the request. */
  renderRequest(asked: Asked, options: RenderOptions): RenderedRequest;
  /** @returns the answer, or a failure that came with status 200. Never throws on what a provider may send. */
  parseAnswer(body: unknown): { answer: Answer } | { failure: ProviderFailure };
  createStreamParser(): StreamParser;
  /** Where a stream is not text: makes text of its frames. Absent = UTF-8. */
  createDecoder?(): StreamDecoder;
  /** What a call of a model priced by units came to, from the request alone; its answer has no counts of its own. */
  usageOf?(asked: Asked): Usage;
  /** An answer that needs no call: then nothing is sent. */
  answerAlone?(asked: Asked): Answer;
  /** @param headers a getter, so that tests need no Headers object. */
  parseFailure(
    status: number,
    header: (name: string) => string | null,
    body_text: string,
    now_ms: number,
  ): ProviderFailure;
  /** Present where a door of the same format may receive the provider's bytes untouched. */
  readonly pass_through?: PassThrough;
}

/**
 * Reads beside a stream or body that the client gets untouched. Both take the text so far; a stream's text may be
 * cut in the middle on either side only where `scanHead` says so.
 */
export interface PassThrough {
  /** The longest line that an honest server sends, where it is longer than 1 Mi characters. */
  readonly line_chars_max?: number;
  scanAnswer(body_text: string): ScannedAnswer;
  /**
   * Whether the first bytes already commit us: `content` once something a client can see (text, reasoning, a tool
   * call, a finish) is there, `failure` when it is an error event, neither while more must be read.
   */
  scanHead(text: string): { content: boolean; failure: ProviderFailure | null };
  /** Reads a whole stream's text, after its end. */
  scanStream(text: string): ScannedAnswer;
  /**
   * For streams whose usage chunk the client did not ask for, or whose last chunk must carry the receipt.
   * `push` returns text to send on, byte-identical but for that chunk.
   */
  createFilter(options: { drop_usage: boolean; receipt: () => string | null }): {
    push(text: string): string;
    end(): string;
  };
}

/** A protocol of any operation. What it is asked is what the door of that operation has read. */
export type AnyProtocol = Protocol<ModelRequest>;

/** One call as it is about to be sent. */
export interface ProviderCall {
  url: string;
  headers: Record<string, string>;
  body: string | FormData;
}

/** A value beside the credential that a connection of a provider must or may have. */
export interface ConnectionField {
  /** As in `{name}` of the provider's base URL and in `Connection.settings`; `region` is the connection's own. */
  name: string;
  /** The whole value must match: what goes into a host or a path must not be able to leave its place. */
  pattern: RegExp;
  /** Taken when nothing is said; absent = it must be said. */
  default?: string;
  help: string;
}

/** Who serves: where, how to show a credential, and which wire format. No wire format of its own. */
export interface Provider {
  /** Lower-case, used in `provider/model`, receipts and configuration. */
  readonly id: string;
  readonly name: string;
  readonly protocol: Protocol;
  /**
   * Formats and operations beside `protocol`. Of a door's operation the format of that door is taken, which is then
   * passed through; else the first.
   */
  readonly protocols?: readonly AnyProtocol[];
  /** A model that answers in one format only, whatever the door; `null` = any. */
  requiredProtocol?(model: string): ProtocolId | null;
  /** May hold `{field}`s, each of them in `fields`; `''` = a connection must bring its own. */
  readonly base_url: string;
  readonly fields?: readonly ConnectionField[];
  /** Further `{name}`s of `base_url` that follow from the fields: a host that is named otherwise in one region. */
  deriveFields?(values: Readonly<Record<string, string>>): Record<string, string>;
  /** The environment variable that makes a connection of the default organization, e.g. `OPENAI_API_KEY`. */
  readonly env_key: string | null;
  /** What `auto` means where only this provider is connected: cheap, general, long-lived; absent = none is. */
  readonly default_model?: string;
  /** Headers that show the credential. Never the URL. */
  authorize(credential: string): Record<string, string>;
  /**
   * For what a header alone cannot do: a signature over the final body, a token that must be fetched first, a query.
   * Called for each attempt, after `authorize`. What it fetches must end with `signal`, which is the attempt's
   * deadline. @throws GatewayError when the credential cannot be used.
   */
  prepare?(
    call: ProviderCall,
    connection: Connection,
    ports: { fetch: FetchPort; now_ms: number; signal?: AbortSignal },
  ): Promise<ProviderCall>;
  /** Where one variable is not enough: reads credential and settings from the environment; `null` = not set. */
  fromEnvironment?(
    read: (name: string) => string | null,
  ): { credential: string; settings: Record<string, string>; region: string | null } | null;
  /** Id of this provider in the price package, where it differs. */
  readonly price_provider: string;
  readonly docs_url: string;
}
