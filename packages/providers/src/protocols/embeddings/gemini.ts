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
import { droppedOf, noVectors, numbersOf, requireTexts } from './inputs.ts';

/** `batchEmbedContents` refuses more (ai.google.dev/gemini-api/docs/embeddings, read 2026-11-21). */
const INPUTS_MAX = 100;

/** Cohere's words for what vectors are for, in Google's. */
const TASK_TYPES: Record<string, string> = {
  search_query: 'RETRIEVAL_QUERY',
  search_document: 'RETRIEVAL_DOCUMENT',
  classification: 'CLASSIFICATION',
  clustering: 'CLUSTERING',
};

/** Google's own words pass; `null` where nothing is said. */
export function taskTypeOf(input_type: string | null | undefined): string | null {
  if (input_type === null || input_type === undefined) return null;
  return Object.hasOwn(TASK_TYPES, input_type) ? (TASK_TYPES[input_type] ?? null) : input_type.toUpperCase();
}

/** The Gemini API's. @see https://ai.google.dev/api/embeddings (read 2026-11-21) */
export const geminiEmbeddings: Protocol<EmbeddingsRequest> = {
  ...UNTRANSLATED,
  id: 'gemini-embeddings',
  operation: 'embeddings',
  renderRequest(asked, { model }) {
    const task = taskTypeOf(asked.input_type);
    const dimensions = asked.dimensions ?? null;
    const requests = requireTexts(asked, 'Gemini', INPUTS_MAX).map((text) => ({
      model: `models/${model}`,
      content: { parts: [{ text }] },
      ...(dimensions === null ? {} : { outputDimensionality: dimensions }),
      ...(task === null ? {} : { taskType: task }),
    }));
    return {
      path: `/v1beta/models/${encodeURIComponent(model.toWellFormed())}:batchEmbedContents`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ requests }),
      dropped: droppedOf(asked),
      usage_added: false,
    };
  },
  parseAnswer,
  parseFailure,
};

/** Older models count nothing: their usage is estimated by the gateway. */
function parseAnswer(body: unknown): { answer: Answer } | { failure: ProviderFailure } {
  const list = isRecord(body) && Array.isArray(body['embeddings']) ? body['embeddings'] : [];
  const vectors = numbersOf(list.map((one: unknown) => (isRecord(one) ? one['values'] : null)));
  if (vectors === null || !isRecord(body)) return noVectors();
  const counted = isRecord(body['usageMetadata']) ? count(body['usageMetadata']['promptTokenCount']) : 0;
  return { answer: answerOf(counted > 0 ? { ...noUsage(), input_tokens: counted } : null, { vectors }) };
}
