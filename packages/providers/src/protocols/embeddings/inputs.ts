import { type EmbeddingsRequest, GatewayError, type ProviderFailure } from '@sluice/contract';
import { malformed } from '../chat-completions/response.ts';

/**
 * The texts of a request, for a target that knows nothing else.
 * @param most inputs of one call of the target
 * @throws GatewayError invalid_request for token ids, and for more inputs than that
 */
export function requireTexts(asked: EmbeddingsRequest, target: string, most: number): string[] {
  const { input } = asked;
  const texts = typeof input === 'string' ? [input] : input;
  for (const text of texts)
    if (typeof text !== 'string')
      throw new GatewayError(
        'invalid_request',
        `${target} takes texts, not token ids. Send the texts themselves, or use a model that takes token ids.`,
        { param: 'input' },
      );
  if (texts.length > most)
    throw new GatewayError(
      'invalid_request',
      `${target} takes at most ${most} ${most === 1 ? 'input' : 'inputs'} in one request; this one has ${texts.length}. Send them in several requests.`,
      { param: 'input' },
    );
  return texts as string[];
}

const CARRIED = new Set(['model', 'input', 'dimensions', 'encoding_format', 'input_type', 'stream']);

/** What of the request a translated body has no place for, by name. */
export const droppedOf = (asked: EmbeddingsRequest, also: readonly string[] = []): string[] =>
  Object.keys(asked).filter(
    (name) =>
      asked[name] !== null &&
      asked[name] !== undefined &&
      !name.startsWith('x-') &&
      (!CARRIED.has(name) || also.includes(name)),
  );

export const noVectors = (): { failure: ProviderFailure } => ({
  failure: malformed('The answer holds no embeddings.'),
});

/** Lists of numbers, and nothing else, in their order; `null` when one of them is something else. */
export function numbersOf(values: readonly unknown[]): number[][] | null {
  const vectors: number[][] = [];
  for (const value of values) {
    if (!Array.isArray(value) || typeof value[0] !== 'number') return null;
    vectors.push(value as number[]);
  }
  return vectors.length === 0 ? null : vectors;
}
