import { GatewayError } from '@sluice/contract';
import type { Json } from './parse-json-body.ts';

const COUNTS = ['max_tokens', 'max_completion_tokens', 'top_k', 'top_logprobs'] as const;
const NUMBERS = ['temperature', 'top_p', 'presence_penalty', 'frequency_penalty', 'seed'] as const;
const SWITCHES = ['stream', 'logprobs', 'parallel_tool_calls', 'store'] as const;
const WORDS = [
  'user',
  'reasoning_effort',
  'service_tier',
  'safety_identifier',
  'prompt_cache_key',
  'verbosity',
] as const;

/**
 * Checks everything beside the messages that the gateway or a translation reads. Members that neither knows pass.
 * @throws GatewayError invalid_request (`param` says where)
 */
export function checkParameters(body: Json): void {
  for (const name of COUNTS) {
    const value = body[name];
    if (!isAbsent(value) && (!Number.isInteger(value) || Number(value) < 0))
      throw invalid(name, 'must be a whole number, 0 or greater');
  }
  for (const name of NUMBERS)
    if (!isAbsent(body[name]) && typeof body[name] !== 'number') throw invalid(name, 'must be a number');
  for (const name of SWITCHES)
    if (!isAbsent(body[name]) && typeof body[name] !== 'boolean')
      throw invalid(name, 'must be true or false');
  for (const name of WORDS)
    if (!isAbsent(body[name]) && typeof body[name] !== 'string') throw invalid(name, 'must be a string');
  const n = body['n'];
  if (!isAbsent(n) && (!Number.isInteger(n) || Number(n) < 1 || Number(n) > 128))
    throw invalid('n', 'must be a whole number from 1 to 128');
  const options = body['stream_options'];
  if (!isAbsent(options)) {
    if (!isObject(options)) throw invalid('stream_options', 'must be an object');
    if (!isAbsent(options['include_usage']) && typeof options['include_usage'] !== 'boolean')
      throw invalid('stream_options.include_usage', 'must be true or false');
  }
  const stop = body['stop'];
  if (!isAbsent(stop) && typeof stop !== 'string' && !isListOf(stop, 'string'))
    throw invalid('stop', 'must be a string or a list of strings');
  if (!isAbsent(body['modalities']) && !isListOf(body['modalities'], 'string'))
    throw invalid('modalities', 'must be a list of strings');
  if (!isAbsent(body['logit_bias']) && !isObject(body['logit_bias']))
    throw invalid('logit_bias', 'must be an object of numbers');
  if (!isAbsent(body['metadata']) && !isObject(body['metadata']))
    throw invalid('metadata', 'must be an object of strings');
  checkFormat(body['response_format']);
  checkThinking(body['thinking']);
  checkTools(body['tools']);
  checkToolChoice(body['tool_choice']);
}

function checkFormat(format: unknown): void {
  if (isAbsent(format)) return;
  if (!isObject(format) || typeof format['type'] !== 'string')
    throw invalid('response_format', 'must be an object with a type');
  if (format['type'] !== 'json_schema') return;
  const inner = format['json_schema'];
  if (!isObject(inner))
    throw invalid('response_format.json_schema', 'must be an object with name and schema');
  if (!isAbsent(inner['name']) && typeof inner['name'] !== 'string')
    throw invalid('response_format.json_schema.name', 'must be a string');
  if (!isAbsent(inner['schema']) && !isObject(inner['schema']))
    throw invalid('response_format.json_schema.schema', 'must be a JSON schema object');
}

function checkThinking(thinking: unknown): void {
  if (isAbsent(thinking)) return;
  if (!isObject(thinking) || typeof thinking['type'] !== 'string')
    throw invalid('thinking', 'must be an object with a type');
  const budget = thinking['budget_tokens'];
  if (!isAbsent(budget) && (!Number.isInteger(budget) || Number(budget) < 0))
    throw invalid('thinking.budget_tokens', 'must be a whole number, 0 or greater');
}

function checkTools(tools: unknown): void {
  if (isAbsent(tools)) return;
  if (!Array.isArray(tools)) throw invalid('tools', 'must be a list');
  for (let at = 0; at < tools.length; at += 1) {
    const tool: unknown = tools[at];
    if (!isObject(tool)) throw invalid(`tools[${at}]`, 'must be an object');
    const declared = tool['function'];
    // Mistral's own clients leave the type out.
    if (isAbsent(tool['type']) && isObject(declared)) tool['type'] = 'function';
    if (typeof tool['type'] !== 'string') throw invalid(`tools[${at}].type`, 'must be a string');
    if (tool['type'] !== 'function') continue;
    if (!isObject(declared) || typeof declared['name'] !== 'string' || declared['name'] === '')
      throw invalid(`tools[${at}].function.name`, 'must be the name of the function');
    if (!isAbsent(declared['description']) && typeof declared['description'] !== 'string')
      throw invalid(`tools[${at}].function.description`, 'must be a string');
    if (!isAbsent(declared['parameters']) && !isObject(declared['parameters']))
      throw invalid(`tools[${at}].function.parameters`, 'must be a JSON schema object');
  }
}

function checkToolChoice(choice: unknown): void {
  if (isAbsent(choice) || typeof choice === 'string') return;
  if (isObject(choice) && isAbsent(choice['type']) && isObject(choice['function']))
    choice['type'] = 'function';
  if (!isObject(choice) || typeof choice['type'] !== 'string')
    throw invalid('tool_choice', 'must be "none", "auto", "required" or an object with a type');
  if (choice['type'] === 'function') {
    const named = choice['function'];
    if (!isObject(named) || typeof named['name'] !== 'string')
      throw invalid('tool_choice.function.name', 'must be the name of the function');
  }
  if (choice['type'] === 'allowed_tools') {
    const allowed = choice['allowed_tools'];
    if (!isObject(allowed) || !Array.isArray(allowed['tools']))
      throw invalid('tool_choice.allowed_tools.tools', 'must be a list of tools');
    if (!allowed['tools'].every(isObject))
      throw invalid('tool_choice.allowed_tools.tools', 'must be a list of objects');
  }
}

const isListOf = (value: unknown, type: 'string'): boolean =>
  Array.isArray(value) && value.every((one) => typeof one === type);

export const isAbsent = (value: unknown): value is null | undefined => value === undefined || value === null;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const invalid = (param: string, must: string): GatewayError =>
  new GatewayError('invalid_request', `\`${param}\` ${must}.`, { param });
