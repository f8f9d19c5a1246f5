import type { ModelAbilities } from '@sluice/contract';

type Row = [
  pattern: RegExp,
  context_tokens: number | null,
  output_tokens_max: number | null,
  tools: boolean,
  vision: boolean,
  json_schema: boolean,
  reasoning: boolean,
];

/**
 * What the price package does not say: output limits and abilities, by name pattern; the first that fits counts.
 * Sources, read 2026-11-21: platform.openai.com/docs/models, platform.claude.com/docs/en/about-claude/models,
 * ai.google.dev/gemini-api/docs/models, docs.mistral.ai/getting-started/models, console.groq.com/docs/models.
 */
const ROWS: Row[] = [
  [/^gpt-4o/, 128_000, 16_384, true, true, true, false],
  [/^chatgpt-4o/, 128_000, 16_384, false, true, false, false],
  [/^gpt-4\.1/, 1_047_576, 32_768, true, true, true, false],
  [/^gpt-4-turbo/, 128_000, 4_096, true, true, false, false],
  [/^gpt-4-32k/, 32_768, 32_768, true, false, false, false],
  [/^gpt-4/, 8_192, 8_192, true, false, false, false],
  [/^gpt-3\.5-turbo-16k/, 16_385, 4_096, true, false, false, false],
  [/^gpt-3\.5/, 16_385, 4_096, true, false, false, false],
  [/^gpt-[5-9]/, 400_000, 128_000, true, true, true, true],
  [/^gpt-oss/, 131_072, 131_072, true, false, true, true],
  [/^o1-(mini|preview)/, 128_000, 65_536, false, false, false, true],
  [/^o[134]/, 200_000, 100_000, true, true, true, true],
  [/^claude-3-(opus|sonnet|haiku)/, 200_000, 4_096, true, true, false, false],
  [/^claude-3-5/, 200_000, 8_192, true, true, false, false],
  [/^claude-3-7/, 200_000, 64_000, true, true, false, true],
  [/^claude-opus-4(-0|-1|-2025|$)/, 200_000, 32_000, true, true, false, true],
  [/^claude-(sonnet-4(-0|-5|-2025|$)|opus-4-5|haiku-4-5)/, 200_000, 64_000, true, true, true, true],
  [/^claude-/, 1_000_000, 128_000, true, true, true, true],
  [/^gemini-(1|2\.0)/, 1_048_576, 8_192, true, true, true, false],
  [/^gemini-/, 1_048_576, 65_536, true, true, true, true],
  [
    /^(magistral|mistral|ministral|codestral|devstral|pixtral|open-mi)/,
    128_000,
    null,
    true,
    false,
    true,
    false,
  ],
  [/^deepseek-reasoner/, 128_000, 64_000, true, false, false, true],
  [/^deepseek/, 128_000, 8_192, true, false, false, false],
  [/^grok-/, 131_072, null, true, true, true, true],
];

const UNKNOWN: ModelAbilities = {
  context_tokens: null,
  output_tokens_max: null,
  tools: null,
  vision: null,
  json_schema: null,
  reasoning: null,
};

/** @param name lower-case model name, without a vendor prefix; @returns all `null` for an unknown model. */
export function findAbilities(name: string): ModelAbilities {
  for (const [pattern, context_tokens, output_tokens_max, tools, vision, json_schema, reasoning] of ROWS)
    if (pattern.test(name))
      return { context_tokens, output_tokens_max, tools, vision, json_schema, reasoning };
  return UNKNOWN;
}
