/** Extensions of OpenAI's chat body that only some servers take. */
export type Extension =
  | 'cache_control'
  | 'reasoning_details'
  | 'reasoning_content'
  | 'thought_signature'
  | 'top_k';

/** How one server differs from OpenAI in what it accepts. What it answers is read tolerantly, without a quirk. */
export interface ChatQuirks {
  /** The output limit's name: one of the two where the server refuses the other, else the client's own choice. */
  limit_field: 'max_tokens' | 'max_completion_tokens' | 'either';
  /** Models that refuse `max_tokens` although the server takes both names. */
  refuses_max_tokens: RegExp | null;
  /** False where the server sends usage in every stream and refuses `stream_options`. */
  stream_options: boolean;
  /** Members that the server knows by another name. */
  renamed: Readonly<Record<string, string>>;
  /** Members that the server refuses: left out, and reported. */
  refused: readonly string[];
  /** What it takes beyond OpenAI's format. */
  extensions: readonly Extension[];
  /** True where an unknown member of a message is an error, so that echoed extensions must be taken out. */
  strict_messages: boolean;
  /** The only form of tool-call id that the server takes, and how any other becomes one; `null` = any id. */
  tool_call_id: { pattern: RegExp; render: (id: string) => string } | null;
}

export const NO_QUIRKS: ChatQuirks = {
  limit_field: 'either',
  refuses_max_tokens: null,
  stream_options: true,
  renamed: {},
  refused: [],
  extensions: ['top_k', 'cache_control', 'reasoning_details', 'reasoning_content'],
  strict_messages: false,
  tool_call_id: null,
};
