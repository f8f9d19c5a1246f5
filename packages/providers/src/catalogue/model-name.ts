/** Bedrock's ids begin with who made the model, and may with where it is served: `us.anthropic.claude-…`. */
const BEDROCK_VENDOR =
  /^(?:[a-z-]{2,8}\.)?(?:anthropic|openai|amazon|meta|mistral|cohere|deepseek|qwen|google|moonshotai?)\./;
/** `-2025-08-07`, `-20250929`, and what names where or how a model runs and not which one it is. */
const DATE = /-(?:\d{4}-\d{2}-\d{2}|20\d{6})$/;
const MANNER = /-(?:latest|instruct|it|versatile|fp8|maas|v\d+)$/;

/**
 * What tables by model name are asked for, most exact first: hosts call one model by many names
 * (`us.anthropic.claude-sonnet-4-5-20250929-v1:0`, `anthropic/claude-sonnet-4.5`, `claude-sonnet-4-5@20250929`).
 * @param name lower-case
 */
export function tableNames(name: string): string[] {
  const bare = name
    .slice(name.lastIndexOf('/') + 1)
    .replace(BEDROCK_VENDOR, '')
    .replace(/@/, '-')
    .replace(/:.*$/, '')
    .replace(/^meta-(?=llama)/, '')
    .replaceAll('.', '-');
  const names = [bare];
  for (let shorter = bare; ; ) {
    const next = shorter.replace(MANNER, '').replace(DATE, '');
    if (next === shorter) return names;
    names.push(next);
    shorter = next;
  }
}
