import type { ModelRequest } from './model-request.ts';

/**
 * The request model of every chat door: what a door makes of the client's body, once, and what every protocol renders from.
 *
 * It is OpenAI's chat body with the few extensions that other wire formats need (`reasoning_details`,
 * `cache_control`, `is_error`), so that the commonest door is the identity. Nearly every member may be `null`,
 * which always means the same as absent.
 * @see https://platform.openai.com/docs/api-reference/chat/create (read 2026-11-21)
 */
export interface ChatRequest extends ModelRequest {
  messages: Message[];
  temperature?: number | null;
  top_p?: number | null;
  /** Not OpenAI's; widely sent, carried where the target knows it. */
  top_k?: number | null;
  stop?: string | string[] | null;
  seed?: number | null;
  presence_penalty?: number | null;
  frequency_penalty?: number | null;
  logit_bias?: Record<string, number> | null;
  logprobs?: boolean | null;
  top_logprobs?: number | null;
  response_format?: ResponseFormat | null;
  tools?: Tool[] | null;
  tool_choice?: ToolChoice | null;
  parallel_tool_calls?: boolean | null;
  reasoning_effort?: ReasoningEffort | null;
  /** Anthropic's own form; wins over `reasoning_effort` on targets that take a token budget. */
  thinking?: { type: 'enabled' | 'disabled' | 'adaptive'; budget_tokens?: number | null } | null;
  service_tier?: string | null;
  safety_identifier?: string | null;
  prompt_cache_key?: string | null;
  modalities?: string[] | null;
  audio?: unknown;
  prediction?: unknown;
  store?: boolean | null;
  verbosity?: string | null;
  web_search_options?: unknown;
  /**
   * OpenAI's id of a stored answer that this one continues (`/v1/responses`). Only a target that speaks that format
   * has it; every other must refuse the request.
   */
  previous_response_id?: string | null;
}

export type ReasoningEffort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';

export type Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage;

export interface SystemMessage {
  role: 'system' | 'developer';
  content: string | ContentPart[];
  name?: string | null;
}

export interface UserMessage {
  role: 'user';
  content: string | ContentPart[];
  name?: string | null;
}

export interface AssistantMessage {
  role: 'assistant';
  content?: string | ContentPart[] | null;
  refusal?: string | null;
  name?: string | null;
  tool_calls?: ToolCall[] | null;
  /** Reasoning of that turn, echoed by the client so that a signing provider accepts the turn again. */
  reasoning_details?: ReasoningDetail[] | null;
  /** Plain reasoning text as DeepSeek-like servers return it; unsigned, so it is never sent to a signing provider. */
  reasoning_content?: string | null;
  reasoning?: string | null;
  audio?: { id: string } | null;
}

/** `function` is the deprecated form of `tool`; the door turns it into one. */
export interface ToolMessage {
  role: 'tool';
  tool_call_id: string;
  content: string | ContentPart[];
  name?: string | null;
  /** Anthropic's flag that the tool failed. */
  is_error?: boolean | null;
}

export type ContentPart =
  | { type: 'text'; text: string; cache_control?: CacheControl | null }
  | { type: 'refusal'; refusal: string }
  | {
      type: 'image_url';
      /** `url` is an https URL or a `data:` URI. */
      image_url: { url: string; detail?: 'auto' | 'low' | 'high' | null };
      cache_control?: CacheControl | null;
    }
  | { type: 'input_audio'; input_audio: { data: string; format: string } }
  | {
      type: 'file';
      file: { file_data?: string | null; file_id?: string | null; filename?: string | null };
      cache_control?: CacheControl | null;
    };

export interface CacheControl {
  type: 'ephemeral';
  ttl?: '5m' | '1h' | null;
}

export interface ToolCall {
  id: string;
  type: 'function';
  function: {
    name: string /** JSON text; may be `""` or invalid in a client's history. */;
    arguments: string;
  };
  /** Google's carrier of a signature on a call: `{google: {thought_signature}}`. */
  extra_content?: { google?: { thought_signature?: string | null } | null } | null;
}

export interface Tool {
  type: 'function';
  function: {
    name: string;
    description?: string | null;
    /** JSON Schema; absent for a tool without arguments. */
    parameters?: Record<string, unknown> | null;
    strict?: boolean | null;
  };
  cache_control?: CacheControl | null;
}

export type ToolChoice =
  | 'none'
  | 'auto'
  | 'required'
  | { type: 'function'; function: { name: string } }
  | { type: 'allowed_tools'; allowed_tools: { mode: 'auto' | 'required'; tools: unknown[] } };

export type ResponseFormat =
  | { type: 'text' }
  | { type: 'json_object' }
  | {
      type: 'json_schema';
      json_schema: {
        name: string;
        schema?: Record<string, unknown> | null;
        strict?: boolean | null;
        description?: string | null;
      };
    };

/**
 * One piece of a model's reasoning, in the carrier that gateways and SDKs agreed on. `format` says whose it is:
 * a signature is only ever returned to the provider family that made it.
 */
export interface ReasoningDetail {
  type: 'reasoning.text' | 'reasoning.summary' | 'reasoning.encrypted';
  text?: string | null;
  summary?: string | null;
  /** Opaque bytes of a provider (redacted thinking, a thought signature), unchanged. */
  data?: string | null;
  signature?: string | null;
  format:
    | 'anthropic-claude-v1'
    | 'bedrock-converse-v1'
    | 'vertex-claude-v1'
    | 'google-gemini-v1'
    | 'openai-responses-v1'
    | 'unknown';
  /** Id of the tool call that it belongs to, where it belongs to one; of OpenAI's reasoning, the item's own id. */
  id?: string | null;
  index?: number | null;
}
