import {
  COMPLETION_TOKENS_DEFAULT,
  type CompletionsRequest,
  type ModelRequest,
  type RequestBounds,
  textsWritten,
} from '@sluice/contract';
import { checkCount, checkModel, checkStream, invalidField } from './body-fields.ts';
import { parseJsonBody } from './parse-json-body.ts';
import { createPlainDoor } from './plain-door.ts';

const PROMPTS_MAX = 2048;
const FLOOR_TOKENS = 16;

/** OpenAI's older text completion. @see https://platform.openai.com/docs/api-reference/completions (read 2026-11-21) */
export const completionsDoor = createPlainDoor({
  protocol: 'completions',
  operation: 'completions',
  bounds,
});

/** Each prompt is answered `best_of` times, and all of it is billed; only `n` is known to the stages. */
function bounds(asked: ModelRequest): RequestBounds {
  const texts = textsWritten(asked as CompletionsRequest);
  const choices = asked.n ?? 1;
  const limit = asked.max_tokens ?? (texts > 1 ? COMPLETION_TOKENS_DEFAULT : null);
  return {
    input_tokens: null,
    output_tokens: limit === null ? null : Math.ceil((limit * texts) / choices),
    output_tokens_floor: texts * Math.min(FLOOR_TOKENS, limit ?? FLOOR_TOKENS),
    units: 0,
  };
}

/** @throws GatewayError invalid_json, invalid_request */
export function parseCompletions(body_text: string): CompletionsRequest {
  const body = parseJsonBody(body_text);
  checkModel(body, 'gpt-3.5-turbo-instruct');
  checkStream(body);
  checkCount(body, 'max_tokens', 0, Number.MAX_SAFE_INTEGER);
  checkCount(body, 'n', 1, 128);
  checkCount(body, 'best_of', 1, 128);
  const { prompt } = body;
  if (Array.isArray(prompt)) {
    if (prompt.length === 0 || (typeof prompt[0] !== 'number' && prompt.length > PROMPTS_MAX))
      throw invalidField('prompt', `must hold 1 to ${PROMPTS_MAX} prompts`);
  } else if (typeof prompt !== 'string')
    throw invalidField('prompt', 'must be a text, a list of texts, or token ids');
  // Whoever asks for a limit in chat's newer words means the same.
  if (body['max_completion_tokens'] !== undefined)
    throw invalidField('max_completion_tokens', 'is not known here: send `max_tokens`');
  return body as unknown as CompletionsRequest;
}
