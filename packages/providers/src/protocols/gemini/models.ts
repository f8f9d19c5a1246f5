/** What differs between model families on this wire. */
export interface ModelTraits {
  /** Major version: 1, 2, 3. Aliases such as `gemini-flash-latest` count as the newest. */
  generation: number;
  /** How thinking is steered: a token budget, a level, or not at all. */
  thinking: 'budget' | 'level' | 'none';
  /** Bounds of a token budget; `budget_min` is what stands for "none" where thinking cannot be switched off. */
  budget_min: number;
  budget_max: number;
  /** A budget of 0 is accepted. */
  can_stop_thinking: boolean;
  /** Levels that are accepted, least first. */
  levels: readonly ThinkingLevel[];
  /** Takes JSON Schema (`parametersJsonSchema`, `responseJsonSchema`) beside the OpenAPI subset. */
  json_schema: boolean;
  /** Takes `systemInstruction`. */
  system: boolean;
  /** Validates thought signatures of the current turn. */
  signatures_required: boolean;
  /** Takes media inside a function response. */
  media_in_results: boolean;
}

export type ThinkingLevel = 'minimal' | 'low' | 'medium' | 'high';

const NEWEST: ModelTraits = {
  generation: 3,
  thinking: 'level',
  budget_min: 0,
  budget_max: 24_576,
  can_stop_thinking: false,
  levels: ['minimal', 'low', 'medium', 'high'],
  json_schema: true,
  system: true,
  signatures_required: true,
  media_in_results: true,
};

const SECOND: ModelTraits = {
  ...NEWEST,
  generation: 2,
  thinking: 'none',
  levels: [],
  signatures_required: false,
  media_in_results: false,
};

const BUDGET: ModelTraits = { ...SECOND, thinking: 'budget', can_stop_thinking: true };

const OLDEST: ModelTraits = { ...SECOND, generation: 1, json_schema: false };

/**
 * First match wins; a model that no row knows is taken for a new one.
 * @see https://ai.google.dev/gemini-api/docs/thinking (read 2026-11-21): budgets per model, levels per model
 * @see https://ai.google.dev/gemini-api/docs/thought-signatures (read 2026-11-21)
 */
const TABLE: readonly (readonly [RegExp, ModelTraits])[] = [
  [/gemma/, { ...OLDEST, system: false }],
  [/gemini-1|learnlm|aqa/, OLDEST],
  [/gemini-2\.5.*(image|tts|live|native-audio|computer-use)/, SECOND],
  [/gemini-2\.5-pro/, { ...BUDGET, budget_min: 128, budget_max: 32_768, can_stop_thinking: false }],
  [/gemini-2\.5-flash-lite/, { ...BUDGET, budget_min: 512 }],
  [/gemini-2\.5|robotics-er-1/, BUDGET],
  [/gemini-2/, SECOND],
  [/gemini-3.*image/, { ...NEWEST, thinking: 'none', levels: [] }],
  [/gemini-3-pro/, { ...NEWEST, levels: ['low', 'high'] }],
  [/gemini-[3-9].*pro|gemini-pro-latest/, { ...NEWEST, levels: ['low', 'medium', 'high'] }],
];

export function findModelTraits(model: string): ModelTraits {
  const name = model.toLowerCase();
  for (const [pattern, traits] of TABLE) if (pattern.test(name)) return traits;
  return NEWEST;
}
