export type Format = 'text' | 'json_object' | 'json_schema';

/** Everything but the conversation. Numbers are as they were typed: empty = as the model has it. */
export interface Settings {
  system: string;
  temperature: string;
  output_tokens_max: string;
  reasoning_effort: string;
  /** JSON: a list of tools as the API takes them. */
  tools: string;
  format: Format;
  /** JSON Schema. */
  schema: string;
}

export const NO_SETTINGS: Settings = {
  system: '',
  temperature: '',
  output_tokens_max: '',
  reasoning_effort: '',
  tools: '',
  format: 'text',
  schema: '',
};

export const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

export const EXAMPLE_TOOLS = `[
  {
    "type": "function",
    "function": {
      "name": "get_weather",
      "description": "Current weather of a city",
      "parameters": {
        "type": "object",
        "properties": { "city": { "type": "string" } },
        "required": ["city"]
      }
    }
  }
]`;

export const EXAMPLE_SCHEMA = `{
  "type": "object",
  "properties": {
    "title": { "type": "string" },
    "score": { "type": "integer" }
  },
  "required": ["title", "score"],
  "additionalProperties": false
}`;

/** What is wrong with what was typed, by field. */
export type Problems = { [K in keyof Settings]?: string };

export function findProblems(settings: Settings): Problems {
  const problems: Problems = {};
  const temperature = Number(settings.temperature);
  if (settings.temperature !== '' && !(temperature >= 0 && temperature <= 2))
    problems.temperature = 'A number from 0 to 2.';
  const most = Number(settings.output_tokens_max);
  if (settings.output_tokens_max !== '' && !(Number.isInteger(most) && most > 0))
    problems.output_tokens_max = 'A whole number above 0.';
  const tools = settings.tools.trim() === '' ? [] : readJson(settings.tools);
  if (tools instanceof SyntaxError) problems.tools = `This is not JSON: ${tools.message}`;
  else if (!Array.isArray(tools) || !tools.every(isTool))
    problems.tools = 'A list of {"type": "function", "function": {"name": …, "parameters": …}}.';
  if (settings.format === 'json_schema') {
    const schema = readJson(settings.schema);
    if (schema instanceof SyntaxError) problems.schema = `This is not JSON: ${schema.message}`;
    else if (!isObject(schema)) problems.schema = 'A JSON Schema: {"type": "object", …}.';
  }
  return problems;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isTool = (value: unknown): boolean =>
  isObject(value) && isObject(value['function']) && typeof value['function']['name'] === 'string';

export function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    return error instanceof SyntaxError ? error : new SyntaxError(String(error));
  }
}

/** How many differ from what a request has without them. */
export const countSet = (settings: Settings): number =>
  (Object.keys(NO_SETTINGS) as (keyof Settings)[]).filter(
    (name) => name !== 'schema' && settings[name].trim() !== NO_SETTINGS[name],
  ).length;
