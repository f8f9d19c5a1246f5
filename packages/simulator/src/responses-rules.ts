import { type JsonObject, listOf, numberOf, objectOf, textOf } from './json.ts';
import type { Failure } from './protocol.ts';
import { opaqueOf } from './text.ts';

const invalid = (message: string, param: string | null, code: string | null = null): Failure => ({
  kind: 'invalid',
  message,
  param,
  code,
});

/** What chat completions call by these names is called differently here. */
const UNKNOWN = [
  ...[
    'messages',
    'max_tokens',
    'max_completion_tokens',
    'response_format',
    'n',
    'stop',
    'seed',
    'logit_bias',
  ],
  ...['reasoning_effort', 'verbosity', 'frequency_penalty', 'presence_penalty', 'top_k'],
];

/** The opaque part of a reasoning item, by which it is known again. */
export const encryptedOf = (id: string): string => `gAAAAAB${opaqueOf(`encrypted ${id}`, 80)}==`;

/**
 * What OpenAI's Responses refuse, in their words: a call without its output, an output without its call, reasoning
 * that it did not make or that stands without what it led to.
 */
export function validateResponses(body: JsonObject, model: string, reasoning: boolean): Failure | null {
  if (model === '')
    return invalid("Missing required parameter: 'model'.", 'model', 'missing_required_parameter');
  for (const name of Object.keys(body)) {
    if (name.startsWith('x-') || name.startsWith('x_llm') || UNKNOWN.includes(name))
      return invalid(`Unknown parameter: '${name}'.`, name, 'unknown_parameter');
  }
  if (objectOf(body['stream_options'])['include_usage'] !== undefined)
    return invalid(
      "Unknown parameter: 'stream_options.include_usage'.",
      'stream_options.include_usage',
      'unknown_parameter',
    );
  const max = numberOf(body['max_output_tokens']);
  if (max !== null && max < 16)
    return invalid(
      `Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got ${max} instead.`,
      'max_output_tokens',
      'integer_below_min_value',
    );
  if (reasoning && body['temperature'] != null && body['temperature'] !== 1)
    return invalid(
      "Unsupported parameter: 'temperature' is not supported with this model.",
      'temperature',
      'unsupported_parameter',
    );
  if (!reasoning && listOf(body['include']).includes('reasoning.encrypted_content'))
    return invalid('Encrypted content is not supported with this model.', 'include');
  return validateTools(body) ?? validateInput(body);
}

function validateTools(body: JsonObject): Failure | null {
  for (const [at, raw] of listOf(body['tools']).entries()) {
    const tool = objectOf(raw);
    const named = tool['type'] === 'function' || tool['type'] === 'custom';
    if (named && textOf(tool['name']) === '')
      return invalid(
        `Missing required parameter: 'tools[${at}].name'.`,
        `tools[${at}].name`,
        'missing_required_parameter',
      );
  }
  return null;
}

function validateInput(body: JsonObject): Failure | null {
  const { input } = body;
  if (typeof input === 'string') return null;
  if (!Array.isArray(input)) {
    return textOf(body['previous_response_id']) === ''
      ? invalid("Missing required parameter: 'input'.", 'input', 'missing_required_parameter')
      : null;
  }
  const items = input.map(objectOf);
  const called = new Set<string>();
  const answered = new Set<string>();
  for (const [at, item] of items.entries()) {
    const refused = validateItem(item, items[at + 1], at);
    if (refused !== null) return refused;
    const id = textOf(item['call_id']);
    const type = textOf(item['type']);
    if (type.endsWith('_call')) called.add(id);
    else if (type.endsWith('_call_output')) {
      if (!called.has(id) && textOf(body['previous_response_id']) === '')
        return invalid(`No tool call found for function call output with call_id ${id}.`, 'input');
      answered.add(id);
    }
  }
  for (const id of called)
    if (id !== '' && !answered.has(id))
      return invalid(`No tool output found for function call ${id}.`, 'input');
  return null;
}

function validateItem(item: JsonObject, next: JsonObject | undefined, at: number): Failure | null {
  const type = textOf(item['type']) || 'message';
  if (type === 'message') {
    const wanted =
      item['role'] === 'assistant'
        ? ['output_text', 'refusal']
        : ['input_text', 'input_image', 'input_file', 'input_audio'];
    for (const [i, part] of listOf(item['content']).entries()) {
      const kind = textOf(objectOf(part)['type']);
      if (!wanted.includes(kind))
        return invalid(
          `Invalid value: '${kind}'. Supported values are: ${wanted.map((name) => `'${name}'`).join(', ')}.`,
          `input[${at}].content[${i}]`,
          'invalid_value',
        );
    }
    return null;
  }
  if (type !== 'reasoning') return null;
  const id = textOf(item['id']);
  const encrypted = textOf(item['encrypted_content']);
  if (encrypted === '')
    return {
      kind: 'not_found',
      message: `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false.`,
      param: 'input',
      code: null,
    };
  if (encrypted !== encryptedOf(id))
    return invalid(
      `The encrypted content for item ${id} could not be verified. Reason: Encrypted content could not be decrypted or parsed.`,
      null,
      'invalid_encrypted_content',
    );
  const follower = textOf(next?.['type']) || (next === undefined ? '' : 'message');
  if (follower === '' || (follower === 'message' && next?.['role'] !== 'assistant'))
    return invalid(
      `Item '${id}' of type 'reasoning' was provided without its required following item.`,
      'input',
    );
  return null;
}
