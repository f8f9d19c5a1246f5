import {
  type Answer,
  type EmbeddingsRequest,
  noUsage,
  type Protocol,
  type ProviderFailure,
} from '@sluice/contract';
import { isRecord } from '../chat-completions/usage.ts';
import { parseFailure } from '../gemini/error.ts';
import { count } from '../plain/counts.ts';
import { answerOf, UNTRANSLATED } from '../plain/untranslated.ts';
import { taskTypeOf } from './gemini.ts';
import { droppedOf, noVectors, numbersOf, requireTexts } from './inputs.ts';

/** Inputs of one call: the Gemini models take one (cloud.google.com text-embeddings-api, read 2026-11-21). */
const inputsMax = (model: string): number => (model.startsWith('gemini-') ? 1 : 250);

/**
 * Vertex AI's `predict`; the base URL ends with the location.
 * @see https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/text-embeddings-api (read 2026-11-21)
 */
export const vertexEmbeddings: Protocol<EmbeddingsRequest> = {
  ...UNTRANSLATED,
  id: 'vertex-embeddings',
  operation: 'embeddings',
  renderRequest(asked, { model }) {
    const task = taskTypeOf(asked.input_type);
    const instances = requireTexts(asked, model, inputsMax(model)).map((content) => ({
      content,
      ...(task === null ? {} : { task_type: task }),
    }));
    const dimensions = asked.dimensions ?? null;
    return {
      path: `/publishers/google/models/${encodeURIComponent(model.toWellFormed())}:predict`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        instances,
        ...(dimensions === null ? {} : { parameters: { outputDimensionality: dimensions } }),
      }),
      dropped: droppedOf(asked),
      usage_added: false,
    };
  },
  parseAnswer,
  parseFailure,
};

function parseAnswer(body: unknown): { answer: Answer } | { failure: ProviderFailure } {
  const list = isRecord(body) && Array.isArray(body['predictions']) ? body['predictions'] : [];
  const found = list.map((one: unknown) =>
    isRecord(one) && isRecord(one['embeddings']) ? one['embeddings'] : {},
  );
  const vectors = numbersOf(found.map((one) => one['values']));
  if (vectors === null) return noVectors();
  let input_tokens = 0;
  for (const { statistics } of found)
    if (isRecord(statistics)) input_tokens += count(statistics['token_count']);
  return { answer: answerOf(input_tokens > 0 ? { ...noUsage(), input_tokens } : null, { vectors }) };
}
