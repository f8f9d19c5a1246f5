/**
 * What a client can ask a model for. Each has a door of its own; whatever it is, it passes the same eight stages.
 * - `chat` text, tools and reasoning, through any of the chat doors · `completions` the legacy text completion
 * - `embeddings` · `images`, `image_edits` · `speech` text to sound · `transcriptions`, `translations` sound to text
 * - `moderations` · `rerank` · `count_tokens` how many tokens a chat body has
 */
export const OPERATIONS = [
  'chat',
  'completions',
  'embeddings',
  'images',
  'image_edits',
  'speech',
  'transcriptions',
  'translations',
  'moderations',
  'rerank',
  'count_tokens',
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** What the stages need to know of a request, whatever its operation. `null` always means the same as absent. */
export interface ModelRequest {
  model: string;
  stream?: boolean | null;
  stream_options?: { include_usage?: boolean | null; include_obfuscation?: boolean | null } | null;
  /** Older name of `max_completion_tokens`; when both are given the latter wins. */
  max_tokens?: number | null;
  max_completion_tokens?: number | null;
  n?: number | null;
  user?: string | null;
  metadata?: Record<string, string> | null;
  /** Fields the gateway does not know; only a target that speaks the door's own format receives them. */
  [field: string]: unknown;
}

/** @see https://platform.openai.com/docs/api-reference/embeddings/create (read 2026-11-21) */
export interface EmbeddingsRequest extends ModelRequest {
  /** Texts, or texts as token ids. */
  input: string | string[] | number[] | number[][];
  dimensions?: number | null;
  encoding_format?: 'float' | 'base64' | null;
  /** Cohere's and others' word for what the vectors are for: `search_query`, `search_document`, … */
  input_type?: string | null;
}

/** A request whose body is a form with files: images to edit, sound to transcribe. */
export interface FormRequest extends ModelRequest {
  /** As the client sent it, files included; `model` is replaced by the target's name when it is sent on. */
  form: FormData;
}

/** The most that a request can come to, before anybody has counted. Prices of holds are made from it. */
export interface RequestBounds {
  /** `null` = estimated from the body. */
  input_tokens: number | null;
  /** Output tokens of each choice; `null` = as many as the model can write. */
  output_tokens: number | null;
  /** Images, characters, seconds or searches, as the price of the model counts them; 0 = none. */
  units: number;
}
