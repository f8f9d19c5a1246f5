import type { ReasoningDetail, ToolCall } from './chat.ts';
import type { ProviderFailure } from './provider.ts';

/**
 * Tokens in disjoint buckets: every token is in exactly one, so a price is a plain sum.
 * OpenAI's `prompt_tokens` = input + cache_read + cache_write; `completion_tokens` = output + reasoning.
 */
export interface Usage {
  /** Fresh input, outside any cache. */
  input_tokens: number;
  cache_read_tokens: number;
  /** Written into a prompt cache with the default lifetime (5 minutes at Anthropic). */
  cache_write_tokens: number;
  /** Written with the long lifetime (1 hour at Anthropic). */
  cache_write_1h_tokens: number;
  /** Visible output. */
  output_tokens: number;
  reasoning_tokens: number;
  input_audio_tokens: number;
  output_audio_tokens: number;
  /** Of images in the input, where the provider counts them apart; absent = none. */
  input_image_tokens?: number;
  /** Images, characters, seconds or searches, where the model is priced by them; absent = none. */
  units?: number;
  /** Share of the time of an endpoint that costs by the hour, in milliseconds; absent = none. */
  gpu_ms?: number;
  /** The provider did not say; the gateway counted by itself. */
  estimated: boolean;
}

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'error';

/** A whole answer, in no wire format. */
export interface Answer {
  /** The provider's own id, or `null` where it has none. */
  id: string | null;
  /** The provider's own name of the model that answered, or `null`. */
  model: string | null;
  /** Unix seconds, or `null` where the provider does not say. */
  created: number | null;
  choices: AnswerChoice[];
  usage: Usage | null;
  service_tier: string | null;
  system_fingerprint: string | null;
  /** Of an embeddings call, in the order of its inputs; absent elsewhere. */
  vectors?: Vector[];
  /** Of a rerank call, best first; absent elsewhere. */
  ranking?: { index: number; relevance_score: number; document?: unknown }[];
  /** Of a count_tokens call; absent elsewhere. */
  token_count?: number;
  /** What was done less well than asked, in words, for the receipt; absent = nothing. */
  degraded?: string[];
}

/** Numbers, or the base64 of their little-endian 32-bit floats, as the provider sent them. */
export type Vector = number[] | string;

export interface AnswerChoice {
  index: number;
  /** `null` when the model produced no text at all (only tool calls, say). */
  content: string | null;
  refusal: string | null;
  reasoning: ReasoningDetail[];
  tool_calls: ToolCall[];
  annotations: unknown[];
  logprobs: unknown;
  finish_reason: FinishReason;
  /** The provider's own word for it. */
  native_finish_reason: string | null;
  /** Generated images as `data:` URIs. */
  images: string[];
}

/**
 * One thing that happened in a stream. Errors are events, not throws. `choice` counts from 0; `index` of a tool
 * call counts per choice. A tool call is announced once by `tool_call`, then filled by `tool_arguments`.
 */
export type AnswerEvent =
  | { type: 'start'; id: string | null; model: string | null; created: number | null }
  | { type: 'text'; choice: number; text: string }
  | { type: 'refusal'; choice: number; text: string }
  /** Visible reasoning; `index` numbers the block, so that a signature can be matched with its text. */
  | { type: 'reasoning'; choice: number; index: number; text: string; format: ReasoningDetail['format'] }
  /** A signature or an opaque block, whole. */
  | { type: 'reasoning_detail'; choice: number; detail: ReasoningDetail }
  | {
      type: 'tool_call';
      choice: number;
      index: number;
      id: string;
      name: string;
      thought_signature: string | null;
    }
  | { type: 'tool_arguments'; choice: number; index: number; text: string }
  | { type: 'annotation'; choice: number; annotation: unknown }
  | { type: 'image'; choice: number; url: string }
  | { type: 'logprobs'; choice: number; logprobs: unknown }
  | { type: 'finish'; choice: number; finish_reason: FinishReason; native_finish_reason: string | null }
  /** Cumulative; the last one wins, never a sum. */
  | { type: 'usage'; usage: Usage }
  | { type: 'error'; failure: ProviderFailure };

export const noUsage = (): Usage => ({
  input_tokens: 0,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  cache_write_1h_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
  input_audio_tokens: 0,
  output_audio_tokens: 0,
  estimated: false,
});

/** A choice in which nothing has been said yet. */
export const emptyChoice = (index = 0): AnswerChoice => ({
  index,
  content: null,
  refusal: null,
  reasoning: [],
  tool_calls: [],
  annotations: [],
  logprobs: null,
  finish_reason: 'stop',
  native_finish_reason: null,
  images: [],
});
