/** Efforts that `output_config.effort` knows, weakest first. */
export const EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max'] as const;
export type Effort = (typeof EFFORTS)[number];

/** What one family of Claude models takes and refuses. A refused field is a 400 for the whole request. */
export interface ModelRules {
  /** `max_tokens` when the client gives none, and the most that may be asked; both are the model's own limit. */
  output_tokens_max: number;
  /** False where the limit above is only a guess for a default: then what the client asks for is sent as it is. */
  output_limit_known: boolean;
  /** `budget`: `{type:'enabled', budget_tokens}`; `adaptive`: `{type:'adaptive'}` with `output_config.effort`. */
  thinking: 'none' | 'budget' | 'adaptive';
  /** How thinking is turned off: by leaving it out, by saying so, by `between_tools`, or not at all. */
  thinking_off: 'omit' | 'disabled' | 'between_tools' | 'never';
  efforts: readonly Effort[];
  /** `one`: temperature or top_p but not both. */
  sampling: 'both' | 'one' | 'none';
  /** Whether the conversation may end with the beginning of the answer. */
  prefill: boolean;
  /** `output_config.format` and strict tools. */
  json_schema: boolean;
  /** `tool_choice` any and tool. */
  forced_tools: boolean;
}

const CURRENT: ModelRules = {
  output_tokens_max: 128_000,
  output_limit_known: true,
  thinking: 'adaptive',
  thinking_off: 'disabled',
  efforts: EFFORTS,
  sampling: 'none',
  prefill: false,
  json_schema: true,
  forced_tools: true,
};

const OLDER: ModelRules = {
  output_tokens_max: 64_000,
  output_limit_known: true,
  thinking: 'budget',
  thinking_off: 'omit',
  efforts: [],
  sampling: 'both',
  prefill: true,
  json_schema: false,
  forced_tools: true,
};

const FIRST: ModelRules = { ...OLDER, output_tokens_max: 4096, thinking: 'none' };

/**
 * First match wins; names are compared in lower case with `.` and `@` as `-`, so that Bedrock's and Vertex's
 * spellings match too.
 * @see https://platform.claude.com/docs/en/build-with-claude/thinking-troubleshooting thinking by model
 * @see https://platform.claude.com/docs/en/build-with-claude/effort effort levels by model
 * @see https://platform.claude.com/docs/en/models/opus-5-5/whats-new-opus-5-5 always-on thinking, no forced tools
 * @see https://platform.claude.com/docs/en/models/sonnet-5-5/whats-new-sonnet-5-5 `between_tools`
 * @see https://platform.claude.com/docs/en/about-claude/models/migration-guide prefill and sampling removed
 * @see https://platform.claude.com/docs/en/build-with-claude/structured-outputs (all read 2026-11-21)
 */
const RULES: readonly (readonly [RegExp, ModelRules])[] = [
  [/(?:fable|mythos|opus)-5-\d{1,2}(?!\d)/, { ...CURRENT, thinking_off: 'never', forced_tools: false }],
  [/(?:fable|mythos)-5(?!\d)/, { ...CURRENT, thinking_off: 'never' }],
  [/mythos/, { ...CURRENT, thinking_off: 'never', efforts: ['low', 'medium', 'high', 'max'] }],
  [/sonnet-5-\d{1,2}(?!\d)/, { ...CURRENT, thinking_off: 'between_tools', forced_tools: false }],
  [/haiku-5-\d{1,2}(?!\d)/, { ...CURRENT, forced_tools: false }],
  [/(?:opus|sonnet|haiku)-5(?!\d)/, CURRENT],
  [/opus-4-[789](?!\d)/, { ...CURRENT, thinking_off: 'omit' }],
  [
    /(?:opus|sonnet)-4-6(?!\d)/,
    { ...CURRENT, thinking_off: 'omit', efforts: ['low', 'medium', 'high', 'max'], sampling: 'one' },
  ],
  [/(?:opus|sonnet|haiku)-4-5(?!\d)/, { ...OLDER, sampling: 'one', json_schema: true }],
  [/opus-4-1(?!\d)/, { ...OLDER, output_tokens_max: 32_000, sampling: 'one' }],
  [/opus-4(?!\d)/, { ...OLDER, output_tokens_max: 32_000 }],
  [/sonnet-4(?!\d)|3-7-sonnet/, OLDER],
  [/claude-3-5-/, { ...OLDER, output_tokens_max: 8192, thinking: 'none' }],
  [/claude-(?:3-|v?[12](?!\d)|instant)/, FIRST],
  // A name that this table does not know is newer than it: send what the newest models take.
  [/claude/, { ...CURRENT, output_tokens_max: 64_000, output_limit_known: false, thinking_off: 'omit' }],
];

/** Servers of other vendors that speak this wire format: the plain, long-supported part of it. */
const COMPATIBLE: ModelRules = { ...OLDER, output_tokens_max: 8192, output_limit_known: false };

/** The rules of a model by its provider-side name; never absent. */
export function findModelRules(model: string): ModelRules {
  const name = model.toLowerCase().replace(/[.@]/g, '-');
  for (const [pattern, rules] of RULES) if (pattern.test(name)) return rules;
  return COMPATIBLE;
}
