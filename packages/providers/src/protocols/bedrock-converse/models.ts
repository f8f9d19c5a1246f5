import { findModelRules, type ModelRules } from '../anthropic/models.ts';

/** Whose model it is decides what goes into `additionalModelRequestFields`. */
export type Family = 'claude' | 'nova' | 'nova-2' | 'openai' | 'mistral' | 'cohere' | 'other';

export interface ConverseRules {
  family: Family;
  /** As far as they mean something beyond Claude: thinking, sampling, prefill, JSON schema, forced tools. */
  rules: ModelRules;
  /** Takes `cachePoint` in messages and system. */
  cache: boolean;
  /** Takes `cachePoint` among tools, too. */
  cache_tools: boolean;
  /** Takes `status` in a tool result. */
  tool_status: boolean;
}

/** Without thinking of Claude's form; temperature and top_p as they come. */
const PLAIN: ModelRules = {
  output_tokens_max: 8192,
  output_limit_known: false,
  thinking: 'none',
  thinking_off: 'omit',
  efforts: [],
  sampling: 'both',
  prefill: true,
  json_schema: false,
  forced_tools: false,
};

/**
 * Native JSON schemas beside Claude's.
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html (read 2026-11-21)
 */
const JSON_SCHEMA =
  /qwen3|gpt-oss|deepseek[.-]?v3|gemma-3|minimax|kimi|magistral|ministral|voxtral|nemotron|mistral-large-3/;

/**
 * First match wins. The id may be a name, an inference profile (`us.anthropic.…`) or an ARN that holds either.
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-supported-models-features.html
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html (both read 2026-11-21)
 */
export function findConverseRules(model: string): ConverseRules {
  const name = model.toLowerCase();
  const json_schema = JSON_SCHEMA.test(name);
  const plain = { cache: false, cache_tools: false, tool_status: false };
  if (/claude/.test(name)) {
    return {
      family: 'claude',
      rules: findModelRules(name),
      cache: true,
      cache_tools: true,
      tool_status: true,
    };
  }
  if (/amazon\.nova|\bnova-/.test(name)) {
    const family = /nova-2/.test(name) ? 'nova-2' : 'nova';
    return {
      ...plain,
      family,
      rules: { ...PLAIN, forced_tools: true },
      cache: true,
      tool_status: true,
    };
  }
  if (/openai\./.test(name) || /gpt-oss/.test(name)) {
    return { ...plain, family: 'openai', rules: { ...PLAIN, prefill: false, json_schema } };
  }
  if (/mistral|pixtral|magistral|ministral|voxtral/.test(name)) {
    const forced_tools = /mistral-large|pixtral-large/.test(name);
    return { ...plain, family: 'mistral', rules: { ...PLAIN, prefill: false, json_schema, forced_tools } };
  }
  const family = /cohere\./.test(name) ? 'cohere' : 'other';
  return { ...plain, family, rules: { ...PLAIN, json_schema } };
}
