import type { JsonObject } from './json.ts';

export type ProtocolId = 'openai' | 'anthropic' | 'gemini' | 'bedrock' | 'cohere';

export interface Tool {
  name: string;
  schema: unknown;
}

/** What a request asks for, whatever its wire format. */
export interface Ask {
  model: string;
  stream: boolean;
  last_user_text: string;
  /** Set when the last message is a tool's result: its text. */
  tool_result: string | null;
  /** A trailing assistant message, which the answer continues. */
  prefill: string | null;
  tools: Tool[];
  tool_choice: 'auto' | 'none' | 'required' | { name: string };
  parallel: boolean;
  /** `null` = the caller set no limit. */
  output_tokens_max: number | null;
  stops: string[];
  choices: number;
  /** `undefined` = text; `null` = any JSON object; else a JSON schema. */
  json_schema: unknown;
  /** As asked, where the answer repeats it. */
  text_format?: JsonObject;
  think: boolean;
  reasoning_tokens: number;
  include_usage: boolean;
  /** Reasoning comes back in a form that can be sent again. */
  encrypted_reasoning?: boolean;
  input_tokens: number;
  cached_tokens: number;
  cache_write_tokens: number;
}

export interface ToolCall {
  id: string;
  name: string;
  input: JsonObject;
}

export type Finish = 'stop' | 'length' | 'tool' | 'stop_sequence' | 'filter';

export interface Choice {
  thought: string[];
  text: string[];
  calls: ToolCall[];
  finish: Finish;
  stop: string | null;
  /** Tokens of thought, text and calls. */
  output_tokens: number;
}

export interface Reply {
  ask: Ask;
  /** Unique to the attempt: made into ids. */
  serial: string;
  created: number;
  choices: Choice[];
  reasoning_tokens: number;
  /** Of all choices, reasoning included. */
  output_tokens: number;
  /** How many stream events the text comes in; `null` = as the vendor does. */
  chunks: number | null;
  /** False leaves usage out of the answer. */
  usage: boolean;
}

/** One event of a stream. */
export interface Piece {
  kind: 'open' | 'content' | 'finish' | 'done';
  text: string;
  /** In place of the text, where a stream is not made of any. */
  bytes?: Uint8Array;
  /** Tokens that exist only once this event was made. */
  tokens: number;
}

export type FailureKind =
  | 'auth_missing'
  | 'auth_bad'
  | 'invalid'
  | 'payment'
  | 'forbidden'
  | 'not_found'
  | 'timeout'
  | 'conflict'
  | 'unprocessable'
  | 'rate_limited'
  | 'quota'
  | 'server'
  | 'unavailable'
  | 'overloaded'
  | 'context'
  | 'filter'
  | 'prefill';

export interface Failure {
  kind: FailureKind;
  message?: string;
  param?: string | null;
  code?: string | null;
  /** Stated in the body by vendors that do so. */
  retry_after_ms?: number;
}

export interface Rendered {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** A vendor's wire format, both ways. Everything here is pure. */
export interface Protocol {
  id: ProtocolId;
  /** Content type of streams; absent = server-sent events. */
  stream_type?: string;
  /** `null` when the credential will do. */
  authenticate(
    headers: Record<string, string | undefined>,
    query: URLSearchParams,
    sent: { path: string; text: string },
  ): Failure | null;
  /** What the vendor would refuse, in its own words. */
  validate(body: JsonObject, model: string): Failure | null;
  readAsk(
    body: JsonObject,
    model: string,
    stream: boolean,
  ): Omit<Ask, 'cached_tokens' | 'cache_write_tokens'>;
  /** Prompt texts that a prompt cache may know, each with its tokens, from short to long; empty = no caching. */
  cachePoints(body: JsonObject): { text: string; tokens: number }[];
  renderFailure(failure: Failure, model: string, serial: string): Rendered;
  renderHeaders(serial: string, attempts: number): Record<string, string>;
  renderWhole(reply: Reply): string;
  renderStream(reply: Reply): Piece[];
  /** An error event inside a stream that has begun. */
  renderErrorEvent(): string | Uint8Array;
  /** The start of an event that never becomes one, for lines that do not end. */
  event_opening: string;
}
