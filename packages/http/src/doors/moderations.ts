import type { ModelRequest } from '@sluice/contract';
import { checkModel, invalidField, refuseStream } from './body-fields.ts';
import { inputBounds } from './embeddings.ts';
import { parseJsonBody } from './parse-json-body.ts';
import { createPlainDoor } from './plain-door.ts';

/** @see https://platform.openai.com/docs/api-reference/moderations (read 2026-11-21) */
export const moderationsDoor = createPlainDoor({
  protocol: 'moderations',
  operation: 'moderations',
  bounds: inputBounds,
});

/** OpenAI's own default, so that a client that names no model gets what it always got. */
const MODEL_DEFAULT = 'omni-moderation-latest';

/** @throws GatewayError invalid_json, invalid_request */
export function parseModerations(body_text: string): ModelRequest {
  const body = parseJsonBody(body_text);
  body['model'] ??= MODEL_DEFAULT;
  checkModel(body, MODEL_DEFAULT);
  refuseStream(body);
  const { input } = body;
  if (typeof input !== 'string' && (!Array.isArray(input) || input.length === 0))
    throw invalidField('input', 'must be a text, a list of texts, or a list of text and image parts');
  return body as unknown as ModelRequest;
}
