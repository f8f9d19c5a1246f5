import { type JsonObject, listOf, objectOf, textOf } from './json.ts';
import { openai } from './openai.ts';
import type { Failure, Protocol } from './protocol.ts';

/** What Mistral has no field for, and answers 422 to (documented, read 2026-11-21). */
const UNKNOWN = [
  'stream_options',
  'max_completion_tokens',
  'seed',
  'user',
  'logprobs',
  'logit_bias',
  'store',
  'top_k',
];

const CALL_ID = /^[a-zA-Z0-9]{9}$/;

function validate(body: JsonObject, model: string): Failure | null {
  const unknown = UNKNOWN.find((field) => body[field] !== undefined);
  if (unknown !== undefined)
    return { kind: 'unprocessable', message: `Extra inputs are not permitted: body.${unknown}` };
  for (const message of listOf(body['messages']).map(objectOf)) {
    const ids = listOf(message['tool_calls']).map((call) => textOf(objectOf(call)['id']));
    if (message['role'] === 'tool') ids.push(textOf(message['tool_call_id']));
    if (ids.some((id) => !CALL_ID.test(id))) {
      const words = 'Tool call id has to be defined in [a-zA-Z0-9] and of length 9.';
      return { kind: 'invalid', message: words, code: '3280' };
    }
  }
  return openai.validate(body, model);
}

/** Mistral: OpenAI's format, stricter, and usage in every stream. */
export const mistral: Protocol = {
  ...openai,
  validate,
  readAsk: (body, model, stream) => ({ ...openai.readAsk(body, model, stream), include_usage: true }),
};
