import {
  type Answer,
  type EmbeddingsRequest,
  noUsage,
  type Protocol,
  type ProviderFailure,
} from '@sluice/contract';
import { parseFailure } from '../chat-completions/error.ts';
import { isRecord } from '../chat-completions/usage.ts';
import { count } from '../plain/counts.ts';
import { answerOf, UNTRANSLATED } from '../plain/untranslated.ts';
import { droppedOf, noVectors, numbersOf, requireTexts } from './inputs.ts';

/** Texts of one call (docs.cohere.com/reference/embed, read 2026-11-21). */
export const COHERE_INPUTS_MAX = 96;
/** Models from v3 on must be told what the vectors are for, and OpenAI's format has no word for it. */
const INPUT_TYPE_DEFAULT = 'search_document';

/** The body of Cohere's v2 embed, at Cohere and at Bedrock. */
export function cohereBody(asked: EmbeddingsRequest): Record<string, unknown> {
  const dimensions = asked.dimensions ?? null;
  return {
    texts: requireTexts(asked, 'Cohere', COHERE_INPUTS_MAX),
    input_type: asked.input_type?.toLowerCase() ?? INPUT_TYPE_DEFAULT,
    embedding_types: ['float'],
    ...(dimensions === null ? {} : { output_dimension: dimensions }),
  };
}

/** @see https://docs.cohere.com/reference/embed (read 2026-11-21) */
export const cohereEmbeddings: Protocol<EmbeddingsRequest> = {
  ...UNTRANSLATED,
  id: 'cohere-embeddings',
  operation: 'embeddings',
  renderRequest: (asked, { model }) => ({
    path: '/v2/embed',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, ...cohereBody(asked) }),
    dropped: droppedOf(asked),
    usage_added: false,
  }),
  parseAnswer: parseCohere,
  parseFailure,
};

/** Vectors by type, or, as older models at Bedrock send them, without. */
export function parseCohere(body: unknown): { answer: Answer } | { failure: ProviderFailure } {
  if (!isRecord(body)) return noVectors();
  const found = isRecord(body['embeddings']) ? body['embeddings']['float'] : body['embeddings'];
  const vectors = Array.isArray(found) ? numbersOf(found) : null;
  if (vectors === null) return noVectors();
  const meta = isRecord(body['meta']) ? body['meta'] : {};
  const billed = isRecord(meta['billed_units']) ? meta['billed_units'] : {};
  const input_tokens = count(billed['input_tokens']);
  const id = typeof body['id'] === 'string' ? body['id'] : null;
  return { answer: answerOf(input_tokens > 0 ? { ...noUsage(), input_tokens } : null, { vectors, id }) };
}
