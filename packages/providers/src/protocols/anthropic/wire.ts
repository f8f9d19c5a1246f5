import type { CacheControl } from '@sluice/contract';

/** What we send. Only the members that we write; the provider knows more. */
export type Block =
  | { type: 'text'; text: string; cache_control?: CacheControl }
  | { type: 'image'; source: Source; cache_control?: CacheControl }
  | { type: 'document'; source: Source; title?: string; cache_control?: CacheControl }
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'redacted_thinking'; data: string }
  | { type: 'tool_use'; id: string; name: string; input: Record<string, unknown> }
  | ToolResultBlock;

export interface ToolResultBlock {
  type: 'tool_result';
  tool_use_id: string;
  content?: string | Block[];
  is_error?: true;
  cache_control?: CacheControl;
}

export type Source =
  | { type: 'base64'; media_type: string; data: string }
  | { type: 'text'; media_type: 'text/plain'; data: string }
  | { type: 'url'; url: string }
  | { type: 'file'; file_id: string };

export interface WireMessage {
  role: 'user' | 'assistant';
  content: Block[];
}

export interface WireTool {
  name: string;
  description?: string;
  input_schema: Record<string, unknown>;
  strict?: true;
  cache_control?: CacheControl;
}

export type WireToolChoice =
  | { type: 'auto' | 'any'; disable_parallel_tool_use?: true }
  | { type: 'tool'; name: string; disable_parallel_tool_use?: true }
  | { type: 'none' };

export interface SystemBlock {
  type: 'text';
  text: string;
  cache_control?: CacheControl;
}

/** A JSON object of unknown shape: providers add members without notice, so we look before we read. */
export type Json = Record<string, unknown>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The string, or `null` for anything else. */
export const findString = (value: unknown): string | null => (typeof value === 'string' ? value : null);
