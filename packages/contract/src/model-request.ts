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

/** A symbol, so that no protocol can send what stands under it. */
export const DOOR_NOTES: unique symbol = Symbol('door notes');

/** What a door keeps of a request whose format is not the request model's. */
export interface DoorNotes {
  /**
   * The first thing in it that only a target of the door's own format can carry, with words that tell its client what
   * to do; `null` = any target will do. The call stage passes other targets over.
   */
  needs_own_format: { param: string; message: string } | null;
  /** Names of fields that other formats lose: reported as dropped where one of them is called. */
  own_format_only: string[];
  /** Names of tools that the provider itself runs and bills by the call; absent = none. */
  hosted_tools?: string[];
  /** What answers of this door repeat of the request, in the client's own words. */
  echo: Record<string, unknown>;
}

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
  /** Where the client's format has more than this model of it can say. */
  [DOOR_NOTES]?: DoorNotes;
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
  /**
   * As the client sent it, files included; `model` is replaced by the target's name when it is sent on. `null` where
   * the client sent JSON instead.
   */
  form: FormData | null;
  /** The most seconds that its sound can last; absent where there is none. */
  sound_seconds?: number;
}

/** @see https://platform.openai.com/docs/api-reference/completions/create (read 2026-11-21) */
export interface CompletionsRequest extends ModelRequest {
  /** One prompt or several, each as text or as token ids. */
  prompt: string | string[] | number[] | number[][];
  /** So many are written and billed for each prompt, of which `n` come back. */
  best_of?: number | null;
}

/** How many texts a completions call makes a model write, each of them up to the output limit. */
export function textsWritten(asked: CompletionsRequest): number {
  const { prompt } = asked;
  const prompts = Array.isArray(prompt) && typeof prompt[0] !== 'number' ? prompt.length : 1;
  return prompts * Math.max(asked.n ?? 1, asked.best_of ?? 1);
}

/** What a completions call writes where nobody says how much: the format's own default. */
export const COMPLETION_TOKENS_DEFAULT = 16;

/** The most that a request can come to, before anybody has counted. Prices of holds are made from it. */
export interface RequestBounds {
  /** `null` = estimated from the body. */
  input_tokens: number | null;
  /** Output tokens of each choice; `null` = as many as the model can write. */
  output_tokens: number | null;
  /**
   * A budget that is short of output can lower it to this, over all choices, and no further: what takes no limit is
   * held whole or refused. Absent = a few tokens for each choice.
   */
  output_tokens_floor?: number;
  /** Images, characters, seconds or searches, as the price of the model counts them; 0 = none. */
  units: number;
  /** No provider charges for it: nothing is held, whatever the model's prices are or even if they are unknown. */
  free?: boolean;
  /** What in it nobody can price beforehand, by name: a budget cannot hold for it. Absent = nothing. */
  unpriced?: string;
}
