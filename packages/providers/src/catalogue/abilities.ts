import type { ModelAbilities } from '@sluice/contract';
import { LIMITS } from './limits.generated.ts';
import { tableNames } from './model-name.ts';

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
 * By name pattern, the first that fits counts: what the generated table does not say (JSON schemas), what it has not
 * got (families whose next model will be like the last), and, in `SURE`, where it was found wrong.
 * Sources, read 2026-11-21: platform.openai.com/docs/models, platform.claude.com/docs/en/about-claude/models,
 * ai.google.dev/gemini-api/docs/models, docs.mistral.ai/getting-started/models, console.groq.com/docs/models.
 */
const SURE: Row[] = [
  [/^gpt-4o-2024-05-13/, 128_000, 4_096, true, true, false, false],
  [/^gpt-4o/, 128_000, 16_384, true, true, true, false],
  [/^chatgpt-4o/, 128_000, 16_384, false, true, false, false],
  [/^gpt-4\.1/, 1_047_576, 32_768, true, true, true, false],
  [/^gpt-4-turbo/, 128_000, 4_096, true, true, false, false],
  [/^gpt-4-32k/, 32_768, 32_768, true, false, false, false],
  [/^gpt-4(?!\.)/, 8_192, 8_192, true, false, false, false],
  [/^gpt-3\.5-turbo-16k/, 16_385, 4_096, true, false, false, false],
  [/^gpt-3\.5/, 16_385, 4_096, true, false, false, false],
  [/^gpt-oss/, 131_072, 131_072, true, false, true, true],
  [/^o1-(mini|preview)/, 128_000, 65_536, false, false, false, true],
  [/^claude-3-(opus|sonnet|haiku)/, 200_000, 4_096, true, true, false, false],
  [/^claude-3-5/, 200_000, 8_192, true, true, false, false],
  [/^claude-3-7/, 200_000, 64_000, true, true, false, true],
  [/^claude-opus-4(-0|-1|-2025|$)/, 200_000, 32_000, true, true, false, true],
  [/^claude-sonnet-4(-0|-2025|$)/, 200_000, 64_000, true, true, false, true],
  [/^claude-(sonnet-4-5|opus-4-5|haiku-4-5)/, 200_000, 64_000, true, true, true, true],
  [/^deepseek-reasoner/, 128_000, 64_000, true, false, false, true],
];

const FAMILIES: Row[] = [
  [/^gpt-[5-9]/, 400_000, 128_000, true, true, true, true],
  [/^o[134]-mini/, 200_000, 100_000, true, false, true, true],
  [/^o[134]/, 200_000, 100_000, true, true, true, true],
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
  audio: null,
  prefill: null,
  prompt_cache: null,
};

type LimitRow = [context: number | null, output: number | null, flags: string, released: string | null];
let limits: Record<string, LimitRow | undefined> | null = null;

function findLimits(name: string): LimitRow | null {
  limits ??= JSON.parse(LIMITS) as Record<string, LimitRow | undefined>;
  for (const one of tableNames(name)) {
    const row = Object.hasOwn(limits, one) ? limits[one] : undefined;
    if (row !== undefined) return row;
  }
  return null;
}

const can = (flags: string, letter: string): boolean | null =>
  flags.includes(letter) ? true : flags.includes(letter.toUpperCase()) ? false : null;

/** Who continues a trailing assistant message is a matter of the format as of the model; these have said that they do. */
const PREFILLS = /^claude-/;
/** OpenAI and Gemini answer it as they answer any other history. platform.openai.com, ai.google.dev (2026-11-21). */
const ANSWERS_PREFILL = /^(gpt-(?!oss)|chatgpt-|o[134](-|$)|gemini-)/;

/** @param name lower-case model name, however its host writes it; @returns all `null` for an unknown model. */
export function findAbilities(name: string): ModelAbilities {
  const row = findLimits(name);
  const bare = name.slice(name.lastIndexOf('/') + 1).replace(/^(?:[a-z-]{2,8}\.)?(?:anthropic|openai)\./, '');
  const sure = SURE.find(([pattern]) => pattern.test(bare));
  const family = sure ?? FAMILIES.find(([pattern]) => pattern.test(bare));
  if (row === null && family === undefined) return UNKNOWN;
  const flags = row?.[2] ?? '';
  const prefill = can(flags, 'p');
  return {
    context_tokens: sure?.[1] ?? row?.[0] ?? family?.[1] ?? null,
    output_tokens_max: sure?.[2] ?? row?.[1] ?? family?.[2] ?? null,
    tools: sure?.[3] ?? can(flags, 't') ?? family?.[3] ?? null,
    vision: sure?.[4] ?? can(flags, 'v') ?? family?.[4] ?? null,
    json_schema: family?.[5] ?? null,
    reasoning: sure?.[6] ?? can(flags, 'r') ?? family?.[6] ?? null,
    audio: can(flags, 'a'),
    prefill: PREFILLS.test(bare) ? prefill : ANSWERS_PREFILL.test(bare) || prefill === false ? false : null,
    prompt_cache: can(flags, 'c'),
  };
}

/** ISO date of a model's first release; `null` = unknown. */
export const releasedOn = (name: string): string | null => findLimits(name)?.[3] ?? null;
