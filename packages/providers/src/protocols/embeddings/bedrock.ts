import {
  type Answer,
  type EmbeddingsRequest,
  noUsage,
  type Protocol,
  type ProviderFailure,
} from '@sluice/contract';
import { parseFailure } from '../bedrock-converse/error.ts';
import { renderModelPath } from '../bedrock-converse/model-path.ts';
import { isRecord } from '../chat-completions/usage.ts';
import { count } from '../plain/counts.ts';
import { answerOf, UNTRANSLATED } from '../plain/untranslated.ts';
import { cohereBody, parseCohere } from './cohere.ts';
import { droppedOf, noVectors, numbersOf, requireTexts } from './inputs.ts';

/**
 * Bedrock's `InvokeModel` in the dialect of each family: Amazon's models take one text a call.
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html (read 2026-11-21)
 */
export const bedrockEmbeddings: Protocol<EmbeddingsRequest> = {
  ...UNTRANSLATED,
  id: 'bedrock-embeddings',
  operation: 'embeddings',
  renderRequest: (asked, { model }) => ({
    path: renderModelPath(model, 'invoke'),
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(bodyFor(model, asked)),
    dropped: droppedOf(asked, droppedBy(model)),
    usage_added: false,
  }),
  parseAnswer,
  parseFailure,
};

/** Model ids may begin with the region group of an inference profile (`us.`). */
const isCohere = (model: string): boolean => /(?:^|\.)cohere\./.test(model);
const isNova = (model: string): boolean => /(?:^|\.)amazon\.nova-/.test(model);
const isTitanV1 = (model: string): boolean => /titan-embed-(?:text-v1|g1)/.test(model);

function droppedBy(model: string): string[] {
  if (isCohere(model)) return [];
  return isTitanV1(model) ? ['dimensions', 'input_type'] : ['input_type'];
}

function bodyFor(model: string, asked: EmbeddingsRequest): Record<string, unknown> {
  if (isCohere(model)) return cohereBody(asked);
  const [text = ''] = requireTexts(asked, model, 1);
  const dimensions = asked.dimensions ?? null;
  if (isNova(model))
    return {
      taskType: 'SINGLE_EMBEDDING',
      singleEmbeddingParams: {
        embeddingPurpose: 'GENERIC_INDEX',
        ...(dimensions === null ? {} : { embeddingDimension: dimensions }),
        text: { truncationMode: 'END', value: text },
      },
    };
  return dimensions === null || isTitanV1(model) ? { inputText: text } : { inputText: text, dimensions };
}

/** Told apart by what is there, since an answer does not say whose it is. Only Titan counts its tokens in it. */
function parseAnswer(body: unknown): { answer: Answer } | { failure: ProviderFailure } {
  if (!isRecord(body)) return noVectors();
  if (Array.isArray(body['embedding'])) {
    const vectors = numbersOf([body['embedding']]);
    const input_tokens = count(body['inputTextTokenCount']);
    const usage = input_tokens > 0 ? { ...noUsage(), input_tokens } : null;
    return vectors === null ? noVectors() : { answer: answerOf(usage, { vectors }) };
  }
  const list = body['embeddings'];
  if (Array.isArray(list) && isRecord(list[0])) {
    const vectors = numbersOf(list.map((one: unknown) => (isRecord(one) ? one['embedding'] : null)));
    return vectors === null ? noVectors() : { answer: answerOf(null, { vectors }) };
  }
  return parseCohere(body);
}
