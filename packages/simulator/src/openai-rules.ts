import { type JsonObject, listOf, numberOf, objectOf, textOf } from './json.ts';
import type { Failure } from './protocol.ts';

const invalid = (message: string, param: string | null, code: string | null = null): Failure => ({
  kind: 'invalid',
  message,
  param,
  code,
});

const ROLES = ['system', 'assistant', 'user', 'function', 'tool', 'developer'];

function validateMessages(messages: JsonObject[]): Failure | null {
  let open: string[] = [];
  for (const [i, message] of messages.entries()) {
    const role = textOf(message['role']);
    if (!ROLES.includes(role)) {
      const roles = "'system', 'assistant', 'user', 'function', 'tool', and 'developer'";
      return invalid(
        `Invalid value: '${role}'. Supported values are: ${roles}.`,
        `messages[${i}].role`,
        'invalid_value',
      );
    }
    if (role === 'tool') {
      const id = textOf(message['tool_call_id']);
      if (!open.includes(id)) {
        return invalid(
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
          `messages.[${i}].role`,
        );
      }
      open = open.filter((waiting) => waiting !== id);
      continue;
    }
    if (open.length > 0) return unanswered(open, i);
    const calls = listOf(message['tool_calls']).map(objectOf);
    open = calls.map((call) => textOf(call['id']));
    if (
      message['content'] == null &&
      calls.length === 0 &&
      message['refusal'] == null &&
      message['function_call'] == null
    ) {
      return invalid(`Invalid value for 'content': expected a string, got null.`, `messages.[${i}].content`);
    }
  }
  return open.length > 0 ? unanswered(open, messages.length) : null;
}

const unanswered = (ids: string[], i: number): Failure =>
  invalid(
    `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${ids.join(', ')}`,
    `messages.[${i}].role`,
  );

/**
 * What OpenAI refuses, in its words. A gateway's own `x-…` body fields are refused here as unknown; other unknown
 * fields are let through, so that tests can see that they arrive.
 */
export function validateOpenai(body: JsonObject, model: string, reasoning: boolean): Failure | null {
  if (model === '') return invalid('you must provide a model parameter', null);
  const leaked = Object.keys(body).find((key) => key.startsWith('x-') || key.startsWith('x_llm'));
  if (leaked !== undefined) return invalid(`Unrecognized request argument supplied: ${leaked}`, null);
  const messages = listOf(body['messages']).map(objectOf);
  if (body['messages'] === undefined) {
    return invalid("Missing required parameter: 'messages'.", 'messages', 'missing_required_parameter');
  }
  if (messages.length === 0) {
    return invalid(
      "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      'messages',
      'empty_array',
    );
  }
  if (body['stream_options'] != null && body['stream'] !== true) {
    return invalid(
      "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      'stream_options',
    );
  }
  if (reasoning && body['max_tokens'] != null) {
    return invalid(
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      'max_tokens',
      'unsupported_parameter',
    );
  }
  const temperature = numberOf(body['temperature']);
  if (reasoning && temperature !== null && temperature !== 1) {
    return invalid(
      `Unsupported value: 'temperature' does not support ${temperature} with this model. Only the default (1) value is supported.`,
      'temperature',
      'unsupported_value',
    );
  }
  if (temperature !== null && temperature > 2) {
    return invalid(
      `Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got ${temperature} instead.`,
      'temperature',
      'decimal_above_max_value',
    );
  }
  return validateMessages(messages);
}
