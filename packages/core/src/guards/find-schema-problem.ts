import type { ModelRequest, ResponseFormat } from '@sluice/contract';

/**
 * Whether an answer is the JSON that it was to be.
 * @param schema `null` = what the request itself asked for; where it asked for none, nothing is checked
 */
export async function findSchemaProblem(
  contents: readonly string[],
  schema: Record<string, unknown> | null,
  asked: ModelRequest,
): Promise<Record<string, number>> {
  const wanted = schema ?? schemaOf(asked);
  if (wanted === null) return {};
  // An answer that only calls tools is no answer yet.
  const texts = contents.filter((text) => text !== '');
  if (texts.length === 0) return {};
  const { Validator } = await import('@cfworker/json-schema');
  const validator = new Validator(wanted, '2020-12');
  const found: Record<string, number> = {};
  for (const text of texts) {
    const problem = problemOf(text, (value) => validator.validate(value).valid);
    if (problem !== null) found[problem] = (found[problem] ?? 0) + 1;
  }
  return found;
}

function problemOf(text: string, isValid: (value: unknown) => boolean): string | null {
  try {
    return isValid(JSON.parse(text)) ? null : 'other_schema';
  } catch {
    return 'no_json';
  }
}

function schemaOf(asked: ModelRequest): Record<string, unknown> | null {
  const format = asked['response_format'] as ResponseFormat | null | undefined;
  return format?.type === 'json_schema' ? (format.json_schema.schema ?? null) : null;
}
